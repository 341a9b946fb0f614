"""Whether a change is the one that the customer has just been asked to agree to, read off the agent's last proposal.

"To confirm: I change reservation K3QX7P to JN2041 on May 20 at 2:05 pm. $31 more will be charged to your Visa ending in
4242. Is that right?" names a trip, a flight, a day and a payment method. What a proposal does not name is left open.
"""

from collections.abc import Iterator, Mapping, Sequence

from tarl_app.core.types import AgentTurn, Turn
from tarl_app.domains.airline.guard import wording
from tarl_app.domains.airline.guard.allowed import methods_of, same_flights
from tarl_app.domains.airline.guard.identity import accounts, customer, says_day, says_name, speaks, trips
from tarl_app.domains.airline.rules import Json
from tarl_app.language import told
from tarl_app.sandbox.tools.agreement import asked
from tarl_app.sandbox.tools.guarded import known_words

_NOT = "not allowed now: the customer was asked to agree to {}, and not to {}"
_STRANGER = "not allowed now: nobody has named a passenger {}, born {}; ask for name and date of birth"

_INSURED = {"yes": "a trip with insurance", "no": "one without insurance"}


def agreed(turns: Sequence[Turn]) -> Mapping[str, tuple[str, ...]]:
    """Argument -> the values that the last proposal names for it; empty without a proposal."""
    text, own = asked(turns), customer(turns)
    if "?" not in text or own is None:
        return {}
    named = {
        "reservation_id": tuple(wording.trips_in(text, trips(turns))),
        "payment_method_id": tuple(wording.methods_in(text, own)),
    }
    return {name: values for name, values in named.items() if values}


def unlike_proposal(name: str, arguments: Json, own: Json, turns: Sequence[Turn]) -> str:
    """In what the change is not what was proposed; empty where it is, and where nothing was proposed."""
    text = asked(turns)
    if "?" not in text:
        return ""
    return next(filter(None, _differences(name, arguments, own, turns, text)), "")


def _differences(name: str, arguments: Json, own: Json, turns: Sequence[Turn], text: str) -> Iterator[str]:
    trip = trips(turns).get(arguments.get("reservation_id", ""))
    if "flight_numbers" in arguments:
        yield _flights(arguments, trip, text)
        yield _cabin(arguments["cabin"], trip, text)
    if "total_baggages" in arguments:
        yield _bags(int(arguments["total_baggages"]), trip, text)
    if "first_names" in arguments:
        yield _people(arguments, trip, turns)
    if name == "book_reservation":
        yield _insurance(arguments["insurance"], text)
        yield _methods(arguments, own, text)
    if name == "send_certificate":
        amounts = told.cents_in(text)
        if amounts and int(arguments["amount"]) * 100 not in amounts:
            yield _NOT.format(" or ".join(f"${one / 100:.2f}" for one in sorted(amounts)), f"${arguments['amount']}")


def _flights(arguments: Json, trip: Json | None, text: str) -> str:
    """Flights are those that were named or that stay; where none was named, none changes."""
    legs = [(leg["flight_number"], leg["date"]) for leg in trip["flights"]] if trip else []
    new = [one for one in zip(arguments["flight_numbers"], arguments["dates"], strict=False) if one not in legs]
    numbers, days = wording.flights_in(text), wording.days_in(text)
    if trip is not None and not numbers and not days and not wording.names_time(text):
        return "" if same_flights(arguments, trip) else _NOT.format("no other flight", _listed(arguments["flight_numbers"]))
    for number, day in new:
        if numbers and number not in numbers:
            return _NOT.format(f"flight {_listed(numbers)}", f"flight {number}")
        if days and day not in days:
            return _NOT.format(f"a flight on {_listed(days)}", f"one on {day}")
    return ""


def _cabin(cabin: str, trip: Json | None, text: str) -> str:
    named = wording.cabins_in(text)
    allowed = {*named, *([trip["cabin"]] if trip else [])}
    return _NOT.format(_plain(allowed), _plain([cabin])) if allowed and cabin not in allowed else ""


def _bags(total: int, trip: Json | None, text: str) -> str:
    counts = wording.bags_in(text, trip["total_baggages"] if trip else 0)
    if not counts or total in counts:
        return ""
    return _NOT.format(f"{_listed(sorted(map(str, counts)))} bags in all", str(total))


def _insurance(insurance: str, text: str) -> str:
    proposed = wording.insurance_in(text)
    return "" if proposed in (None, insurance) else _NOT.format(_INSURED[proposed], _INSURED[insurance])


def _methods(arguments: Json, own: Json, text: str) -> str:
    """All the methods that were named pay for a new trip, and no others."""
    named, used = {*wording.methods_in(text, own)}, {*methods_of(arguments)}
    if not named or used == named or (used < named and not wording.is_definite(text, own)):
        return ""
    return _NOT.format(f"pay with {_listed(sorted(named))}", _listed(sorted(used)))


def _people(arguments: Json, trip: Json | None, turns: Sequence[Turn]) -> str:
    """Whoever travels is in the account or the reservation, or was named with a date of birth by anybody."""
    if speaks(turns):
        return ""  # names are misheard
    known = {_person(one) for account in accounts(turns) for one in (_holder(account), *account["saved_passengers"])}
    known |= {_person(one) for one in (trip["passengers"] if trip else ())}
    spoken = [turn.text for turn in turns if isinstance(turn, AgentTurn)]
    said = [*(text or "" for text in known_words(turns)), *spoken]
    lists = (arguments[name] for name in ("first_names", "last_names", "dates_of_birth"))
    for first, last, born in zip(*lists, strict=False):
        if (first.casefold(), last.casefold(), born) in known:
            continue
        if not (says_name(said, first) and wording.says_word(said, last) and says_day(said, born)):
            return _STRANGER.format(f"{first} {last}", born)
    return ""


def _holder(account: Json) -> Json:
    return {**account["name"], "date_of_birth": account["date_of_birth"]}


def _person(one: Json) -> tuple[str, str, str]:
    return one["first_name"].casefold(), one["last_name"].casefold(), one["date_of_birth"]


def _plain(cabins: Sequence[str] | set[str]) -> str:
    return _listed(sorted(cabin.replace("_", " ") for cabin in cabins))


def _listed(values: Sequence[str]) -> str:
    return " or ".join(values)

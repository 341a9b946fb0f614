"""What the policy allows by fare, insurance, time and membership: cancellations, changes, bags, certificates, payment."""

import re
from collections.abc import Iterator, Sequence

from tarl_app.core.types import ToolTurn, Turn
from tarl_app.domains.airline.expert.nlu import understanding
from tarl_app.domains.airline.guard.identity import trips
from tarl_app.domains.airline.rules import Json, begun, compensation, free_bags, refundable
from tarl_app.sandbox.tools.guarded import known_words

_COVERED = ("health", "weather")
"""The reasons that the insurance covers."""

_OTHERS = "not allowed now: this is for {}, and the customer who calls is {}"
_UNSEEN = "not allowed now: look up reservation {} before it is changed"
_FOREIGN = "not allowed now: reservation {} belongs to another customer"
_BEGUN = "not allowed: the trip of reservation {} has begun, and nothing of it can be changed or cancelled any more"
_STAYS = (
    "not allowed: reservation {} was booked over a day ago, is not in business, not insured, and none of its flights was "
    "cancelled; tell the customer that it cannot be cancelled"
)
_UNCOVERED = "not allowed: the insurance covers reasons of health and weather, and the customer has given another one"
_BASIC = "not allowed: reservation {} is in basic economy, and its flights cannot be changed"
_NO_METHOD = "not allowed now: {} is no payment method of this customer"
_CERTIFICATE = "not allowed: a certificate pays for new reservations only; ask for a credit card or a gift card"
_FEWER = "not allowed: bags can be added and not removed, and reservation {} has {} of them"
_PAID_BAGS = "not allowed: of these bags {} are not free, by the membership, the cabin and the passengers"
_UNDUE = "not allowed: a certificate of ${} is not due; by the policy it is {}"
_ONCE = "not allowed: the compensation for this trip has been sent already"


def against_policy(name: str, arguments: Json, own: Json, turns: Sequence[Turn]) -> str:
    """Why the policy forbids this change to the customer whose account is ``own``; empty where it does not."""
    return next(filter(None, _objections(name, arguments, own, turns)), "")


def _objections(name: str, arguments: Json, own: Json, turns: Sequence[Turn]) -> Iterator[str]:
    if arguments.get("user_id", own["user_id"]) != own["user_id"]:
        yield _OTHERS.format(arguments["user_id"], own["user_id"])
    for method in methods_of(arguments):
        if method not in own["payment_methods"]:
            yield _NO_METHOD.format(method)
    if name == "send_certificate":
        yield _undue(int(arguments["amount"]), own, turns)
    if name == "book_reservation":
        yield _free_bags(arguments, own)
    if "reservation_id" in arguments:
        yield _of_trip(name, arguments, own, turns)


def methods_of(arguments: Json) -> tuple[str, ...]:
    """The payment methods that a call names."""
    one = arguments.get("payment_method_id")
    return (*arguments.get("payment_method_ids", ()), *([one] if one else []))


def _of_trip(name: str, arguments: Json, own: Json, turns: Sequence[Turn]) -> str:
    code = arguments["reservation_id"]
    trip = trips(turns).get(code)
    if trip is None:
        return _UNSEEN.format(code)
    if trip["user_id"] != own["user_id"]:
        return _FOREIGN.format(code)
    if begun(trip):
        return _BEGUN.format(code)
    if any(method.startswith("certificate") for method in methods_of(arguments)):
        return _CERTIFICATE
    if name == "cancel_reservation":
        return _cancellation(trip, turns)
    if name == "update_reservation_flights":
        return _BASIC.format(code) if trip["cabin"] == "basic_economy" and not same_flights(arguments, trip) else ""
    return _more_bags(arguments, trip, own) if name == "update_reservation_baggages" else ""


def same_flights(arguments: Json, trip: Json) -> bool:
    """Whether the call leaves the flights of the trip as they are."""
    legs = [(leg["flight_number"], leg["date"]) for leg in trip["flights"]]
    return list(zip(arguments["flight_numbers"], arguments["dates"], strict=False)) == legs


def _cancellation(trip: Json, turns: Sequence[Turn]) -> str:
    if refundable(trip):
        return ""
    if trip["insurance"] != "yes":
        return _STAYS.format(trip["reservation_id"])
    said = " ".join(text or "" for text in known_words(turns))
    sentences = re.split(r"(?<=[.!?])\s+", said)
    reasons = {understanding.reason(sentence) for sentence in sentences}
    # What no rule understands may be an illness.
    return _UNCOVERED if "change of plans" in reasons and not reasons & {*_COVERED} else ""


def _free_bags(arguments: Json, own: Json) -> str:
    free = free_bags(own["membership"], arguments["cabin"], len(arguments["first_names"]))
    nonfree = max(0, int(arguments["total_baggages"]) - free)
    return "" if int(arguments["nonfree_baggages"]) == nonfree else _PAID_BAGS.format(nonfree)


def _more_bags(arguments: Json, trip: Json, own: Json) -> str:
    total, nonfree = int(arguments["total_baggages"]), int(arguments["nonfree_baggages"])
    if total < trip["total_baggages"]:
        return _FEWER.format(trip["reservation_id"], trip["total_baggages"])
    over = max(0, total - free_bags(own["membership"], trip["cabin"], len(trip["passengers"])))
    # Bags that were paid for stay so, even where they would be free by now.
    paid = max(over, trip["nonfree_baggages"])
    return "" if nonfree in (over, paid) else _PAID_BAGS.format(paid)


def _undue(amount: int, own: Json, turns: Sequence[Turn]) -> str:
    shown = [trip for trip in trips(turns).values() if trip["user_id"] == own["user_id"]]
    due = [dollars for trip in shown if (dollars := compensation(own, trip))]
    if amount not in due:
        return _UNDUE.format(amount, " or ".join(f"${one}" for one in sorted({*due})) or "nothing")
    results = [result for turn in turns if isinstance(turn, ToolTurn) for result in turn.results]
    sent = sum(result.name == "send_certificate" and not result.is_error for result in results)
    return _ONCE if sent >= len(due) else ""

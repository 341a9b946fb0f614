"""Other flights, another cabin, other passengers, more bags: what is asked, what is allowed, the proposal."""

import re

from tarl_app.core.domain import Act, Say, Use
from tarl_app.domains.airline.expert import money, searching, telling
from tarl_app.domains.airline.expert.nlu import slots
from tarl_app.domains.airline.expert.nlu.slots import Json
from tarl_app.domains.airline.expert.proposing import propose, refuse
from tarl_app.domains.airline.expert.requests import Request
from tarl_app.domains.airline.expert.state import State
from tarl_app.domains.airline.rules import BAG_CENTS, begun, free_bags


def change(state: State, request: Request, trip: Json) -> Act:
    """What to do about a change of this trip."""
    if trip["status"] != "active":
        return refuse(request, f"reservation {trip['reservation_id']} is cancelled, so I cannot change it.")
    if begun(trip):
        return refuse(request, "this trip has already begun, so I cannot change it.")
    if request.kind == "insurance":
        return refuse(request, "insurance can only be bought together with the trip, so I cannot add it later.")
    plans = {"flights": _flights, "cabin": _cabin, "passenger": _passenger, "bags": _bags}
    return plans[request.kind](state, request, trip)


# --- flights --------------------------------------------------------------------------------------------------------------


def _flights(state: State, request: Request, trip: Json) -> Act:
    if trip["cabin"] == "basic_economy":
        return refuse(request, "flights in basic economy cannot be changed.")
    if re.search(r"\bdestination\b", request.words):
        return refuse(request, "the destination of a reservation cannot be changed.")
    legs, said = trip["flights"], request.said
    places = _direction(trip, request)
    if isinstance(places, Say):
        return places
    day, _ = slots.days(said, both=False)
    if day is None:
        return Say("ask_new_date", asks="date")
    chosen = slots.choice(said)
    if chosen is None:
        return Say("ask_choice", asks="choice")
    where = legs[places[0]]["origin"], legs[places[-1]]["destination"]
    if not state.airports:
        return searching.airports()
    count = len(trip["passengers"])
    journey = searching.chosen_journey(state, request, where, day, chosen, trip["cabin"], count)
    if isinstance(journey, Say | Use):
        return journey
    offers = [*legs[: places[0]], *journey, *legs[places[-1] + 1 :]]
    new = [money.plain(offer["prices"][trip["cabin"]]) for offer in journey]
    old = [money.plain(legs[place]["price"]) for place in places]
    return _settled(state, request, trip, offers, trip["cabin"], _difference(new, old, count), telling.flights(journey))


def _direction(trip: Json, request: Request) -> list[int] | Say:
    """The places of the flights that are to be replaced."""
    every = list(range(len(trip["flights"])))
    if trip["flight_type"] == "one_way":
        return every
    turn = next(n + 1 for n, leg in enumerate(trip["flights"]) if leg["destination"] == trip["destination"])
    which = slots.direction(request.said)
    if which is None:
        return Say("ask_direction", asks="direction")
    return every[turn:] if which == "back" else every[:turn]


def _difference(new: list[str], old: list[str], count: int) -> str:
    """The expression for what the new fares cost more."""
    each = " - ".join([" + ".join(new), *old])
    return each if count == 1 else f"{count} * ({each})"


def _settled(
    state: State, request: Request, trip: Json, offers: list[Json], cabin: str, expression: str, spoken: str
) -> Act:
    """Who pays the difference; then the proposal."""
    methods = money.methods(state, request)
    if isinstance(methods, Say | Use):
        return methods
    method = methods[0]
    if method["source"] == "certificate":
        return refuse(request, "a certificate cannot pay for a change, only for a new trip.")
    owed = money.worked_out(state, expression)
    if isinstance(owed, Use):
        return owed
    if method["source"] == "gift_card" and method["balance"] < owed:
        return Say("not_covered", {"methods": money.named(method)}, "payment")
    arguments = {
        "reservation_id": trip["reservation_id"],
        "cabin": cabin,
        "flight_numbers": [offer["flight_number"] for offer in offers],
        "dates": [offer["date"] for offer in offers],
        "payment_method_id": method["id"],
    }
    slots_ = {
        "code": trip["reservation_id"],
        "flights": spoken,
        "cabin": telling.cabin(cabin),
        "difference": money.settled(owed, money.named(method)),
    }
    return propose(request, "update_reservation_flights", arguments, slots_, request.kind)


# --- cabin ----------------------------------------------------------------------------------------------------------------


def _cabin(state: State, request: Request, trip: Json) -> Act:
    cabin, count = slots.cabin(request.said), len(trip["passengers"])
    if cabin is None or cabin == trip["cabin"]:
        return Say("ask_new_cabin", asks="cabin")
    prices = []
    for leg in trip["flights"]:
        found = searching.search(state, leg["origin"], leg["destination"], leg["date"], stop=False)
        if isinstance(found, Use):
            return found
        same = [one[0] for one in found if one[0]["flight_number"] == leg["flight_number"]]
        if not same or same[0]["available_seats"][cabin] < count:
            return refuse(request, f"there are not enough free seats in {telling.cabin(cabin)}, so I cannot change it.")
        prices.append(money.plain(same[0]["prices"][cabin]))
    old = [money.plain(leg["price"]) for leg in trip["flights"]]
    return _settled(state, request, trip, trip["flights"], cabin, _difference(prices, old, count), "")


# --- passengers -----------------------------------------------------------------------------------------------------------


def _passenger(state: State, request: Request, trip: Json) -> Act:
    if re.search(r"\b(add|another|additional|extra) (another )?passenger to\b|\badd\b[^.?!]*\bpassenger", request.words):
        return refuse(request, "the number of passengers of a reservation cannot change, so I cannot add anybody.")
    new = slots.newcomer(request.said)
    if new is None:
        return Say("ask_newcomer", asks="newcomer")
    old = slots.replaced(request.said, trip["passengers"], state.me)
    if old is None:
        names = [f"{one['first_name']} {one['last_name']}" for one in trip["passengers"]]
        return Say("ask_replaced", {"people": money.listed(names)}, "replaced")
    kept = [(one["first_name"], one["last_name"], one["date_of_birth"]) for one in trip["passengers"] if one is not old]
    everybody = [*kept, new]
    arguments = {
        "reservation_id": trip["reservation_id"],
        "first_names": [first for first, _, _ in everybody],
        "last_names": [last for _, last, _ in everybody],
        "dates_of_birth": [born for _, _, born in everybody],
    }
    spoken = {
        "code": trip["reservation_id"],
        "new": f"{new[0]} {new[1]}, born {telling.born(new[2])},",
        "old": f"{old['first_name']} {old['last_name']}",
    }
    return propose(request, "update_reservation_passengers", arguments, spoken)


# --- bags -----------------------------------------------------------------------------------------------------------------


def _bags(state: State, request: Request, trip: Json) -> Act:
    assert state.account is not None
    if re.search(r"\b(remove|take off|fewer|less)\b", request.words.lower()):
        return refuse(request, "bags can only be added, so I cannot remove any.")
    more = slots.bags(request.said)
    if not more:
        return Say("ask_more_bags", asks="bags")
    total = trip["total_baggages"] + more
    free = free_bags(state.account["membership"], trip["cabin"], len(trip["passengers"]))
    nonfree = max(trip["nonfree_baggages"], total - free)
    paid = nonfree - trip["nonfree_baggages"]
    if paid:
        methods = money.methods(state, request)
        if isinstance(methods, Say | Use):
            return methods
        method = methods[0]
        if method["source"] == "certificate":
            return refuse(request, "a certificate cannot pay for bags, only for a new trip.")
    else:
        first = trip["payment_history"][0]["payment_method_id"]
        method = state.account["payment_methods"][first]
    price = str(BAG_CENTS // 100)
    cost = money.worked_out(state, price if paid == 1 else f"{paid} * {price}") if paid else 0.0
    if isinstance(cost, Use):
        return cost
    if method["source"] == "gift_card" and method["balance"] < cost:
        return Say("not_covered", {"methods": money.named(method)}, "payment")
    arguments = {
        "reservation_id": trip["reservation_id"],
        "total_baggages": str(total),
        "nonfree_baggages": str(nonfree),
        "payment_method_id": method["id"],
    }
    due = f"${money.plain(cost)} will be charged to {money.named(method)}." if cost else "This is free."
    spoken = {"code": trip["reservation_id"], "bags": telling.bags(more), "total": str(total), "due": due}
    return propose(request, "update_reservation_baggages", arguments, spoken)

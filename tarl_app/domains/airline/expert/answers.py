"""What the scripted agent tells: facts from the tools' answers, in one short sentence."""

from tarl_app.core.domain import Act, Say, Use
from tarl_app.domains.airline.expert import money, searching, telling
from tarl_app.domains.airline.expert.nlu import slots
from tarl_app.domains.airline.expert.nlu.slots import Json
from tarl_app.domains.airline.expert.requests import Request
from tarl_app.domains.airline.expert.state import State
from tarl_app.domains.airline.rules import free_bags

ABOUT_TRIPS = ("free_bags", "bag_count", "return_date", "flight_number", "departure", "flight_status", "total")
"""Topics of questions about one reservation."""


def of_account(state: State, topic: str) -> str:
    """The answer to a question about the account."""
    assert state.account is not None
    if topic == "membership":
        return f"Your membership level is {state.account['membership']}."
    source = topic.removesuffix("_balance")
    name = source.replace("_", " ")
    found = [m for m in state.account["payment_methods"].values() if m["source"] == source]
    if not found:
        return f"There is no {name} in your account."
    balances = money.listed([f"${money.plain(method['balance'])}" for method in found])
    return f"The balance of your {name} is {balances}."


def of_trip(state: State, topic: str, trip: Json) -> str:
    """The answer to a question about a reservation."""
    assert state.account is not None
    code, first = trip["reservation_id"], trip["flights"][0]
    if topic == "flight_status":
        return f"The first flight of reservation {code} is {first['status']}."
    if topic == "departure":
        return f"The first flight of reservation {code} leaves at {telling.twelve_hours(first['departure'])}."
    if topic == "flight_number":
        return f"The first flight of reservation {code} is number {first['flight_number']}."
    if topic == "total":
        paid = next(p["amount"] for p in trip["payment_history"])
        return f"You paid ${money.plain(paid)} in total for reservation {code}."
    if topic == "bag_count":
        return f"Reservation {code} has {telling.bags(trip['total_baggages'])}."
    if topic == "free_bags":
        free = free_bags(state.account["membership"], trip["cabin"], len(trip["passengers"]))
        return f"On reservation {code} you can check {telling.bags(free)} for free, all passengers together."
    back = [leg for leg in trip["flights"] if leg["origin"] == trip["destination"]]
    if trip["flight_type"] == "one_way" or not back:
        return f"Reservation {code} has no return flight."
    return f"The return flight of reservation {code} is on {telling.day(back[0]['date'])}."


def of_flights(state: State, request: Request) -> str | Act:
    """The answer to a question about flights, or what has to happen before it can be given."""
    if not state.airports:
        return searching.airports()
    origin, destination = slots.ends(request.said, state.airports)
    if origin is None or destination is None:
        return Say("ask_route", asks="route")
    day, _ = slots.days(request.said, both=False)
    if day is None:
        return Say("ask_date", asks="date")
    cabin = slots.cabin(request.said)
    if cabin is None and request.topic == "cheapest_flight":
        return Say("ask_cabin", asks="cabin")
    found = searching.search(state, origin, destination, day, stop=False)
    if isinstance(found, Use):
        return found
    where = f"{telling.ends(origin, destination, state.airports)} on {telling.day(day)}"
    if request.topic == "flight_count":
        are = "is" if len(found) == 1 else "are"
        return f"There {are} {len(found)} direct flight{'' if len(found) == 1 else 's'} {where}."
    if request.topic == "cheapest_flight":
        free = [one for one in found if one[0]["available_seats"][cabin or "economy"] > 0]
        if not free:
            return f"There is no direct flight {where} with a free seat."
        price = min(searching.fare(one, cabin or "economy") for one in free)
        return f"The cheapest direct flight {where} costs ${money.plain(price)} in {telling.cabin(cabin or 'economy')}."
    if not found:
        return f"There is no direct flight {where}."
    first = min(one[0]["departure"] for one in found)
    return f"The earliest direct flight {where} leaves at {telling.twelve_hours(first)}."

"""Finding flights: the search, and which of its results is meant."""

from collections.abc import Sequence

from tarl_app.core.domain import Act, Say, Use
from tarl_app.domains.airline.expert import telling
from tarl_app.domains.airline.expert.nlu.slots import Choice, Json
from tarl_app.domains.airline.expert.requests import Request
from tarl_app.domains.airline.expert.state import State, search_key

Journey = list[Json]
"""The flights of one direction."""


def airports() -> Use:
    """Reads which cities there are."""
    return Use("list_all_airports")


def search(state: State, origin: str, destination: str, date: str, stop: bool) -> list[Journey] | Use:
    """What there is on that day, or the call that finds it out."""
    name = "search_onestop_flight" if stop else "search_direct_flight"
    arguments = {"origin": origin, "destination": destination, "date": date}
    key = search_key(name, arguments)
    if key not in state.found:
        return Use(name, arguments)
    return list(state.found[key]) if stop else [[offer] for offer in state.found[key]]


def fare(journey: Journey, cabin: str) -> float:
    """What it costs each passenger."""
    return sum(offer["prices"][cabin] for offer in journey)


def fitting(found: Sequence[Journey], chosen: Choice, cabin: str, count: int) -> list[Journey]:
    """Those with enough seats in the cabin that leave when they should."""
    return [
        one
        for one in found
        if all(offer["available_seats"][cabin] >= count for offer in one)
        and (chosen.after is None or one[0]["departure"] > chosen.after)
        and (chosen.before is None or one[0]["departure"] < chosen.before)
    ]


def best(journeys: Sequence[Journey], preference: str, cabin: str) -> Journey:
    """The one that is meant."""
    if preference == "cheapest":
        return min(journeys, key=lambda one: fare(one, cabin))
    ranked = sorted(journeys, key=lambda one: one[0]["departure"])
    return ranked[0] if preference == "earliest" else ranked[-1]


def chosen_journey(
    state: State, request: Request, where: tuple[str, str], date: str, chosen: Choice, cabin: str, count: int
) -> Journey | Act:
    """The journey that is meant on that day, or what has to happen before it is known."""
    found = search(state, *where, date, chosen.stop)
    if isinstance(found, Use):
        return found
    left = fitting(found, chosen, cabin, count)
    if not left:
        slots = {
            "kind": telling.kind(chosen.stop),
            "ends": telling.ends(*where, state.airports),
            "day": telling.day(date) + telling.wanted(chosen),
            "cabin": telling.cabin(cabin),
        }
        return Say("none_left", slots, "instead")
    return best(left, chosen.preference, cabin)

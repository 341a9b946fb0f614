"""How the scripted agent names things: days, times, trips, flights, people, bags."""

from collections.abc import Mapping, Sequence

from tarl_app.domains.airline.expert.money import listed
from tarl_app.domains.airline.expert.nlu.slots import Choice, Json, Person
from tarl_app.domains.airline.tasks.words import born, day
from tarl_app.domains.airline.words.fact_words import twelve_hours

__all__ = ["bags", "born", "cabin", "day", "ends", "flights", "kind", "people", "trip", "twelve_hours", "wanted"]


def cabin(name: str) -> str:
    """ "basic economy"."""
    return name.replace("_", " ")


def ends(origin: str, destination: str, cities: Mapping[str, str]) -> str:
    """ "from Denver to Boston"; codes where the cities have not been looked up."""
    return f"from {cities.get(origin, origin)} to {cities.get(destination, destination)}"


def trip(reservation: Json) -> str:
    """ "reservation K3QX7P"."""
    return f"reservation {reservation['reservation_id']}"


def flights(offers: Sequence[Json]) -> str:
    """ "JN1234 on May 20 at 2:05 pm", one after another."""
    return listed([f"{one['flight_number']} on {day(one['date'])} at {twelve_hours(one['departure'])}" for one in offers])


def people(persons: Sequence[Person]) -> str:
    """The names."""
    return listed([f"{first} {last}" for first, last, _ in persons])


def bags(count: int) -> str:
    """ "no bags", "1 bag", "2 bags"."""
    return f"{count or 'no'} bag{'' if count == 1 else 's'}"


def kind(stop: bool) -> str:
    """What is searched for."""
    return "connections with one stop" if stop else "direct flights"


def wanted(chosen: Choice) -> str:
    """The condition on the time, if there is one."""
    parts = []
    if chosen.after:
        parts.append(f" after {twelve_hours(chosen.after)}")
    if chosen.before:
        parts.append(f" before {twelve_hours(chosen.before)}")
    return "".join(parts)

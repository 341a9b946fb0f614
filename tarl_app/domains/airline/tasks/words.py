"""Names for trips, journeys, days and people, in the second person (prose) and the first (what the user says)."""

from dataclasses import dataclass
from datetime import date

from tarl_app.domains.airline.goals import Journey, Person
from tarl_app.domains.airline.tasks.draft import Scene
from tarl_app.domains.airline.tasks.travel import Trip
from tarl_app.domains.airline.words.fact_words import twelve_hours

CABIN = {"basic_economy": "basic economy", "economy": "economy", "business": "business"}
_BETTER = {"cheapest": "the cheapest", "earliest": "the earliest", "latest": "the latest"}


def day(text: str) -> str:
    """``2026-05-20`` as ``May 20``."""
    found = date.fromisoformat(text)
    return f"{found:%B} {found.day}"


def born(text: str) -> str:
    """``1990-01-31`` as ``January 31, 1990``."""
    return f"{day(text)}, {text[:4]}"


def person(one: Person) -> str:
    """A passenger with the date of birth."""
    return f"{one.first_name} {one.last_name}, born {born(one.date_of_birth)}"


def name(one: Person) -> str:
    """A passenger's name."""
    return f"{one.first_name} {one.last_name}"


def ends(scene: Scene, origin: str, destination: str) -> str:
    """ "from Denver to Boston"."""
    return f"from {scene.city(origin)} to {scene.city(destination)}"


def choice(journey: Journey) -> str:
    """ "the cheapest direct flight that leaves after 2:00 pm"."""
    kind = "direct flight" if journey.stops == "direct" else "connection with one stop"
    said = f"{_BETTER[journey.preference]} {kind}"
    if journey.after:
        said += f" that leaves after {twelve_hours(journey.after)}"
    if journey.before:
        said += f" that leaves before {twelve_hours(journey.before)}"
    return said


@dataclass(frozen=True)
class Named:
    """A trip in words: by its code, or by its ends."""

    yours: str  # in the second person
    mine: str  # in the first


def trip_said(scene: Scene, trip: Trip) -> Named:
    """The trip by its code, or by its ends where the user does not know the code."""
    if scene.knows_ids:
        return Named(f"reservation {trip.id}", f"reservation {trip.id}")
    where = ends(scene, trip.origin, trip.destination)
    return Named(f"your trip {where}", f"my trip {where}")

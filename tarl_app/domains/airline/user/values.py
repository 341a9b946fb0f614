"""The scripted user's wording of values: codes and numbers, cities, days, times, people and bags."""

from random import Random

from tarl_app.domains.airline.goals import AirlineGoal, Journey, Person
from tarl_app.domains.airline.tasks.words import CABIN, born, day
from tarl_app.domains.airline.words.fact_words import twelve_hours
from tarl_app.domains.airline.world.vocabulary import AIRPORTS
from tarl_app.language.listed import listed

CITY = {code: city for code, city, *_ in AIRPORTS}
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_RANK = {"cheapest": "the cheapest", "earliest": "the earliest", "latest": "the latest"}


def user_id_said(user_id: str, rng: Random) -> str:
    """The customer number as people type it: with or without "M", now and then in groups."""
    digits = user_id.lstrip("M")
    return rng.choices((user_id, digits, f"M {digits[:3]} {digits[3:]}", f"M{digits[:4]} {digits[4:]}"), (50, 20, 15, 15))[0]


def code_said(code: str, rng: Random) -> str:
    """The reservation code: whole, in two groups, or one character at a time."""
    return rng.choices((code, f"{code[:3]} {code[3:]}", " ".join(code), "-".join(code)), (70, 14, 10, 6))[0]


def ends_said(origin: str | None, destination: str | None) -> str:
    """ "from Denver to Boston"."""
    return f"from {CITY.get(origin or '', '')} to {CITY.get(destination or '', '')}"


def trip_said(goal: AirlineGoal, reveal: bool, rng: Random) -> str:
    """The trip of a goal: by its code, by its ends where the code is unknown, or not at all."""
    if reveal and goal.reservation_id and goal.knows_reservation_id:
        return rng.choice(("reservation {}", "my reservation {}", "booking {}")).format(code_said(goal.reservation_id, rng))
    if reveal and not goal.knows_reservation_id:
        return f"my trip {ends_said(goal.origin, goal.destination)}"
    return rng.choice(("a trip", "a reservation of mine", "one of my trips", "my reservation"))


def kind_said(goal: AirlineGoal) -> str:
    """ "a one-way flight" or "a round trip"."""
    return "a round trip" if len(goal.journeys) > 1 else "a one-way flight"


def days_said(goal: AirlineGoal, fall_back: bool = False) -> str:
    """ "on May 20", and when it leads back."""
    there = current(goal, fall_back)
    back = f", and back on {day(goal.journeys[1].date)}" if len(goal.journeys) > 1 else ""
    return f"on {day(there.date)}{back}"


def current(goal: AirlineGoal, fall_back: bool) -> Journey:
    """The journey wanted now: the one wanted first, until it is known to be full."""
    return goal.first_journeys[0] if goal.first_journeys and not fall_back else goal.journeys[0]


def choice_said(journey: Journey) -> str:
    """ "the cheapest direct flight that leaves after 2:00 pm"."""
    kind = "direct flight" if journey.stops == "direct" else "connection with one stop"
    parts = [f"{_RANK.get(journey.preference, 'the')} {kind}"]
    if journey.after:
        parts.append(f"that leaves after {twelve_hours(journey.after)}")
    if journey.before:
        parts.append(f"that leaves before {twelve_hours(journey.before)}")
    return " ".join(parts)


def fall_back_said(goal: AirlineGoal) -> str:
    """What is wanted instead of the journey that is full: another day, or a stop."""
    first, last = goal.first_journeys[0], goal.journeys[0]
    if first.date != last.date:
        return day(last.date)
    return choice_said(last)


def cabin_said(goal: AirlineGoal) -> str:
    """ "basic economy"."""
    return CABIN[goal.cabin or "economy"]


def person_said(one: Person) -> str:
    """ "Ana Cortez, born March 2, 1985"."""
    return f"{one.first_name} {one.last_name}, born {born(one.date_of_birth)}"


def passengers_said(goal: AirlineGoal, me: str) -> str:
    """Everybody who travels; ``me`` is the full name of the customer."""
    others = [person_said(one) for one in goal.passengers if f"{one.first_name} {one.last_name}" != me]
    alone = len(others) == len(goal.passengers)
    if not others:
        return "just me"
    return listed(others) if alone else f"me and {listed(others)}"


def bags_said(count: int) -> str:
    """ "no bags", "one bag"."""
    number = NUMBERS[count] if count < len(NUMBERS) else str(count)
    return f"{number} bag{'' if count == 1 else 's'}"


def more_bags_said(goal: AirlineGoal) -> str:
    """ "one more bag"."""
    count = goal.amount or 1
    return f"{NUMBERS[count]} more bag{'' if count == 1 else 's'}"


def direction_said(goal: AirlineGoal) -> str:
    """ "the return flight" where the trip has two directions."""
    if goal.legs and goal.legs[0] > 0:
        return "the return flight"
    if goal.legs and len(goal.flight_numbers) > len(goal.journeys[0].flight_numbers):
        return "the outbound flight"
    return "the flight"

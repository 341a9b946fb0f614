"""Whether what the agent says fits what the user wants: wrong details are found by comparison with the goal."""

import re
from collections.abc import Mapping

from tarl_app.domains.airline.goals import AirlineGoal
from tarl_app.domains.airline.user import values
from tarl_app.domains.airline.user.reading import AirlineReading
from tarl_app.users.replies import SPOKEN, Mismatch

_ACTIONS = {
    "cancel": r"\bcancel(?!led)|refund the (trip|reservation)",
    "book": r"\bbook\b(?!ing)",
    "compensation": r"certificate (of|over|for) \$|compensat",
}
_ENDS = re.compile(r"\bfrom ([a-z. ]+?) to ([a-z. ]+?)\b(?= in\b| on\b| for\b|[,.;]|$)")
_CHANGE = re.compile(r"\bi (will |'ll )?(book|cancel|change|put|add|send)\b")
_CABINS = re.compile(r"\b(basic economy|economy|business)\b")


def wrong_values(reading: AirlineReading, facts: Mapping[str, str], goals: tuple[AirlineGoal, ...]) -> list[Mismatch]:
    """Values that the agent reads back and that are not the user's: customer number, reservation code."""
    found: list[Mismatch] = []
    if reading.user_ids and "user_id" in facts and facts["user_id"] not in reading.user_ids:
        found.append(Mismatch("user_id"))
    every = [one for goal in goals for one in goal.chain]
    known = {one.reservation_id for one in every if one.reservation_id} | {facts.get("reservation_id")}
    blind = any(not one.knows_reservation_id or one.kind == "book" or one.reservation_id is None for one in every)
    if len(reading.codes) == 1 and not blind and not reading.codes & known:
        found.append(Mismatch("reservation"))
    return found


def mismatches(reading: AirlineReading, goal: AirlineGoal, fall_back: bool) -> list[Mismatch]:
    """Everything in a proposal that does not fit the goal, the gravest first."""
    text, found = reading.text, _action(reading.text, goal)
    if goal.reservation_id and goal.knows_reservation_id and reading.codes and goal.reservation_id not in reading.codes:
        found.append(Mismatch("reservation"))
    if goal.journeys and reading.days:
        wanted = {values.current(goal, fall_back).date, *(journey.date for journey in goal.journeys[1:])}
        if not wanted <= reading.days:
            found.append(Mismatch("date"))
    if goal.kind in ("book", "change_cabin"):
        named = set(_CABINS.findall(text))
        if named and values.cabin_said(goal) not in named:
            found.append(Mismatch("cabin"))
    if goal.kind == "book":
        found += _booking(text, goal)
    if goal.newcomer and goal.replaced and goal.newcomer.last_name.lower() not in text and len(text.split()) > 8:
        found.append(Mismatch("passengers"))
    if goal.payment_said and not _same_payment(text, goal.payment_said):
        found.append(Mismatch("payment"))
    return found


def _action(text: str, goal: AirlineGoal) -> list[Mismatch]:
    named = {action for action, pattern in _ACTIONS.items() if re.search(pattern, text)}
    return [Mismatch("action")] if named and goal.kind not in named and goal.kind != "compensation" else []


def beside(text: str, goal: AirlineGoal) -> list[Mismatch]:
    """What only those notice who listen well: a change where nothing is to be changed, one of two cities."""
    if goal.kind in SPOKEN:
        return [Mismatch("action")] if _CHANGE.search(text) else []
    ends = _ENDS.search(text) if goal.kind == "book" else None
    cities = [values.CITY.get(code or "", "").lower() for code in (goal.origin, goal.destination)]
    known = {city.lower() for city in values.CITY.values()}
    wrong = ends is not None and {*ends.groups()} <= known and [*ends.groups()] != cities
    return [Mismatch("route")] if wrong else []


def _booking(text: str, goal: AirlineGoal) -> list[Mismatch]:
    found = []
    cities = [values.CITY.get(code or "", "").lower() for code in (goal.origin, goal.destination)]
    others = [city.lower() for city in values.CITY.values() if city.lower() not in cities]
    if not any(city in text for city in cities) and any(city in text for city in others):
        found.append(Mismatch("route"))
    if goal.insurance and re.search(r"\b(no|without|not) (the |any |travel )*insurance", text):
        found.append(Mismatch("insurance"))
    if goal.insurance is False and re.search(r"\b(with|and|plus|including|includes) (the |travel )*insurance", text):
        found.append(Mismatch("insurance"))
    named = [one for one in goal.passengers if re.search(rf"\b{re.escape(one.first_name.lower())}\b", text)]
    if named and len(named) < len(goal.passengers):
        found.append(Mismatch("passengers"))
    bags = re.search(r"\b(\d+|no|one|two|three|four|five) (checked )?(bag|suitcase)s?\b", text)
    if bags and goal.bags is not None:
        number = int(bags[1]) if bags[1].isdigit() else values.NUMBERS.index(bags[1])
        if number != goal.bags:
            found.append(Mismatch("bags"))
    return found


def _same_payment(text: str, said: str) -> bool:
    """Whether the text names no payment method, or all those that the user wants."""
    said = said.lower()
    endings = set(re.findall(r"\b(?:end(?:s|ing)?|last four)\D{0,16}(\d{4})\b", text))
    ending = re.search(r"\d{4}", said)
    if ending and endings:
        return ending[0] in endings
    kinds = {
        "gift card": r"gift ?card",
        "certificate": r"certificate",
        "card": r"visa|mastercard|amex|american express|credit card",
    }
    named = {kind for kind, pattern in kinds.items() if re.search(pattern, text)}
    mine = {kind for kind, pattern in kinds.items() if re.search(pattern, said)}
    return not named or bool(named & mine)

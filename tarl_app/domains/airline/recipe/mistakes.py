"""Mistakes of the airline's expert: look-ups, calls, questions and proposals with one error."""

import re
from collections.abc import Sequence
from random import Random
from typing import Any

from tarl_app.core.domain import Use
from tarl_app.core.domain.recipe import Mistakes, Slots
from tarl_app.core.types import AgentTurn, ToolCall, Turn
from tarl_app.domains.airline.expert.wordings import WORDS

_QUESTIONS = ("ask_code", "ask_reason", "ask_payment", "ask_difference", "ask_new_date", "ask_new_cabin", "ask_more_bags")
_CABINS = ("basic economy", "economy", "business")
_TOGETHER = {
    "update_reservation_flights": ("flight_numbers", "dates"),
    "book_reservation": ("flight_numbers", "dates"),
    "update_reservation_passengers": ("first_names", "last_names", "dates_of_birth"),
}
"""Tool -> the lists of which one entry can be forgotten."""
_TEMPTING = {"confirm_book": 4, "confirm_flights": 4, "confirm_cabin": 4} | dict.fromkeys(_TOGETHER, 4)


def _identifies(act: Use) -> bool:
    return act.name == "get_user_details"


def _not_found(told: dict[str, Any]) -> str:
    return WORDS["no_user"][0].format(number=told["user_id"])


def _misheard(arguments: dict[str, Any], rng: Random) -> dict[str, Any]:
    """The arguments of a look-up with one digit of the customer number taken for another."""
    number = str(arguments["user_id"])
    at = rng.randrange(1, len(number))
    other = rng.choice([digit for digit in "0123456789" if digit != number[at]])
    return {**arguments, "user_id": f"{number[:at]}{other}{number[at + 1 :]}"}


def _other_cabin(slots: Slots, turns: Sequence[Turn], rng: Random) -> Slots | None:
    cabin = slots.get("cabin")
    return {**slots, "cabin": rng.choice([one for one in _CABINS if one != cabin])} if cabin in _CABINS else None


def _other_day(slots: Slots, turns: Sequence[Turn], rng: Random) -> Slots | None:
    """The first flight is read back with a day that is not the customer's."""
    days = re.findall(r"\b[A-Z][a-z]+ \d{1,2}\b(?! ?[ap]m)", slots.get("flights", ""))
    if not days:
        return None
    month, number = days[0].rsplit(" ", 1)
    other = rng.choice([one for one in range(1, 29) if one != int(number)])
    return {**slots, "flights": slots["flights"].replace(days[0], f"{month} {other}")}


def _one_traveler_less(slots: Slots, turns: Sequence[Turn], rng: Random) -> Slots | None:
    people = re.split(r", | and ", slots.get("people", ""))
    return {**slots, "people": " and ".join(people[:-1])} if len(people) > 1 else None


def _other_insurance(slots: Slots, turns: Sequence[Turn], rng: Random) -> Slots | None:
    other = {"with insurance": "without insurance", "without insurance": "with insurance"}.get(slots.get("insurance", ""))
    return {**slots, "insurance": other} if other else None


def _refused(act: Use, rng: Random) -> ToolCall | None:
    """The call without one of several flights or passengers, for which the tool refuses it."""
    lists = _TOGETHER.get(act.name, ())
    arguments: dict[str, Any] = dict(act.arguments)
    if not lists or len(arguments[lists[0]]) < 2:
        return None
    return ToolCall(id="call_0", name=act.name, arguments={**arguments, **{one: arguments[one][:-1] for one in lists}})


def _needless(turns: Sequence[Turn], rng: Random) -> ToolCall | None:
    """A look-up that the dialogue allows and that is unnecessary."""
    made = {call.name for turn in turns if isinstance(turn, AgentTurn) for call in turn.tool_calls}
    return None if "list_all_airports" in made else ToolCall(id="call_0", name="list_all_airports", arguments={})


MISTAKES = Mistakes(
    identifies=_identifies,
    misheard=_misheard,
    not_found=_not_found,
    refused=_refused,
    needless=_needless,
    questions=_QUESTIONS,
    proposals=(_other_cabin, _other_day, _one_traveler_less, _other_insurance),
    tempting=_TEMPTING,
)

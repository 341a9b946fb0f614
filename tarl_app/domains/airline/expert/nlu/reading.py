"""How the words of the airline's customers are taken apart."""

import re

from tarl_app.agents.acts import Request
from tarl_app.agents.messages import Goal
from tarl_app.agents.reading import Reader
from tarl_app.domains.airline.expert import side
from tarl_app.domains.airline.expert.nlu import like
from tarl_app.domains.airline.expert.nlu import understanding as hearing
from tarl_app.domains.airline.words import heard


def _beside(found: Request | None, topic: str) -> bool:
    """Whether a clause with this topic is beside the point, though it sounds like a request, too."""
    return found is None or found[0] not in ("question", "transfer")


def _ids(text: str) -> tuple[str, ...]:
    return tuple(heard.codes(text))


def _answers(sentence: str, asked: str) -> bool:
    """Whether a sentence has what was asked for, so that it is no request unless its words say so."""
    found = _ANSWERS.get(asked)
    if asked in ("code", "any_code", "user_id"):
        return bool(heard.codes(sentence) or heard.user_ids(sentence))
    return found is not None and found.search(sentence) is not None


_ANSWERS: dict[str, re.Pattern[str]] = {
    "cabin": re.compile(r"\b(?:economy|business)\b", re.I),
    "bags": re.compile(r"\b(?:bags?|suitcases?|luggage|baggage|none|nothing|no|\d|one|two|three|four)\b", re.I),
    "payment": re.compile(r"\b(?:card|certificate|voucher|visa|mastercard|amex|american express)\b|\d{4}", re.I),
    "insurance": re.compile(r"\binsur", re.I),
    "date": re.compile(r"\d"),
    "back": re.compile(r"\d"),
    "choice": re.compile(r"\b(?:cheapest|earliest|latest|direct|stop)\b", re.I),
    "kind": re.compile(r"\b(?:one[ -]way|round[ -]trip|return)\b", re.I),
    "direction": re.compile(r"\b(?:outbound|return|back|there)\b", re.I),
    "passengers": re.compile(r"\bborn\b|\b(?:me|myself|alone)\b|\d{4}", re.I),
    "newcomer": re.compile(r"\bborn\b|\d{4}", re.I),
    "name_birth": re.compile(r"\d{4}", re.I),
}


def _of_the_booking(goals: list[Goal]) -> list[Goal]:
    """A cabin or bags that are named before a new trip is asked for are that trip's."""
    booked = [goal for goal in goals if goal.kind == "book"]
    own = [goal for goal in goals if goal.kind in ("cabin", "bags", "passenger") and not heard.codes(goal.words)]
    if len(booked) != 1 or not own:
        return goals
    whole = Goal("book", "", " ".join(goal.words for goal in goals if goal in own or goal in booked))
    return [whole if goal is booked[0] else goal for goal in goals if goal not in own]


def _belongs(asked: tuple[str, str], part: str, before: Goal) -> bool:
    """Whether a clause only adds to the request before it: "... in business, and with two bags"."""
    codes = heard.codes(part)
    if codes and codes != heard.codes(before.words) and heard.codes(before.words):
        return False
    if asked == (before.kind, before.topic) or before.kind == "book":
        return True
    if asked[0] in ("question", "transfer"):
        return False
    if asked[0] == "book" and re.search(r"\bfrom\b.*\bto\b", part):
        return False
    return before.kind in ("flights", "cabin", "bags") and not codes and asked[0] in ("flights", "cabin", "bags", "book")


READER = Reader(
    heard=like.heard,
    sides=side.QUESTIONS,
    request=hearing.request,
    hint=hearing.hint,
    ids=_ids,
    answers=_answers,
    belongs=_belongs,
    beside=_beside,
    late=frozenset(("so_far",)),
    joined=_of_the_booking,
)
"""Takes messages apart."""

"""One message of a customer taken apart: what it asks for, each with its own words, and its side questions."""

import re

from tarl_app.agents.messages import Goal, Message
from tarl_app.domains.airline.expert import side
from tarl_app.domains.airline.expert import understanding as hearing
from tarl_app.domains.airline.words import heard
from tarl_app.language.clauses import clauses


def read(text: str, busy: bool, begun: bool, agreed: bool = False) -> Message:
    """Takes a message apart; ``busy``: a request is open, so that mere hints at another do not count.

    ``begun``: there has been a request, so that one can ask what has come of it. ``agreed``: it agrees to a proposal, so
    that a question in it which asks for nothing else is beside the point.
    """
    made = Message(rest=text)
    parts, kept = clauses(text), []
    for part in parts:
        topic = side.asked(part)
        if topic and (begun or topic != "so_far") and _beside_the_point(part, topic):
            made.sides.append(topic)
        elif agreed and part.endswith("?") and not _asks_for_something(part):
            made.sides.append("unknown")
        else:
            kept.append(part)
    if made.sides:
        made.rest = " ".join(kept)
    made.goals = _goals(made.rest, kept, busy)
    return made


_WISH = re.compile(
    r"\b(?:please|pls|can you|could you|would you|will you|i want|i'd like|i need|also|another thing)\b", re.I
)


def _asks_for_something(part: str) -> bool:
    found = hearing.request(part)
    return found is not None and (found[0] in ("question", "transfer") or _WISH.search(part) is not None)


def _beside_the_point(part: str, topic: str) -> bool:
    found = hearing.request(part)
    if topic in ("person", "robot"):
        return found is None or found[0] != "transfer" or found[1] == "something that needs a person"
    return found is None or found[0] not in ("question", "transfer")


def _goals(text: str, parts: list[str], busy: bool) -> list[Goal]:
    whole = hearing.request(text)
    if whole is None:
        whole = None if busy else hearing.hint(text)
        return [] if whole is None else [Goal(*whole, text)]
    found: list[Goal] = []
    lead: list[str] = []
    for part in parts:
        asked = hearing.request(part)
        if asked is None or (found and _belongs(asked, part, found[-1])):
            if found:
                found[-1] = Goal(found[-1].kind, found[-1].topic, f"{found[-1].words} {part}")
            else:
                lead.append(part)
            continue
        found.append(Goal(*asked, part))
    codes = {tuple(heard.codes(goal.words)) for goal in found}
    if len({(goal.kind, goal.topic) for goal in found}) < 2 and len(codes) < 2:
        before = " ".join(text.partition(found[0].words)[:1]) if found else ""
        if found and found[0].kind == "transfer" and _another(before, found[0].words):
            return [Goal("unclear", found[0].topic, before), found[0]]
        return [Goal(found[0].kind, found[0].topic, text) if found else Goal(*whole, text)]
    return [Goal(found[0].kind, found[0].topic, " ".join([*lead, found[0].words])), *found[1:]]


def _another(before: str, words: str) -> bool:
    """Whether something else is spoken of before, by its number, though not in words that are understood."""
    return bool(heard.codes(before)) and heard.codes(before) != heard.codes(words)


def _belongs(asked: tuple[str, str], part: str, before: Goal) -> bool:
    """Whether a clause only adds to the request before it: "... in business, and with two bags"."""
    codes = heard.codes(part)
    if codes and codes != heard.codes(before.words) and heard.codes(before.words):
        return False
    if asked == (before.kind, before.topic) or before.kind == "book":
        return True
    if asked[0] in ("question", "transfer"):
        return False
    return before.kind in ("flights", "cabin", "bags") and not codes and asked[0] in ("flights", "cabin", "bags", "book")

"""One message of a customer taken apart: what it asks for, each with its own words, and its side questions."""

from tarl_app.agents.messages import Goal, MessageReader
from tarl_app.domains.airline.expert import side
from tarl_app.domains.airline.expert import understanding as hearing
from tarl_app.domains.airline.words import heard


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


_READER = MessageReader(hearing.request, side.QUESTIONS.asked, _beside_the_point, _goals, later={"so_far"})
read = _READER.read

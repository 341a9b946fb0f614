"""One message of a customer taken apart: what it asks for, each with its own words, and its side questions."""

import re
from collections.abc import Iterator, Set

from tarl_app.agents.acts import ASIDE, BUSY, GUESS, LIKELY, NEVER, SURE, sentences
from tarl_app.agents.messages import Goal, Message, questions
from tarl_app.domains.airline.expert import like, side
from tarl_app.domains.airline.expert import understanding as hearing
from tarl_app.domains.airline.words import heard
from tarl_app.language.clauses import clauses

Doubted = Set[tuple[str, str]]


def read(
    text: str, busy: bool, begun: bool, agreed: bool = False, asked: str = "", doubted: Doubted = frozenset()
) -> Message:
    """Takes a message apart; ``busy``: a request is open, so that mere hints at another do not count.

    ``begun``: there has been a request, so that one can ask what has come of it. ``agreed``: it agrees to a proposal, so
    that a question in it which asks for nothing else is beside the point.
    ``asked``: the question that it may answer.
    ``doubted``: what was not meant, though words before sounded like it: it must be said plainly to be taken for that.
    """
    least = BUSY if busy else GUESS
    made = Message(rest=text)
    kept: list[str] = []
    for sentence in sentences(text):
        topic = _aside(sentence, asked)
        if topic:
            made.sides.append(topic)
        else:
            kept.append(" ".join(_kept(made, sentence, begun, agreed or asked == "confirm")))
    kept = [one for one in kept if one]
    if made.sides:
        made.rest = " ".join(kept)
    sure = frozenset(one for one in kept if _answers(one, asked))
    if asked == "confirm":
        kept = [one for one in kept if not like.heard(one).is_("change_mind")]
    made.goals = _goals(made.rest, kept, least, sure, doubted)
    if doubted and not made.goals:
        made.goals = _goals(made.rest, kept, max(least, LIKELY), sure, frozenset())
    return made


def _kept(made: Message, sentence: str, begun: bool, agreed: bool) -> Iterator[str]:
    """The clauses that are to the point; the topics of the others are noted."""
    for part in clauses(sentence):
        topic = side.asked(part)
        if topic and (begun or topic != "so_far") and _beside_the_point(part, topic):
            made.sides.append(topic)
        elif agreed and part.endswith("?") and not _asks_for_something(part):
            made.sides.append("unknown")
        else:
            yield part


def _aside(sentence: str, asked: str) -> str | None:
    """The topic of a whole sentence that is beside the point, by what it is like."""
    heard = like.heard(sentence)
    if not heard.is_("person", ASIDE) and (not questions(sentence) or (_answers(sentence, asked) and "?" not in sentence)):
        return None
    topic = heard.topic or ("person" if heard.is_("person", ASIDE) else "back" if heard.is_("back", ASIDE) else None)
    if topic is None:
        return None
    found = hearing.request(sentence)
    if found is None or found == ("transfer", "something that needs a person"):
        return topic
    sure = heard.scores[heard.best] >= SURE
    return topic if (sure if found[0] == "transfer" else heard.unlike(found)) else None


_WISH = re.compile(
    r"\b(?:please|pls|can you|could you|would you|will you|i want|i'd like|i need|also|another thing)\b", re.I
)


def _asks_for_something(part: str) -> bool:
    found = hearing.request(part)
    if like.heard(part).request[1] >= LIKELY:
        return True
    return found is not None and (found[0] in ("question", "transfer") or _WISH.search(part) is not None)


def _beside_the_point(part: str, topic: str) -> bool:
    found = hearing.request(part)
    if topic in ("person", "robot"):
        return found is None or found[0] != "transfer" or found[1] == "something that needs a person"
    return found is None or found[0] not in ("question", "transfer")


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


def _goals(text: str, kept: list[str], least: float, answers: Set[str], doubted: Doubted) -> list[Goal]:
    likeliest = max(kept, key=lambda one: like.heard(one).request[1], default="")
    plain = any(hearing.request(part) for one in kept for part in clauses(one))
    least = BUSY if plain else least
    units = [
        unit
        for one in kept
        for unit in _asked(one, NEVER if one in answers else max(least, LIKELY) if one == likeliest else BUSY, doubted)
    ]
    whole = next((asked for _, asked in units if asked), None) or _not(doubted, hearing.request(text))
    if whole is None:
        whole = None if least >= BUSY else _guessed(text, [one for one in kept if one not in answers], least, doubted)
        return [] if whole is None else [Goal(*whole, text)]
    found: list[Goal] = []
    for part, asked in units:
        if asked is None or (found and _belongs(asked, part, found[-1])):
            if found:
                found[-1] = Goal(found[-1].kind, found[-1].topic, f"{found[-1].words} {part}")
            continue
        found.append(Goal(*asked, part))
    codes = {tuple(heard.codes(goal.words)) for goal in found}
    if len({(goal.kind, goal.topic) for goal in found}) < 2 and len(codes) < 2:
        first = next((n for n, (_, asked) in enumerate(units) if asked), 0)
        before = " ".join(part for part, _ in units[:first])
        if found and found[0].kind == "transfer":
            first = _guessed(before, sentences(before), GUESS, doubted)
            if first is not None and first[0] != "transfer":
                return [Goal(*first, before), found[0]]
            if _another(before, found[0].words):
                return [Goal("unclear", found[0].topic, before), found[0]]
        return [Goal(found[0].kind, found[0].topic, text) if found else Goal(*whole, text)]
    lead = [part for part, _ in units if part not in " ".join(goal.words for goal in found)]
    first = found[0]
    return _of_the_booking([Goal(first.kind, first.topic, " ".join([*lead, first.words]).strip()), *found[1:]])


def _of_the_booking(goals: list[Goal]) -> list[Goal]:
    """A cabin or bags that are named before a new trip is asked for are that trip's."""
    booked = [goal for goal in goals if goal.kind == "book"]
    own = [goal for goal in goals if goal.kind in ("cabin", "bags", "passenger") and not heard.codes(goal.words)]
    if len(booked) != 1 or not own:
        return goals
    whole = Goal("book", "", " ".join(goal.words for goal in goals if goal in own or goal in booked))
    return [whole if goal is booked[0] else goal for goal in goals if goal not in own]


def _asked(sentence: str, least: float, doubted: Doubted) -> list[tuple[str, tuple[str, str] | None]]:
    """The clauses of a sentence, each with what it asks for: by its words, and by what the sentence is like."""
    parts = clauses(sentence)
    found = [(part, _not(doubted, hearing.request(part))) for part in parts]
    named = {asked for _, asked in found if asked} or {_not(doubted, hearing.request(sentence))} - {None}
    likely = like.heard(sentence)
    alike, _ = likely.request
    meant = likely.is_("/".join(alike), least) and alike not in doubted
    if not named:
        return [(sentence, alike)] if meant else found
    only = next(iter(named))
    if len(named) > 1 or only is None or only[0] == "transfer":
        return found
    rather = likely.rather(only)
    if rather is not None:
        return [(sentence, rather)] if rather not in doubted else found
    beside = likely.unlike(only) and likely.scores[likely.best] >= SURE
    return [(part, None) for part in parts] if beside else found


def _not(doubted: Doubted, found: tuple[str, str] | None) -> tuple[str, str] | None:
    return None if found in doubted else found


def _guessed(text: str, kept: list[str], least: float, doubted: Doubted) -> tuple[str, str] | None:
    """What is asked for most likely where something must be."""
    every = [like.heard(one) for one in kept]
    alike = [one.request for one in every if one.request[1] >= max(least, one.courtesy)]
    alike = [one for one in alike if one[0] not in doubted]
    return max(alike, key=lambda one: one[1])[0] if alike else _not(doubted, hearing.hint(" ".join(kept)))


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

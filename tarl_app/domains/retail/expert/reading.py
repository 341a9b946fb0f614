"""One message of a customer taken apart: what it asks for, each with its own words, and its side questions."""

import re
from collections.abc import Iterator, Set
from typing import Any

from tarl_app.agents.acts import ASIDE, BUSY, GUESS, LIKELY, NEVER, SURE, sentences
from tarl_app.agents.messages import Goal, Message, questions
from tarl_app.domains.retail.expert import articles, like, side, values
from tarl_app.domains.retail.expert import understanding as hearing
from tarl_app.domains.retail.world.vocabulary import PRODUCTS
from tarl_app.language.clauses import clauses

Doubted = Set[tuple[str, str]]
_NAMES = tuple(name for name, _, _ in PRODUCTS)


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
        if topic and (begun or topic not in ("so_far", "same")) and _beside_the_point(part, topic):
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
    if topic in ("so_far", "same"):
        return found is None or found[0] not in ("question", "transfer")
    if topic in ("person", "robot"):
        return found is None or found[0] != "transfer" or found[1] == "something that needs a person"
    return found is None or found[0] in ("return", "swap", "cancel")


def _answers(sentence: str, asked: str) -> bool:
    """Whether a sentence has what was asked for, so that it is no request unless its words say so."""
    if asked == "payment":
        return hearing.payment(sentence, True) is not None
    if asked in ("items", "which", "content"):
        return names_product(sentence)
    if asked in ("order", "address", "options"):
        return values.order_id(sentence) is not None if asked == "order" else re.search(r"\d", sentence) is not None
    return False


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
    if len({(goal.kind, goal.topic) for goal in found}) < 2 and len({values.order_id(goal.words) for goal in found}) < 2:
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
    return [Goal(first.kind, first.topic, " ".join([*lead, first.words]).strip()), *found[1:]]


def _asked(sentence: str, least: float, doubted: Doubted) -> list[tuple[str, tuple[str, str] | None]]:
    """The clauses of a sentence, each with what it asks for: by its words, and by what the sentence is like."""
    parts = clauses(sentence)
    found = [(part, _not(doubted, hearing.request(part))) for part in parts]
    named = {asked for _, asked in found if asked} or {_not(doubted, hearing.request(sentence))} - {None}
    heard = like.heard(sentence)
    alike, _ = heard.request
    meant = heard.is_("/".join(alike), least) and alike not in doubted
    meant = meant and (alike[0] != "payment" or _OTHER.search(sentence) is not None)
    if not named:
        return [(sentence, alike)] if meant else found
    only = next(iter(named))
    if len(named) > 1 or only is None or only[0] == "transfer":
        return found
    rather = heard.rather(only)
    if rather is not None:
        return [(sentence, rather)] if rather not in doubted else found
    beside = heard.unlike(only) and heard.scores[heard.best] >= SURE
    return [(part, None) for part in parts] if beside else found


_OTHER = re.compile(
    r"\b(?:chang\w*|switch\w*|mov\w*|put|swap\w*|other|another|diff\w*|instead|else\w*|wrong|rather|sooner|update\w*|flip|not"
    r"|correct|amend|alter\w*|off|new|\w+n't)\b",
    re.I,
)
"""Without such a word, a payment method is only a fact."""


def _not(doubted: Doubted, found: tuple[str, str] | None) -> tuple[str, str] | None:
    return None if found in doubted else found


def _guessed(text: str, kept: list[str], least: float, doubted: Doubted) -> tuple[str, str] | None:
    """What is asked for most likely where something must be."""
    every = [like.heard(one) for one in kept]
    alike = [one.request for one in every if one.request[1] >= max(least, one.courtesy)]
    alike = [one for one in alike if one[0] not in doubted and (one[0][0] != "payment" or _OTHER.search(text))]
    return max(alike, key=lambda one: one[1])[0] if alike else _not(doubted, hearing.hint(" ".join(kept)))


def _another(before: str, words: str) -> bool:
    """Whether something else is spoken of before, by its number, though not in words that are understood."""
    return bool(values.order_id(before)) and values.order_id(before) != values.order_id(words)


def _belongs(asked: tuple[str, str], part: str, before: Goal) -> bool:
    """Whether a clause only adds to the request before it: "... and put the difference on my Visa instead"."""
    kind, topic = asked
    number = values.order_id(part)
    if number and number != values.order_id(before.words):
        return False
    if (kind, topic) == (before.kind, before.topic):
        return not number or not values.order_id(before.words)
    if before.kind in ("swap", "return") and kind in ("payment", "swap", "return", "cancel"):
        return not number
    if before.kind == "cancel" and kind in ("return", "payment"):
        return not number and not articles.products(part, _NAMES)
    if {kind, before.kind} <= {"order_address", "user_address", "swap"}:
        return not articles.products(part, _NAMES) and not ("account" in part.lower() and before.kind != "user_address")
    if kind == "question" and topic == "price" and before.kind in ("swap", "return", "payment"):
        return not number and not articles.products(part, _NAMES)
    return False


def products(text: str) -> list[str]:
    """The products of the shop that are named."""
    return articles.products(text, _NAMES)


def names_product(text: str) -> bool:
    """Whether a product of the shop is named."""
    return bool(articles.products(text, _NAMES))


def names_item(text: str, order: dict[str, Any]) -> bool:
    """Whether an item of the order is named."""
    return bool(articles.products(text, [item["name"] for item in order["items"]]))


_FOR = re.compile(r"\b(?:for|to|into|with|want|get|have|take|rather)\b (?:the|an?|my|some) (?P<new>[^.?!]*)", re.I)


def other_products(text: str, name: str) -> list[str]:
    """Products that are asked for in place of the named one: "for a toaster"."""
    found = [name_ for part in _FOR.finditer(text) for name_ in articles.products(part["new"], _NAMES)]
    return [] if name in found or (articles.mentions(text, name) and not found) else found

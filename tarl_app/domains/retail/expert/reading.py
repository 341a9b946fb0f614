"""One message of a customer taken apart: what it asks for, each with its own words, and its side questions."""

import re
from typing import Any

from tarl_app.agents.messages import Goal, MessageReader
from tarl_app.domains.retail.expert import articles, side, values
from tarl_app.domains.retail.expert import understanding as hearing
from tarl_app.domains.retail.world.vocabulary import PRODUCTS

_NAMES = tuple(name for name, _, _ in PRODUCTS)


def _beside_the_point(part: str, topic: str) -> bool:
    found = hearing.request(part)
    if topic in ("so_far", "same"):
        return found is None or found[0] not in ("question", "transfer")
    if topic in ("person", "robot"):
        return found is None or found[0] != "transfer" or found[1] == "something that needs a person"
    return found is None or found[0] in ("return", "swap", "cancel")


def _goals(text: str, parts: list[str], busy: bool) -> list[Goal]:
    whole = hearing.request(text)
    if whole is None:
        whole = None if busy else hearing.hint(text)
        return [] if whole is None else [Goal(*whole, text)]
    found: list[Goal] = []
    for part in parts:
        asked = hearing.request(part)
        if asked is None or (found and _belongs(asked, part, found[-1])):
            if found:
                found[-1] = Goal(found[-1].kind, found[-1].topic, f"{found[-1].words} {part}")
            continue
        found.append(Goal(*asked, part))
    if len({(goal.kind, goal.topic) for goal in found}) < 2 and len({values.order_id(goal.words) for goal in found}) < 2:
        before = " ".join(text.partition(found[0].words)[:1]) if found else ""
        if found and found[0].kind == "transfer" and _another(before, found[0].words):
            return [Goal("unclear", found[0].topic, before), found[0]]
        return [Goal(found[0].kind, found[0].topic, text) if found else Goal(*whole, text)]
    start = text[: text.find(parts[0])] if parts else ""
    lead = [part for part in parts if part not in " ".join(goal.words for goal in found)]
    first = found[0]
    return [Goal(first.kind, first.topic, " ".join([start, *lead, first.words]).strip()), *found[1:]]


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


_READER = MessageReader(hearing.request, side.QUESTIONS.asked, _beside_the_point, _goals, later={"so_far", "same"})
read = _READER.read


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

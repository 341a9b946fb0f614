"""How the words of the shop's customers are taken apart, and which products they name."""

import re
from typing import Any

from tarl_app.agents.acts import Request
from tarl_app.agents.messages import Goal
from tarl_app.agents.reading import Reader
from tarl_app.domains.retail.expert import side
from tarl_app.domains.retail.expert.nlu import articles, like, values
from tarl_app.domains.retail.expert.nlu import understanding as hearing
from tarl_app.domains.retail.world.vocabulary import PRODUCTS

_NAMES = tuple(name for name, _, _ in PRODUCTS)
_VALUES = frozenset(
    word
    for _, _, options in PRODUCTS
    for every in options.values()
    for value in every
    for word in articles.canonical(value).split()
    if word.isalpha() and len(word) > 2
)
"""Words of the values that options have."""
_LATE = frozenset(("so_far", "same"))
_OTHER = re.compile(
    r"\b(?:chang\w*|switch\w*|mov\w*|put|swap\w*|other|another|diff\w*|instead|else\w*|wrong|rather|sooner|update\w*|flip|not"
    r"|correct|amend|alter\w*|off|new|\w+n't)\b",
    re.I,
)
"""Without such a word, a payment method is only a fact."""


def _backed(request: Request, words: str) -> bool:
    return request[0] != "payment" or _OTHER.search(words) is not None


def _beside(found: Request | None, topic: str) -> bool:
    """Whether a clause with this topic is beside the point, though it sounds like a request, too."""
    if topic in _LATE:
        return found is None or found[0] not in ("question", "transfer")
    return found is None or found[0] in ("return", "swap", "cancel")


def _answers(sentence: str, asked: str) -> bool:
    """Whether a sentence has what was asked for, so that it is no request unless its words say so."""
    if asked == "payment":
        return hearing.payment(sentence, True) is not None
    if asked in ("items", "which", "content"):
        return names_product(sentence)
    if asked == "order":
        return values.order_id(sentence) is not None
    if asked in ("address", "options") and re.search(r"\d", sentence):
        return True
    return asked == "options" and not _VALUES.isdisjoint(re.findall(r"[a-z-]+", articles.canonical(sentence)))


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


READER = Reader(
    heard=like.heard,
    sides=side.QUESTIONS,
    request=hearing.request,
    hint=hearing.hint,
    ids=values.order_id,
    answers=_answers,
    belongs=_belongs,
    beside=_beside,
    late=_LATE,
    backed=_backed,
)
"""Takes messages apart."""

"""What sentences of the shop's customers are like: their values hidden, and what each rule of wordings asks for."""

import re

from tarl_app.agents.acts import CONSENT_WORDS, Acts, Heard, consent, sentences
from tarl_app.core.domain import Lifelike
from tarl_app.domains.retail.expert.nlu import articles
from tarl_app.domains.retail.expert.nlu import understanding as hearing
from tarl_app.domains.retail.user import lifelike
from tarl_app.domains.retail.world.vocabulary import PRODUCTS
from tarl_app.language.nearby import repaired

REQUESTS = {
    "want.cancel_order": ("cancel", ""),
    "want.return_items": ("return", ""),
    "want.exchange_items": ("swap", ""),
    "want.modify_items": ("swap", ""),
    "want.modify_payment": ("payment", ""),
    "want.modify_order_address": ("order_address", ""),
    "want.modify_user_address": ("user_address", ""),
    "ask.tracking": ("question", "tracking"),
    "ask.order_status": ("question", "order_status"),
    "ask.order_total": ("question", "price"),
    "ask.item_price": ("question", "price"),
    "ask.variant_price": ("question", "price"),
    "ask.paid_with": ("question", "paid_with"),
    "ask.cheapest_variant": ("question", "cheapest_variant"),
    "ask.available_count": ("question", "available_count"),
    "ask.gift_card_balance": ("question", "gift_card_balance"),
}
_FILLS = {
    "order": ("order _id", "my order", "it", "order number _id", "an order of mine", "my order _id", "that order"),
    "items": ("the _item", "my _item", "the _item and the _item", "an item", "it"),
    "item": ("_item", "_item with color red"),
    "order_id": ("_id",),
    "email": ("_mail",),
    "zip": ("_n",),
    "name": ("ana cruz",),
    "payment": ("my gift card", "my paypal account", "my visa that ends in _n", "the payment method i used for the order"),
    "new": ("color red", "the red one", "size large", "one with size large"),
    "address": ("_n elm street, boston, ma _n",),
    "value": ("_id",),
    "action": ("cancel it",),
}
_NAMES = "|".join(
    re.escape(articles.canonical(name))
    for name in sorted({*(name for name, _, _ in PRODUCTS), *articles.other_names()}, key=len, reverse=True)
)
_ITEM = re.compile(rf"\b(?:{_NAMES})(?:e?s)?\b")


def hidden(text: str) -> str:
    """The text in lower case with products, numbers and addresses replaced by what they are."""
    lower = re.sub(r"\S+@\S+", " _mail ", text.lower().replace("’", "'"))
    lower = re.sub(r"\d+[ -]person\b", " _n ", lower)  # a size of tents
    return re.sub(r"\d+", " _n ", _ITEM.sub("_item", re.sub(r"#?\bw?\s?\d[\d ]{5,}\d\b", " _id ", lower)))


def _lifelike() -> Lifelike:
    return lifelike.LIFELIKE


_ACTS = Acts(_lifelike, REQUESTS, _FILLS, hidden)


def heard(sentence: str) -> Heard:
    """What one sentence is like."""
    return _ACTS.hear(sentence)


def says(act: str, text: str) -> bool:
    """Whether a sentence of the text does this: "bye", "accept" ..."""
    return any(one.is_(act) for one in each(text))


def agrees(text: str) -> bool | None:
    """Yes or no to a proposal, or neither."""
    found = hearing.answer(text)
    if found is None:
        found = hearing.answer(repaired(text, CONSENT_WORDS))
    return consent(each(text)) if found is None else found


def reason(text: str, asked: bool) -> str | None:
    """The reason for cancelling that a text gives; ``asked``: it answers the question for it."""
    reasons = {"give.reason.no_longer_needed": "no longer needed", "give.reason.ordered_by_mistake": "ordered by mistake"}
    for one in each(text):
        if found := one.reason(asked):
            return reasons.get(found)
    return None


def each(text: str) -> list[Heard]:
    """What each sentence of a message is like."""
    return [_ACTS.hear(one) for one in sentences(text)]

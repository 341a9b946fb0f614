"""What the shop's lifelike customers need beside the agenda: rules of their wordings, topics, questions of their own."""

import re
from functools import cache
from pathlib import Path
from random import Random

from tarl_app.core.domain import Lifelike, PhrasingSet, Say, Wordings
from tarl_app.core.types import Goal
from tarl_app.domains.retail.goals import ShopGoal
from tarl_app.domains.retail.user import values
from tarl_app.users.wordings.load import FOLDERS, load_set

TOPICS = ("refund_time", "delivery_time", "stock", "return_cost", "return_policy", "payment_kinds", "robot", "opening_hours")
RULES = {
    # --- goals ---
    "want.cancel_order": "order?",
    "want.return_items": "items order?",
    "want.exchange_items": "items order?",
    "want.modify_items": "items order?",
    "want.modify_payment": "order?",
    "want.modify_order_address": "order?",
    "want.modify_user_address": "",
    "want.cancel_order.indirect": "order?",
    "want.return_items.indirect": "items order?",
    "want.exchange_items.indirect": "items order?",
    "want.modify_items.indirect": "items order?",
    "want.modify_payment.indirect": "order?",
    "want.modify_order_address.indirect": "order?",
    "want.modify_user_address.indirect": "",
    "ask.tracking": "order",
    "ask.order_status": "order",
    "ask.order_total": "order",
    "ask.paid_with": "order",
    "ask.item_price": "item order",
    "ask.variant_price": "item",
    "ask.cheapest_variant": "item",
    "ask.available_count": "item",
    "ask.gift_card_balance": "",
    # --- facts ---
    "instead": "new",
    "with": "payment",
    "fallback": "new",
    "give.name": "name",
    "give.zip": "zip",
    "give.name_zip": "name zip",
    "give.email": "email",
    "no_email": "rest",
    "spell.name_zip": "first? first_letters last_letters name? zip",
    "spell.name": "first? first_letters last_letters name?",
    "spell.email": "email_letters",
    "give.order": "order_id",
    "no_order": "items",
    "give.reason.no_longer_needed": "",
    "give.reason.ordered_by_mistake": "",
    "give.reason.other": "",
    "give.payment": "payment",
    "give.items": "items",
    "give.new": "new",
    "give.address": "address",
    "correct": "value",
    "correct.action": "action",
    **{f"side.{topic}": "" for topic in TOPICS},
}
_OF_AN_ORDER = ("tracking", "order_status", "order_total", "paid_with", "item_price")
_ITEM = {
    "item_price": re.compile(r"^price of the (?P<item>.+) in order "),
    "variant_price": re.compile(r"^price of the (?P<item>.+)$"),
    "cheapest_variant": re.compile(r"^price of the cheapest (?P<item>.+) in stock$"),
    "available_count": re.compile(r"^number of available variants of the (?P<item>.+)$"),
}


@cache
def _wordings(name: PhrasingSet) -> Wordings:
    return load_set(Path(__file__).parent / "wordings" / FOLDERS[name], "retail", RULES)


def _question(goal: Goal, rng: Random) -> Say | None:
    """A look-up by its topic, with the order and the item that it is about."""
    shop, slots = ShopGoal.of(goal), dict[str, str]()
    if shop.topic in _OF_AN_ORDER:
        if not (shop.order_id and shop.knows_order_id):
            return None
        slots["order"] = f"{rng.choice(('order ', 'my order ', 'order number ', ''))}{values.order_said(shop.order_id, rng)}"
    if shop.topic in _ITEM:
        found = _ITEM[shop.topic].match(shop.tell[0].label) if shop.tell else None
        if found is None:
            return None
        slots["item"] = found["item"][0].lower() + found["item"][1:]
    rule = f"ask.{shop.topic}"
    return Say(rule, slots) if rule in RULES else None


LIFELIKE = Lifelike(
    rules=RULES,
    wordings=_wordings,
    topics=TOPICS,
    shorter={"give.name_zip": "give.name"},
    pronouns={"order": ("it", "it", "that order", "that one")},
    same=r"original payment|payment method i used|same (card|payment|method)",
    question=_question,
)
"""The shop's."""

"""Mistakes of the shop's expert: look-ups, calls, questions and proposals with one error."""

import re
from collections.abc import Sequence
from random import Random
from typing import Any

from tarl_app.core.domain import Use
from tarl_app.core.domain.recipe import Mistakes, Slots
from tarl_app.core.types import AgentTurn, ToolCall, ToolTurn, Turn
from tarl_app.domains.retail.expert.wordings import WORDS
from tarl_app.language.spoken.spelling import misheard
from tarl_app.sandbox.shown import objects

_LISTS = ("items", "swaps")
_QUESTIONS = ("ask_order", "ask_reason", "ask_refund", "ask_difference", "ask_payment", "ask_address")
_OTHER_STATUS = {
    "exchange_delivered_order_items": "modify_pending_order_items",
    "modify_pending_order_items": "exchange_delivered_order_items",
}
_TEMPTING = {"confirm_cancel": 2, "confirm_return": 4, "confirm_exchange": 4, "confirm_modify": 4} | dict.fromkeys(
    _OTHER_STATUS, 4
)
_REASONS = ("because it is no longer needed", "because it was ordered by mistake")


def _identifies(act: Use) -> bool:
    return act.name.startswith("find_user")


def _not_found(told: dict[str, Any]) -> str:
    if "email" in told:
        return WORDS["no_email"][0].format(**told)
    return WORDS["no_name"][0].format(name=f"{told['first_name']} {told['last_name']}", zip=told["zip"])


def _misheard(arguments: dict[str, Any], rng: Random) -> dict[str, Any]:
    """The arguments of a look-up with one letter of the last name, or of the e-mail's, taken for another."""
    key = "email" if "email" in arguments else "last_name"
    word, at, host = str(arguments[key]).partition("@")
    return {**arguments, key: f"{misheard(word, rng)}{at}{host}"}


def _one_of_several(slots: Slots, turns: Sequence[Turn], rng: Random) -> Slots | None:
    slot = next((slot for slot in _LISTS if " and the " in slots.get(slot, "")), None)
    return None if slot is None else {**slots, slot: rng.choice(re.split(r", (?=the )| and (?=the )", slots[slot]))}


def _other_option(slots: Slots, turns: Sequence[Turn], rng: Random) -> Slots | None:
    """An item is exchanged for another variant than was asked for."""
    swaps, found = slots.get("swaps", ""), set[str]()
    for product in objects(turns):
        if "variants" in product and product.get("name", "?").lower() in swaps.lower():
            options = [pair for variant in product["variants"].values() for pair in variant["options"].items()]
            for key, value in options:
                if re.search(rf"\b{re.escape(f'{key} {value}')}\b", swaps):
                    others = [other for name, other in options if name == key and other != value]
                    found |= {re.sub(rf"\b{re.escape(f'{key} {value}')}\b", f"{key} {other}", swaps) for other in others}
    return {**slots, "swaps": rng.choice(sorted(found))} if found else None


def _other_item(slots: Slots, turns: Sequence[Turn], rng: Random) -> Slots | None:
    """A single item is taken for another one of the order."""
    orders = [one for one in objects(turns) if one.get("order_id") == slots.get("order") and "items" in one]
    item = slots.get("items", "")
    if not orders or not item or " and the " in item:
        return None
    others = sorted({f"the {one['name']}" for one in orders[-1]["items"] if one["name"] not in item})
    return {**slots, "items": rng.choice(others)} if others else None


def _other_reason(slots: Slots, turns: Sequence[Turn], rng: Random) -> Slots | None:
    reason = slots.get("reason")
    return {**slots, "reason": next(one for one in _REASONS if one != reason)} if reason in _REASONS else None


def _refused(act: Use, rng: Random) -> ToolCall | None:
    """The call with a mistake for which the tool refuses it."""
    arguments: dict[str, Any] = dict(act.arguments)
    if act.name in _OTHER_STATUS:
        if rng.random() < 0.5 and len(arguments["item_ids"]) > 1:
            arguments["new_item_ids"] = arguments["new_item_ids"][:-1]
            return ToolCall(id="call_0", name=act.name, arguments=arguments)
        return ToolCall(id="call_0", name=_OTHER_STATUS[act.name], arguments=arguments)
    return None


def _needless(turns: Sequence[Turn], rng: Random) -> ToolCall | None:
    """A look-up that the dialogue allows and that is unnecessary."""
    made = {call.name for turn in turns if isinstance(turn, AgentTurn) for call in turn.tool_calls}
    found = [
        r.content
        for t in turns
        if isinstance(t, ToolTurn)
        for r in t.results
        if r.name.startswith("find_user") and not r.is_error
    ]
    if found and "get_user_details" not in made:
        return ToolCall(id="call_0", name="get_user_details", arguments={"user_id": found[-1].strip('"')})
    if "list_all_product_types" not in made and rng.random() < 0.1:
        return ToolCall(id="call_0", name="list_all_product_types", arguments={})
    return None


MISTAKES = Mistakes(
    identifies=_identifies,
    misheard=_misheard,
    not_found=_not_found,
    refused=_refused,
    needless=_needless,
    questions=_QUESTIONS,
    proposals=(_one_of_several, _other_option, _other_item, _other_reason),
    tempting=_TEMPTING,
)

"""The scripted agent on a bad day: now and then a turn is one that a small model gets wrong."""

import re
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.core.domain import Say, Use
from tarl_app.core.types import AgentTurn, ToolCall, ToolTurn, Turn
from tarl_app.domains.retail.expert.wordings import WORDS
from tarl_app.domains.retail.shown import objects

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
_SOUND_ALIKE = ("aeiouy", "bpdtgkvf", "sczxfq", "mnrlwhj")
_MOST = 2  # in one conversation


class StumblingAgent:
    """Plays ``expert``, but for stumbles: a needless look-up, a call that is refused, a wrong question, a wrong proposal.

    No stumble writes anything, so each can be made good. The expert continues as if its refused calls had not been;
    ``stumbles`` holds the indices of the turns that went wrong.
    """

    name = "scripted"

    def __init__(self, expert: ScriptedAgent, clumsiness: float, seed: int, mishearing: float = 0.0) -> None:
        """``clumsiness`` is the chance of a stumble a turn, ``mishearing`` that of a first look-up with a wrong name."""
        self.expert, self.clumsiness, self.rng = expert, clumsiness, Random(f"stumbles {seed}")
        self.mishearing = mishearing
        self.stumbles: list[int] = []
        self._misheard: list[int] = []

    def reply(
        self,
        turns: Sequence[Turn],
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> AgentTurn:
        """The expert's turn, or a stumble in its place."""
        lost = self._not_found(turns)
        if lost is not None:
            return lost
        hidden = {i for s in self.stumbles for i in (s, s + 1) if _was_refused(turns, s)}
        seen = [turn for i, turn in enumerate(turns) if i not in hidden]
        act = self.expert.next_act(seen)
        if (
            isinstance(act, Use)
            and act.name.startswith("find_user")
            and not self._misheard
            and self.rng.random() < self.mishearing
        ):
            self.stumbles.append(len(turns))
            self._misheard.append(len(turns))
            return AgentTurn(
                tool_calls=(ToolCall(id="call_0", name=act.name, arguments=_misheard(act.arguments, self.rng)),)
            )
        if len(self.stumbles) < _MOST and self.rng.random() < self.clumsiness * _TEMPTING.get(_rule(act), 1):
            wrong = self._stumble(turns, act)
            if wrong is not None:
                self.stumbles.append(len(turns))
                return wrong
        return self.expert.reply(seen, on_text, cancelled)

    def _not_found(self, turns: Sequence[Turn]) -> AgentTurn | None:
        """After a look-up of somebody who was misheard: what the expert says when it finds nobody. This is learnt."""
        misheard = len(turns) - 2 in self._misheard and _was_refused(turns, len(turns) - 2)
        asked = turns[-2] if misheard else None
        if not isinstance(asked, AgentTurn):
            return None
        told = asked.tool_calls[0].arguments
        if "email" in told:
            return AgentTurn(text=WORDS["no_email"][0].format(**told))
        return AgentTurn(text=WORDS["no_name"][0].format(name=f"{told['first_name']} {told['last_name']}", zip=told["zip"]))

    def _stumble(self, turns: Sequence[Turn], act: Say | Use) -> AgentTurn | None:
        if isinstance(act, Use):
            call = _refused(act, self.rng)
        elif act.rule.startswith("confirm") and (wrong := self._wrong_proposal(turns, act)) is not None:
            return wrong
        elif act.rule in _QUESTIONS and self.rng.random() < 0.5:
            rule = self.rng.choice([other for other in _QUESTIONS if other != act.rule])
            return AgentTurn(text=WORDS[rule][0])
        else:
            call = _needless(turns, self.rng)
        return None if call is None else AgentTurn(tool_calls=(call,))

    def _wrong_proposal(self, turns: Sequence[Turn], act: Say) -> AgentTurn | None:
        """The proposal with one item of several, another option, item or reason; the customer will say no."""
        ways = [way(act.slots, turns, self.rng) for way in (_one_of_several, _other_option, _other_item, _other_reason)]
        wrong = [slots for slots in ways if slots is not None]
        return AgentTurn(text=WORDS[act.rule][0].format(**self.rng.choice(wrong))) if wrong else None


Slots = Mapping[str, str]


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


def _misheard(arguments: dict[str, Any], rng: Random) -> dict[str, Any]:
    """The arguments of a look-up with one letter of the last name, or of the e-mail's, taken for another."""
    wrong = dict(arguments)
    key = "email" if "email" in wrong else "last_name"
    word, _, host = str(wrong[key]).partition("@")
    places = [i for i, letter in enumerate(word) if letter.isalpha() and i]
    at = rng.choice(places)
    alike = next((group for group in _SOUND_ALIKE if word[at].lower() in group), "aeiou")
    other = rng.choice([letter for letter in alike if letter != word[at].lower()])
    wrong[key] = f"{word[:at]}{other}{word[at + 1 :]}" + (f"@{host}" if host else "")
    return wrong


def _rule(act: Say | Use) -> str:
    return act.name if isinstance(act, Use) else act.rule


def _was_refused(turns: Sequence[Turn], index: int) -> bool:
    results = turns[index + 1] if index + 1 < len(turns) else None
    return isinstance(results, ToolTurn) and any(result.is_error for result in results.results)


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
    """A look-up that the dialogue allows and that brings nothing."""
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

"""The scripted agent on a bad day: now and then a turn is one that a small model gets wrong."""

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.agents.scripted_acts import Say, Use
from tarl_app.agents.scripted_words import WORDS
from tarl_app.types import AgentTurn, ToolCall, ToolTurn, Turn

_LISTS = ("items", "swaps")
_QUESTIONS = ("ask_order", "ask_reason", "ask_refund", "ask_difference", "ask_payment", "ask_address")
_OTHER_STATUS = {
    "exchange_delivered_order_items": "modify_pending_order_items",
    "modify_pending_order_items": "exchange_delivered_order_items",
}
_TEMPTING = {"confirm_return": 4, "confirm_exchange": 4, "confirm_modify": 4} | dict.fromkeys(_OTHER_STATUS, 4)
_MOST = 2  # in one conversation


class StumblingAgent:
    """Plays ``expert``, but for stumbles: a needless look-up, a call that is refused, a wrong question, a wrong proposal.

    No stumble writes anything, so each can be made good. The expert continues as if its refused calls had not been;
    ``stumbles`` holds the indices of the turns that went wrong.
    """

    name = "scripted"

    def __init__(self, expert: ScriptedAgent, clumsiness: float, seed: int) -> None:
        """``clumsiness`` is the chance of a stumble a turn."""
        self.expert, self.clumsiness, self.rng = expert, clumsiness, Random(f"stumbles {seed}")
        self.stumbles: list[int] = []

    def reply(
        self,
        turns: Sequence[Turn],
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> AgentTurn:
        """The expert's turn, or a stumble in its place."""
        hidden = {i for s in self.stumbles for i in (s, s + 1) if _was_refused(turns, s)}
        seen = [turn for i, turn in enumerate(turns) if i not in hidden]
        act = ScriptedAgent.next_act(seen)
        if len(self.stumbles) < _MOST and self.rng.random() < self.clumsiness * _TEMPTING.get(_rule(act), 1):
            wrong = self._stumble(turns, act)
            if wrong is not None:
                self.stumbles.append(len(turns))
                return wrong
        return self.expert.reply(seen, on_text, cancelled)

    def _stumble(self, turns: Sequence[Turn], act: Say | Use) -> AgentTurn | None:
        if isinstance(act, Use):
            call = _refused(act, self.rng)
        elif act.rule.startswith("confirm") and any(" and the " in act.slots.get(slot, "") for slot in _LISTS):
            return self._wrong_proposal(act)
        elif act.rule in _QUESTIONS and self.rng.random() < 0.5:
            rule = self.rng.choice([other for other in _QUESTIONS if other != act.rule])
            return AgentTurn(text=WORDS[rule][0])
        else:
            call = _needless(turns, self.rng)
        return None if call is None else AgentTurn(tool_calls=(call,))

    def _wrong_proposal(self, act: Say) -> AgentTurn:
        """The proposal with one item of several."""
        slots = dict(act.slots)
        for slot in _LISTS:
            if slot in slots:
                slots[slot] = self.rng.choice(re.split(r", (?=the )| and (?=the )", slots[slot]))
        return AgentTurn(text=WORDS[act.rule][0].format(**slots))


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
    found = [r.content for t in turns if isinstance(t, ToolTurn) for r in t.results if r.name.startswith("find_user")]
    if found and "get_user_details" not in made:
        return ToolCall(id="call_0", name="get_user_details", arguments={"user_id": found[-1].strip('"')})
    if "list_all_product_types" not in made and rng.random() < 0.1:
        return ToolCall(id="call_0", name="list_all_product_types", arguments={})
    return None

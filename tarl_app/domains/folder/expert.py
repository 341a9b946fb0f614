"""An agent that plays a task's own solution as a polite person would: an upper bound, and no measure of anything else.

It asks for the facts, makes the look-ups, reads back what it will change and waits for a yes, makes the changes, and tells
what must be told. It knows the task, so its dialogues are no training data.
"""

import re
from collections.abc import Sequence
from itertools import takewhile

from tarl_app.core.domain import Act, Expert, Say, Use
from tarl_app.core.types import Task, ToldFact, ToolCall, ToolResult, ToolSpec
from tarl_app.language import consent
from tarl_app.language.told import tells
from tarl_app.sandbox.playing import said

WORDINGS = {
    "ask": ("Could you tell me the {what}, please?", "Please tell me the {what}."),
    "confirm": ("I am about to do this: {what}. Shall I go ahead?", "This is what I will do: {what}. Is that right?"),
    "told": ("{told}",),
    "done": ("{told} Is there anything else I can do for you?", "{told} Can I do anything else for you?"),
    "bye": ("Thank you for calling. Goodbye!", "You are welcome. Goodbye!"),
}
_LEAVES = re.compile(r"\b(?:bye|goodbye|that's all|everything|covers it|leads nowhere|leave it there)\b")


class Solution:
    """What of a task's own solution has not been played yet."""

    def __init__(self, task: Task, specs: Sequence[ToolSpec], transfer_tool: str | None) -> None:
        self.asked, self.calls = "", 0
        self.writes = {spec.name for spec in specs if spec.writes} - {transfer_tool}
        self.transfer_tool = transfer_tool
        self.wants = " and the ".join(name.replace("_", " ") for name in task.facts)
        self.left = [call for call in task.gold if call.name != transfer_tool]
        self.transfer = next((call for call in task.gold if call.name == transfer_tool), None)
        changed = any(call.name in self.writes for call in self.left)
        self.told = " ".join([*(["That is done."] if changed else []), *map(_stated, task.must_tell)])
        self.agreed = self.leaves = self.knows = self.has_told = False

    def hear(self, text: str) -> None:
        """Whether the customer agrees, or says goodbye; nothing else makes a difference."""
        self.knows = self.knows or not self.wants or self.asked == "facts"
        self.agreed = self.agreed or (self.asked == "agree" and consent.says_yes(text))
        self.has_told = self.has_told or self.asked == "more" or (self.asked == "" and not self.left and self.knows)
        self.leaves = bool(_LEAVES.search(text.lower()))

    def observe(self, call: ToolCall, result: ToolResult) -> None:
        """A call has been played."""
        self.calls += 1
        self.left = self.left[1:]
        self.transfer = None if call.name == self.transfer_tool else self.transfer


def _stated(fact: ToldFact) -> str:
    value = f"${fact.value}" if fact.kind == "money" else fact.value
    sentence = f"The {fact.label.removeprefix('the ')} is {value}."
    return sentence if tells(sentence, fact) else said(fact)


def _deed(call: ToolCall) -> str:
    given = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in call.arguments.items())
    return f"{call.name.replace('_', ' ')}{f' ({given})' if given else ''}"


def decide(state: Solution) -> Act:
    """The next step of the solution."""
    if state.leaves:
        return Say("bye")
    if not state.knows:
        return Say("ask", {"what": state.wants}, asks="facts")
    if state.left:
        if state.left[0].name in state.writes and not state.agreed:
            deeds = takewhile(lambda call: call.name in state.writes, state.left)
            return Say("confirm", {"what": ", then ".join(map(_deed, deeds))}, asks="agree")
        return Use(state.left[0].name, state.left[0].arguments)
    if state.transfer:
        if state.told and not state.has_told:
            return Say("told", {"told": state.told}, asks="more")
        return Use(state.transfer.name, state.transfer.arguments)
    return Say("done", {"told": state.told or "That is all there is to it."}, asks="more")


def solution(specs: Sequence[ToolSpec], transfer_tool: str | None) -> Expert:
    """The expert of a domain with these tools."""
    return Expert(state=lambda task: Solution(task, specs, transfer_tool), decide=decide, wordings=WORDINGS)

"""An agent that plays a task's own solution, for domains without an expert: an upper bound, and no measure of anything else.

It makes the task's calls at once, tells what has to be told, and hands over last where the solution does.
"""

from tarl_app.core.domain import Act, Expert, Say, Use
from tarl_app.core.types import Task, ToolCall, ToolResult

WORDINGS = {
    "done": ("{told} Is there anything else I can do for you?", "{told} Can I do anything else for you?"),
    "told": ("{told}",),
    "bye": ("Thank you for calling. Goodbye!", "You are welcome. Goodbye!"),
}


class Solution:
    """What of a task's own solution has not been played yet; ``transfer_tool`` hands over to a person."""

    def __init__(self, task: Task, transfer_tool: str | None) -> None:
        self.transfer_tool = transfer_tool
        self.asked, self.calls, self.told = "", 0, False
        self.heard = 0
        self.left = [call for call in task.gold if call.name != transfer_tool]
        self.transfer = next((call for call in task.gold if call.name == transfer_tool), None)
        self.facts = " ".join(f"It is {'$' if fact.kind == 'money' else ''}{fact.value}." for fact in task.must_tell)

    def hear(self, text: str) -> None:
        """The solution is the same, whatever is said."""
        self.heard += 1
        self.told = self.heard > 1 and not self.left

    def observe(self, call: ToolCall, result: ToolResult) -> None:
        """A call has been played."""
        self.calls += 1
        self.left = self.left[1:]
        self.transfer = None if call.name == self.transfer_tool else self.transfer


def decide(state: Solution) -> Act:
    """The next call; then what must be told; then a transfer, where the solution has one."""
    if state.left:
        return Use(state.left[0].name, state.left[0].arguments)
    if state.transfer and (state.told or not state.facts):
        return Use(state.transfer.name, state.transfer.arguments)
    if state.told:
        return Say("bye")
    return Say("told" if state.transfer else "done", {"told": state.facts or "That is done."})


def solution(transfer_tool: str | None) -> Expert:
    """The expert of a domain with that tool."""
    return Expert(state=lambda task: Solution(task, transfer_tool), decide=decide, wordings=WORDINGS)

"""An agent that plays a task's own solution, and a customer without a model: what can be done offline.

The customer tells the whole instruction in the first person at once, repeats what a question is about, agrees to whatever
it is asked to agree to, and hangs up when asked whether there is anything else. A model behind an endpoint plays the
customer better (``--user llm``).
"""

import re
from random import Random

from tarl_app.core.domain import Act, Customer, Expert, Say, Sayings, Use
from tarl_app.core.types import Task, ToolCall, ToolResult
from tarl_app.sandbox.tools.service_tools import TRANSFER
from tarl_app.users.first_person import first_person
from tarl_app.users.reading import read
from tarl_app.users.wordings.courtesies import COURTESIES

_COMMON = frozenset(
    [
        "your",
        "you",
        "what",
        "which",
        "with",
        "that",
        "this",
        "have",
        "from",
        "would",
        "could",
        "please",
        "tell",
        "give",
        "need",
        "want",
        "about",
        "there",
        "their",
        "them",
        "then",
        "will",
        "can",
        "may",
        "the",
        "and",
        "for",
        "are",
    ]
)


class Caller:
    """The customer of one call."""

    def __init__(self, task: Task, rng: Random) -> None:
        self._all = first_person(task.instruction)
        self._leaving = False

    def open(self) -> Sayings:
        """The whole instruction."""
        return [Say("say", {"text": self._all or "Hello."})]

    def react(self, said: str) -> Sayings | None:
        """An answer; None after the goodbye."""
        heard = read(said)
        if self._leaving:
            return None
        if heard.more:
            self._leaving = True
            return [Say("bye")]
        if not heard.proposes and (about := self._about(said)):
            return [Say("say", {"text": about})]
        return [Say("yes" if heard.proposes else "ok")]

    def _about(self, question: str) -> str:
        """The sentences that share a word with a question; all of them where none does; empty when nothing is asked."""
        if "?" not in question:
            return ""
        asked = _words(question)
        fitting = [one for one in re.split(r"(?<=[.!?])\s+", self._all) if asked & _words(one)]
        return " ".join(fitting) or self._all


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"[a-z]{3,}", text.lower()) if word not in _COMMON}


CUSTOMER = Customer(agenda=Caller, phrasings=COURTESIES)

WORDINGS = {
    "done": ("{told} Is there anything else I can do for you?", "{told} Can I do anything else for you?"),
    "told": ("{told}",),
    "bye": ("Thank you for calling. Goodbye!", "You are welcome. Goodbye!"),
}


class Solution:
    """What of a task's own solution has not been played yet."""

    def __init__(self, task: Task) -> None:
        self.asked, self.calls, self.told = "", 0, False
        self.heard = 0
        self.left = [call for call in task.gold if call.name != TRANSFER]
        self.transfer = next((call for call in task.gold if call.name == TRANSFER), None)
        self.facts = " ".join(f"It is {'$' if fact.kind == 'money' else ''}{fact.value}." for fact in task.must_tell)

    def hear(self, text: str) -> None:
        """The solution is the same, whatever is said."""
        self.heard += 1
        self.told = self.heard > 1 and not self.left

    def observe(self, call: ToolCall, result: ToolResult) -> None:
        """A call has been played."""
        self.calls += 1
        self.left = self.left[1:]
        self.transfer = None if call.name == TRANSFER else self.transfer


def decide(state: Solution) -> Act:
    """The next call; then what must be told; then a transfer, where the solution has one."""
    if state.left:
        return Use(state.left[0].name, state.left[0].arguments)
    if state.transfer and (state.told or not state.facts):
        return Use(TRANSFER, state.transfer.arguments)
    if state.told:
        return Say("bye")
    return Say("told" if state.transfer else "done", {"told": state.facts or "That is done."})


EXPERT = Expert(state=Solution, decide=decide, wordings=WORDINGS)

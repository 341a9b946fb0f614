"""The scripted agent for math: the task's worked solution, then the answer.

Unlike in service conversations, the agent is given the solution.
"""

from dataclasses import dataclass

from tarl_app.core.domain import Expert, Say
from tarl_app.core.types import Task, ToldFact, ToolCall, ToolResult

WORDINGS = {
    "answer": (
        "{worked} The answer is {answer}.",
        "{worked} So the answer is {answer}.",
        "{worked} That makes {answer}.",
        "{worked} The result is {answer}.",
    ),
    "unknown": ("I am sorry, I do not know the answer.",),
}


@dataclass
class Pupil:
    """The expert's state: only the task."""

    task: Task
    asked: str = ""
    calls: int = 0

    def hear(self, text: str) -> None:
        """The question is in the task."""

    def observe(self, call: ToolCall, result: ToolResult) -> None:
        """There is nothing to call."""
        self.calls += 1


def decide(state: Pupil) -> Say:
    """The worked solution aloud, then the answer."""
    if not state.task.must_tell:
        return Say("unknown")
    fact = state.task.must_tell[0]
    return Say("answer", {"worked": fact.worked, "answer": _spoken(fact)})


def _spoken(fact: ToldFact) -> str:
    return f"minus {fact.value[1:]}" if fact.value.startswith("-") else fact.value


EXPERT = Expert(state=Pupil, decide=decide, wordings=WORDINGS)

"""The user who asks one question and hangs up after the answer, whatever it was."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tarl_app.core.types import AgentTurn, Task, Turn, UserTurn


@dataclass
class OneQuestionUser:
    """Asks the question of the task's first goal verbatim: a math problem has no second wording."""

    task: Task
    name: str = field(default="scripted", init=False)

    def speak(self, turns: Sequence[Turn]) -> UserTurn | None:
        """The question, or None once the agent has answered."""
        if any(isinstance(turn, AgentTurn) for turn in turns):
            return None
        return UserTurn(text=self.task.goals[0].question or self.task.instruction)


def asks_one_question(task: Task) -> bool:
    """Whether the task's user wants only one answer that needs no tools."""
    return len(task.goals) == 1 and task.goals[0].kind == "question"

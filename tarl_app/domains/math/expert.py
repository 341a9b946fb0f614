"""How the scripted agent answers a question that takes thinking: the task's worked solution, then the answer.

Unlike its service conversations this is no feat of the agent's: it is handed the solution, as a teacher would be.
"""

from random import Random

from tarl_app.core.types import Task, ToldFact

_ENDINGS = ("The answer is {answer}.", "So the answer is {answer}.", "That makes {answer}.", "The result is {answer}.")
_UNKNOWN = "I am sorry, I do not know the answer."


def worked_answer(task: Task, rng: Random, varied: bool = True) -> str:
    """The solution aloud; ``varied`` False: always the first wording of the ending."""
    if not task.must_tell:
        return _UNKNOWN
    fact = task.must_tell[0]
    ending = rng.choice(_ENDINGS) if varied else _ENDINGS[0]
    return " ".join(filter(None, (fact.worked, ending.format(answer=_spoken(fact)))))


def _spoken(fact: ToldFact) -> str:
    return f"minus {fact.value[1:]}" if fact.value.startswith("-") else fact.value

"""The judge exam of the airline: faults to plant, wordings of the agent, and which tasks they are planted in."""

from tarl_app.core.domain import Exam, ExamPart
from tarl_app.core.types import Task
from tarl_app.domains.airline.exam import faults, faults_held_out
from tarl_app.domains.airline.exam.wordings import DEVELOPMENT, HELD_OUT

EACH_KIND = 14
"""Training tasks of each kind in the development split."""


def _development() -> list[Task]:
    """Dev tasks, and some training tasks of every kind."""
    # Imported lazily: generating tasks builds the world.
    from tarl_app.domains.airline.tasks import tasks

    further: dict[str, list[Task]] = {}
    for task in tasks("train"):
        further.setdefault(task.kind, []).append(task)
    return [*tasks("dev"), *(task for some in further.values() for task in some[:EACH_KIND])]


def _held_out() -> tuple[Task, ...]:
    from tarl_app.domains.airline.tasks import tasks

    return tasks("test")


EXAM = Exam(
    parts={
        "development": ExamPart(_development, ("seen", "held_out"), DEVELOPMENT, faults.FAULTS, rounds=2),
        "held_out": ExamPart(_held_out, ("held_out",), HELD_OUT, faults_held_out.FAULTS, rounds=3),
    },
    spelled=r"\bM ?\d{7}\b|\bJN\d{4}\b|\b(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z0-9]{6}\b",
)

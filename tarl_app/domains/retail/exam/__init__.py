"""The judge exam of the shop: faults to plant, wordings of the agent, and which tasks they are planted in."""

from tarl_app.core.domain import Exam, ExamPart
from tarl_app.core.types import Task
from tarl_app.domains.retail.exam import faults, faults_held_out
from tarl_app.domains.retail.exam.wordings import DEVELOPMENT, HELD_OUT

REFUSALS, FURTHER = 40, 40
"""Training tasks in the development split."""


def _development() -> list[Task]:
    """Dev tasks, and training tasks, among them refusals for every reason there is."""
    # Imported lazily: generating tasks builds the world.
    from tarl_app.domains.retail.tasks import tasks

    train = tasks("train")
    refusals = [task for task in train if task.kind == "refusal"]
    return [*tasks("dev"), *refusals[:REFUSALS], *train[:FURTHER]]


def _held_out() -> tuple[Task, ...]:
    from tarl_app.domains.retail.tasks import tasks

    return tasks("test")


EXAM = Exam(
    parts={
        "development": ExamPart(_development, ("seen", "held_out"), DEVELOPMENT, faults.FAULTS, rounds=3),
        "held_out": ExamPart(_held_out, ("held_out",), HELD_OUT, faults_held_out.FAULTS, rounds=2),
    },
    spelled=r"#?\bW\d{7}\b",
)

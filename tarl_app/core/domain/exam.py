"""What a domain declares for the judge exam: faults to plant, and other wordings for the agent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

from tarl_app.core.domain.acts import Say, in_words
from tarl_app.core.domain.customer import PhrasingSet
from tarl_app.core.types import Task

ExamSplit = Literal["development", "held_out"]
"""A judge's rules may be written against ``development``; ``held_out`` has other faults, wordings and tasks."""
Planter = Callable[[Any], bool]
"""Follows an ``exam.script.Script`` to a place for its fault, plants it and continues; False if there is none."""


_AS_IT_IS: Mapping[str, Sequence[str]] = {"told": ("{fact}",), "doubt": ("What can I do for you?",)}
"""What has no wording of its own: an answer by the way is the same in every one."""


@dataclass(frozen=True)
class Wording:
    """How an agent words its acts (``table``), and how customers agree and say goodbye."""

    table: Mapping[str, Sequence[str]]
    farewells: Sequence[tuple[str, str]]
    """(what the customer says at the end, what the agent answers)"""

    def put(self, act: Say, rng: Random) -> str:
        """The act in words."""
        return in_words(act, lambda one: rng.choice(self.table.get(one.rule) or _AS_IT_IS[one.rule]).format(**one.slots))


@dataclass(frozen=True)
class ExamPart:
    """One split: its tasks, ways in which customers and the agent talk, and the planters by kind of fault.

    ``rounds`` is how often each task comes without a fault.
    """

    tasks: Callable[[], Sequence[Task]]
    phrasings: tuple[PhrasingSet, ...]
    wordings: tuple[Wording, ...]
    faults: Mapping[str, tuple[Planter, ...]]
    rounds: int = 2


def _first_and_last(task: Task) -> tuple[str, ...]:
    return tuple(task.facts[key] for key in ("first_name", "last_name") if key in task.facts)


@dataclass(frozen=True)
class Exam:
    """The exam of a domain, and how simulated speech recognition changes its customers' words:

    ``names`` of a task, by default the customer's first and last, are misspelled; matches of the regular expression
    ``spelled``, ids of letters and digits, are written one character at a time ("BK48" -> "b k 4 8").
    """

    parts: Mapping[ExamSplit, ExamPart]
    names: Callable[[Task], tuple[str, ...]] = _first_and_last
    spelled: str = field(default=r"(?!)")

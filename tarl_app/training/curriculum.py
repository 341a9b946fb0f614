"""Selects tasks: the warm-up, the mixture of sources, and tasks that are neither too easy nor too hard.

The selection depends only on the seed, the step and the record of passes, so a stopped run continues with the same
tasks. The record counts tries and passes of each task; a task that was never tried is assumed to be as hard as its
kind.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from tarl_app.core.domain import Domain
from tarl_app.core.errors import ConfigError
from tarl_app.core.types import Task
from tarl_app.training.configuration.config import Source, TrainConfig

_KIND_COUNTS = 2.0
"""Weight of a kind's pass rate, in tries of the task."""
_LEAST = 0.01
"""Weight of a task that is always or never passed, so that it is tried again now and then."""

_MOST_DOUBLINGS = 20
_TRIES = 4
"""Tries of a task of an adaptive source after which its own pass rate is believed."""
_MEMORY = 32
"""Groups of an adaptive source that are remembered, about: then both counts are halved."""
_LEAST_SHARE = 0.1
"""Of an adaptive source's weight."""


@dataclass(frozen=True)
class Choice:
    """One task of one source, for one group of rollouts."""

    source: Source
    task: Task


class Curriculum:
    """Chooses tasks, and records their results."""

    def __init__(self, config: TrainConfig, tasks: Callable[[Source], Sequence[Task]]) -> None:
        """``tasks`` returns a source's tasks; raises ``ConfigError`` when a source has none."""
        self.config = config
        self._tasks = {source.name: tuple(tasks(source)) for source in config.sources}
        for name, found in self._tasks.items():
            if not found:
                raise ConfigError(f"The source {name!r} has no tasks: loosen its kinds, easy, or skip.")
        self._record: dict[str, list[int]] = {}
        """Of a task or a kind: tries and passes. Of an adaptive source: groups, and those that were mixed. Of a rest:
        groups in a row that taught nothing, and the step it ends.
        """

    def sources(self, step: int) -> tuple[Source, ...]:
        """The sources of a step, counted from 0."""
        if step < self.config.warmup_steps:
            return tuple(source for source in self.config.sources if source.warmup)
        later = tuple(source for source in self.config.sources if not source.warmup and source.weight > 0)
        if self.config.order == "in_turn":
            return (later[(step - self.config.warmup_steps) // self.config.turn_steps % len(later)],)
        return later

    def choose(self, step: int, count: int, attempt: int = 0) -> list[Choice]:
        """``count`` tasks, distinct as far as possible; ``attempt`` counts the choices of one step."""
        random = Random(f"{self.config.seed}/{step}/{attempt}/tasks")
        sources = self.sources(step)
        drawn = random.choices(sources, [(source.weight or 1.0) * self._share(source) for source in sources], k=count)
        taken: set[str] = set()
        chosen: list[Choice] = []
        for source in drawn:
            tasks = self._tasks[source.name]
            weights = [0.0 if task.id in taken else self._weight(source, task, step) for task in tasks]
            task = random.choices(tasks, weights if any(weights) else None)[0]
            taken.add(task.id)
            chosen.append(Choice(source, task))
        return chosen

    def note(self, choice: Choice, passed: int, tried: int, step: int = 0) -> None:
        """Records the result of a group; where all passed or all failed, its task rests from the next step on."""
        if self.config.rest_steps and tried:
            key = _of_rest(choice.source, choice.task)
            if 0 < passed < tried:
                self._record.pop(key, None)
            else:
                times = self._record.get(key, [0, 0])[0] + 1
                rest = self.config.rest_steps * 2 ** min(times - 1, _MOST_DOUBLINGS)
                self._record[key] = [times, step + 1 + rest]
        if choice.source.adaptive and tried:
            groups, mixed = self._record.get(_of_source(choice.source), [0, 0])
            kept = [groups // 2, mixed // 2] if groups >= _MEMORY else [groups, mixed]
            self._record[_of_source(choice.source)] = [kept[0] + 1, kept[1] + (0 < passed < tried)]
        for key in (_of_task(choice.source, choice.task), _of_kind(choice.source, choice.task)):
            record = self._record.setdefault(key, [0, 0])
            record[0] += tried
            record[1] += passed

    def pass_rate(self, source: Source, task: Task) -> float:
        """Estimated probability that the policy passes the task."""
        tries, passes = self._record.get(_of_kind(source, task), [0, 0])
        kind = (passes + 1.0) / (tries + 2.0)
        tries, passes = self._record.get(_of_task(source, task), [0, 0])
        return (passes + _KIND_COUNTS * kind) / (tries + _KIND_COUNTS)

    def _weight(self, source: Source, task: Task, step: int) -> float:
        if step < self._record.get(_of_rest(source, task), [0, 0])[1]:
            return 0.0
        tries, passes = self._record.get(_of_task(source, task), [0, 0])
        if source.adaptive and tries >= _TRIES and passes in (0, tries):
            return 0.0
        if not self.config.medium_difficulty:
            return 1.0
        rate = self.pass_rate(source, task)
        return _LEAST + rate * (1 - rate)

    def _share(self, source: Source) -> float:
        """The part of its weight that an adaptive source has now: twice the share of its groups that were mixed."""
        if not source.adaptive:
            return 1.0
        groups, mixed = self._record.get(_of_source(source), [0, 0])
        return min(1.0, max(_LEAST_SHARE, 2 * (mixed + 1) / (groups + 2)))

    def state(self) -> dict[str, Any]:
        """The state for ``restore``, as plain JSON."""
        return {key: list(record) for key, record in self._record.items()}

    def restore(self, state: Any) -> None:
        """Restores the record of an earlier process; raises ``ConfigError`` for an invalid one."""
        try:
            self._record = {key: [int(tries), int(passes)] for key, (tries, passes) in state.items()}
        except (AttributeError, TypeError, ValueError, ArithmeticError) as error:
            raise ConfigError("The stored state has no record of tasks that can be read: start the run anew.") from error


def _of_task(source: Source, task: Task) -> str:
    return f"{source.name}/task/{task.id}"


def _of_source(source: Source) -> str:
    return f"{source.name}/groups"


def _of_rest(source: Source, task: Task) -> str:
    return f"{source.name}/rest/{task.id}"


def _of_kind(source: Source, task: Task) -> str:
    return f"{source.name}/kind/{task.kind}"


def tasks_of(source: Source, domain: Domain) -> tuple[Task, ...]:
    """The tasks that a source draws from."""
    return tuple(task for task in domain.tasks(source.split)[source.skip :] if _belongs(source, task, domain))[
        : source.limit
    ]


def _belongs(source: Source, task: Task, domain: Domain) -> bool:
    if source.kinds and task.kind not in source.kinds:
        return False
    return not source.easy or is_easy(task, domain)


def is_easy(task: Task, domain: Domain) -> bool:
    """One explicit goal that is carried out as asked, by a plain or terse user who remembers everything correctly."""
    if len(task.goals) != 1 or task.persona.misremembers or task.persona.style not in ("plain", "terse"):
        return False
    goal = task.goals[0]
    plain = goal.expect == "done" and not goal.changes_mind and goal.instead is None
    return plain and domain.explicit(goal)

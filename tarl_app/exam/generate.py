"""The exam's episodes with the true score of every agent turn: reproducible from the split and the seed alone."""

import zlib
from collections.abc import Iterator
from itertools import chain, zip_longest
from random import Random
from typing import Literal, get_args

from tarl_app.core.domain import Domain, Exam, ExamPart, ExamSplit, Planter
from tarl_app.core.errors import ConfigError
from tarl_app.core.types import Episode, Frozen, Task
from tarl_app.exam.noise import transcribed
from tarl_app.exam.script import Script, record

Condition = Literal["text", "noise", "transcript"]
"""Typed; spoken, with the intended text beside the transcript; spoken, with the transcript alone."""
CONDITIONS: tuple[Condition, ...] = get_args(Condition)
EACH = 9
"""Episodes of each planter, a third in each condition."""


class ExamCase(Frozen):
    """One episode of the exam. ``truth`` has one score for each agent turn; None where either 0 or 1 could be defended."""

    id: str
    split: ExamSplit
    fault: str = ""  # empty for a flawless episode
    planter: str = ""
    condition: Condition = "text"
    refusal: bool = False  # a flawless episode in which the policy demands a refusal
    truth: tuple[int | None, ...]
    episode: Episode

    @property
    def planted(self) -> int | None:
        """The number of the agent turn (from 0) with the planted fault."""
        return self.truth.index(-1) if -1 in self.truth else None


def generate(domain: Domain, split: ExamSplit, limit: int | None = None, seed: int = 0) -> tuple[ExamCase, ...]:
    """The cases of a split: every planter and the flawless ones in turn, so that a small ``limit`` has some of each.

    Raises:
        ConfigError: the domain has no exam, or none of that split.
    """
    table = _part(domain, split).faults
    streams = [_planted(domain, split, name, one, seed) for name, planters in table.items() for one in planters]
    clean = _flawless(domain, split, seed)
    pairs = zip_longest(chain.from_iterable(zip_longest(*streams)), clean)
    cases = (case for pair in pairs for case in pair if case is not None)
    return tuple(case for case, _ in zip(cases, range(limit), strict=False)) if limit is not None else tuple(cases)


def _scripts(domain: Domain, split: ExamSplit, name: str, seed: int) -> Iterator[tuple[Script, Random]]:
    """Scripts over the split's tasks in a different order for each name; the caller closes them."""
    part = _part(domain, split)
    tasks = [*part.tasks()]
    Random(f"{split}/{name}/{seed}").shuffle(tasks)
    for task in tasks:
        rng = Random(f"{split}/{name}/{task.id}/{seed}")
        clean = record(task, domain, rng.choice(part.phrasings))
        if clean is not None:
            yield Script(clean, domain, rng.choice(part.wordings), rng), rng


def _exam(domain: Domain) -> Exam:
    if domain.exam is None:
        raise ConfigError(f"The domain {domain.name!r} has no judge exam: it declares no faults that could be planted.")
    return domain.exam


def _part(domain: Domain, split: ExamSplit) -> ExamPart:
    parts = _exam(domain).parts
    if split not in parts:
        raise ConfigError(f"The judge exam of the domain {domain.name!r} has no split {split!r}; it has {', '.join(parts)}.")
    return parts[split]


def _planted(domain: Domain, split: ExamSplit, fault: str, planter: Planter, seed: int) -> Iterator[ExamCase]:
    found, first = 0, zlib.crc32(planter.__name__.encode())
    for script, rng in _scripts(domain, split, planter.__name__, seed):
        try:
            if found < EACH and planter(script):
                yield _case(script, rng, split, CONDITIONS[(first + found) % len(CONDITIONS)], fault, planter.__name__)
                found += 1
        finally:
            script.close()
        if found >= EACH:
            return


def _flawless(domain: Domain, split: ExamSplit, seed: int) -> Iterator[ExamCase]:
    """Every task several times, in changing conditions."""
    for turn in range(_part(domain, split).rounds):
        for number, (script, rng) in enumerate(_scripts(domain, split, f"flawless {turn}", seed)):
            try:
                script.follow()
                yield _case(script, rng, split, CONDITIONS[(number + turn) % len(CONDITIONS)])
            finally:
                script.close()


def _case(
    script: Script, rng: Random, split: ExamSplit, condition: Condition, fault: str = "", planter: str = ""
) -> ExamCase:
    task = script.task
    name = f"{split}-{planter or 'flawless'}-{task.id}-{condition}"
    episode = script.episode(f"exam-{zlib.crc32(name.encode()):08x}-{task.id}")
    if condition != "text":
        exam = _exam(script.domain)
        turns = tuple(
            transcribed(turn, exam.names(task), rng, exam.spelled, condition == "transcript") for turn in episode.turns
        )
        episode = episode.model_copy(update={"turns": turns})
    truth = tuple(script.truth[index] for index, _ in episode.agent_turns)
    return ExamCase(
        id=episode.id,
        split=split,
        fault=fault,
        planter=planter,
        condition=condition,
        refusal=not fault and _refusal(task),
        truth=truth,
        episode=episode,
    )


def _refusal(task: Task) -> bool:
    return any(goal.expect == "refused" for goal in task.goals)

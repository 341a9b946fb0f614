"""The exam's episodes with the true score of every agent turn: reproducible from the split and the seed alone."""

import zlib
from collections.abc import Callable, Iterator
from itertools import chain, zip_longest
from random import Random
from typing import Literal, get_args

from tarl_app.core.domain import Domain, PhrasingSet, Split
from tarl_app.core.types import Episode, Frozen, Task
from tarl_app.domains.retail.exam import faults, faults_held_out
from tarl_app.domains.retail.exam.wordings import DEVELOPMENT, HELD_OUT, Wording
from tarl_app.evaluation.exam.noise import misheard
from tarl_app.evaluation.exam.planting import Planter
from tarl_app.evaluation.exam.script import Script, record

ExamSplit = Literal["development", "held_out"]
Condition = Literal["text", "noise", "transcript"]
"""Typed; spoken, with what was meant beside what was heard; spoken by a person, of whom only the transcript is known."""
CONDITIONS: tuple[Condition, ...] = get_args(Condition)
EACH = 9
"""Episodes of each planter, a third in each condition."""
REFUSALS, FURTHER = 40, 40
"""Training tasks in the development split."""

# Split of the tasks, the customers' phrasings, the agent's wordings, the faults, rounds of flawless episodes.
_SPLITS: dict[ExamSplit, tuple[Split, tuple[PhrasingSet, ...], tuple[Wording, ...], dict[str, tuple[Planter, ...]], int]] = {
    "development": ("dev", ("seen", "held_out"), DEVELOPMENT, faults.FAULTS, 3),
    "held_out": ("test", ("held_out",), HELD_OUT, faults_held_out.FAULTS, 2),
}


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
    """The cases of a split: every planter and the flawless ones in turn, so that a small ``limit`` has some of each."""
    table = _SPLITS[split][3]
    streams = [_planted(domain, split, name, one, seed) for name, planters in table.items() for one in planters]
    clean = _flawless(domain, split, seed)
    pairs = zip_longest(chain.from_iterable(zip_longest(*streams)), clean)
    cases = (case for pair in pairs for case in pair if case is not None)
    return tuple(case for case, _ in zip(cases, range(limit), strict=False)) if limit is not None else tuple(cases)


def _scripts(domain: Domain, split: ExamSplit, name: str, seed: int) -> Iterator[tuple[Script, Random]]:
    """Scripts over the split's tasks in an order of their own for each name; who takes one closes it."""
    _, phrasings, wordings, _, _ = _SPLITS[split]
    tasks = _tasks(domain, split)
    Random(f"{split}/{name}/{seed}").shuffle(tasks)
    for task in tasks:
        rng = Random(f"{split}/{name}/{task.id}/{seed}")
        clean = record(task.id, domain.name, task.split, rng.choice(phrasings))
        if clean is not None:
            yield Script(clean, domain, rng.choice(wordings), rng), rng


def _tasks(domain: Domain, split: ExamSplit) -> list[Task]:
    """The split's tasks; development adds training tasks, among them refusals for every reason there is."""
    tasks = list(domain.tasks(_SPLITS[split][0]))
    if split == "development":
        train = domain.tasks("train")
        tasks += [*[task for task in train if task.kind == "refusal"][:REFUSALS], *train[:FURTHER]]
    return tasks


def _planted(
    domain: Domain, split: ExamSplit, fault: str, planter: Callable[[Script], bool], seed: int
) -> Iterator[ExamCase]:
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
    for turn in range(_SPLITS[split][4]):
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
        names = tuple(task.facts.get(key, "") for key in ("first_name", "last_name"))
        turns = tuple(misheard(turn, names, rng, condition == "transcript") for turn in episode.turns)
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

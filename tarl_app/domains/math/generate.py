"""The tasks of each split, made from seeds, checked, and disjoint by content.

A digest of a problem's *computation* (not of its wording) decides its split, so that no computation occurs in two
splits, whatever the sizes, and the splits stay the same when a size changes. Levels alternate, so that the first n
tasks are a fair sample.
"""

from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from random import Random

from tarl_app.core.domain import Split
from tarl_app.core.errors import DomainError
from tarl_app.core.process.once import once
from tarl_app.core.types import Goal, Task, ToldFact
from tarl_app.domains.math.draw import Draw
from tarl_app.domains.math.problems import EASY
from tarl_app.domains.math.problems_hard import HARD
from tarl_app.domains.math.work import Problem
from tarl_app.sandbox.tools.calculator import calculate

NAME = "math"
KINDS_OF_PROBLEM = {**EASY, **HARD}
LEVELS = tuple(KINDS_OF_PROBLEM)
SIZES: dict[Split, int] = {"train": 1000, "dev": 50, "test": 100}
_SHARES: dict[Split, range] = {"train": range(80), "dev": range(80, 88), "test": range(88, 100)}
_MOST_DRAWS = 10_000


@once
def tasks(split: Split) -> tuple[Task, ...]:
    """The generated tasks of a split; raises ``DomainError`` for an unknown one."""
    if split not in SIZES:
        raise DomainError(f"There is no split {split!r}. There are: {', '.join(SIZES)}.")
    return tuple(islice(generate(split), SIZES[split]))


def generate(split: Split, seed: int = 0) -> Iterator[Task]:
    """Tasks without end, level by level in turn; seed 0 gives those of ``tasks``.

    Raises:
        DomainError: nothing new can be drawn any more (the easiest levels have some hundred computations in all).
    """
    seen: set[str] = set()
    number = 0
    while True:
        level = LEVELS[number % len(LEVELS)]
        rng = Random(f"{NAME}/{split}/{seed}/{number}")
        made = _fresh(rng, level, split, seen)
        prefix = f"{NAME}-{split}-" if seed == 0 else f"{NAME}-{split}-s{seed}."
        yield task_of(f"{prefix}{number:04d}", made, f"{NAME}-level-{level}", split, seed=number)
        number += 1


def _fresh(rng: Random, level: int, split: Split, seen: set[str]) -> Problem:
    """A checked problem of the split that was not asked before, word by word."""
    for _ in range(_MOST_DRAWS):
        made = draw_problem(rng, level)
        if split_of(made.written) == split and made.question not in seen:
            seen.add(made.question)
            return made
    raise DomainError(f"No further {split} problem of level {level} can be drawn.")


def draw_problem(rng: Random, level: int) -> Problem:
    """One checked problem of a level, of whatever split; raises ``DomainError`` for an unknown level."""
    if level not in KINDS_OF_PROBLEM:
        raise DomainError(f"There is no level {level}. There are: {', '.join(map(str, LEVELS))}.")
    make = rng.choice(KINDS_OF_PROBLEM[level])
    for _ in range(_MOST_DRAWS):
        try:
            made = make(Draw(rng))
        except ValueError:  # the numbers did not come out even, or are not plausible
            continue
        if calculate(made.written) != str(made.answer):
            raise DomainError(f"{made.question!r}: {made.written} is not {made.answer}")
        return made
    raise DomainError(f"{make.__name__} cannot be drawn.")


def split_of(content: str) -> Split:
    """The split of that content."""
    share = int.from_bytes(sha256(content.encode()).digest()[:4], "big") % 100
    return next(split for split, shares in _SHARES.items() if share in shares)


def task_of(task_id: str, made: Problem, kind: str, split: Split, seed: int = 0) -> Task:
    """The problem as a task: it is asked once, and the answer must be the agent's final number."""
    fact = ToldFact(label="answer", kind="number", value=str(made.answer), final=True, worked=made.worked)
    return Task(
        id=task_id,
        domain=NAME,
        split=split,
        kind=kind,
        instruction=f"Ask this, and hang up once it is answered: {made.question}",
        goals=(Goal(kind="question", question=made.question, topic=NAME, tell=(fact,)),),
        must_tell=(fact,),
        seed=seed,
    )

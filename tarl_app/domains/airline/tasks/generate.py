"""The splits: disjoint customers, the same mixture of kinds, drawn until every place is filled."""

from collections.abc import Iterator
from itertools import cycle, islice
from zlib import crc32

from tarl_app.core.domain import Split
from tarl_app.core.errors import DomainError
from tarl_app.core.once import once
from tarl_app.core.types import Persona, Task
from tarl_app.domains.airline.tasks import calls, people, suggestions
from tarl_app.domains.airline.tasks.assemble import assemble
from tarl_app.domains.airline.tasks.draft import Scene
from tarl_app.domains.airline.tasks.travel import Customer, network
from tarl_app.sandbox.dice import Dice

SIZES: dict[Split, int] = {"train": 600, "dev": 40, "test": 80}
"""Tasks of a split."""
SHARES: dict[Split, int] = {"train": 66, "dev": 12, "test": 22}
"""Of a hundred customers, how many belong to a split; no customer belongs to two."""
PATIENCE = 50  # rounds through the customers until a task is given up


@once
def tasks(split: Split) -> tuple[Task, ...]:
    """All tasks of a split, made at the first call. Raises ``DomainError`` for a split that does not exist."""
    if split not in SIZES:
        raise DomainError(f"There is no split {split!r} of the airline tasks; there are {', '.join(SIZES)}.")
    writer = _Writer(split)
    return tuple(writer.task(number, kind) for number, kind in enumerate(_kinds(SIZES[split], writer.dice)))


@once
def customers(split: Split) -> tuple[Customer, ...]:
    """The customers of a split."""
    order = Dice(crc32(b"airline customers")).shuffled(network().customers)
    start = 0
    for name, share in SHARES.items():
        end = start + len(order) * share // 100
        if name == split:
            return tuple(order[start:end])
        start = end
    raise DomainError(f"There is no split {split!r}.")


def _kinds(size: int, dice: Dice) -> list[str]:
    """The kinds of a split's tasks in random order, each by its share, by largest remainders."""
    total = sum(kind.share for kind in calls.KINDS)
    exact = {kind.name: size * kind.share / total for kind in calls.KINDS}
    counts = {name: int(value) for name, value in exact.items()}
    by_remainder = sorted(exact, key=lambda name: counts[name] - exact[name])
    for name in by_remainder[: size - sum(counts.values())]:
        counts[name] += 1
    return dice.shuffled(name for name, count in counts.items() for _ in range(count))


class _Writer:
    """Writes the tasks of one split one after another; no customer calls twice for the same."""

    def __init__(self, split: Split) -> None:
        self.split: Split = split
        self.dice = Dice(crc32(f"airline {split}".encode()))
        self._customers = customers(split)
        self._next = self._rounds()
        self._seen: set[str] = set()
        self._turns = {kind.name: cycle(self._rotated(kind.builds)) for kind in calls.KINDS}

    def _rotated(self, builds: tuple[calls.Build, ...]) -> tuple[calls.Build, ...]:
        start = self.dice.below(len(builds))
        return (*builds[start:], *builds[:start])

    def _rounds(self) -> Iterator[Customer]:
        """The customers again and again, each round in another order."""
        while True:
            yield from self.dice.shuffled(self._customers)

    def task(self, number: int, kind: str) -> Task:
        """The task of that number: for the next customer for whom such a call can be written."""
        seed = crc32(f"airline {self.split} {number}".encode())
        dice = Dice(seed)
        build = next(self._turns[kind])
        for customer in islice(self._next, PATIENCE * len(self._customers)):
            scene = Scene(network(), customer, dice, neighbours=self._customers)
            parts = build(scene)
            if parts is None:
                continue
            task = assemble(
                scene, parts, task_id=f"airline-{self.split}-{number:03d}", split=self.split, kind=kind, seed=seed
            )
            mark = repr((task.user_id, [call.arguments for call in task.gold], task.must_tell))
            if mark not in self._seen and calls.clear(task):
                self._seen.add(mark)
                return task
        raise DomainError(f"The world has no customer for task {number} ({kind}) of the split {self.split}.")


def free_task(seed: int = 0) -> Task:
    """A customer to play, with ideas what to ask; nothing is verified."""
    dice = Dice(crc32(f"airline free {seed}".encode()))
    scene = Scene(network(), dice.pick(customers("dev")), dice)
    known = people.everything(scene.customer)
    return Task(
        id=f"airline-free-{seed}",
        domain="airline",
        split="free",
        kind="free",
        instruction=" ".join((people.introduction(scene, known, Persona()), *suggestions.ideas(scene))),
        user_id=scene.customer.id,
        facts=known,
        seed=seed,
    )

"""The splits: disjoint customers, the same mixture of kinds, drawn until every place is filled."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any, Generic, Protocol, TypeVar
from zlib import crc32

from tarl_app.core.domain import Split
from tarl_app.core.errors import DomainError
from tarl_app.core.process.once import once
from tarl_app.core.types import Persona, Task, ToolCall
from tarl_app.sandbox.dice import Dice
from tarl_app.sandbox.tasks.draft import Call, Part, SceneT
from tarl_app.sandbox.tasks.kinds import Build, Kind
from tarl_app.sandbox.tasks.prose import Prose, scenario

PATIENCE = 50  # rounds through the customers until a task is given up


class HasId(Protocol):
    """A customer of the world."""

    @property
    def id(self) -> str:
        """The customer's id in the database."""
        ...


T = TypeVar("T")
CustomerT = TypeVar("CustomerT", bound=HasId)


@dataclass(frozen=True)
class Caller:
    """Who calls: how they talk, what they can tell about themselves, and the look-ups by which they are found."""

    persona: Persona
    facts: dict[str, str]
    found_by: tuple[Call, ...]


@dataclass(frozen=True, eq=False)
class TaskPlan(Generic[CustomerT, SceneT]):
    """What a domain declares of its tasks.

    ``sizes`` are the tasks of a split, in parts with the same mixture of kinds: the tasks of a part do not change when a
    part is added after it. ``shares`` is how many of a hundred customers belong to a split; no customer belongs to two.
    Names of tools that only look something up begin with one of ``reads``.

    ``customers`` gives all customers of the world, ``scene`` one of them about to call, with draws and the customers of the
    same split. ``caller`` draws who calls, once the goals are known, and ``introduction`` puts it in words. For free talk,
    ``everything`` is all that a customer could know about themselves, and ``ideas`` is what they could ask for.
    """

    domain: str
    sizes: Mapping[Split, tuple[int, ...]]
    shares: Mapping[Split, int]
    kinds: tuple[Kind[SceneT], ...]
    reads: tuple[str, ...]
    transfer_tool: str
    customers: Callable[[], Sequence[CustomerT]]
    scene: Callable[[CustomerT, Dice, tuple[CustomerT, ...]], SceneT]
    caller: Callable[[SceneT], Caller]
    introduction: Callable[[SceneT, dict[str, str], Persona], str]
    prose: Prose
    everything: Callable[[CustomerT], dict[str, str]]
    ideas: Callable[[SceneT], Sequence[str]]


class TaskGenerator(Generic[CustomerT, SceneT]):
    """The tasks of a domain, the same on every machine."""

    def __init__(self, plan: TaskPlan[CustomerT, SceneT]) -> None:
        self.plan = plan

    @once
    def tasks(self, split: Split) -> tuple[Task, ...]:
        """All tasks of a split, made at the first call. Raises ``DomainError`` for a split that does not exist."""
        plan = self.plan
        if split not in plan.sizes:
            raise DomainError(f"There is no split {split!r} of the {plan.domain} tasks; there are {', '.join(plan.sizes)}.")
        writer, written = _Writer(plan, split, self.customers(split)), list[Task]()
        for size in plan.sizes[split]:
            # The kinds of a part are drawn when the parts before it are written, which never change.
            kinds = _kinds(plan.kinds, size, writer.dice)
            written += [writer.task(len(written) + number, kind) for number, kind in enumerate(kinds)]
        return tuple(written)

    @once
    def customers(self, split: Split) -> tuple[CustomerT, ...]:
        """The customers of a split. Raises ``DomainError`` for a split that does not exist."""
        found = divided(self.plan.domain, self.plan.shares, self.plan.customers())
        if split not in found:
            raise DomainError(f"There is no split {split!r}.")
        return found[split]

    def free_task(self, seed: int = 0) -> Task:
        """A customer to play, with ideas what to ask; nothing is verified."""
        plan, dice = self.plan, _dice(self.plan.domain, f"free {seed}")
        customer = dice.pick(self.customers("dev"))
        scene, known = plan.scene(customer, dice, ()), plan.everything(customer)
        return Task(
            id=f"{plan.domain}-free-{seed}",
            domain=plan.domain,
            split="free",
            kind="free",
            instruction=" ".join((plan.introduction(scene, known, Persona()), *plan.ideas(scene))),
            user_id=customer.id,
            facts=known,
            seed=seed,
        )


def divided(domain: str, shares: Mapping[Split, int], customers: Sequence[T]) -> dict[Split, tuple[T, ...]]:
    """The customers of each split, in random order: ``shares`` of a hundred, and none in two splits."""
    order, found, start = _dice(domain, "customers").shuffled(customers), dict[Split, tuple[T, ...]](), 0
    for split, share in shares.items():
        end = start + len(order) * share // 100
        found[split] = tuple(order[start:end])
        start = end
    return found


def _seed(domain: str, what: str) -> int:
    return crc32(f"{domain} {what}".encode())


def _dice(domain: str, what: str) -> Dice:
    return Dice(_seed(domain, what))


def _kinds(kinds: Sequence[Kind[Any]], size: int, dice: Dice) -> list[str]:
    """The kinds of that many tasks in random order, each by its share, by largest remainders."""
    total = sum(kind.share for kind in kinds)
    exact = {kind.name: size * kind.share / total for kind in kinds}
    counts = {name: int(value) for name, value in exact.items()}
    by_remainder = sorted(exact, key=lambda name: counts[name] - exact[name])
    for name in by_remainder[: size - sum(counts.values())]:
        counts[name] += 1
    return dice.shuffled(name for name, count in counts.items() for _ in range(count))


class _Writer(Generic[CustomerT, SceneT]):
    """Writes the tasks of one split one after another; no customer calls twice for the same."""

    def __init__(self, plan: TaskPlan[CustomerT, SceneT], split: Split, customers: tuple[CustomerT, ...]) -> None:
        self.split: Split = split
        self.plan, self.customers = plan, customers
        self.dice = _dice(plan.domain, split)
        self._next = self._rounds()
        self._seen: set[str] = set()
        self._turns = {kind.name: cycle(self._rotated(kind.builds)) for kind in plan.kinds}

    def _rotated(self, builds: tuple[Build[SceneT, Any], ...]) -> tuple[Build[SceneT, Any], ...]:
        start = self.dice.below(len(builds))
        return (*builds[start:], *builds[:start])

    def _rounds(self) -> Iterator[CustomerT]:
        """The customers again and again, each round in another order."""
        while True:
            yield from self.dice.shuffled(self.customers)

    def task(self, number: int, kind: str) -> Task:
        """The task of that number: for the next customer for whom such a call can be written."""
        seed = _seed(self.plan.domain, f"{self.split} {number}")
        dice, build = Dice(seed), next(self._turns[kind])
        for customer in islice(self._next, PATIENCE * len(self.customers)):
            scene = self.plan.scene(customer, dice, self.customers)
            parts = build(scene)
            if parts is None:
                continue
            task = self._assembled(scene, parts, number, kind, seed)
            mark = repr((task.user_id, [call.arguments for call in task.gold], task.must_tell))
            if mark not in self._seen and self._is_clear(task):
                self._seen.add(mark)
                return task
        raise DomainError(f"The world has no customer for task {number} ({kind}) of the split {self.split}.")

    def _assembled(self, scene: SceneT, parts: tuple[Part[Any], ...], number: int, kind: str, seed: int) -> Task:
        """Puts the authentication before the parts and the person around them."""
        plan, caller = self.plan, self.plan.caller(scene)
        calls = self._without_repeated_reads([*caller.found_by, *(call for part in parts for call in part.gold)])
        introduction = plan.introduction(scene, caller.facts, caller.persona)
        goals = [one for part in parts for one in part.goal.chain]
        return Task(
            id=f"{plan.domain}-{self.split}-{number:03d}",
            domain=plan.domain,
            split=self.split,
            kind=kind,
            instruction=scenario(scene, plan.prose, introduction, [part.prose for part in parts], caller.persona.style),
            persona=caller.persona,
            user_id=scene.customer.id,
            facts=caller.facts,
            goals=tuple(part.goal.generic for part in parts),
            gold=tuple(ToolCall(id=f"gold-{n}", name=name, arguments=given) for n, (name, given) in enumerate(calls, 1)),
            must_tell=tuple(dict.fromkeys(fact for goal in goals for fact in goal.tell)),
            must_transfer=any(goal.expect == "transferred" for goal in goals),
            must_not=tuple(dict.fromkeys(rule for part in parts for rule in part.must_not)),
            seed=seed,
        )

    def _without_repeated_reads(self, calls: Iterable[Call]) -> list[Call]:
        kept: list[Call] = []
        for call in calls:
            if not (call[0].startswith(self.plan.reads) and call in kept):
                kept.append(call)
        return kept

    def _is_clear(self, task: Task) -> bool:
        """Whether it asks for something, and no two facts to tell have the same value (one could stand for the other)."""
        values = [fact.value for fact in task.must_tell]
        writes = any(not call.name.startswith((*self.plan.reads, self.plan.transfer_tool)) for call in task.gold)
        return len(set(values)) == len(values) and (writes or bool(values))

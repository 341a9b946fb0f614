"""What a scripted customer tells: who they are, what they remember wrongly, their goals, and corrections.

``Replies`` is what every domain's customer has in common; when something is said is decided by ``users.agenda``.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import ClassVar, Generic, TypeVar

from tarl_app.core.domain import Say, Sayings
from tarl_app.core.types import Goal, Task
from tarl_app.users.reading import Reading

GoalT = TypeVar("GoalT", bound=Goal)
ReadingT = TypeVar("ReadingT", bound=Reading)
SPOKEN = ("lookup", "transfer")
"""Kinds of goals that are said as they stand in the task."""


@dataclass(frozen=True)
class Mismatch:
    """One detail of what the agent says that is wrong (``missing`` False), or was left out where it had to be named.

    ``what`` is the domain's word for it, such as "payment".
    """

    what: str
    missing: bool = False


def misremembered(number: str, rng: Random) -> str:
    """A number like this one, but with two neighbouring digits swapped, or one changed."""
    places = [n for n, (a, b) in enumerate(pairwise(number)) if a.isdigit() and b.isdigit() and a != b]
    if not places:
        return number[:-1] + str((int(number[-1]) + 1) % 10) if number[-1:].isdigit() else number + "1"
    at = rng.choice(places)
    return number[:at] + number[at + 1] + number[at] + number[at + 2 :]


class Replies(Generic[GoalT, ReadingT]):
    """The acts by which one customer answers; ``fall_back`` and ``corrected`` are set as the dialogue goes on.

    ``identity_facts`` is what an agent may ask in order to find the account. What is said by default needs these rules of
    wording beside ``wordings.courtesies``: "give.<fact>" for each of them, and "want.<kind>" for each kind of goal.
    """

    talkative: ClassVar[Mapping[str, float]] = {}
    """Style -> how readily details are added unasked, from 0 to 1; 0 for a style that is not there."""

    def __init__(self, task: Task, rng: Random, identity_facts: Set[str]) -> None:
        self.task, self.rng, self.style = task, rng, task.persona.style
        self.identity_facts = identity_facts
        self.corrected: set[str] = set()  # facts remembered wrongly and put right since
        self.attentive = False  # notices when an agent proposes something else altogether
        self.fall_back = False  # what was wanted first is known not to be had

    def begin(self) -> None:
        """Another goal is up."""
        self.fall_back = False

    # --- who is calling -----------------------------------------------------------------------------------------------

    @property
    def outdated(self) -> set[str]:
        """Names of the facts that are still remembered wrongly."""
        return set(self.task.persona.misremembers) - self.corrected

    @property
    def beliefs(self) -> dict[str, str]:
        """The facts as the customer remembers them now."""
        rng, wrong = Random(f"{self.task.id}/{self.task.seed}/memory"), self.outdated
        return {name: self.misremembered(value, rng) if name in wrong else value for name, value in self.task.facts.items()}

    def misremembered(self, value: str, rng: Random) -> str:
        """A fact as it is remembered wrongly."""
        return misremembered(value, rng)

    def identity(self, asks: Set[str]) -> Sayings:
        """Who is calling: what was asked, or what the customer prefers where there is a choice ("identity")."""
        facts = {name: value for name, value in self.beliefs.items() if name in self.identity_facts}
        return [Say(f"give.{name}", {name: facts[name]}) for name in facts if name in asks or not asks & facts.keys()]

    def put_right(self, outdated: Set[str]) -> Sayings:
        """These facts as they are, after nothing was found under what was remembered."""
        return self.identity(outdated)

    def again(self, asks: Set[str]) -> Sayings:
        """``identity`` once more: nothing was found under what was understood."""
        return self.identity(asks & self.identity_facts or {"identity"})

    # --- what is asked about a goal -----------------------------------------------------------------------------------

    def give(self, r: ReadingT, goal: GoalT) -> Sayings:
        """Everything the agent asked for, and nothing else."""
        return self.identity(r.asks) if r.asks & self.identity_facts else self.subject(goal)

    def subject_id(self, goal: GoalT) -> str | None:
        """The id of what the goal is about, where it is about something in the account."""
        return None

    def subject(self, goal: GoalT) -> Sayings:
        """What the goal is about: its id, or what the customer remembers of it."""
        return self.state(goal)

    def correction(self, wrong: Mismatch, goal: GoalT, unfound: bool = False) -> Sayings:
        """The right value instead of the one that the agent named, under which nothing was found if ``unfound``."""
        return self.state(goal)

    # --- the goal itself ----------------------------------------------------------------------------------------------

    def state(self, goal: GoalT) -> Sayings:
        """The goal in words; look-ups, refused goals and transfers have their own sentence."""
        if goal.question and (goal.kind in SPOKEN or goal.expect != "done"):
            return [Say("say", {"text": goal.question})]
        return [self.wanted(goal), *self.details(goal, 0.35)]

    def details(self, goal: GoalT, share: float) -> Sayings:
        """What a talkative customer adds unasked; ``share`` is how often, from 0 to 1."""
        if goal.expect != "done" or self.rng.random() > share * self.talkative.get(self.style, 0.0) * 2:
            return []
        return self.added(goal)

    def wanted(self, goal: GoalT) -> Say:
        """A goal in words that has no sentence of its own; by default its details are the slots."""
        return Say(f"want.{goal.kind}", {name: str(value) for name, value in goal.details.items()})

    def added(self, goal: GoalT) -> Sayings:
        """What can be added to it."""
        return []

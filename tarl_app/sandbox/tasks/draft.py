"""From one customer to one goal: the scene, and the part that a builder makes of it.

A domain's builders each turn a scene (one customer and a sequence of draws) into a ``Part``, or into None where this
customer has nothing that fits.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from tarl_app.core.goals import DetailedGoal
from tarl_app.sandbox.dice import Dice

T = TypeVar("T")
CustomerT = TypeVar("CustomerT")
GoalT = TypeVar("GoalT", bound=DetailedGoal)
SceneT = TypeVar("SceneT", bound="Scene[Any]")
Call = tuple[str, dict[str, Any]]
"""A gold call: the name of a tool and its arguments."""


@dataclass
class Scene(Generic[CustomerT]):
    """One customer about to call; a domain derives its own with what it offers to draw from.

    ``taken`` holds what an earlier goal of the call is about, by id. ``knows_ids`` says whether the customer has the ids at
    hand of what they call about; otherwise the agent has to find it in the account.
    """

    customer: CustomerT
    dice: Dice
    neighbours: tuple[CustomerT, ...] = ()  # the customers of the same split
    taken: set[str] = field(default_factory=set)
    knows_ids: bool = True

    def pick(self, *values: T) -> T:
        """One of the values."""
        return self.dice.pick(values)

    def shuffled(self, values: Iterable[T]) -> list[T]:
        """The values in random order."""
        return self.dice.shuffled(values)


@dataclass(frozen=True)
class Part(Generic[GoalT]):
    """One goal, what fulfils it after authentication, and the second-person prose that asks for it."""

    goal: GoalT
    gold: tuple[Call, ...]
    prose: str
    must_not: tuple[str, ...] = ()


def first_that_fits(scene: SceneT, builders: Sequence[Callable[[SceneT], Part[GoalT] | None]]) -> Part[GoalT] | None:
    """What the first builder makes, in random order, that finds something in this scene."""
    for build in scene.shuffled(builders):
        part = build(scene)
        if part is not None:
            return part
    return None


def followed_by(first: Part[GoalT], second: Part[GoalT], between: str) -> Part[GoalT]:
    """``first`` does not happen (refused, or given up at the confirmation); ``second`` is what the user asks for instead."""
    goal = first.goal.model_copy(update={"instead": second.goal})
    return Part(goal, first.gold + second.gold, f"{first.prose} {between} {second.prose}", first.must_not + second.must_not)


def given_up(scene: Scene[Any], first: Part[GoalT], second: Part[GoalT], between: Sequence[str]) -> Part[GoalT]:
    """The user declines ``first`` when asked to confirm it, and asks for ``second``; one of ``between`` says so.

    The last gold call of ``first`` is its write: it must not happen.
    """
    *reads, (tool, _) = first.gold
    declined = Part(first.goal.model_copy(update={"changes_mind": True}), tuple(reads), first.prose, (tool,))
    return followed_by(declined, second, f"{scene.pick(*between)} What you want instead:")

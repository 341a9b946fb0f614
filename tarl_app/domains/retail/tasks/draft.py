"""From one customer to one goal: the scene, and the part that a builder makes of it.

The builders of this folder each turn a scene (one customer and a sequence of draws) into a ``Part``, or into None where this
customer has nothing that fits.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tarl_app.core.types import ToldFact
from tarl_app.domains.retail.goals import ShopGoal
from tarl_app.domains.retail.tasks.market import Customer, Market, Order
from tarl_app.sandbox.dice import Dice

T = TypeVar("T")
Call = tuple[str, dict[str, Any]]


@dataclass
class Scene:
    """One customer about to call; ``taken`` holds the orders and gift cards that an earlier goal of the call is about."""

    market: Market
    customer: Customer
    dice: Dice
    taken: set[str] = field(default_factory=set)
    knows_order_ids: bool = True
    neighbours: tuple[Customer, ...] = ()  # other customers of the same split

    def pick(self, *values: T) -> T:
        """One of the values."""
        return self.dice.pick(values)

    def shuffled(self, values: Iterable[T]) -> list[T]:
        """The values in random order."""
        left = list(values)
        return [left.pop(self.dice.below(len(left))) for _ in range(len(left))]

    def orders(self, *statuses: str) -> list[Order]:
        """This customer's orders in one of these states that no goal is about yet, in random order."""
        return self.shuffled(o for o in self.customer.orders if o.status in statuses and o.id not in self.taken)

    def read(self, order: Order) -> tuple[Call, ...]:
        """The reads that lead to this order: directly by its id, or through the account."""
        if self.knows_order_ids:
            return (details(order),)
        seen = self.customer.orders[: self.customer.orders.index(order) + 1]
        return (account(self.customer), *(details(o) for o in seen))


@dataclass(frozen=True)
class Part:
    """One goal, what fulfils it after authentication, and the second-person prose that asks for it."""

    goal: ShopGoal
    gold: tuple[Call, ...]
    prose: str
    must_not: tuple[str, ...] = ()


Builder = Callable[[Scene], Part | None]


def details(order: Order) -> Call:
    """The read of one order."""
    return "get_order_details", {"order_id": order.id}


def account(customer: Customer) -> Call:
    """The read of the customer's account."""
    return "get_user_details", {"user_id": customer.id}


def first_that_fits(scene: Scene, builders: Sequence[Builder]) -> Part | None:
    """What the first builder makes, in random order, that finds something in this scene."""
    for build in scene.shuffled(builders):
        part = build(scene)
        if part is not None:
            return part
    return None


def followed_by(first: Part, second: Part, between: str) -> Part:
    """``first`` does not happen (refused, or given up at the confirmation); ``second`` is what the user asks for instead."""
    goal = first.goal.model_copy(update={"instead": second.goal})
    return Part(goal, first.gold + second.gold, f"{first.prose} {between} {second.prose}", first.must_not + second.must_not)


def told(goal: ShopGoal) -> tuple[ToldFact, ...]:
    """Everything that has to be told for a goal and what comes instead of it."""
    return goal.tell + (told(goal.instead) if goal.instead else ())


def transfers(goal: ShopGoal) -> bool:
    """Whether the goal, or what comes instead of it, ends with a person."""
    return goal.expect == "transferred" or (goal.instead is not None and transfers(goal.instead))

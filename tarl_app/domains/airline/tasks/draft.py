"""From one customer to one goal: the scene, and the part that a builder makes of it.

The builders of this folder each turn a scene (one customer and a sequence of draws) into a ``Part``, or into None where this
customer has nothing that fits.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tarl_app.core.types import ToldFact
from tarl_app.domains.airline.goals import AirlineGoal
from tarl_app.domains.airline.tasks.travel import Customer, Network, Trip
from tarl_app.domains.airline.unwanted import write_of
from tarl_app.sandbox.dice import Dice

T = TypeVar("T")
Call = tuple[str, dict[str, Any]]


@dataclass
class Scene:
    """One customer about to call; ``taken`` holds what an earlier goal of the call is about: trips, gift cards, kinds."""

    network: Network
    customer: Customer
    dice: Dice
    taken: set[str] = field(default_factory=set)
    knows_codes: bool = True
    neighbours: tuple[Customer, ...] = ()  # other customers of the same split

    def pick(self, *values: T) -> T:
        """One of the values."""
        return self.dice.pick(values)

    def shuffled(self, values: Iterable[T]) -> list[T]:
        """The values in random order."""
        return self.dice.shuffled(values)

    def trips(self, fits: Callable[[Trip], Any] = bool) -> list[Trip]:
        """This customer's active trips that fit and that no goal is about yet, in random order."""
        return self.shuffled(t for t in self.customer.trips if t.active and t.id not in self.taken and fits(t))

    def ahead(self, fits: Callable[[Trip], Any] = bool) -> list[Trip]:
        """Those of them that have not begun."""
        return self.trips(lambda trip: not trip.begun and fits(trip))

    def read(self, trip: Trip) -> tuple[Call, ...]:
        """The reads that lead to this trip: directly by its code, or through the account."""
        if self.knows_codes:
            return (details(trip),)
        seen = self.customer.trips[: self.customer.trips.index(trip) + 1]
        return tuple(details(one) for one in seen)

    def city(self, code: str) -> str:
        """The city of an airport."""
        return self.network.cities[code]


@dataclass(frozen=True)
class Part:
    """One goal, what fulfils it after authentication, and the second-person prose that asks for it."""

    goal: AirlineGoal
    gold: tuple[Call, ...]
    prose: str
    must_not: tuple[str, ...] = ()


Builder = Callable[[Scene], Part | None]


def details(trip: Trip) -> Call:
    """The read of one reservation."""
    return "get_reservation_details", {"reservation_id": trip.id}


def account(customer: Customer) -> Call:
    """The read of the customer's account."""
    return "get_user_details", {"user_id": customer.id}


def fulfilled(scene: Scene, goal: AirlineGoal, reads: Iterable[Call], prose: str) -> Part:
    """The part whose gold calls are these reads and the write that the goal asks for."""
    write = write_of(goal, scene.customer.id)
    return Part(goal, (*reads, *((write,) if write else ())), prose)


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


def told(goal: AirlineGoal) -> tuple[ToldFact, ...]:
    """Everything that has to be told for a goal and what comes instead of it."""
    return goal.tell + (told(goal.instead) if goal.instead else ())


def transfers(goal: AirlineGoal) -> bool:
    """Whether the goal, or what comes instead of it, ends with a person."""
    return goal.expect == "transferred" or (goal.instead is not None and transfers(goal.instead))

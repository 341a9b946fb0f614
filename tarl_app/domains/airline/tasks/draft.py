"""A customer of the airline about to call, and the reads that lead to what the call is about."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tarl_app.domains.airline.effects.unwanted import write_of
from tarl_app.domains.airline.goals import AirlineGoal
from tarl_app.domains.airline.tasks.travel import Customer, Network, Trip, network
from tarl_app.sandbox.tasks import draft, kinds
from tarl_app.sandbox.tasks.draft import Call


@dataclass
class Scene(draft.Scene[Customer]):
    """One customer about to call; ``taken`` holds what an earlier goal of the call is about: trips, gift cards, kinds."""

    @property
    def network(self) -> Network:
        """The airline's world."""
        return network()

    def trips(self, fits: Callable[[Trip], Any] = bool) -> list[Trip]:
        """This customer's active trips that fit and that no goal is about yet, in random order."""
        return self.shuffled(t for t in self.customer.trips if t.active and t.id not in self.taken and fits(t))

    def ahead(self, fits: Callable[[Trip], Any] = bool) -> list[Trip]:
        """Those of them that have not begun."""
        return self.trips(lambda trip: not trip.begun and fits(trip))

    def read(self, trip: Trip) -> tuple[Call, ...]:
        """The reads that lead to this trip: directly by its code, or through the account."""
        if self.knows_ids:
            return (details(trip),)
        seen = self.customer.trips[: self.customer.trips.index(trip) + 1]
        return tuple(details(one) for one in seen)

    def city(self, code: str) -> str:
        """The city of an airport."""
        return self.network.cities[code]


Part = draft.Part[AirlineGoal]
Builder = kinds.Builder[Scene, AirlineGoal]


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

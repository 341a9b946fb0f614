"""What a customer of the airline can want: journeys, passengers, bags, payment methods, compensation."""

from typing import Literal

from tarl_app.core.goals import DetailedGoal
from tarl_app.core.types import Frozen, Goal

Cabin = Literal["basic_economy", "economy", "business"]
Stops = Literal["direct", "one_stop"]
Preference = Literal["cheapest", "earliest", "latest", "number"]
Reason = Literal["change of plans", "health", "weather", "airline cancelled"]


class Person(Frozen):
    """A passenger, field names as in the tools' results."""

    first_name: str
    last_name: str
    date_of_birth: str  # 1990-01-31


class Journey(Frozen):
    """One direction of a trip as its customer asks for it, and the flights that fit.

    ``preference`` chooses among the flights that leave between ``after`` and ``before`` (``14:00``); ``number`` means the
    flights that the customer names.
    """

    origin: str  # airport codes
    destination: str
    date: str
    stops: Stops = "direct"
    preference: Preference = "cheapest"
    after: str | None = None
    before: str | None = None
    flight_numbers: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()  # of the flights, each its own


class AirlineGoal(DetailedGoal):
    """A goal with its details read: one of ``book``, ``cancel``, ``change_flights``, ``change_cabin``,
    ``change_passenger``, ``change_bags``, ``compensation``, ``add_insurance``, or a kind of every domain.
    """

    reservation_id: str | None = None
    knows_reservation_id: bool = True  # otherwise the agent has to find the trip in the account, by its ends
    origin: str | None = None  # airport codes of the reservation
    destination: str | None = None
    journeys: tuple[Journey, ...] = ()  # to be booked, or flown instead; the way back is a second one
    first_journeys: tuple[Journey, ...] = ()  # asked for first, but not available: ``journeys`` is then the fall-back
    legs: tuple[int, ...] = ()  # change_flights: which flights of the reservation the journeys replace, from 0
    cabin: Cabin | None = None
    passengers: tuple[Person, ...] = ()  # all that travel, after the change
    replaced: Person | None = None  # change_passenger: the passenger before
    newcomer: Person | None = None  # change_passenger: the passenger after
    bags: int | None = None  # checked bags in all
    nonfree_bags: int | None = None
    insurance: bool | None = None
    payment_method_ids: tuple[str, ...] = ()
    payment_said: str | None = None  # "my gift card", "the Visa that ends in 4242"
    reason: Reason | None = None
    amount: int | None = None  # compensation in dollars
    flight_numbers: tuple[str, ...] = ()  # all of the reservation after a change
    dates: tuple[str, ...] = ()
    instead: "AirlineGoal | None" = None


def explicit(goal: Goal) -> bool:
    """Whether the customer knows the reservation code and has no second choice."""
    own = AirlineGoal.of(goal)
    return own.knows_reservation_id and not own.first_journeys

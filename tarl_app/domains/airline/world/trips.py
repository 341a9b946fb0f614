"""The reservations in the seeded world: past, under way and to come, with and without trouble."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tarl_app.domains.airline.clock import FIRST_DAY, NOW, TODAY
from tarl_app.domains.airline.models import (
    Flight,
    Passenger,
    Payment,
    PaymentMethod,
    Reservation,
    ReservedFlight,
    User,
)
from tarl_app.domains.airline.rules import BAG_CENTS, INSURANCE_CENTS, free_bags
from tarl_app.domains.airline.tools.booking import code
from tarl_app.domains.airline.tools.look_ups import connects
from tarl_app.domains.airline.tools.views import CABINS
from tarl_app.domains.airline.world.schedule import days, later
from tarl_app.sandbox.database import plain
from tarl_app.sandbox.dice import Dice

if TYPE_CHECKING:
    from tarl_app.domains.airline.world import World

Legs = list[tuple[str, str]]
"""Flight numbers and dates."""
TRIPS = (2, 5)
"""Reservations of a customer, at least and at most."""


@dataclass
class _Network:
    """Flights by their ends, and those that something is wrong with."""

    made: "World"
    by_origin: dict[str, list[Flight]] = field(default_factory=dict)
    between: dict[tuple[str, str], list[Flight]] = field(default_factory=dict)
    troubled: Legs = field(default_factory=list)

    def __post_init__(self) -> None:
        for flight in self.made.flights.values():
            self.by_origin.setdefault(flight.origin, []).append(flight)
            self.between.setdefault((flight.origin, flight.destination), []).append(flight)
        self.troubled = [
            key for key, row in self.made.dates.items() if row.status in ("delayed", "cancelled") and row.date >= TODAY
        ]


def fill_reservations(made: "World", dice: Dice) -> None:
    """Adds two to five reservations for each customer, no two of one customer between the same ends."""
    network = _Network(made)
    for user in made.users.values():
        ends: set[tuple[str, str]] = set()
        for _ in range(dice.between(*TRIPS)):
            legs, back = _route(network, dice)
            start, stop = made.flights[legs[0][0]].origin, made.flights[legs[-1][0]].destination
            if {(start, stop), (stop, start)} & ends:
                continue
            ends.add((start, stop))
            _add(made, dice, user, legs, back)


def _route(network: _Network, dice: Dice) -> tuple[Legs, Legs]:
    """The flights there, and back for a round trip."""
    made = network.made
    if dice.chance(16):
        there: Legs = [dice.pick(network.troubled)]
    else:
        first = dice.pick(list(made.flights.values()))
        day = FIRST_DAY if dice.chance(6) else dice.pick(days()[1:-6])
        there = [(first.flight_number, day)]
        if dice.chance(25):
            onward = [
                flight
                for flight in network.by_origin[first.destination]
                if flight.destination != first.origin and connects(first.arrival, flight.departure)
            ]
            if onward:
                there.append((dice.pick(onward).flight_number, day))
    if dice.chance(50):
        return there, []
    start, stop = made.flights[there[0][0]].origin, made.flights[there[-1][0]].destination
    returns = network.between.get((stop, start), [])
    day = later(there[-1][1], dice.between(2, 9))
    return there, [(dice.pick(returns).flight_number, day)] if returns and day <= days()[-1] else []


def _add(made: "World", dice: Dice, user: User, there: Legs, back: Legs) -> None:
    legs = there + back
    while (reservation_id := code(dice.below(2**31))) in made.reservations:
        pass
    cabin = dice.weighted(CABINS, (32, 44, 24))
    people = _people(made, dice, user, reservation_id)
    bags = dice.weighted((0, 1, 2, 3), (25, 40, 25, 10)) + (dice.below(2) if len(people) > 1 else 0)
    paid_bags = max(0, bags - free_bags(user.membership, cabin, len(people)))
    insured = dice.chance(45)
    fares = [getattr(made.dates[leg], f"{cabin}_price_cents") // 100 * dice.between(85, 115) // 100 * 100 for leg in legs]
    made.legs[reservation_id] = [
        plain(ReservedFlight, reservation_id=reservation_id, position=n, flight_number=leg[0], date=leg[1], price_cents=fare)
        for n, (leg, fare) in enumerate(zip(legs, fares, strict=True))
    ]
    made.passengers[reservation_id] = people
    total = sum(fares) * len(people) + paid_bags * BAG_CENTS + insured * INSURANCE_CENTS * len(people)
    cancelled = dice.chance(5)
    method = _paying(made, dice, user, total)
    sums = (total, -total) if cancelled else (total,)
    made.payments[reservation_id] = [
        plain(
            Payment,
            reservation_id=reservation_id,
            position=n,
            payment_method_id=method.payment_method_id,
            amount_cents=cents,
        )
        for n, cents in enumerate(sums)
    ]
    made.reservations[reservation_id] = plain(
        Reservation,
        reservation_id=reservation_id,
        user_id=user.user_id,
        origin=made.flights[there[0][0]].origin,
        destination=made.flights[there[-1][0]].destination,
        flight_type="round_trip" if back else "one_way",
        cabin=cabin,
        total_baggages=bags,
        nonfree_baggages=paid_bags,
        insurance="yes" if insured else "no",
        created_at=_booked(dice, legs[0][1]),
        status="cancelled" if cancelled else "active",
    )


def _people(made: "World", dice: Dice, user: User, reservation_id: str) -> list[Passenger]:
    saved = made.saved[user.user_id]
    others = dice.subset(saved, min(len(saved), dice.weighted((0, 1, 2, 3), (50, 28, 14, 8))))
    names = [(user.first_name, user.last_name, user.date_of_birth)]
    names += [(one.first_name, one.last_name, one.date_of_birth) for one in others]
    names.sort(key=lambda person: (person[1].lower(), person[0].lower(), person[2]))
    return [
        plain(Passenger, reservation_id=reservation_id, position=n, first_name=first, last_name=last, date_of_birth=born)
        for n, (first, last, born) in enumerate(names)
    ]


def _paying(made: "World", dice: Dice, user: User, cents: int) -> PaymentMethod:
    cards = [m for m in made.methods[user.user_id] if m.source == "credit_card"]
    gift = [m for m in made.methods[user.user_id] if m.source == "gift_card"]
    return dice.pick(gift) if gift and dice.chance(25) else dice.pick(cards)


def _booked(dice: Dice, first_day: str) -> str:
    """When it was booked: a fifth of what is still to come within the last day, the rest days and weeks before."""
    now, flown = datetime.fromisoformat(NOW), datetime.fromisoformat(f"{first_day}T00:00")
    if first_day > TODAY and dice.chance(22):
        moment = now - timedelta(minutes=dice.between(60, 22 * 60))
    else:
        moment = min(now - timedelta(hours=26), flown) - timedelta(minutes=dice.between(60, 40 * 24 * 60))
    return moment.strftime("%Y-%m-%dT%H:%M")

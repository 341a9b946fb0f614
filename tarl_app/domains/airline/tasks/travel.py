"""The world as the task writer sees it: plain values, customers with their trips, and what a search finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from tarl_app.core.process.once import once
from tarl_app.domains.airline.clock import A_DAY_AGO, NOW
from tarl_app.domains.airline.goals import Cabin, Person
from tarl_app.domains.airline.models import Flight, FlightDate
from tarl_app.domains.airline.rules import free_bags
from tarl_app.domains.airline.tools.look_ups import MOST_FOUND, connects
from tarl_app.domains.airline.tools.views import CABINS
from tarl_app.domains.airline.world import world


@dataclass(frozen=True)
class Payment:
    """A payment method of a customer; ``balance`` in dollars for gift cards and certificates only."""

    id: str
    source: str  # credit_card | gift_card | certificate
    brand: str = ""
    last_four: str = ""
    balance: int = 0

    @property
    def said(self) -> str:
        """How its owner calls it: "my Visa that ends in 4242"."""
        if self.source == "credit_card":
            return f"my {self.brand.title()} that ends in {self.last_four}"
        return f"my {self.source.replace('_', ' ')}"

    @property
    def yours(self) -> str:
        """The same in the second person."""
        return "your" + self.said.removeprefix("my")


@dataclass(frozen=True)
class Offer:
    """A flight on a date; prices in dollars."""

    number: str
    origin: str
    destination: str
    date: str
    departure: str
    arrival: str
    status: str
    seats: dict[str, int]
    prices: dict[str, int]

    @property
    def leaves(self) -> str:
        """As ``2026-05-20T08:45``."""
        return f"{self.date}T{self.departure}"

    @property
    def bookable(self) -> bool:
        """Whether a search finds it."""
        return self.status == "scheduled" and self.leaves > NOW


@dataclass(frozen=True)
class Trip:
    """One reservation; ``legs`` with the flights as they are now, ``fares`` what was paid for each, by passenger."""

    id: str
    user_id: str
    origin: str
    destination: str
    round_trip: bool
    cabin: Cabin
    legs: tuple[Offer, ...]
    fares: tuple[int, ...]
    passengers: tuple[Person, ...]
    bags: int
    nonfree: int
    insured: bool
    created: str
    active: bool
    paid: int
    method: str

    @property
    def begun(self) -> bool:
        """Whether its first flight is over or under way, or should be."""
        return self.legs[0].leaves <= NOW

    @property
    def fresh(self) -> bool:
        """Whether it was booked within the last 24 hours."""
        return self.created > A_DAY_AGO

    @property
    def cancelled_legs(self) -> list[Offer]:
        """Its flights that the airline has cancelled."""
        return [leg for leg in self.legs if leg.status == "cancelled"]

    @property
    def delayed_legs(self) -> list[Offer]:
        """Its flights that are late."""
        return [leg for leg in self.legs if leg.status == "delayed"]

    @property
    def outward(self) -> int:
        """How many of its flights lead there; the others lead back."""
        return next((n + 1 for n, leg in enumerate(self.legs) if leg.destination == self.destination), len(self.legs))


@dataclass(frozen=True)
class Customer:
    """One customer with the account and all reservations, in the account's sequence."""

    id: str
    person: Person
    email: str
    membership: str
    payments: tuple[Payment, ...]
    saved: tuple[Person, ...]
    trips: tuple[Trip, ...]

    def kind(self, source: str) -> list[Payment]:
        """The payment methods of that kind."""
        return [p for p in self.payments if p.source == source]

    def payment(self, method_id: str) -> Payment:
        """The payment method of that id."""
        return next(p for p in self.payments if p.id == method_id)

    def free(self, cabin: str, passengers: int) -> int:
        """Free bags of a trip that this customer books."""
        return free_bags(self.membership, cabin, passengers)


Journey = tuple[Offer, ...]
"""One flight, or two with a stop."""


@dataclass(frozen=True)
class Network:
    """All of it."""

    customers: tuple[Customer, ...]
    cities: dict[str, str]
    offers: dict[tuple[str, str], Offer]

    @cached_property
    def routes(self) -> dict[tuple[str, str], list[str]]:
        """Flight numbers by their ends, the earliest first."""
        found: dict[tuple[str, str], list[str]] = {}
        for flight in sorted(world().flights.values(), key=lambda one: (one.departure, one.flight_number)):
            found.setdefault((flight.origin, flight.destination), []).append(flight.flight_number)
        return found

    def direct(self, origin: str, destination: str, date: str) -> list[Journey]:
        """What ``search_direct_flight`` finds."""
        offers = (self.offers[number, date] for number in self.routes.get((origin, destination), ()))
        return [(offer,) for offer in offers if offer.bookable]

    def onestop(self, origin: str, destination: str, date: str) -> list[Journey]:
        """What ``search_onestop_flight`` finds."""
        pairs: list[Journey] = []
        for via in self.cities:
            for (one,) in self.direct(origin, via, date):
                seconds = self.direct(via, destination, date)
                pairs += [(one, other) for (other,) in seconds if connects(one.arrival, other.departure)]
        pairs.sort(key=lambda pair: (pair[0].departure, pair[1].departure, pair[0].number, pair[1].number))
        return pairs[:MOST_FOUND]


def seats(journey: Journey, cabin: str) -> int:
    """How many passengers can still book all of it."""
    return min(offer.seats[cabin] for offer in journey)


def price(journey: Journey, cabin: str) -> int:
    """What it costs each passenger."""
    return sum(offer.prices[cabin] for offer in journey)


def best(journeys: Sequence[Journey], preference: str, cabin: str) -> Journey | None:
    """The one that is meant; None where two are equally good or there is none."""
    keys = {
        "cheapest": lambda j: price(j, cabin),
        "earliest": lambda j: int(j[0].departure.replace(":", "")),
        "latest": lambda j: -int(j[0].departure.replace(":", "")),
    }
    ranked = sorted(journeys, key=keys[preference])
    if not ranked or (len(ranked) > 1 and keys[preference](ranked[0]) == keys[preference](ranked[1])):
        return None
    return ranked[0]


@once
def network() -> Network:
    """The airline's world in these terms; customers sorted by id, so that nothing depends on how the world was made."""
    rows = world()
    offers = {key: _offer(row, rows.flights[row.flight_number]) for key, row in rows.dates.items()}
    trips: dict[str, list[Trip]] = {}
    for code in rows.reservations:
        trip = _trip(code, offers)
        trips.setdefault(trip.user_id, []).append(trip)
    customers = tuple(_customer(user_id, trips.get(user_id, [])) for user_id in sorted(rows.users))
    return Network(customers, {code: row.city for code, row in rows.airports.items()}, offers)


def _offer(row: FlightDate, flight: Flight) -> Offer:
    return Offer(
        number=row.flight_number,
        origin=flight.origin,
        destination=flight.destination,
        date=row.date,
        departure=flight.departure,
        arrival=flight.arrival,
        status=row.status,
        seats={cabin: getattr(row, f"{cabin}_seats") for cabin in CABINS},
        prices={cabin: getattr(row, f"{cabin}_price_cents") // 100 for cabin in CABINS},
    )


def _trip(code: str, offers: dict[tuple[str, str], Offer]) -> Trip:
    rows = world()
    row, legs, paid = rows.reservations[code], rows.legs[code], rows.payments[code]
    return Trip(
        id=code,
        user_id=row.user_id,
        origin=row.origin,
        destination=row.destination,
        round_trip=row.flight_type == "round_trip",
        cabin=cast(Cabin, row.cabin),
        legs=tuple(offers[leg.flight_number or "", leg.date or ""] for leg in legs),
        fares=tuple(leg.price_cents // 100 for leg in legs),
        passengers=tuple(_person(one) for one in rows.passengers[code]),
        bags=row.total_baggages,
        nonfree=row.nonfree_baggages,
        insured=row.insurance == "yes",
        created=row.created_at,
        active=row.status == "active",
        paid=paid[0].amount_cents // 100,
        method=paid[0].payment_method_id,
    )


def _person(row: object) -> Person:
    return Person(**{name: getattr(row, name) for name in Person.model_fields})


def _customer(user_id: str, trips: list[Trip]) -> Customer:
    rows = world()
    methods = (
        Payment(m.payment_method_id, m.source, m.brand or "", m.last_four or "", (m.balance_cents or 0) // 100)
        for m in rows.methods[user_id]
    )
    return Customer(
        id=user_id,
        person=_person(rows.users[user_id]),
        email=rows.users[user_id].email,
        membership=rows.users[user_id].membership,
        payments=tuple(methods),
        saved=tuple(_person(one) for one in rows.saved[user_id]),
        trips=tuple(sorted(trips, key=lambda trip: trip.id)),
    )

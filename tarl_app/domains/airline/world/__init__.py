"""The seeded airline: customers, flights on their dates and reservations, the same in every process and Python version.

No float reaches a row.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tarl_app.core.process.once import once
from tarl_app.domains.airline.models import (
    Airport,
    Base,
    Flight,
    FlightDate,
    Passenger,
    Payment,
    PaymentMethod,
    Reservation,
    ReservedFlight,
    SavedPassenger,
    User,
)
from tarl_app.domains.airline.world.schedule import fill_schedule
from tarl_app.domains.airline.world.travelers import fill_customers
from tarl_app.domains.airline.world.trips import fill_reservations
from tarl_app.domains.airline.world.unlisted import give_unlisted_names
from tarl_app.sandbox.database import Template
from tarl_app.sandbox.dice import Dice

SEED = 20261104


@dataclass
class World:
    """Everything of the airline, by id. The rows belong to no database: read them, do not change them."""

    airports: dict[str, Airport] = field(default_factory=dict)
    flights: dict[str, Flight] = field(default_factory=dict)
    dates: dict[tuple[str, str], FlightDate] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    saved: dict[str, list[SavedPassenger]] = field(default_factory=dict)
    methods: dict[str, list[PaymentMethod]] = field(default_factory=dict)
    reservations: dict[str, Reservation] = field(default_factory=dict)
    legs: dict[str, list[ReservedFlight]] = field(default_factory=dict)
    passengers: dict[str, list[Passenger]] = field(default_factory=dict)
    payments: dict[str, list[Payment]] = field(default_factory=dict)

    def rows(self) -> Iterable[Base]:
        """Every row of every table."""
        for table in (self.airports, self.flights, self.dates, self.users):
            yield from table.values()
        for lists in (self.saved, self.methods):
            for rows in lists.values():
                yield from rows
        yield from self.reservations.values()
        for lists in (self.legs, self.passengers, self.payments):
            for rows in lists.values():
                yield from rows


def generate(seed: int = SEED) -> World:
    """The world of that seed: 640 customers, 300 flights on 30 dates, over 2,000 reservations."""
    dice, made = Dice(seed), World()
    fill_schedule(made, dice)
    fill_customers(made, dice)
    fill_reservations(made, dice)
    give_unlisted_names(made)
    return made


@once
def world() -> World:
    """The world of the default seed, for reading; generated once in a process."""
    return generate()


@once
def template() -> Template:
    """The database of the default seed; built once in a process."""
    return Template(Base, world().rows)

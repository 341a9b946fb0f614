"""Airports, flights and their dates: hubs with flights to everywhere, and some flights from city to city."""

from datetime import date, timedelta
from functools import cache
from math import isqrt
from typing import TYPE_CHECKING

from tarl_app.domains.airline.clock import DAYS, FIRST_DAY, NOW, TODAY
from tarl_app.domains.airline.models import Airport, Flight, FlightDate
from tarl_app.domains.airline.world.vocabulary import AIRPORTS, HUBS
from tarl_app.sandbox.database import plain
from tarl_app.sandbox.dice import Dice

if TYPE_CHECKING:
    from tarl_app.domains.airline.world import World

STATUSES: tuple[str, ...] = ("scheduled", "delayed", "cancelled", "departed", "landed")
"""The states of a flight on a date; only scheduled ones can be booked."""
FLIGHTS = 300
LATEST = 23 * 60 + 30
"""No flight arrives later than this minute of the day."""
_NEAR_DAYS = 4  # from today on: near enough for a delay to be known


@cache
def days() -> tuple[str, ...]:
    """The dates on which there are flights."""
    first = date.fromisoformat(FIRST_DAY)
    return tuple((first + timedelta(days=n)).isoformat() for n in range(DAYS))


@cache
def later(day: str, by: int) -> str:
    """The date so many days later."""
    return (date.fromisoformat(day) + timedelta(days=by)).isoformat()


def fill_schedule(made: "World", dice: Dice) -> None:
    """Adds airports, flights and every flight on every date."""
    places = {code: (x, y) for code, _, x, y in AIRPORTS}
    for code, city, *_ in AIRPORTS:
        made.airports[code] = plain(Airport, code=code, city=city)
    for origin, destination in _routes(dice):
        flight = _flight(dice, origin, destination, _miles(places[origin], places[destination]))
        made.flights[flight.flight_number] = flight
    for flight in made.flights.values():
        miles = _miles(places[flight.origin], places[flight.destination])
        for day in days():
            made.dates[flight.flight_number, day] = _on(dice, flight, day, miles)


def _routes(dice: Dice) -> list[tuple[str, str]]:
    """Ordered pairs, one for each flight: two a day between a hub and a city, three between hubs, then any."""
    others = [code for code, *_ in AIRPORTS if code not in HUBS]
    pairs = [pair for hub in HUBS for code in others for pair in ((hub, code), (code, hub)) for _ in range(2)]
    pairs += [(one, other) for one in HUBS for other in HUBS if one != other for _ in range(3)]
    while len(pairs) < FLIGHTS:
        one, other = dice.subset(others, 2)
        pairs += [(one, other), (other, one)]
    return pairs[:FLIGHTS]


def _miles(one: tuple[int, int], other: tuple[int, int]) -> int:
    return 10 * isqrt((one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _flight(dice: Dice, origin: str, destination: str, miles: int) -> Flight:
    lasts = 5 * ((45 + miles * 60 // 480) // 5)
    leaves = 5 * dice.between(6 * 12, (LATEST - lasts) // 5)
    return plain(
        Flight,
        flight_number=dice.fresh("JN", 4),
        origin=origin,
        destination=destination,
        departure=_clock(leaves),
        arrival=_clock(leaves + lasts),
    )


def _on(dice: Dice, flight: Flight, day: str, miles: int) -> FlightDate:
    base = (49 + miles // 18) * dice.between(75, 135) // 100
    economy = base * dice.between(125, 150) // 100 + dice.between(5, 20)
    business = economy * dice.between(210, 290) // 100
    status = _status(dice, flight, day)
    return plain(
        FlightDate,
        flight_number=flight.flight_number,
        date=day,
        status=status,
        basic_economy_seats=_seats(dice, 18, 14),
        economy_seats=_seats(dice, 24, 9),
        business_seats=_seats(dice, 10, 12),
        basic_economy_price_cents=base * 100,
        economy_price_cents=economy * 100,
        business_price_cents=business * 100,
    )


def _seats(dice: Dice, most: int, none: int) -> int:
    return 0 if dice.chance(none) else dice.between(1, most)


def _status(dice: Dice, flight: Flight, day: str) -> str:
    if f"{day}T{flight.arrival}" <= NOW:
        return "cancelled" if dice.chance(4) else "landed"
    if f"{day}T{flight.departure}" <= NOW:
        return "departed"
    near = day < later(TODAY, _NEAR_DAYS)
    return dice.weighted(STATUSES[:3], (84, 9, 7)) if near else dice.weighted(STATUSES[:3], (98, 0, 2))

"""Shared by the tools that change bookings: checks, seats and money."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import Row

from tarl_app.domains.airline.clock import NOW
from tarl_app.domains.airline.models import FlightDate, Passenger, Payment, PaymentMethod
from tarl_app.domains.airline.tools.look_ups import OFFER, connects, leaves
from tarl_app.domains.airline.tools.views import METHODS, PAYMENTS, RESERVATION, dollars, reservation_view
from tarl_app.sandbox.database import Database
from tarl_app.sandbox.tools.service_tools import found
from tarl_app.sandbox.tools.toolbox import RefusalError

MOST_PASSENGERS = 5
MOST_BAGS = 20
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
DIGITS = "23456789"
SHAPES = ("LDLLDL", "LLDLDL", "LDLDLL", "LLDLLD", "DLLDLL", "LLLDLD", "LDLLLD")
"""The forms of a reservation code: L a letter, D a digit."""

Person = tuple[str, str, str]
"""First name, last name, date of birth."""


def code(number: int) -> str:
    """The reservation code of a number; letters and digits that sound or look alike do not occur together."""
    number, shape = divmod(number, len(SHAPES))
    signs = []
    for kind in SHAPES[shape]:
        alphabet = LETTERS if kind == "L" else DIGITS
        number, place = divmod(number, len(alphabet))
        signs.append(alphabet[place])
    return "".join(signs)


def active(db: Database, reservation_id: str) -> Row[Any]:
    """The reservation, unless it is cancelled."""
    row = found(db.first(RESERVATION, key=reservation_id), "reservation")
    if row.status != "active":
        raise RefusalError(f"the reservation is {row.status}")
    return row


def answer(db: Database, reservation_id: str) -> dict[str, Any]:
    """The reservation as it is now."""
    return found(reservation_view(db, reservation_id), "reservation")


def method_of(db: Database, user_id: str, payment_method_id: str) -> Row[Any]:
    """That payment method of the customer."""
    method = next((m for m in db.all(METHODS, key=user_id) if m.payment_method_id == payment_method_id), None)
    if method is None:
        raise RefusalError(f"the customer has no payment method {payment_method_id[:60]}")
    return method


def people_of(first_names: Sequence[str], last_names: Sequence[str], dates_of_birth: Sequence[str]) -> list[Person]:
    """The passengers, sorted by last name; raises ``RefusalError`` for lists of different lengths or a person twice."""
    if not len(first_names) == len(last_names) == len(dates_of_birth):
        raise RefusalError("first_names, last_names and dates_of_birth must be equally long")
    people = list(zip(first_names, last_names, dates_of_birth, strict=True))
    if len(people) > MOST_PASSENGERS:
        raise RefusalError(f"a reservation has at most {MOST_PASSENGERS} passengers")
    if len({(first.lower(), last.lower(), born) for first, last, born in people}) < len(people):
        raise RefusalError("a passenger is named twice")
    if any(born >= NOW[:10] for _, _, born in people):
        raise RefusalError("a date of birth lies in the future")
    return sorted(people, key=lambda person: (person[1].lower(), person[0].lower(), person[2]))


def legs_of(db: Database, flight_numbers: Sequence[str], dates: Sequence[str]) -> list[Row[Any]]:
    """The flights, one after another in place and time."""
    if len(flight_numbers) != len(dates):
        raise RefusalError("flight_numbers and dates must be equally long")
    offers = []
    for number, date in zip(flight_numbers, dates, strict=True):
        offer = db.first(OFFER, number=number, date=date)
        if offer is None:
            raise RefusalError(f"there is no flight {number[:60]} on {date}")
        offers.append(offer)
    for one, other in pairwise(offers):
        if one.destination != other.origin:
            raise RefusalError(f"flight {other.flight_number} does not leave from where {one.flight_number} lands")
        if other.date < one.date or (other.date == one.date and not connects(one.arrival, other.departure)):
            raise RefusalError(f"flight {other.flight_number} leaves before one can change to it")
    return offers


def goes_there(offers: Sequence[Row[Any]], origin: str, destination: str, flight_type: str) -> None:
    """Refuses flights that do not lead there, or there and back."""
    last = origin if flight_type == "round_trip" else destination
    if offers[0].origin != origin or offers[-1].destination != last:
        raise RefusalError(f"the flights do not lead from {origin} to {last}")
    if flight_type == "round_trip" and all(offer.destination != destination for offer in offers[:-1]):
        raise RefusalError(f"the flights do not lead to {destination}")


def has_seats(offer: Row[Any], cabin: str, needed: int) -> None:
    """Refuses a flight that cannot be booked for so many passengers."""
    if offer.status != "scheduled" or leaves(offer) <= NOW:
        raise RefusalError(f"flight {offer.flight_number} on {offer.date} cannot be booked any more")
    if getattr(offer, f"{cabin}_seats") < needed:
        raise RefusalError(f"flight {offer.flight_number} on {offer.date} has not enough seats in {cabin}")


def take_seats(db: Database, leg: tuple[str, str], cabin: str, count: int) -> None:
    """Takes seats of a flight, or gives them back."""
    offer = found(db.first(OFFER, number=leg[0], date=leg[1]), "flight")
    db.update(FlightDate, *leg, **{f"{cabin}_seats": getattr(offer, f"{cabin}_seats") - count})


def move_money(db: Database, reservation_id: str, method: Row[Any], cents: int) -> None:
    """A payment (positive) or a refund (negative); balances follow."""
    if cents == 0:
        return
    position = len(db.all(PAYMENTS, key=reservation_id))
    db.insert(
        Payment,
        reservation_id=reservation_id,
        position=position,
        payment_method_id=method.payment_method_id,
        amount_cents=cents,
    )
    if method.balance_cents is not None:
        db.update(PaymentMethod, method.payment_method_id, balance_cents=method.balance_cents - cents)


def settle(db: Database, reservation: Row[Any], payment_method_id: str, cents: int) -> None:
    """A price difference on one credit card or gift card."""
    method = method_of(db, reservation.user_id, payment_method_id)
    if method.source == "certificate":
        raise RefusalError("a certificate pays for new reservations only")
    if method.balance_cents is not None and method.balance_cents < cents:
        raise RefusalError(f"the gift card's balance does not cover ${dollars(cents)}")
    move_money(db, reservation.reservation_id, method, cents)


_RANK = {"certificate": 0, "gift_card": 1, "credit_card": 2}
_MOST = {"certificate": 1, "gift_card": 3, "credit_card": 1}


def shares_of(methods: Sequence[Row[Any]], cents: int) -> list[tuple[Row[Any], int]]:
    """What each payment method pays: certificates and gift cards up to their balance, a credit card the rest."""
    for source, most in _MOST.items():
        if sum(method.source == source for method in methods) > most:
            raise RefusalError(f"at most {most} payment method of the kind {source} can be used")
    shares, left = [], cents
    for method in sorted(methods, key=lambda m: (_RANK[m.source], m.payment_method_id)):
        share = left if method.balance_cents is None else min(left, method.balance_cents)
        if share == 0:
            raise RefusalError(f"payment method {method.payment_method_id} would pay nothing: leave it out")
        shares.append((method, share))
        left -= share
    if left:
        raise RefusalError(f"${dollars(left)} of ${dollars(cents)} are not covered by these payment methods")
    return shares


def bags_of(total: str, nonfree: str) -> tuple[int, int]:
    """The numbers of bags."""
    if int(nonfree) > int(total) or int(total) > MOST_BAGS:
        raise RefusalError(f"there can be at most {MOST_BAGS} bags, and no more nonfree ones than bags")
    return int(total), int(nonfree)


def insert_people(db: Database, reservation_id: str, people: Sequence[Person]) -> None:
    """The passengers of a new reservation."""
    for position, (first, last, born) in enumerate(people):
        names = {"first_name": first, "last_name": last, "date_of_birth": born}
        db.insert(Passenger, reservation_id=reservation_id, position=position, **names)

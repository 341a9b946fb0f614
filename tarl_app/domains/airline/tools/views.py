"""What the tools answer, read from the tables; money in dollars. The statements are built once."""

from typing import Any

from sqlalchemy import Row, bindparam, select

from tarl_app.domains.airline.goals import Cabin
from tarl_app.domains.airline.models import (
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
from tarl_app.sandbox.database import Database

CABINS: tuple[Cabin, ...] = ("basic_economy", "economy", "business")
KEY = bindparam("key")

USER = select(User).where(User.user_id == KEY)
_SAVED = select(SavedPassenger).where(SavedPassenger.user_id == KEY).order_by(SavedPassenger.position)
METHODS = select(PaymentMethod).where(PaymentMethod.user_id == KEY).order_by(PaymentMethod.payment_method_id)
_USERS_RESERVATIONS = (
    select(Reservation.reservation_id).where(Reservation.user_id == KEY).order_by(Reservation.reservation_id)
)
RESERVATION = select(Reservation).where(Reservation.reservation_id == KEY)
PASSENGERS = select(Passenger).where(Passenger.reservation_id == KEY).order_by(Passenger.position)
PAYMENTS = select(Payment).where(Payment.reservation_id == KEY).order_by(Payment.position)
RESERVED = (
    select(
        ReservedFlight.position,
        ReservedFlight.flight_number,
        ReservedFlight.date,
        ReservedFlight.price_cents,
        Flight.origin,
        Flight.destination,
        Flight.departure,
        Flight.arrival,
        FlightDate.status,
    )
    .join(Flight, Flight.flight_number == ReservedFlight.flight_number)
    .join(FlightDate, (FlightDate.flight_number == ReservedFlight.flight_number) & (FlightDate.date == ReservedFlight.date))
    .where(ReservedFlight.reservation_id == KEY)
    .order_by(ReservedFlight.position)
)


def dollars(cents: int) -> float | int:
    """Cents as dollars, without decimals where there are none."""
    return cents // 100 if cents % 100 == 0 else round(cents / 100, 2)


def user_view(db: Database, user_id: str) -> dict[str, Any] | None:
    """The account with its payment methods, saved passengers and reservation codes; None if there is none."""
    user = db.first(USER, key=user_id)
    if user is None:
        return None
    return {
        "user_id": user_id,
        "name": {"first_name": user.first_name, "last_name": user.last_name},
        "date_of_birth": user.date_of_birth,
        "email": user.email,
        "membership": user.membership,
        "address": {name: getattr(user, name) for name in ("street", "unit", "city", "state", "country", "zip")},
        "payment_methods": {m.payment_method_id: _method_view(m) for m in db.all(METHODS, key=user_id)},
        "saved_passengers": [person_view(row) for row in db.all(_SAVED, key=user_id)],
        "reservations": [row.reservation_id for row in db.all(_USERS_RESERVATIONS, key=user_id)],
    }


def reservation_view(db: Database, reservation_id: str) -> dict[str, Any] | None:
    """The reservation with its flights, each with its present status, and its passengers; None if there is none."""
    found = db.first(RESERVATION, key=reservation_id)
    if found is None:
        return None
    return {
        "reservation_id": reservation_id,
        "user_id": found.user_id,
        "origin": found.origin,
        "destination": found.destination,
        "flight_type": found.flight_type,
        "cabin": found.cabin,
        "flights": [_leg_view(leg) for leg in db.all(RESERVED, key=reservation_id)],
        "passengers": [person_view(row) for row in db.all(PASSENGERS, key=reservation_id)],
        "total_baggages": found.total_baggages,
        "nonfree_baggages": found.nonfree_baggages,
        "insurance": found.insurance,
        "created_at": found.created_at,
        "status": found.status,
        "payment_history": [
            {"payment_method_id": p.payment_method_id, "amount": dollars(p.amount_cents)}
            for p in db.all(PAYMENTS, key=reservation_id)
        ],
    }


def person_view(row: Row[Any]) -> dict[str, str]:
    """Name and date of birth."""
    return {"first_name": row.first_name, "last_name": row.last_name, "date_of_birth": row.date_of_birth}


def offer_view(row: Row[Any]) -> dict[str, Any]:
    """A flight on a date with its free seats and prices."""
    return {
        "flight_number": row.flight_number,
        "origin": row.origin,
        "destination": row.destination,
        "date": row.date,
        "departure": row.departure,
        "arrival": row.arrival,
        "available_seats": {cabin: getattr(row, f"{cabin}_seats") for cabin in CABINS},
        "prices": {cabin: dollars(getattr(row, f"{cabin}_price_cents")) for cabin in CABINS},
    }


def _method_view(method: Row[Any]) -> dict[str, Any]:
    view: dict[str, Any] = {"source": method.source, "id": method.payment_method_id}
    if method.source == "credit_card":
        return view | {"brand": method.brand, "last_four": method.last_four}
    return view | {"balance": dollars(method.balance_cents or 0)}


def _leg_view(leg: Row[Any]) -> dict[str, Any]:
    view = {name: getattr(leg, name) for name in ("flight_number", "origin", "destination", "date", "departure", "arrival")}
    return view | {"status": leg.status, "price": dollars(leg.price_cents)}

"""The tables of the airline. Money is in whole cents, so sums never depend on the order of writes; times are EST."""

from sqlalchemy import ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tarl_app.sandbox.database import MONEY

_PACKED = {"sqlite_with_rowid": False}  # one tree instead of a table and its index, which halves the size of a copy


class Base(DeclarativeBase):
    """Base of the airline's tables."""


class User(Base):
    """A customer; ``membership`` is regular, silver or gold."""

    __tablename__ = "users"

    user_id: Mapped[str] = mapped_column(primary_key=True)
    first_name: Mapped[str]
    last_name: Mapped[str]
    date_of_birth: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)  # lower case
    membership: Mapped[str]
    street: Mapped[str]
    unit: Mapped[str]
    city: Mapped[str]
    state: Mapped[str]
    country: Mapped[str]
    zip: Mapped[str]


class SavedPassenger(Base):
    """Somebody a customer often travels with."""

    __tablename__ = "saved_passengers"
    __table_args__ = (_PACKED,)

    user_id: Mapped[str] = mapped_column(ForeignKey("users.user_id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    first_name: Mapped[str]
    last_name: Mapped[str]
    date_of_birth: Mapped[str]


class PaymentMethod(Base):
    """A credit card (brand, last four), a gift card or a certificate (balance) of one user."""

    __tablename__ = "payment_methods"

    payment_method_id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.user_id"), index=True)
    source: Mapped[str]  # credit_card | gift_card | certificate
    brand: Mapped[str | None]
    last_four: Mapped[str | None]
    balance_cents: Mapped[int | None] = mapped_column(info=MONEY)


class Airport(Base):
    """An airport by its code; each city has one."""

    __tablename__ = "airports"
    __table_args__ = (_PACKED,)

    code: Mapped[str] = mapped_column(primary_key=True)
    city: Mapped[str]


class Flight(Base):
    """A connection flown every day at the same times."""

    __tablename__ = "flights"
    __table_args__ = (_PACKED,)

    flight_number: Mapped[str] = mapped_column(primary_key=True)
    origin: Mapped[str] = mapped_column(ForeignKey("airports.code"), index=True)
    destination: Mapped[str] = mapped_column(ForeignKey("airports.code"))
    departure: Mapped[str]  # 08:45
    arrival: Mapped[str]  # later on the same day


class FlightDate(Base):
    """A flight on one date, with free seats and the price of each cabin; ``status`` is one of ``world.STATUSES``."""

    __tablename__ = "flight_dates"
    __table_args__ = (_PACKED,)

    flight_number: Mapped[str] = mapped_column(ForeignKey("flights.flight_number"), primary_key=True)
    date: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str]
    basic_economy_seats: Mapped[int]
    economy_seats: Mapped[int]
    business_seats: Mapped[int]
    basic_economy_price_cents: Mapped[int] = mapped_column(info=MONEY)
    economy_price_cents: Mapped[int] = mapped_column(info=MONEY)
    business_price_cents: Mapped[int] = mapped_column(info=MONEY)


class Reservation(Base):
    """A trip of up to five passengers, all in one cabin; ``status`` is active or cancelled."""

    __tablename__ = "reservations"

    reservation_id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.user_id"), index=True)
    origin: Mapped[str]
    destination: Mapped[str]
    flight_type: Mapped[str]  # one_way | round_trip
    cabin: Mapped[str]
    total_baggages: Mapped[int]
    nonfree_baggages: Mapped[int]
    insurance: Mapped[str]  # yes | no
    created_at: Mapped[str]  # 2026-05-14T09:30
    status: Mapped[str]


class ReservedFlight(Base):
    """One flight of a reservation, at the price paid for each passenger."""

    __tablename__ = "reserved_flights"
    __table_args__ = (
        ForeignKeyConstraint(["flight_number", "date"], ["flight_dates.flight_number", "flight_dates.date"]),
        _PACKED,
    )

    reservation_id: Mapped[str] = mapped_column(ForeignKey("reservations.reservation_id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    flight_number: Mapped[str | None]  # none: the trip has one flight less than before
    date: Mapped[str | None]
    price_cents: Mapped[int] = mapped_column(info=MONEY)


class Passenger(Base):
    """Who travels; sorted by name, so that the order in which they were named makes no difference."""

    __tablename__ = "passengers"
    __table_args__ = (_PACKED,)

    reservation_id: Mapped[str] = mapped_column(ForeignKey("reservations.reservation_id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    first_name: Mapped[str]
    last_name: Mapped[str]
    date_of_birth: Mapped[str]


class Payment(Base):
    """A movement of money for a reservation: positive to the airline, negative back to the customer."""

    __tablename__ = "payments"
    __table_args__ = (_PACKED,)

    reservation_id: Mapped[str] = mapped_column(ForeignKey("reservations.reservation_id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    payment_method_id: Mapped[str] = mapped_column(ForeignKey("payment_methods.payment_method_id"))
    amount_cents: Mapped[int] = mapped_column(info=MONEY)

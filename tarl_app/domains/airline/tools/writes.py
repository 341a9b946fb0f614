"""The tools that change bookings. Each checks everything before it changes anything.

They check what can be done at all: seats, money, whose payment method it is. What the policy allows (fares, insurance, time,
free bags) is the agent's to know.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from sqlalchemy import Row, select

from tarl_app.domains.airline.clock import NOW
from tarl_app.domains.airline.models import Passenger, PaymentMethod, Reservation, ReservedFlight
from tarl_app.domains.airline.rules import BAG_CENTS, INSURANCE_CENTS
from tarl_app.domains.airline.tools.arguments import (
    Airport,
    Cabin,
    Count,
    Dates,
    DatesOfBirth,
    Dollars,
    FirstNames,
    FlightNumbers,
    FlightType,
    LastNames,
    PaymentMethodId,
    PaymentMethodIds,
    ReservationId,
    UserId,
    YesNo,
)
from tarl_app.domains.airline.tools.booking import (
    Person,
    active,
    answer,
    bags_of,
    code,
    goes_there,
    has_seats,
    insert_people,
    legs_of,
    method_of,
    move_money,
    people_of,
    settle,
    shares_of,
    take_seats,
)
from tarl_app.domains.airline.tools.look_ups import toolbox
from tarl_app.domains.airline.tools.views import (
    KEY,
    METHODS,
    PASSENGERS,
    PAYMENTS,
    RESERVATION,
    RESERVED,
    USER,
    user_view,
)
from tarl_app.sandbox.database import Database
from tarl_app.sandbox.tools.service_tools import found
from tarl_app.sandbox.tools.toolbox import RefusalError

_BY_ID = select(PaymentMethod.payment_method_id).where(PaymentMethod.payment_method_id == KEY)


@dataclass(frozen=True)
class _Leg:
    """A flight on a date, what a seat costs each passenger, and whether the reservation had it before."""

    offer: Row[Any]
    price_cents: int
    kept: bool = False


# --- bookings -----------------------------------------------------------------------------------------------------------


@toolbox.tool(writes=True)
def book_reservation(
    db: Database,
    user_id: UserId,
    origin: Airport,
    destination: Airport,
    flight_type: FlightType,
    cabin: Cabin,
    flight_numbers: FlightNumbers,
    dates: Dates,
    first_names: FirstNames,
    last_names: LastNames,
    dates_of_birth: DatesOfBirth,
    payment_method_ids: PaymentMethodIds,
    total_baggages: Count,
    nonfree_baggages: Count,
    insurance: YesNo,
) -> dict[str, Any]:
    """Book a trip for a customer, after the user's explicit yes."""
    found(db.first(USER, key=user_id), "customer")
    people = people_of(first_names, last_names, dates_of_birth)
    offers = legs_of(db, flight_numbers, dates)
    goes_there(offers, origin, destination, flight_type)
    for offer in offers:
        has_seats(offer, cabin, len(people))
    total, nonfree = bags_of(total_baggages, nonfree_baggages)
    fares = [getattr(offer, f"{cabin}_price_cents") for offer in offers]
    cents = sum(fares) * len(people) + nonfree * BAG_CENTS + (insurance == "yes") * INSURANCE_CENTS * len(people)
    if len(set(payment_method_ids)) < len(payment_method_ids):
        raise RefusalError("a payment method is named twice")
    shares = shares_of([method_of(db, user_id, method_id) for method_id in payment_method_ids], cents)
    reservation_id = _fresh_code(db, user_id, offers, cabin, people)
    names = {"origin": origin, "destination": destination, "flight_type": flight_type, "cabin": cabin}
    bags = {"total_baggages": total, "nonfree_baggages": nonfree, "insurance": insurance}
    made = {"reservation_id": reservation_id, "user_id": user_id, "created_at": NOW, "status": "active"}
    db.insert(Reservation, **made, **names, **bags)
    _insert_flights(db, reservation_id, offers, cabin, len(people))
    insert_people(db, reservation_id, people)
    for method, share in shares:
        move_money(db, reservation_id, method, share)
    return answer(db, reservation_id)


def _insert_flights(db: Database, reservation_id: str, offers: Sequence[Row[Any]], cabin: str, people: int) -> None:
    for position, offer in enumerate(offers):
        leg = {"flight_number": offer.flight_number, "date": offer.date}
        fare = getattr(offer, f"{cabin}_price_cents")
        db.insert(ReservedFlight, reservation_id=reservation_id, position=position, price_cents=fare, **leg)
        take_seats(db, (offer.flight_number, offer.date), cabin, people)


def _fresh_code(db: Database, user_id: str, offers: Sequence[Row[Any]], cabin: str, people: Sequence[Person]) -> str:
    """A code that follows from what is booked, so that it does not depend on what else was done before."""
    content = repr((user_id, [(offer.flight_number, offer.date) for offer in offers], cabin, people))
    for attempt in range(1000):
        drawn = code(crc32(f"{content}{attempt}".encode()))
        if db.first(RESERVATION, key=drawn) is None:
            return drawn
    raise RefusalError("no reservation code is free")


@toolbox.tool(writes=True)
def cancel_reservation(db: Database, reservation_id: ReservationId) -> dict[str, Any]:
    """Cancel a whole reservation and refund it to the payment methods used, after the user's explicit yes."""
    reservation = active(db, reservation_id)
    people = len(db.all(PASSENGERS, key=reservation_id))
    paid: dict[str, int] = {}
    for payment in db.all(PAYMENTS, key=reservation_id):
        paid[payment.payment_method_id] = paid.get(payment.payment_method_id, 0) + payment.amount_cents
    for method_id, cents in paid.items():
        move_money(db, reservation_id, method_of(db, reservation.user_id, method_id), -cents)
    for leg in db.all(RESERVED, key=reservation_id):
        take_seats(db, (leg.flight_number, leg.date), reservation.cabin, -people)
    db.update(Reservation, reservation_id, status="cancelled")
    return answer(db, reservation_id)


# --- changes ------------------------------------------------------------------------------------------------------------


@toolbox.tool(writes=True)
def update_reservation_flights(
    db: Database,
    reservation_id: ReservationId,
    cabin: Cabin,
    flight_numbers: FlightNumbers,
    dates: Dates,
    payment_method_id: PaymentMethodId,
) -> dict[str, Any]:
    """Change the flights or the cabin of a reservation; name every flight, the unchanged ones too, after an explicit yes."""
    reservation = active(db, reservation_id)
    people = len(db.all(PASSENGERS, key=reservation_id))
    before = db.all(RESERVED, key=reservation_id)
    offers = legs_of(db, flight_numbers, dates)
    goes_there(offers, reservation.origin, reservation.destination, reservation.flight_type)
    legs = [_leg(offer, before, reservation.cabin, cabin, people) for offer in offers]
    if all(leg.kept for leg in legs) and len(legs) == len(before):
        raise RefusalError("nothing would change")
    owed = (sum(leg.price_cents for leg in legs) - sum(leg.price_cents for leg in before)) * people
    settle(db, reservation, payment_method_id, owed)
    for leg in before:
        take_seats(db, (leg.flight_number, leg.date), reservation.cabin, -people)
    for leg in legs:
        take_seats(db, (leg.offer.flight_number, leg.offer.date), cabin, people)
    for position, leg in enumerate(legs):
        values = {"flight_number": leg.offer.flight_number, "date": leg.offer.date, "price_cents": leg.price_cents}
        if position < len(before):
            db.update(ReservedFlight, reservation_id, position, **values)
        else:
            db.insert(ReservedFlight, reservation_id=reservation_id, position=position, **values)
    for position in range(len(legs), len(before)):
        db.update(ReservedFlight, reservation_id, position, flight_number=None, date=None, price_cents=0)
    db.update(Reservation, reservation_id, cabin=cabin)
    return answer(db, reservation_id)


def _leg(offer: Row[Any], before: Sequence[Row[Any]], old_cabin: str, cabin: str, people: int) -> _Leg:
    """The flight at its new price; one that is kept in the same cabin keeps the price that was paid."""
    same = next((leg for leg in before if (leg.flight_number, leg.date) == (offer.flight_number, offer.date)), None)
    if same is not None and old_cabin == cabin:
        return _Leg(offer, same.price_cents, kept=True)
    has_seats(offer, cabin, people)
    return _Leg(offer, getattr(offer, f"{cabin}_price_cents"))


@toolbox.tool(writes=True)
def update_reservation_baggages(
    db: Database,
    reservation_id: ReservationId,
    total_baggages: Count,
    nonfree_baggages: Count,
    payment_method_id: PaymentMethodId,
) -> dict[str, Any]:
    """Change the number of checked bags of a reservation, after the user's explicit yes."""
    reservation = active(db, reservation_id)
    total, nonfree = bags_of(total_baggages, nonfree_baggages)
    if (total, nonfree) == (reservation.total_baggages, reservation.nonfree_baggages):
        raise RefusalError("nothing would change")
    settle(db, reservation, payment_method_id, (nonfree - reservation.nonfree_baggages) * BAG_CENTS)
    db.update(Reservation, reservation_id, total_baggages=total, nonfree_baggages=nonfree)
    return answer(db, reservation_id)


@toolbox.tool(writes=True)
def update_reservation_passengers(
    db: Database,
    reservation_id: ReservationId,
    first_names: FirstNames,
    last_names: LastNames,
    dates_of_birth: DatesOfBirth,
) -> dict[str, Any]:
    """Change who travels, naming every passenger; their number stays the same, after the user's explicit yes."""
    active(db, reservation_id)
    people = people_of(first_names, last_names, dates_of_birth)
    before = db.all(PASSENGERS, key=reservation_id)
    if len(people) != len(before):
        raise RefusalError(f"the reservation has {len(before)} passengers, and their number cannot change")
    if people == [(row.first_name, row.last_name, row.date_of_birth) for row in before]:
        raise RefusalError("nothing would change")
    for position, (first, last, born) in enumerate(people):
        db.update(Passenger, reservation_id, position, first_name=first, last_name=last, date_of_birth=born)
    return answer(db, reservation_id)


# --- compensation -------------------------------------------------------------------------------------------------------


@toolbox.tool(writes=True)
def send_certificate(db: Database, user_id: UserId, amount: Dollars) -> dict[str, Any]:
    """Give a customer a travel certificate as compensation, after the user's explicit yes."""
    found(db.first(USER, key=user_id), "customer")
    if int(amount) == 0:
        raise RefusalError("a certificate needs an amount")
    count = len(db.all(METHODS, key=user_id))
    drawn = (f"certificate_{crc32(f'{user_id}/{count}/{n}'.encode()) % 10**7:07d}" for n in range(1000))
    free = next((method_id for method_id in drawn if db.first(_BY_ID, key=method_id) is None), None)
    db.insert(
        PaymentMethod,
        payment_method_id=found(free, "free number"),
        user_id=user_id,
        source="certificate",
        balance_cents=int(amount) * 100,
    )
    return found(user_view(db, user_id), "customer")

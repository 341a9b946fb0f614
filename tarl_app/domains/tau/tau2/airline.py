"""The tools of tau2-bench's airline: a booking takes seats, nothing gives them back."""

from typing import Annotated, Any

from pydantic import Field

from tarl_app.domains.tau.tau2.common import add_common, shown
from tarl_app.domains.tau.tau2.models import (
    Certificate,
    FlightInfo,
    Passenger,
    Payment,
    Reservation,
    ReservationFlight,
    dumped,
)
from tarl_app.domains.tau.tools.airline import (
    BAG,
    BOOKED_AT,
    INSURANCE,
    NEW_CERTIFICATES,
    NEW_RESERVATIONS,
    Airport,
    Bags,
    Cabin,
    Day,
    Flights,
    FlightType,
    Insured,
    NewFlights,
    PaidBags,
    Passengers,
    Payments,
    ReservationId,
)
from tarl_app.domains.tau.tools.common import STORED_VALUE, PaymentId, UserId
from tarl_app.domains.tau.tools.toolset import Toolset
from tarl_app.domains.tau.world import Record, World

AIRLINE = Toolset("tau2.domains.airline.tools", "AirlineTools", "Error: Tool '{}' not found.")
add_common(AIRLINE)


@AIRLINE.tool()
def get_user_details(data: World, user_id: UserId) -> str:
    """Show a customer's profile with their reservations."""
    return shown(_user(data, user_id))


@AIRLINE.tool()
def get_reservation_details(data: World, reservation_id: ReservationId) -> str:
    """Show a reservation: its flights, passengers, payments and bags."""
    return shown(_reservation(data, reservation_id))


@AIRLINE.tool()
def get_flight_status(
    data: World, flight_number: Annotated[str, Field(description="the flight's number")], date: Day
) -> str:
    """Show how a flight of a day stands."""
    return _day(data, flight_number, date)["status"]


@AIRLINE.tool()
def list_all_airports(data: World) -> str:
    """List the airports with their cities."""
    return shown(data.base.facts["airports"])


@AIRLINE.tool()
def search_direct_flight(data: World, origin: Airport, destination: Airport, date: Day) -> str:
    """Find the flights of a day from one airport to another."""
    return shown(_found(data, date, origin, destination))


@AIRLINE.tool()
def search_onestop_flight(data: World, origin: Airport, destination: Airport, date: Day) -> str:
    """Find connections of two flights from one airport to another; the second may leave on the next day."""
    trips: list[list[Record]] = []
    for first in _found(data, date, origin, None):
        arrival = first["scheduled_arrival_time_est"]
        next_day = f"2024-05-{int(date[-2:]) + 1}" if "+1" in arrival else date
        trips += [
            [first | {"date": date}, second | {"date": next_day}]
            for second in _found(data, next_day, first["destination"], destination)
            if second["scheduled_departure_time_est"] >= arrival
        ]
    return shown(trips)


@AIRLINE.tool(writes=True)
def book_reservation(
    data: World,
    user_id: UserId,
    origin: Airport,
    destination: Airport,
    flight_type: FlightType,
    cabin: Cabin,
    flights: Flights,
    passengers: Passengers,
    payment_methods: Payments,
    total_baggages: Bags,
    nonfree_baggages: PaidBags,
    insurance: Insured,
) -> str:
    """Book a trip for a customer. They have to agree to all of it first."""
    asked, people, payments = _read(flights, FlightInfo), _read(passengers, Passenger), _read(payment_methods, Payment)
    _user(data, user_id)
    reservation_id = next((one for one in NEW_RESERVATIONS if one not in data["reservations"]), None)
    if reservation_id is None:
        raise ValueError("Too many reservations")
    made = Reservation(
        reservation_id=reservation_id,
        user_id=user_id,
        origin=origin,
        destination=destination,
        flight_type=flight_type,
        cabin=cabin,
        flights=[],
        passengers=people,
        payment_history=payments,
        created_at=BOOKED_AT,
        total_baggages=total_baggages,
        nonfree_baggages=nonfree_baggages,
        insurance=insurance,
    ).model_dump()
    price: Any = 0
    for flight in asked:
        made["flights"].append(_seated(data, flight, cabin, people))
        price += made["flights"][-1]["price"] * len(people)
    price += INSURANCE * len(people) if insurance == "yes" else 0
    price += BAG * nonfree_baggages
    _check_payments(_user(data, user_id)["payment_methods"], payments, price)
    user = data["users"].write(user_id)
    for payment in payments:
        method = user["payment_methods"][payment.payment_id]
        if method["source"] == STORED_VALUE:
            method["amount"] -= payment.amount
        elif method["source"] == "certificate":
            del user["payment_methods"][payment.payment_id]
    for flight in asked:
        seats = data["flights"].write(flight.flight_number)["dates"][flight.date]["available_seats"]
        seats[cabin] -= len(people)
    data["reservations"].put(reservation_id, made)
    user["reservations"].append(reservation_id)
    return shown(made)


@AIRLINE.tool(writes=True)
def cancel_reservation(data: World, reservation_id: ReservationId) -> str:
    """Cancel a whole reservation; what was paid is refunded. The customer has to agree first."""
    paid = _reservation(data, reservation_id)["payment_history"]
    refunds = [Payment(payment_id=one["payment_id"], amount=-one["amount"]).model_dump() for one in paid]
    reservation = data["reservations"].write(reservation_id)
    reservation["payment_history"] += refunds
    reservation["status"] = "cancelled"
    return shown(reservation)


@AIRLINE.tool(writes=True)
def update_reservation_flights(
    data: World, reservation_id: ReservationId, cabin: Cabin, flights: NewFlights, payment_id: PaymentId
) -> str:
    """Change the flights or the cabin of a reservation; the difference is paid or refunded. They have to agree first."""
    asked = _read(flights, FlightInfo)
    reservation = _reservation(data, reservation_id)
    _user(data, reservation["user_id"])
    people, price, chosen = reservation["passengers"], 0, list[Record]()
    for flight in asked:
        kept = [
            one
            for one in reservation["flights"]
            if one["flight_number"] == flight.flight_number and one["date"] == flight.date and cabin == reservation["cabin"]
        ]
        chosen.append(dict(kept[0]) if kept else _seated(data, flight, cabin, people))
        price += chosen[-1]["price"] * len(people)
    price -= sum(flight["price"] for flight in reservation["flights"]) * len(people)
    payment = _paid(data, reservation["user_id"], payment_id, price)
    reservation = data["reservations"].write(reservation_id)
    reservation["payment_history"] += payment
    reservation["flights"], reservation["cabin"] = chosen, cabin
    return shown(reservation)


@AIRLINE.tool(writes=True)
def update_reservation_passengers(data: World, reservation_id: ReservationId, passengers: Passengers) -> str:
    """Change who flies; as many as before. The customer has to agree first."""
    people = _read(passengers, Passenger)
    if len(people) != len(_reservation(data, reservation_id)["passengers"]):
        raise ValueError("Number of passengers does not match")
    reservation = data["reservations"].write(reservation_id)
    reservation["passengers"] = [dumped(one) for one in people] if isinstance(people, list) else people
    return shown(reservation)


@AIRLINE.tool(writes=True)
def update_reservation_baggages(
    data: World, reservation_id: ReservationId, total_baggages: Bags, nonfree_baggages: PaidBags, payment_id: PaymentId
) -> str:
    """Change how many bags a reservation has. The customer has to agree first."""
    reservation = _reservation(data, reservation_id)
    _user(data, reservation["user_id"])
    price = BAG * max(0, nonfree_baggages - reservation["nonfree_baggages"])
    payment = _paid(data, reservation["user_id"], payment_id, price)
    reservation = data["reservations"].write(reservation_id)
    reservation["payment_history"] += payment
    reservation["total_baggages"], reservation["nonfree_baggages"] = total_baggages, nonfree_baggages
    return shown(reservation)


@AIRLINE.tool(writes=True)
def send_certificate(
    data: World, user_id: UserId, amount: Annotated[int, Field(description="what the certificate is worth, in dollars")]
) -> str:
    """Give a customer a certificate as a compensation; at most three in a call."""
    held = _user(data, user_id)["payment_methods"]
    free = next((one for one in NEW_CERTIFICATES if one not in held), None)
    if free is None:
        raise ValueError("Too many certificates")
    made = Certificate(id=free, amount=amount, source="certificate").model_dump()
    data["users"].write(user_id)["payment_methods"][free] = made
    return f"Certificate {free} added to user {user_id} with amount {amount}."


# --- what they share --------------------------------------------------------------------------------------------------


def _user(data: World, user_id: Any) -> Record:
    if user_id not in data["users"]:
        raise ValueError(f"User {user_id} not found")
    return data["users"][user_id]


def _reservation(data: World, reservation_id: Any) -> Record:
    if reservation_id not in data["reservations"]:
        raise ValueError(f"Reservation {reservation_id} not found")
    return data["reservations"][reservation_id]


def _day(data: World, number: Any, date: Any) -> Record:
    """A flight's day."""
    if number not in data["flights"]:
        raise ValueError(f"Flight {number} not found")
    dates = data["flights"][number]["dates"]
    if date not in dates:
        raise ValueError(f"Flight {number} not found on date {date}")
    return dates[date]


def _found(data: World, date: Any, origin: Any, destination: Any) -> list[Record]:
    """The flights of a day that can be booked; None: from or to anywhere."""
    found: list[Record] = []
    for flight in data["flights"].values():
        fits = (origin is None or flight["origin"] == origin) and (
            destination is None or flight["destination"] == destination
        )
        if fits and date in flight["dates"] and flight["dates"][date]["status"] == "available":
            day = flight["dates"][date]
            found.append({
                **{name: flight[name] for name in ("flight_number", "origin", "destination")},
                "status": "available",
                **{name: flight[name] for name in ("scheduled_departure_time_est", "scheduled_arrival_time_est")},
                "date": None,
                "available_seats": day["available_seats"],
                "prices": day["prices"],
            })  # fmt: skip
    return found


def _read(values: Any, model: Any) -> Any:
    """Models of the values, where all of them are objects; otherwise the values as they are."""
    return [model(**one) for one in values] if all(isinstance(one, dict) for one in values) else values


def _seated(data: World, flight: Any, cabin: Any, people: Any) -> Record:
    """A flight of a reservation, if there are seats."""
    number = flight.flight_number
    day = _day(data, number, flight.date)
    if day["status"] != "available":
        raise ValueError(f"Flight {number} not available on date {flight.date}")
    if day["available_seats"][cabin] < len(people):
        raise ValueError(f"Not enough seats on flight {number}")
    known, price = data["flights"][number], day["prices"][cabin]
    places = {"origin": known["origin"], "destination": known["destination"]}
    return ReservationFlight(flight_number=number, date=flight.date, price=price, **places).model_dump()


def _check_payments(held: dict[str, Record], payments: Any, price: Any) -> None:
    for payment in payments:
        named = payment.payment_id
        if named not in held:
            raise ValueError(f"Payment method {named} not found")
        if held[named]["source"] in {STORED_VALUE, "certificate"} and held[named]["amount"] < payment.amount:
            raise ValueError(f"Not enough balance in payment method {named}")
    paid = sum(payment.amount for payment in payments)
    if paid != price:
        raise ValueError(f"Payment amount does not add up, total price is {price}, but paid {paid}")


def _paid(data: World, user_id: str, payment_id: Any, price: Any) -> list[Record]:
    """Takes the price of a change from a gift card; the payment in a list, empty where nothing is to be paid."""
    held = _user(data, user_id)["payment_methods"]
    if payment_id not in held:
        raise ValueError("Payment method not found")
    if held[payment_id]["source"] == "certificate":
        raise ValueError("Certificate cannot be used to update reservation")
    if held[payment_id]["source"] == STORED_VALUE:
        if held[payment_id]["amount"] < price:
            raise ValueError("Gift card balance is not enough")
        data["users"].write(user_id)["payment_methods"][payment_id]["amount"] -= price
    return [Payment(payment_id=payment_id, amount=price).model_dump()] if price != 0 else []

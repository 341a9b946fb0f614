"""The tools of the benchmark's airline. Seats are checked and never taken, as there."""

from typing import Annotated, Any, Literal

from pydantic import Field

from tarl_app.domains.tau.tools.common import STORED_VALUE, PaymentId, UserId, add_common, methods, shown
from tarl_app.domains.tau.tools.toolset import Toolset
from tarl_app.domains.tau.world import Record, World

AIRLINE = Toolset("tau_bench.envs.airline.tools")
add_common(AIRLINE)


def _listed(words: str, fields: dict[str, tuple[str, str]]) -> Any:
    """An argument that is a list of objects: name -> (type, description)."""
    properties = {name: {"type": kind, "description": about} for name, (kind, about) in fields.items()}
    items = {"type": "object", "properties": properties, "required": [*fields]}
    return Field(description=words, json_schema_extra={"items": items})


ReservationId = Annotated[str, Field(description="the reservation's id, six letters and digits")]
Airport = Annotated[str, Field(description="the airport's code of three letters")]
Day = Annotated[str, Field(description="the day of departure, YYYY-MM-DD")]
Cabin = Literal["basic_economy", "economy", "business"]
FlightType = Literal["one_way", "round_trip"]
Insured = Literal["yes", "no"]
_FLIGHT = {"flight_number": ("string", "the flight's number"), "date": ("string", "its day, YYYY-MM-DD")}
Flights = Annotated[list[dict[str, Any]], _listed("every flight, in the order of the trip", _FLIGHT)]
NewFlights = Annotated[list[dict[str, Any]], _listed("every flight of the trip, the unchanged ones included", _FLIGHT)]
_PERSON = {"first_name": ("string", "first name"), "last_name": ("string", "last name"), "dob": ("string", "YYYY-MM-DD")}
Passengers = Annotated[list[dict[str, Any]], _listed("everybody who flies", _PERSON)]
_PAYMENT = {"payment_id": ("string", "a payment method of the profile"), "amount": ("number", "what it pays")}
Payments = Annotated[list[dict[str, Any]], _listed("what pays how much; together the whole price", _PAYMENT)]
Bags = Annotated[int, Field(description="bags in all")]
PaidBags = Annotated[int, Field(description="how many of the bags are not free")]

NEW_RESERVATIONS = ("HATHAT", "HATHAU", "HATHAV")
"""The ids of what an episode books, in this order; the last one is used again and again."""
NEW_CERTIFICATES = ("certificate_3221322", "certificate_3221323", "certificate_3221324")
BOOKED_AT = "2024-05-15T15:00:00"
INSURANCE, BAG = 30, 50
"""Prices: of an insurance for a passenger, and of a bag that is not free."""
_NO_RESERVATION = "Error: reservation not found"


@AIRLINE.tool()
def get_reservation_details(data: World, reservation_id: ReservationId) -> str:
    """Show a reservation: its flights, passengers, payments and bags."""
    known = data["reservations"]
    return shown(known[reservation_id]) if reservation_id in known else "Error: user not found"  # the benchmark's words


@AIRLINE.tool()
def list_all_airports(data: World) -> str:
    """List the airports with their cities."""
    return shown(data.base.facts["airports"])


@AIRLINE.tool()
def search_direct_flight(data: World, origin: Airport, destination: Airport, date: Day) -> str:
    """Find the flights of a day from one airport to another."""
    return shown([_of_day(flight, date) for flight in _between(data, origin, destination) if _bookable(flight, date)])


@AIRLINE.tool()
def search_onestop_flight(data: World, origin: Airport, destination: Airport, date: Day) -> str:
    """Find connections of two flights from one airport to another; the second may leave on the next day."""
    found: list[list[Record]] = []
    for first in _from(data, origin):
        for second in _between(data, first["destination"], destination):
            arrival = first["scheduled_arrival_time_est"]
            next_day = f"2024-05-{int(date[-2:]) + 1}" if "+1" in arrival else date
            if arrival > second["scheduled_departure_time_est"]:
                continue
            if (
                date in first["dates"]
                and next_day in second["dates"]
                and _bookable(first, date)
                and _bookable(second, next_day)
            ):
                # The benchmark shows seats and prices of the day of the first flight, also for one on the next day.
                found.append([{**_of_day(first, date), "date": date}, {**_of_day(second, date), "date": next_day}])
    return shown(found)


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
    if user_id not in data["users"]:
        return "Error: user not found"
    price: Any = 0
    for flight in flights:
        if why := _booked(data, flight, cabin, passengers):
            return why
        price += flight["price"] * len(passengers)
    price += INSURANCE * len(passengers) if insurance == "yes" else 0
    price += BAG * nonfree_baggages
    if why := _unpayable(data, user_id, payment_methods, price):
        return why
    user = data["users"].write(user_id)
    for payment in payment_methods:
        method = user["payment_methods"][payment["payment_id"]]
        if method["source"] == STORED_VALUE:
            method["amount"] -= payment["amount"]
        elif method["source"] == "certificate":
            del user["payment_methods"][payment["payment_id"]]
    reservation_id = next((one for one in NEW_RESERVATIONS if one not in data["reservations"]), NEW_RESERVATIONS[-1])
    reservation = {
        "reservation_id": reservation_id,
        "user_id": user_id,
        "origin": origin,
        "destination": destination,
        "flight_type": flight_type,
        "cabin": cabin,
        "flights": flights,
        "passengers": passengers,
        "payment_history": payment_methods,
        "created_at": BOOKED_AT,
        "total_baggages": total_baggages,
        "nonfree_baggages": nonfree_baggages,
        "insurance": insurance,
    }
    data["reservations"].put(reservation_id, reservation)
    user["reservations"].append(reservation_id)
    return shown(reservation)


@AIRLINE.tool(writes=True)
def cancel_reservation(data: World, reservation_id: ReservationId) -> str:
    """Cancel a whole reservation; what was paid is refunded. The customer has to agree first."""
    if reservation_id not in data["reservations"]:
        return _NO_RESERVATION
    reservation = data["reservations"].write(reservation_id)
    reservation["payment_history"] += [
        {"payment_id": payment["payment_id"], "amount": -payment["amount"]} for payment in reservation["payment_history"]
    ]
    reservation["status"] = "cancelled"
    return shown(reservation)


@AIRLINE.tool(writes=True)
def update_reservation_flights(
    data: World, reservation_id: ReservationId, cabin: Cabin, flights: NewFlights, payment_id: PaymentId
) -> str:
    """Change the flights or the cabin of a reservation; the difference is paid or refunded. They have to agree first."""
    if reservation_id not in data["reservations"]:
        return _NO_RESERVATION
    reservation = data["reservations"][reservation_id]
    passengers, price = reservation["passengers"], 0
    for flight in flights:
        kept = [one for one in reservation["flights"] if _same_flight(one, flight) and cabin == reservation["cabin"]]
        if kept:
            flight |= {name: kept[0][name] for name in ("price", "origin", "destination")}
        elif why := _booked(data, flight, cabin, passengers):
            return why
        price += flight["price"] * len(passengers)
    price -= sum(flight["price"] for flight in reservation["flights"]) * len(passengers)
    if why := _unchangeable(data, reservation, payment_id, price):
        return why
    reservation = data["reservations"].write(reservation_id)
    _pay(data, reservation, payment_id, price)
    reservation["flights"] = flights
    return shown(reservation)


@AIRLINE.tool(writes=True)
def update_reservation_passengers(data: World, reservation_id: ReservationId, passengers: Passengers) -> str:
    """Change who flies; as many as before. The customer has to agree first."""
    if reservation_id not in data["reservations"]:
        return _NO_RESERVATION
    if len(passengers) != len(data["reservations"][reservation_id]["passengers"]):
        return "Error: number of passengers does not match"
    reservation = data["reservations"].write(reservation_id)
    reservation["passengers"] = passengers
    return shown(reservation)


@AIRLINE.tool(writes=True)
def update_reservation_baggages(
    data: World, reservation_id: ReservationId, total_baggages: Bags, nonfree_baggages: PaidBags, payment_id: PaymentId
) -> str:
    """Change how many bags a reservation has. The customer has to agree first."""
    if reservation_id not in data["reservations"]:
        return _NO_RESERVATION
    reservation = data["reservations"][reservation_id]
    price = BAG * max(0, nonfree_baggages - reservation["nonfree_baggages"])
    if why := _unchangeable(data, reservation, payment_id, price):
        return why
    reservation = data["reservations"].write(reservation_id)
    reservation["total_baggages"], reservation["nonfree_baggages"] = total_baggages, nonfree_baggages
    _pay(data, reservation, payment_id, price)
    return shown(reservation)


@AIRLINE.tool(writes=True)
def send_certificate(
    data: World, user_id: UserId, amount: Annotated[float, Field(description="what the certificate is worth, in dollars")]
) -> str | None:
    """Give a customer a certificate as a compensation; at most three in a call."""
    if user_id not in data["users"]:
        return "Error: user not found"
    held = methods(data, user_id)
    free = next((one for one in NEW_CERTIFICATES if one not in held), None)
    if free is None:
        return None
    data["users"].write(user_id)["payment_methods"][free] = {"source": "certificate", "amount": amount, "id": free}
    return f"Certificate {free} added to user {user_id} with amount {amount}."


# --- what they share --------------------------------------------------------------------------------------------------


def _from(data: World, origin: Any) -> list[Record]:
    return data.base.routes("flights")[1].get(origin, []) if isinstance(origin, str) else []


def _between(data: World, origin: Any, destination: Any) -> list[Record]:
    named = isinstance(origin, str) and isinstance(destination, str)
    return data.base.routes("flights")[0].get((origin, destination), []) if named else []


def _bookable(flight: Record, date: Any) -> bool:
    return date in flight["dates"] and flight["dates"][date]["status"] == "available"


def _of_day(flight: Record, date: Any) -> Record:
    return {key: value for key, value in flight.items() if key != "dates"} | flight["dates"][date]


def _same_flight(one: Record, other: Any) -> bool:
    return one["flight_number"] == other["flight_number"] and one["date"] == other["date"]


def _booked(data: World, flight: Any, cabin: Any, passengers: Any) -> str:
    """Completes a flight with its price and airports; why it cannot be booked, or an empty text."""
    number = flight["flight_number"]
    if number not in data["flights"]:
        return f"Error: flight {number} not found"
    known = data["flights"][number]
    if flight["date"] not in known["dates"]:
        return f"Error: flight {number} not found on date {flight['date']}"
    day = known["dates"][flight["date"]]
    if day["status"] != "available":
        return f"Error: flight {number} not available on date {flight['date']}"
    if day["available_seats"][cabin] < len(passengers):
        return f"Error: not enough seats on flight {number}"
    flight["price"] = day["prices"][cabin]
    flight["origin"], flight["destination"] = known["origin"], known["destination"]
    return ""


def _unpayable(data: World, user_id: str, payments: Any, price: Any) -> str:
    held = methods(data, user_id)
    for payment in payments:
        named, amount = payment["payment_id"], payment["amount"]
        if named not in held:
            return f"Error: payment method {named} not found"
        if held[named]["source"] in (STORED_VALUE, "certificate") and held[named]["amount"] < amount:
            return f"Error: not enough balance in payment method {named}"
    paid = sum(payment["amount"] for payment in payments)
    return f"Error: payment amount does not add up, total price is {price}, but paid {paid}" if paid != price else ""


def _unchangeable(data: World, reservation: Record, payment_id: Any, price: Any) -> str:
    """Why a change of the reservation cannot be paid like this; empty where it can."""
    held = methods(data, reservation["user_id"])
    if payment_id not in held:
        return "Error: payment method not found"
    if held[payment_id]["source"] == "certificate":
        return "Error: certificate cannot be used to update reservation"
    short = held[payment_id]["source"] == STORED_VALUE and held[payment_id]["amount"] < price
    return "Error: gift card balance is not enough" if short else ""


def _pay(data: World, reservation: Record, payment_id: str, price: Any) -> None:
    method = data["users"].write(reservation["user_id"])["payment_methods"][payment_id]
    if method["source"] == STORED_VALUE:
        method["amount"] -= price
    if price != 0:
        reservation["payment_history"].append({"payment_id": payment_id, "amount": price})

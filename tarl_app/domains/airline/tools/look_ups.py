"""The tools that look things up, think, calculate and transfer; the ones that write are in ``tools_write``."""

from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import aliased

from tarl_app.domains.airline.clock import NOW
from tarl_app.domains.airline.models import Airport as AirportRow
from tarl_app.domains.airline.models import Flight, FlightDate
from tarl_app.domains.airline.tools.arguments import Airport, Day, ReservationId, Sum, UserId
from tarl_app.domains.airline.tools.views import offer_view, reservation_view, user_view
from tarl_app.sandbox.database import Database
from tarl_app.sandbox.tools.service_tools import SCRATCH as SCRATCH
from tarl_app.sandbox.tools.service_tools import TRANSFER as TRANSFER
from tarl_app.sandbox.tools.service_tools import calculated, found, think, transfer_to_human_agents
from tarl_app.sandbox.tools.toolbox import Toolbox

toolbox = Toolbox()

CONNECTION = "00:45"
"""The shortest time between two flights of a journey; no flight arrives after midnight."""
MOST_FOUND = 12
"""Journeys with a stop that one search answers with, the earliest first."""

_AIRPORTS = select(AirportRow.code, AirportRow.city).order_by(AirportRow.code)
_DIRECT = (
    select(FlightDate, Flight.origin, Flight.destination, Flight.departure, Flight.arrival)
    .join(Flight, Flight.flight_number == FlightDate.flight_number)
    .where(
        Flight.origin == bindparam("origin"),
        Flight.destination == bindparam("destination"),
        FlightDate.date == bindparam("date"),
        FlightDate.status == "scheduled",
    )
    .order_by(Flight.departure, Flight.flight_number)
)
_FIRST, _SECOND = aliased(Flight), aliased(Flight)
_PAIRS = (
    select(
        _FIRST.flight_number.label("first"),
        _SECOND.flight_number.label("second"),
        _FIRST.arrival.label("lands"),
        _SECOND.departure.label("leaves"),
    )
    .join(_SECOND, _SECOND.origin == _FIRST.destination)
    .where(
        _FIRST.origin == bindparam("origin"),
        _SECOND.destination == bindparam("destination"),
        _SECOND.departure > _FIRST.arrival,
    )
    .order_by(_FIRST.departure, _SECOND.departure, _FIRST.flight_number, _SECOND.flight_number)
)
OFFER = (
    select(FlightDate, Flight.origin, Flight.destination, Flight.departure, Flight.arrival)
    .join(Flight, Flight.flight_number == FlightDate.flight_number)
    .where(FlightDate.flight_number == bindparam("number"), FlightDate.date == bindparam("date"))
)


def minutes(clock: str) -> int:
    """``08:45`` as minutes after midnight."""
    return int(clock[:2]) * 60 + int(clock[3:5])


def leaves(row: Any) -> str:
    """When a flight leaves, as ``2026-05-20T08:45``."""
    return f"{row.date}T{row.departure}"


def connects(lands: str, departs: str) -> bool:
    """Whether one can change from a flight that lands to one that departs on the same day."""
    return minutes(departs) - minutes(lands) >= minutes(CONNECTION)


@toolbox.tool()
def calculate(_: Database, expression: Sum) -> str:
    """Work out an arithmetic expression with + - * / and brackets, rounded to cents."""
    return calculated(expression)


@toolbox.tool()
def get_reservation_details(db: Database, reservation_id: ReservationId) -> dict[str, Any]:
    """Look up a reservation: flights with their status, passengers, cabin, bags, insurance and payments."""
    return found(reservation_view(db, reservation_id), "reservation")


@toolbox.tool()
def get_user_details(db: Database, user_id: UserId) -> dict[str, Any]:
    """Look up a customer: name, membership, payment methods, saved passengers and reservation codes."""
    return found(user_view(db, user_id), "customer")


@toolbox.tool()
def list_all_airports(db: Database) -> dict[str, str]:
    """List the code and city of every airport that is served."""
    return {row.code: row.city for row in db.all(_AIRPORTS)}


@toolbox.tool()
def search_direct_flight(db: Database, origin: Airport, destination: Airport, date: Day) -> list[dict[str, Any]]:
    """Search the direct flights between two airports on a date, with free seats and prices of each cabin."""
    rows = db.all(_DIRECT, origin=origin, destination=destination, date=date)
    return [offer_view(row) for row in rows if leaves(row) > NOW]


@toolbox.tool()
def search_onestop_flight(db: Database, origin: Airport, destination: Airport, date: Day) -> list[list[dict[str, Any]]]:
    """Search journeys with one stop between two airports on a date; each is a pair of flights."""
    pairs = [pair for pair in db.all(_PAIRS, origin=origin, destination=destination) if connects(pair.lands, pair.leaves)]
    journeys = []
    for pair in pairs:
        legs = [db.first(OFFER, number=number, date=date) for number in (pair.first, pair.second)]
        offered = [leg for leg in legs if leg is not None and leg.status == "scheduled" and leaves(leg) > NOW]
        if len(offered) == len(legs):
            journeys.append([offer_view(leg) for leg in offered])
    return journeys[:MOST_FOUND]


toolbox.tool()(think)
toolbox.tool()(transfer_to_human_agents)

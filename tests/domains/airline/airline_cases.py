"""Trips and customers that suit a test, and calls with what they answer or refuse."""

import json
from collections.abc import Callable
from typing import Any

from tarl_app.core.types import ToolCall, ToolResult
from tarl_app.domains import load_domain
from tarl_app.domains.airline.tasks.travel import Customer, Trip, network
from tarl_app.sandbox.environment import DatabaseEnvironment

AIRLINE = load_domain("airline")


def run(environment: DatabaseEnvironment, name: str, **arguments: Any) -> ToolResult:
    return environment.call(ToolCall(id="7", name=name, arguments=arguments))


def answer(environment: DatabaseEnvironment, name: str, **arguments: Any) -> Any:
    result = run(environment, name, **arguments)
    assert not result.is_error, result.content
    return json.loads(result.content)


def refusal(environment: DatabaseEnvironment, name: str, **arguments: Any) -> str:
    """The words of the refusal; the database is untouched."""
    before = environment.changes()
    result = run(environment, name, **arguments)
    assert result.is_error
    assert environment.changes() == before
    return result.content


def a_trip(fits: Callable[[Trip], Any]) -> Trip:
    """An active trip that has not begun and fits."""
    trips = (trip for customer in network().customers for trip in customer.trips)
    return next(trip for trip in trips if trip.active and not trip.begun and fits(trip))


def owner(trip: Trip) -> Customer:
    return next(customer for customer in network().customers if customer.id == trip.user_id)


def card(customer: Customer) -> str:
    return customer.kind("credit_card")[0].id

"""The writes that a customer was refused, or decided against, none of which may happen."""

from collections.abc import Callable
from typing import Any

from tarl_app.core.types import Task, ToolCall
from tarl_app.domains.airline.goals import AirlineGoal


def _lists(goal: AirlineGoal) -> dict[str, Any]:
    return {
        "first_names": [one.first_name for one in goal.passengers],
        "last_names": [one.last_name for one in goal.passengers],
        "dates_of_birth": [one.date_of_birth for one in goal.passengers],
    }


def _flights(goal: AirlineGoal) -> dict[str, Any]:
    return {"flight_numbers": list(goal.flight_numbers), "dates": list(goal.dates)}


def _book(goal: AirlineGoal, user_id: str) -> dict[str, Any]:
    return {
        "user_id": user_id,
        "origin": goal.origin,
        "destination": goal.destination,
        "flight_type": "round_trip" if len(goal.journeys) > 1 else "one_way",
        "cabin": goal.cabin,
        **_flights(goal),
        **_lists(goal),
        "payment_method_ids": list(goal.payment_method_ids),
        **_bags(goal),
        "insurance": "yes" if goal.insurance else "no",
    }


def _bags(goal: AirlineGoal) -> dict[str, Any]:
    return {"total_baggages": str(goal.bags), "nonfree_baggages": str(goal.nonfree_bags)}


def _one_method(goal: AirlineGoal) -> dict[str, Any]:
    return {"payment_method_id": goal.payment_method_ids[0] if goal.payment_method_ids else ""}


def _trip(goal: AirlineGoal) -> dict[str, Any]:
    return {"reservation_id": goal.reservation_id}


def _reflown(goal: AirlineGoal, _: str) -> dict[str, Any]:
    return {**_trip(goal), "cabin": goal.cabin, **_flights(goal), **_one_method(goal)}


Arguments = Callable[[AirlineGoal, str], dict[str, Any]]

WRITES: dict[str, tuple[str, Arguments]] = {
    "book": ("book_reservation", _book),
    "cancel": ("cancel_reservation", lambda goal, _: _trip(goal)),
    "change_flights": ("update_reservation_flights", _reflown),
    "change_cabin": ("update_reservation_flights", _reflown),
    "change_passenger": ("update_reservation_passengers", lambda goal, _: {**_trip(goal), **_lists(goal)}),
    "change_bags": (
        "update_reservation_baggages",
        lambda goal, _: {**_trip(goal), **_bags(goal), **_one_method(goal)},
    ),
    "compensation": ("send_certificate", lambda goal, user_id: {"user_id": user_id, "amount": str(goal.amount)}),
}
"""Kind of goal -> the write that would fulfil it, and its arguments."""


def write_of(goal: AirlineGoal, user_id: str) -> tuple[str, dict[str, Any]] | None:
    """The write that the goal asks for; None for goals that ask for none."""
    if goal.kind not in WRITES:
        return None
    name, arguments = WRITES[goal.kind]
    return name, arguments(goal, user_id)


def unwanted(task: Task) -> tuple[ToolCall, ...]:
    """Those writes, as calls."""
    calls = []
    for goal in (one for first in AirlineGoal.all_of(task.goals) for one in first.chain):
        found = write_of(goal, task.user_id)
        if found and (goal.expect == "refused" or goal.changes_mind):
            calls.append(ToolCall(id="unwanted", name=found[0], arguments=found[1]))
    return tuple(calls)


def about(task: Task) -> tuple[ToolCall, ...]:
    """The look-ups that show the customer's account and the reservations and flights that the task is about."""
    account = ToolCall(id="user", name="get_user_details", arguments={"user_id": task.user_id})
    return (account, *(call for call in task.gold if call.name.startswith(("get_reservation", "search_"))))

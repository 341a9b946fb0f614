"""What a call that writes did, in words that a customer-service manager uses."""

from typing import Any

from tarl_app.core.domain import Effect
from tarl_app.core.types import ToolCall


def describe(call: ToolCall) -> Effect:
    """The effect of a call with valid arguments; any other call is quoted.

    The subject names only the reservation or account, so that a wrong choice counts as the same effect with other
    arguments.
    """
    a = call.arguments
    trip = f"reservation {a.get('reservation_id')}"
    match call.name:
        case "book_reservation":
            how = f" from {a.get('origin')} to {a.get('destination')} in {_cabin(a)}, {_flights(a)}, for {_people(a)}"
            bags = f", {a.get('total_baggages')} bags ({a.get('nonfree_baggages')} to be paid)"
            paid = f", insurance: {a.get('insurance')}, paid with {_listed(a.get('payment_method_ids'))}"
            return Effect(f"A trip of {a.get('user_id')}", "was", "booked", how + bags + paid)
        case "cancel_reservation":
            return Effect(f"The {trip}", "was", "cancelled")
        case "update_reservation_flights":
            how = f" to {_cabin(a)}, {_flights(a)}, with the difference on {a.get('payment_method_id')}"
            return Effect(f"Flights or cabin of {trip}", "were", "changed", how)
        case "update_reservation_baggages":
            how = f" to {a.get('total_baggages')}, {a.get('nonfree_baggages')} of them to be paid with"
            return Effect(f"The bags of {trip}", "were", "changed", f"{how} {a.get('payment_method_id')}")
        case "update_reservation_passengers":
            return Effect(f"The passengers of {trip}", "were", "changed", f" to {_people(a)}")
        case "send_certificate":
            return Effect(f"A certificate for {a.get('user_id')}", "was", "sent", f" over ${a.get('amount')}")
        case _:
            return Effect(f"The tool {call.name}", "was", "called", f" with {a}")


def _cabin(a: dict[str, Any]) -> str:
    return str(a.get("cabin")).replace("_", " ")


def _rows(a: dict[str, Any], *names: str) -> list[tuple[str, ...]]:
    lists = [a.get(name) for name in names]
    return [
        tuple(map(str, row)) for row in zip(*(one if isinstance(one, list | tuple) else () for one in lists), strict=False)
    ]


def _flights(a: dict[str, Any]) -> str:
    return ", ".join(f"{number} on {day}" for number, day in _rows(a, "flight_numbers", "dates"))


def _people(a: dict[str, Any]) -> str:
    return ", ".join(" ".join(row) for row in _rows(a, "first_names", "last_names", "dates_of_birth"))


def _listed(values: Any) -> str:
    return ", ".join(map(str, values)) if isinstance(values, list | tuple) else str(values)

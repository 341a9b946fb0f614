"""What a call that writes brought about, in a few words for people."""

from collections.abc import Mapping
from typing import Any

from tarl_app.core.types import ToolCall


def outcome(call: ToolCall, answer: Mapping[str, Any]) -> str:
    """``trip cancelled, $412.00 back``; ``answer`` is the reservation as it is afterwards. Empty for other calls."""
    match call.name:
        case "book_reservation":
            return "trip booked" + _money(_moved(answer))
        case "cancel_reservation":
            return "trip cancelled" + _money(_moved(answer, refunds=True))
        case "update_reservation_flights":
            return "flights or cabin changed"
        case "update_reservation_baggages":
            bags = call.arguments.get("total_baggages")
            return f"{bags} bags" if isinstance(bags, int) and bags != 1 else "one bag" if bags == 1 else "bags changed"
        case "update_reservation_passengers":
            return "passengers changed"
        case "send_certificate":
            amount = call.arguments.get("amount")
            return f"certificate over ${amount:,.2f} sent" if isinstance(amount, int | float) else "certificate sent"
        case _:
            return ""


def _moved(answer: Mapping[str, Any], refunds: bool = False) -> float:
    """Dollars in the reservation's payments; ``refunds``: only those that went back, as a negative sum."""
    payments = answer.get("payment_history")
    amounts = [
        float(one["amount"])
        for one in (payments if isinstance(payments, list | tuple) else ())
        if isinstance(one, Mapping) and isinstance(one.get("amount"), int | float)
    ]
    return sum(amount for amount in amounts if amount < 0) if refunds else sum(amounts)


def _money(amount: float) -> str:
    if abs(amount) < 0.005:
        return ""
    return f", ${abs(amount):,.2f} {'paid' if amount > 0 else 'back'}"

"""What a call that writes brought about, in a few words for people."""

from collections.abc import Mapping, Sequence
from typing import Any

from tarl_app.core.types import ToolCall


def outcome(call: ToolCall, answer: Mapping[str, Any]) -> str:
    """``order cancelled, $145.71 back``; ``answer`` is the order or account as it is afterwards. Empty for other calls."""
    count = _count(call.arguments.get("item_ids"))
    match call.name:
        case "cancel_pending_order":
            return "order cancelled" + _money(-_refunded(answer))
        case "return_delivered_order_items":
            return f"{count} to be returned" + _money(-_worth(answer, call.arguments.get("item_ids")))
        case "exchange_delivered_order_items":
            return f"{count} to be exchanged" + _money(_amount(answer.get("exchange_price_difference")))
        case "modify_pending_order_items":
            return f"{count} swapped before shipping"
        case "modify_pending_order_payment":
            return "order paid another way"
        case "modify_pending_order_address":
            return "order sent elsewhere" + _city(call.arguments)
        case "modify_user_address":
            return "address changed" + _city(call.arguments)
        case _:
            return ""


def _amount(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _money(amount: float) -> str:
    """A difference for the customer: positive is to be paid."""
    if abs(amount) < 0.005:
        return ""
    return f", ${abs(amount):,.2f} {'more' if amount > 0 else 'back'}"


def _rows(answer: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    rows = answer.get(name)
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list | tuple) else []


def _refunded(answer: Mapping[str, Any]) -> float:
    """The refunds at the end of the order's payments."""
    total = 0.0
    for payment in reversed(_rows(answer, "payment_history")):
        if payment.get("transaction_type") != "refund":
            break
        total += _amount(payment.get("amount"))
    return total


def _worth(answer: Mapping[str, Any], item_ids: Any) -> float:
    left = [str(one) for one in item_ids] if isinstance(item_ids, list | tuple) else []
    total = 0.0
    for item in _rows(answer, "items"):
        if str(item.get("item_id")) in left:
            left.remove(str(item.get("item_id")))
            total += _amount(item.get("price"))
    return total


def _count(item_ids: Any) -> str:
    number = len(item_ids) if isinstance(item_ids, list | tuple) else 1
    return "one item" if number == 1 else f"{number} items"


def _city(arguments: Mapping[str, Any]) -> str:
    city = arguments.get("city")
    return f", to {city}" if isinstance(city, str) and city else ""

"""What a call that writes did, in words that a customer-service manager uses."""

from collections.abc import Sequence
from typing import Any

from tarl_app.core.domain import Effect
from tarl_app.core.types import ToolCall
from tarl_app.domains.retail.world import world


def describe(call: ToolCall) -> Effect:
    """The effect of a call with valid arguments; any other call is quoted.

    The subject names only the order or account, so that a wrong choice of items counts as the same effect with other
    arguments.
    """
    a = call.arguments
    order = f"order {a.get('order_id')}"
    match call.name:
        case "cancel_pending_order":
            return Effect(f"The {order}", "was", "cancelled", f' (reason: "{a.get("reason")}")')
        case "return_delivered_order_items":
            how = f", with the refund to {a.get('payment_method_id')}: {', '.join(_names(a.get('item_ids')))}"
            return Effect(f"Items of {order}", "were", "returned", how)
        case "exchange_delivered_order_items":
            return Effect(f"Items of {order}", "were", "exchanged", _swap(a))
        case "modify_pending_order_items":
            return Effect(f"Items of {order}", "were", "swapped before shipping", _swap(a))
        case "modify_pending_order_payment":
            return Effect(f"The payment of {order}", "was", "changed", f" to {a.get('payment_method_id')}")
        case "modify_pending_order_address":
            return Effect(f"The address of {order}", "was", "changed", f" to {_address(a)}")
        case "modify_user_address":
            return Effect(f"The default address of {a.get('user_id')}", "was", "changed", f" to {_address(a)}")
        case _:
            return Effect(f"The tool {call.name}", "was", "called", f" with {a}")


def _swap(a: dict[str, Any]) -> str:
    pairs = [f"{old} for {new}" for old, new in zip(_names(a.get("item_ids")), _names(a.get("new_item_ids")), strict=False)]
    return f", with the price difference on {a.get('payment_method_id')}: {', '.join(pairs)}"


def _names(item_ids: Any) -> Sequence[str]:
    return [_name(item_id) for item_id in item_ids] if isinstance(item_ids, list | tuple) else [str(item_ids)]


def _name(item_id: Any) -> str:
    variant = world().variants.get(str(item_id))
    if variant is None:
        return f"item {item_id}"
    return f"the {variant.product.name} {item_id} ({', '.join(f'{k} {v}' for k, v in variant.options.items())})"


def _address(a: dict[str, Any]) -> str:
    parts = (a.get(name) for name in ("address1", "address2", "city", "state", "zip", "country"))
    return ", ".join(str(part) for part in parts if part)

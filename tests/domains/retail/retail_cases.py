"""Orders that suit a test, and calls with what they answer or refuse."""

import json
from collections.abc import Callable
from typing import Any

from tarl_app.core.types import ToolCall, ToolResult
from tarl_app.domains import load_domain
from tarl_app.domains.retail.models import Order, OrderItem, PaymentMethod, User, Variant
from tarl_app.domains.retail.world import world
from tarl_app.sandbox.environment import DatabaseEnvironment

RETAIL = load_domain("retail")
ADDRESS = {
    "address1": "12 Elm Street",
    "address2": "",
    "city": "Austin",
    "state": "TX",
    "country": "USA",
    "zip": "78701",
}


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
    assert result.content.startswith("Error: ")
    assert environment.changes() == before
    return result.content


def an_order(status: str, fits: Callable[[Order], Any] = bool) -> Order:
    return next(order for order in world().orders.values() if order.status == status and fits(order))


def gift_card(user: User) -> PaymentMethod | None:
    return next((m for m in user.payment_methods if m.source == "gift_card"), None)


def other_method(order: Order, source: str | None = None) -> PaymentMethod | None:
    paid = order.payments[0].payment_method_id
    return next((m for m in order.user.payment_methods if m.payment_method_id != paid and source in (None, m.source)), None)


def replacement(item: OrderItem, available: bool = True) -> Variant:
    same = item.variant.product.variants
    return next(v for v in same if v.item_id != item.item_id and v.available == available)


def plain_method(order: Order) -> str:
    """A payment method that covers any price difference."""
    return next(m.payment_method_id for m in order.user.payment_methods if m.source != "gift_card")


def has_plain_method(order: Order) -> bool:
    return any(m.source != "gift_card" for m in order.user.payment_methods)

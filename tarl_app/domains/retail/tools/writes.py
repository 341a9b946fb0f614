"""The tools that change the shop. Each checks everything before it changes anything."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, select

from tarl_app.domains.retail.models import Address, Order, OrderItem, Payment, PaymentMethod, Product, User, Variant
from tarl_app.domains.retail.tools.arguments import (
    CancelReason,
    City,
    Country,
    ItemIds,
    NewItemIds,
    OrderId,
    PaymentMethodId,
    Said,
    SaidOrEmpty,
    UserId,
    Zip,
)
from tarl_app.domains.retail.tools.look_ups import toolbox
from tarl_app.domains.retail.tools.views import PAYMENTS, dollars, order_view, user_view
from tarl_app.sandbox.database import Database
from tarl_app.sandbox.tools.service_tools import found
from tarl_app.sandbox.tools.toolbox import RefusalError

_KEY = bindparam("key")
_ORDER = select(Order.order_id, Order.user_id, Order.status, Order.address_id).where(Order.order_id == _KEY)
_USERS_ADDRESS = select(User.address_id).where(User.user_id == _KEY)
_METHOD = select(
    PaymentMethod.payment_method_id, PaymentMethod.user_id, PaymentMethod.source, PaymentMethod.balance_cents
).where(PaymentMethod.payment_method_id == _KEY)
_ITEMS = (
    select(OrderItem.position, OrderItem.item_id, OrderItem.price_cents, Variant.product_id, Product.name)
    .join(OrderItem.variant)
    .join(Variant.product)
    .where(OrderItem.order_id == _KEY)
    .order_by(OrderItem.position)
)
_VARIANT = select(Variant.item_id, Variant.product_id, Variant.available, Variant.price_cents).where(Variant.item_id == _KEY)

Swap = tuple[Row[Any], Row[Any]]
"""An item of the order and the variant that takes its place."""


# --- what the tools share -----------------------------------------------------------------------------------------------


def _order_in_state(db: Database, order_id: str, status: str) -> Row[Any]:
    order = found(db.first(_ORDER, key=order_id), "order")
    if order.status != status:
        raise RefusalError(f"the order's status is '{order.status}', but this needs '{status}'")
    return order


def _answer(db: Database, order_id: str) -> dict[str, Any]:
    return found(order_view(db, order_id), "order")


def _method(db: Database, order: Row[Any], payment_method_id: str) -> Row[Any]:
    method = db.first(_METHOD, key=payment_method_id)
    if method is None or method.user_id != order.user_id:
        raise RefusalError("the user has no such payment method")
    return method


def _chosen(db: Database, order: Row[Any], item_ids: Sequence[str]) -> list[Row[Any]]:
    """The items meant, each taken once; the same id may be in an order several times."""
    left = db.all(_ITEMS, key=order.order_id)
    chosen: list[Row[Any]] = []
    for item_id in item_ids:
        item = next((item for item in left if item.item_id == item_id), None)
        if item is None:
            again = any(item.item_id == item_id for item in chosen)
            raise RefusalError(f"item {item_id[:60]} is not in the order" + (" that often" if again else ""))
        left.remove(item)
        chosen.append(item)
    return chosen


def _swaps(db: Database, order: Row[Any], item_ids: Sequence[str], new_item_ids: Sequence[str]) -> list[Swap]:
    if len(item_ids) != len(new_item_ids):
        raise RefusalError("item_ids and new_item_ids must be equally long")
    swaps: list[Swap] = []
    for item, new_id in zip(_chosen(db, order, item_ids), new_item_ids, strict=True):
        new = db.first(_VARIANT, key=new_id)
        if new is None or new.product_id != item.product_id:
            raise RefusalError(f"new item {new_id[:60]} is not a variant of the product '{item.name}'")
        if new_id == item.item_id:
            raise RefusalError(f"new item {new_id} is the same as the old one")
        if not new.available:
            raise RefusalError(f"new item {new_id} is not available")
        swaps.append((item, new))
    return swaps


def _difference(swaps: Sequence[Swap], method: Row[Any]) -> int:
    """What the customer has to pay in cents, negative for a refund; refused if a gift card does not cover it."""
    cents = sum(new.price_cents - item.price_cents for item, new in swaps)
    if method.balance_cents is not None and method.balance_cents < cents:
        raise RefusalError(f"the gift card's balance does not cover the price difference of ${dollars(cents):.2f}")
    return cents


def _move(db: Database, order: Row[Any], kind: str, cents: int, method: Row[Any]) -> None:
    """Books a payment or refund; a gift card's balance changes at once, other refunds arrive in the days after."""
    db.insert(
        Payment,
        order_id=order.order_id,
        position=len(db.all(PAYMENTS, key=order.order_id)),
        transaction_type=kind,
        amount_cents=cents,
        payment_method_id=method.payment_method_id,
    )
    if method.balance_cents is not None:
        balance = method.balance_cents + (cents if kind == "refund" else -cents)
        db.update(PaymentMethod, method.payment_method_id, balance_cents=balance)


def _paid_by_method(db: Database, order: Row[Any]) -> dict[str, int]:
    """Cents paid less cents refunded, by payment method."""
    paid: dict[str, int] = {}
    for p in db.all(PAYMENTS, key=order.order_id):
        signed = p.amount_cents if p.transaction_type == "payment" else -p.amount_cents
        paid[p.payment_method_id] = paid.get(p.payment_method_id, 0) + signed
    return paid


# --- pending orders -----------------------------------------------------------------------------------------------------


@toolbox.tool(writes=True)
def cancel_pending_order(db: Database, order_id: OrderId, reason: CancelReason) -> dict[str, Any]:
    """Cancel a pending order and refund it, after the user's explicit yes."""
    order = _order_in_state(db, order_id, "pending")
    for method_id, cents in _paid_by_method(db, order).items():
        if cents > 0:
            _move(db, order, "refund", cents, _method(db, order, method_id))
    db.update(Order, order_id, status="cancelled", cancel_reason=reason)
    return _answer(db, order_id)


@toolbox.tool(writes=True)
def modify_pending_order_address(
    db: Database,
    order_id: OrderId,
    address1: Said,
    address2: SaidOrEmpty,
    city: City,
    state: Said,
    country: Country,
    zip: Zip,  # noqa: A002
) -> dict[str, Any]:
    """Change where a pending order is shipped to, after the user's explicit yes."""
    order = _order_in_state(db, order_id, "pending")
    lines = {"address1": address1, "address2": address2, "city": city, "state": state, "country": country, "zip": zip}
    db.update(Address, order.address_id, **lines)
    return _answer(db, order_id)


@toolbox.tool(writes=True)
def modify_pending_order_items(
    db: Database, order_id: OrderId, item_ids: ItemIds, new_item_ids: NewItemIds, payment_method_id: PaymentMethodId
) -> dict[str, Any]:
    """Swap items of a pending order for variants of the same products, once and together, after the user's explicit yes."""
    order = _order_in_state(db, order_id, "pending")
    swaps = _swaps(db, order, item_ids, new_item_ids)
    method = _method(db, order, payment_method_id)
    if cents := _difference(swaps, method):
        _move(db, order, "payment" if cents > 0 else "refund", abs(cents), method)
    for item, new in swaps:
        db.update(OrderItem, order_id, item.position, item_id=new.item_id, price_cents=new.price_cents)
    db.update(Order, order_id, status="pending (item modified)")
    return _answer(db, order_id)


@toolbox.tool(writes=True)
def modify_pending_order_payment(db: Database, order_id: OrderId, payment_method_id: PaymentMethodId) -> dict[str, Any]:
    """Pay a pending order with another payment method, after the user's explicit yes."""
    order = _order_in_state(db, order_id, "pending")
    payments = db.all(PAYMENTS, key=order_id)
    if len(payments) != 1 or payments[0].transaction_type != "payment":
        raise RefusalError("the payment of this order has already been changed")
    paid, method = payments[0], _method(db, order, payment_method_id)
    if paid.payment_method_id == method.payment_method_id:
        raise RefusalError("the order is already paid with this payment method")
    if method.balance_cents is not None and method.balance_cents < paid.amount_cents:
        raise RefusalError("the gift card's balance does not cover the order")
    _move(db, order, "payment", paid.amount_cents, method)
    _move(db, order, "refund", paid.amount_cents, _method(db, order, paid.payment_method_id))
    return _answer(db, order_id)


# --- delivered orders ---------------------------------------------------------------------------------------------------


@toolbox.tool(writes=True)
def exchange_delivered_order_items(
    db: Database, order_id: OrderId, item_ids: ItemIds, new_item_ids: NewItemIds, payment_method_id: PaymentMethodId
) -> dict[str, Any]:
    """Exchange items of a delivered order for variants of the same products, all at once, after the user's explicit yes."""
    order = _order_in_state(db, order_id, "delivered")
    swaps = _swaps(db, order, item_ids, new_item_ids)
    method = _method(db, order, payment_method_id)
    db.update(
        Order,
        order_id,
        status="exchange requested",
        exchange_payment_method_id=payment_method_id,
        exchange_price_difference_cents=_difference(swaps, method),
    )
    for item, new in swaps:
        db.update(OrderItem, order_id, item.position, requested="exchange", new_item_id=new.item_id)
    return _answer(db, order_id)


@toolbox.tool(writes=True)
def return_delivered_order_items(
    db: Database, order_id: OrderId, item_ids: ItemIds, payment_method_id: PaymentMethodId
) -> dict[str, Any]:
    """Return items of a delivered order; refund to the original payment or a gift card, after the user's explicit yes."""
    order = _order_in_state(db, order_id, "delivered")
    chosen = _chosen(db, order, item_ids)
    method = _method(db, order, payment_method_id)
    paid_with = {p.payment_method_id for p in db.all(PAYMENTS, key=order_id) if p.transaction_type == "payment"}
    if payment_method_id not in paid_with and method.source != "gift_card":
        raise RefusalError("a return is refunded to the original payment method or to a gift card")
    db.update(Order, order_id, status="return requested", return_payment_method_id=payment_method_id)
    for item in chosen:
        db.update(OrderItem, order_id, item.position, requested="return")
    return _answer(db, order_id)


# --- accounts -----------------------------------------------------------------------------------------------------------


@toolbox.tool(writes=True)
def modify_user_address(
    db: Database,
    user_id: UserId,
    address1: Said,
    address2: SaidOrEmpty,
    city: City,
    state: Said,
    country: Country,
    zip: Zip,  # noqa: A002
) -> dict[str, Any]:
    """Change the default address of a user, after the user's explicit yes."""
    user = found(db.first(_USERS_ADDRESS, key=user_id), "user")
    lines = {"address1": address1, "address2": address2, "city": city, "state": state, "country": country, "zip": zip}
    db.update(Address, user.address_id, **lines)
    return found(user_view(db, user_id), "user")

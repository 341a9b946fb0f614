"""The tools that change the shop. Each checks everything before it changes anything."""

from collections.abc import Sequence
from typing import Any

from tarl_app.sandbox.database import RecordingSession
from tarl_app.sandbox.domains.retail.arguments import (
    CancelReason,
    ItemIds,
    Line,
    LineOrEmpty,
    NewItemIds,
    OrderId,
    PaymentMethodId,
    UserId,
    Zip,
)
from tarl_app.sandbox.domains.retail.models import Address, Order, OrderItem, Payment, PaymentMethod, User, Variant
from tarl_app.sandbox.domains.retail.tools import found, toolbox
from tarl_app.sandbox.domains.retail.views import dollars, order_view, user_view
from tarl_app.sandbox.toolbox import RefusalError


def _order_in_state(session: RecordingSession, order_id: str, status: str) -> Order:
    order = found(session.get(Order, order_id), "order")
    if order.status != status:
        raise RefusalError(f"the order's status is '{order.status}', but this needs '{status}'")
    return order


def _answer(session: RecordingSession, order: Order) -> dict[str, Any]:
    session.flush()
    return found(order_view(session, order.order_id), "order")


def _method(session: RecordingSession, order: Order, payment_method_id: str) -> PaymentMethod:
    method = session.get(PaymentMethod, payment_method_id)
    if method is None or method.user_id != order.user_id:
        raise RefusalError("the user has no such payment method")
    return method


def _chosen(order: Order, item_ids: Sequence[str]) -> list[OrderItem]:
    """The items meant, each taken once; the same id may be in an order several times."""
    left = list(order.items)
    chosen: list[OrderItem] = []
    for item_id in item_ids:
        item = next((item for item in left if item.item_id == item_id), None)
        if item is None:
            raise RefusalError(
                f"item {item_id[:60]} is not in the order" + (" that often" if item_id in item_ids[:-1] else "")
            )
        left.remove(item)
        chosen.append(item)
    return chosen


def _swaps(
    session: RecordingSession, order: Order, item_ids: Sequence[str], new_item_ids: Sequence[str]
) -> list[tuple[OrderItem, Variant]]:
    if len(item_ids) != len(new_item_ids):
        raise RefusalError("item_ids and new_item_ids must be equally long")
    swaps: list[tuple[OrderItem, Variant]] = []
    for item, new_id in zip(_chosen(order, item_ids), new_item_ids, strict=True):
        new = session.get(Variant, new_id)
        if new is None or new.product_id != item.variant.product_id:
            raise RefusalError(f"new item {new_id[:60]} is not a variant of the product '{item.variant.product.name}'")
        if new_id == item.item_id:
            raise RefusalError(f"new item {new_id} is the same as the old one")
        if not new.available:
            raise RefusalError(f"new item {new_id} is not available")
        swaps.append((item, new))
    return swaps


def _difference(swaps: Sequence[tuple[OrderItem, Variant]], method: PaymentMethod) -> int:
    """What the customer has to pay in cents, negative for a refund; refused if a gift card does not cover it."""
    cents = sum(new.price_cents - item.price_cents for item, new in swaps)
    if method.balance_cents is not None and method.balance_cents < cents:
        raise RefusalError(f"the gift card's balance does not cover the price difference of ${dollars(cents):.2f}")
    return cents


def _move(order: Order, kind: str, cents: int, method: PaymentMethod) -> None:
    """Books a payment or refund; a gift card's balance changes at once, other refunds arrive in the days after."""
    place = len(order.payments)
    method_id = method.payment_method_id
    order.payments.append(
        Payment(
            order_id=order.order_id, position=place, transaction_type=kind, amount_cents=cents, payment_method_id=method_id
        )
    )
    if method.balance_cents is not None:
        method.balance_cents += cents if kind == "refund" else -cents


def _balance_paid(order: Order) -> dict[str, int]:
    """Cents paid less cents refunded, by payment method."""
    paid: dict[str, int] = {}
    for p in order.payments:
        signed = p.amount_cents if p.transaction_type == "payment" else -p.amount_cents
        paid[p.payment_method_id] = paid.get(p.payment_method_id, 0) + signed
    return paid


@toolbox.tool(writes=True)
def cancel_pending_order(session: RecordingSession, order_id: OrderId, reason: CancelReason) -> dict[str, Any]:
    """Cancel a pending order and refund it, after the user's explicit yes."""
    order = _order_in_state(session, order_id, "pending")
    for method_id, cents in _balance_paid(order).items():
        if cents > 0:
            _move(order, "refund", cents, _method(session, order, method_id))
    order.status, order.cancel_reason = "cancelled", reason
    return _answer(session, order)


@toolbox.tool(writes=True)
def exchange_delivered_order_items(
    session: RecordingSession,
    order_id: OrderId,
    item_ids: ItemIds,
    new_item_ids: NewItemIds,
    payment_method_id: PaymentMethodId,
) -> dict[str, Any]:
    """Exchange items of a delivered order for variants of the same products, all at once, after the user's explicit yes."""
    order = _order_in_state(session, order_id, "delivered")
    swaps = _swaps(session, order, item_ids, new_item_ids)
    method = _method(session, order, payment_method_id)
    order.exchange_price_difference_cents = _difference(swaps, method)
    order.status, order.exchange_payment_method_id = "exchange requested", method.payment_method_id
    for item, new in swaps:
        item.requested, item.new_item_id = "exchange", new.item_id
    return _answer(session, order)


@toolbox.tool(writes=True)
def modify_pending_order_address(
    session: RecordingSession,
    order_id: OrderId,
    address1: Line,
    address2: LineOrEmpty,
    city: Line,
    state: Line,
    country: Line,
    zip: Zip,  # noqa: A002
) -> dict[str, Any]:
    """Change where a pending order is shipped to, after the user's explicit yes."""
    order = _order_in_state(session, order_id, "pending")
    _readdress(order.address, address1, address2, city, state, country, zip)
    return _answer(session, order)


@toolbox.tool(writes=True)
def modify_pending_order_items(
    session: RecordingSession,
    order_id: OrderId,
    item_ids: ItemIds,
    new_item_ids: NewItemIds,
    payment_method_id: PaymentMethodId,
) -> dict[str, Any]:
    """Swap items of a pending order for variants of the same products, once and together, after the user's explicit yes."""
    order = _order_in_state(session, order_id, "pending")
    swaps = _swaps(session, order, item_ids, new_item_ids)
    method = _method(session, order, payment_method_id)
    if cents := _difference(swaps, method):
        _move(order, "payment" if cents > 0 else "refund", abs(cents), method)
    for item, new in swaps:
        item.variant, item.price_cents = new, new.price_cents
        item.item_id = new.item_id
    order.status = "pending (item modified)"
    return _answer(session, order)


@toolbox.tool(writes=True)
def modify_pending_order_payment(
    session: RecordingSession, order_id: OrderId, payment_method_id: PaymentMethodId
) -> dict[str, Any]:
    """Pay a pending order with another payment method, after the user's explicit yes."""
    order = _order_in_state(session, order_id, "pending")
    if len(order.payments) != 1 or order.payments[0].transaction_type != "payment":
        raise RefusalError("the payment of this order has already been changed")
    paid, method = order.payments[0], _method(session, order, payment_method_id)
    if paid.payment_method_id == method.payment_method_id:
        raise RefusalError("the order is already paid with this payment method")
    if method.balance_cents is not None and method.balance_cents < paid.amount_cents:
        raise RefusalError("the gift card's balance does not cover the order")
    _move(order, "payment", paid.amount_cents, method)
    _move(order, "refund", paid.amount_cents, _method(session, order, paid.payment_method_id))
    return _answer(session, order)


@toolbox.tool(writes=True)
def modify_user_address(
    session: RecordingSession,
    user_id: UserId,
    address1: Line,
    address2: LineOrEmpty,
    city: Line,
    state: Line,
    country: Line,
    zip: Zip,  # noqa: A002
) -> dict[str, Any]:
    """Change the default address of a user, after the user's explicit yes."""
    user = found(session.get(User, user_id), "user")
    _readdress(user.address, address1, address2, city, state, country, zip)
    session.flush()
    return found(user_view(session, user_id), "user")


@toolbox.tool(writes=True)
def return_delivered_order_items(
    session: RecordingSession, order_id: OrderId, item_ids: ItemIds, payment_method_id: PaymentMethodId
) -> dict[str, Any]:
    """Return items of a delivered order; refund to the original payment or a gift card, after the user's explicit yes."""
    order = _order_in_state(session, order_id, "delivered")
    chosen = _chosen(order, item_ids)
    method = _method(session, order, payment_method_id)
    paid_with = {p.payment_method_id for p in order.payments if p.transaction_type == "payment"}
    if method.payment_method_id not in paid_with and method.source != "gift_card":
        raise RefusalError("a return is refunded to the original payment method or to a gift card")
    order.status, order.return_payment_method_id = "return requested", method.payment_method_id
    for item in chosen:
        item.requested = "return"
    return _answer(session, order)


def _readdress(address: Address, address1: str, address2: str, city: str, state: str, country: str, zip_code: str) -> None:
    address.address1, address.address2, address.city = address1, address2, city
    address.state, address.country, address.zip = state, country, zip_code

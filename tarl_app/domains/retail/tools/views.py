"""What the tools answer, read from the tables: nesting and names as documented for such shops' tools, money in dollars.

The statements are built once, because building one costs more than running it.
"""

from typing import Any

from sqlalchemy import Row, bindparam, select

from tarl_app.domains.retail.models import (
    Address,
    Fulfilment,
    Order,
    OrderItem,
    Payment,
    PaymentMethod,
    Product,
    User,
    Variant,
)
from tarl_app.sandbox.database import Database

_ADDRESS = (Address.address1, Address.address2, Address.city, Address.country, Address.state, Address.zip)
_KEY = bindparam("key")

_USER = select(User.first_name, User.last_name, User.email, *_ADDRESS).join(User.address).where(User.user_id == _KEY)
_METHODS = (
    select(
        PaymentMethod.payment_method_id,
        PaymentMethod.source,
        PaymentMethod.brand,
        PaymentMethod.last_four,
        PaymentMethod.balance_cents,
    )
    .where(PaymentMethod.user_id == _KEY)
    .order_by(PaymentMethod.payment_method_id)
)
_USERS_ORDERS = select(Order.order_id).where(Order.user_id == _KEY).order_by(Order.order_id)
_PRODUCT = select(Product.name).where(Product.product_id == _KEY)
_VARIANTS = (
    select(Variant.item_id, Variant.options, Variant.available, Variant.price_cents)
    .where(Variant.product_id == _KEY)
    .order_by(Variant.item_id)
)
_PRODUCTS = select(Product.name, Product.product_id).order_by(Product.name)
_ORDER = (
    select(
        Order.order_id,
        Order.user_id,
        Order.status,
        Order.cancel_reason,
        Order.return_payment_method_id,
        Order.exchange_payment_method_id,
        Order.exchange_price_difference_cents,
        *_ADDRESS,
    )
    .join(Order.address)
    .where(Order.order_id == _KEY)
)
_ITEMS = (
    select(
        Product.name,
        Product.product_id,
        OrderItem.item_id,
        OrderItem.price_cents,
        Variant.options,
        OrderItem.parcel,
        OrderItem.requested,
        OrderItem.new_item_id,
    )
    .join(OrderItem.variant)
    .join(Variant.product)
    .where(OrderItem.order_id == _KEY)
    .order_by(OrderItem.position)
)
_PARCELS = (
    select(Fulfilment.position, Fulfilment.tracking_id).where(Fulfilment.order_id == _KEY).order_by(Fulfilment.position)
)
PAYMENTS = (
    select(Payment.transaction_type, Payment.amount_cents, Payment.payment_method_id)
    .where(Payment.order_id == _KEY)
    .order_by(Payment.position)
)


def dollars(cents: int) -> float:
    """Cents as dollars with at most two decimals."""
    return round(cents / 100, 2)


def user_view(db: Database, user_id: str) -> dict[str, Any] | None:
    """The account with its payment methods and order ids; None if there is none."""
    user = db.first(_USER, key=user_id)
    if user is None:
        return None
    return {
        "name": {"first_name": user.first_name, "last_name": user.last_name},
        "address": _address_view(user),
        "email": user.email,
        "payment_methods": {m.payment_method_id: _method_view(m) for m in db.all(_METHODS, key=user_id)},
        "orders": [row.order_id for row in db.all(_USERS_ORDERS, key=user_id)],
    }


def product_view(db: Database, product_id: str) -> dict[str, Any] | None:
    """The product with all its variants; None if there is none."""
    product = db.first(_PRODUCT, key=product_id)
    if product is None:
        return None
    variants = {
        v.item_id: {"item_id": v.item_id, "options": v.options, "available": v.available, "price": dollars(v.price_cents)}
        for v in db.all(_VARIANTS, key=product_id)
    }
    return {"name": product.name, "product_id": product_id, "variants": variants}


def products_view(db: Database) -> dict[str, str]:
    """Product ids by name, in alphabetical order."""
    return {row.name: row.product_id for row in db.all(_PRODUCTS)}


def order_view(db: Database, order_id: str) -> dict[str, Any] | None:
    """The order with items, parcels, payments and what was asked for since; None if there is none."""
    order = db.first(_ORDER, key=order_id)
    if order is None:
        return None
    items = db.all(_ITEMS, key=order_id)
    view: dict[str, Any] = {
        "order_id": order.order_id,
        "user_id": order.user_id,
        "address": _address_view(order),
        "items": [_item_view(item) for item in items],
        "fulfillments": [
            {"tracking_id": [p.tracking_id], "item_ids": [item.item_id for item in items if item.parcel == p.position]}
            for p in db.all(_PARCELS, key=order_id)
        ],
        "status": order.status,
        "payment_history": [_payment_view(p) for p in db.all(PAYMENTS, key=order_id)],
    }
    return view | _requests_view(order, items)


def _address_view(row: Row[Any]) -> dict[str, str]:
    return {column.key: getattr(row, column.key) for column in _ADDRESS}


def _method_view(method: Row[Any]) -> dict[str, Any]:
    view: dict[str, Any] = {"source": method.source, "id": method.payment_method_id}
    if method.source == "credit_card":
        view |= {"brand": method.brand, "last_four": method.last_four}
    if method.source == "gift_card":
        view |= {"balance": dollars(method.balance_cents or 0)}
    return view


def _item_view(item: Row[Any]) -> dict[str, Any]:
    return {
        "name": item.name,
        "product_id": item.product_id,
        "item_id": item.item_id,
        "price": dollars(item.price_cents),
        "options": item.options,
    }


def _payment_view(payment: Row[Any]) -> dict[str, Any]:
    return {
        "transaction_type": payment.transaction_type,
        "amount": dollars(payment.amount_cents),
        "payment_method_id": payment.payment_method_id,
    }


def _requests_view(order: Row[Any], items: list[Row[Any]]) -> dict[str, Any]:
    view: dict[str, Any] = {}
    if order.cancel_reason:
        view["cancel_reason"] = order.cancel_reason
    if order.return_payment_method_id:
        view["return_items"] = sorted(item.item_id for item in items if item.requested == "return")
        view["return_payment_method_id"] = order.return_payment_method_id
    if order.exchange_payment_method_id:
        swapped = [item for item in items if item.requested == "exchange"]
        view["exchange_items"] = sorted(item.item_id for item in swapped)
        view["exchange_new_items"] = sorted(item.new_item_id or "" for item in swapped)
        view["exchange_payment_method_id"] = order.exchange_payment_method_id
        view["exchange_price_difference"] = dollars(order.exchange_price_difference_cents or 0)
    return view

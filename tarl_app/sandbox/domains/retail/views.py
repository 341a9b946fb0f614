"""Rows as the JSON the tools answer with: field names and nesting as documented for such shops' tools, money in dollars."""

from typing import Any

from tarl_app.sandbox.domains.retail.models import Address, Order, OrderItem, PaymentMethod, Product, User

ADDRESS_FIELDS = ("address1", "address2", "city", "country", "state", "zip")


def dollars(cents: int) -> float:
    """Cents as dollars with at most two decimals."""
    return round(cents / 100, 2)


def address_view(address: Address) -> dict[str, str]:
    """The address without its key."""
    return {name: getattr(address, name) for name in ADDRESS_FIELDS}


def payment_method_view(method: PaymentMethod) -> dict[str, Any]:
    """The fields that this kind of payment method has."""
    view: dict[str, Any] = {"source": method.source, "id": method.payment_method_id}
    if method.source == "credit_card":
        view |= {"brand": method.brand, "last_four": method.last_four}
    if method.source == "gift_card":
        view |= {"balance": dollars(method.balance_cents or 0)}
    return view


def user_view(user: User) -> dict[str, Any]:
    """The account with its payment methods and order ids."""
    return {
        "name": {"first_name": user.first_name, "last_name": user.last_name},
        "address": address_view(user.address),
        "email": user.email,
        "payment_methods": {m.payment_method_id: payment_method_view(m) for m in user.payment_methods},
        "orders": [order.order_id for order in user.orders],
    }


def product_view(product: Product) -> dict[str, Any]:
    """The product with all its variants."""
    variants = {
        v.item_id: {"item_id": v.item_id, "options": v.options, "available": v.available, "price": dollars(v.price_cents)}
        for v in product.variants
    }
    return {"name": product.name, "product_id": product.product_id, "variants": variants}


def order_view(order: Order) -> dict[str, Any]:
    """The order with items, parcels, payments and what was asked for since."""
    view: dict[str, Any] = {
        "order_id": order.order_id,
        "user_id": order.user_id,
        "address": address_view(order.address),
        "items": [_item_view(item) for item in order.items],
        "fulfillments": [
            {"tracking_id": [f.tracking_id], "item_ids": [item.item_id for item in order.items if item.parcel == f.position]}
            for f in order.fulfilments
        ],
        "status": order.status,
        "payment_history": [
            {
                "transaction_type": p.transaction_type,
                "amount": dollars(p.amount_cents),
                "payment_method_id": p.payment_method_id,
            }
            for p in order.payments
        ],
    }
    return view | _requests_view(order)


def _item_view(item: OrderItem) -> dict[str, Any]:
    product = item.variant.product
    return {
        "name": product.name,
        "product_id": product.product_id,
        "item_id": item.item_id,
        "price": dollars(item.price_cents),
        "options": item.variant.options,
    }


def _requests_view(order: Order) -> dict[str, Any]:
    view: dict[str, Any] = {}
    if order.cancel_reason:
        view["cancel_reason"] = order.cancel_reason
    if order.return_payment_method_id:
        view["return_items"] = sorted(item.item_id for item in order.items if item.requested == "return")
        view["return_payment_method_id"] = order.return_payment_method_id
    if order.exchange_payment_method_id:
        swapped = [item for item in order.items if item.requested == "exchange"]
        view["exchange_items"] = sorted(item.item_id for item in swapped)
        view["exchange_new_items"] = sorted(item.new_item_id or "" for item in swapped)
        view["exchange_payment_method_id"] = order.exchange_payment_method_id
        view["exchange_price_difference"] = dollars(order.exchange_price_difference_cents or 0)
    return view

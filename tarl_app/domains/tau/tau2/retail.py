"""The tools of tau2-bench's shop."""

import json
from typing import Annotated, Any

from pydantic import Field

from tarl_app.domains.tau.tau2.common import add_common, shown
from tarl_app.domains.tau.tau2.models import OrderPayment, UserAddress
from tarl_app.domains.tau.tools.common import STORED_VALUE, PaymentId, UserId
from tarl_app.domains.tau.tools.retail import ItemIds, Line, NewItemIds, OrderId, Place
from tarl_app.domains.tau.tools.toolset import Toolset
from tarl_app.domains.tau.world import Record, World

RETAIL = Toolset("tau2.domains.retail.tools", "RetailTools", "Error: Tool '{}' not found.")
add_common(RETAIL)
PENDING = "pending"


@RETAIL.tool()
def find_user_id_by_email(data: World, email: Annotated[str, Field(description="the customer's e-mail address")]) -> str:
    """Find a customer's user id by e-mail address."""
    for key, user in data["users"].items():
        if user["email"].lower() == email.lower():
            return key
    raise ValueError("User not found")


@RETAIL.tool()
def find_user_id_by_name_zip(
    data: World,
    first_name: Annotated[str, Field(description="the customer's first name")],
    last_name: Annotated[str, Field(description="the customer's last name")],
    zip: Annotated[str, Field(description="the zip code of the customer's address")],  # noqa: A002
) -> str:
    """Find a customer's user id by name and zip code, where the e-mail address is not known."""
    for key, user in data["users"].items():
        name = user["name"]
        same = name["first_name"].lower() == first_name.lower() and name["last_name"].lower() == last_name.lower()
        if same and user["address"]["zip"] == zip:
            return key
    raise ValueError("User not found")


@RETAIL.tool()
def get_user_details(data: World, user_id: UserId) -> str:
    """Show a customer's profile with their orders."""
    return shown(_user(data, user_id))


@RETAIL.tool()
def get_order_details(data: World, order_id: OrderId) -> str:
    """Show an order: its state, items, address and payments."""
    return shown(_order(data, order_id))


@RETAIL.tool()
def get_product_details(data: World, product_id: Annotated[str, Field(description="a product's id, not an item's")]) -> str:
    """Show a product with all its items, their options, prices and whether they can be had."""
    return shown(_product(data, product_id))


@RETAIL.tool()
def get_item_details(data: World, item_id: Annotated[str, Field(description="an item's id, not a product's")]) -> str:
    """Show an item: its options, price and whether it can be had."""
    for product in data["products"].values():
        if item_id in product["variants"]:
            return shown(product["variants"][item_id])
    raise ValueError("Item not found")


@RETAIL.tool()
def list_all_product_types(data: World) -> str:
    """List the products by name with their ids."""
    ids = {product["name"]: product["product_id"] for product in data["products"].values()}
    return json.dumps(ids, sort_keys=True)


@RETAIL.tool(writes=True)
def cancel_pending_order(
    data: World, order_id: OrderId, reason: Annotated[str, Field(description="'no longer needed' or 'ordered by mistake'")]
) -> str:
    """Cancel an order that is pending; what was paid is refunded. The customer has to agree first."""
    if _order(data, order_id)["status"] != PENDING:
        raise ValueError("Non-pending order cannot be cancelled")
    if reason not in {"no longer needed", "ordered by mistake"}:
        raise ValueError("Invalid reason")
    order = data["orders"].write(order_id)
    refunds: list[Record] = []
    for payment in order["payment_history"]:
        refunds.append(_payment("refund", payment["amount"], payment["payment_method_id"]))
        _credit(data, order["user_id"], payment["payment_method_id"], payment["amount"])
    order["status"], order["cancel_reason"] = "cancelled", reason
    order["payment_history"] += refunds
    return shown(order)


@RETAIL.tool(writes=True)
def modify_pending_order_address(
    data: World,
    order_id: OrderId,
    address1: Line,
    address2: Line,
    city: Place,
    state: Place,
    country: Place,
    zip: Place,  # noqa: A002
) -> str:
    """Change where an order that is pending is sent to. The customer has to agree first."""
    _pending(data, order_id)
    made = UserAddress(address1=address1, address2=address2, city=city, state=state, country=country, zip=zip)
    order = data["orders"].write(order_id)
    order["address"] = made.model_dump()
    return shown(order)


@RETAIL.tool(writes=True)
def modify_user_address(
    data: World,
    user_id: UserId,
    address1: Line,
    address2: Line,
    city: Place,
    state: Place,
    country: Place,
    zip: Place,  # noqa: A002
) -> str:
    """Change a customer's own address. The customer has to agree first."""
    _user(data, user_id)
    made = UserAddress(address1=address1, address2=address2, city=city, state=state, country=country, zip=zip)
    user = data["users"].write(user_id)
    user["address"] = made.model_dump()
    return shown(user)


@RETAIL.tool(writes=True)
def modify_pending_order_payment(data: World, order_id: OrderId, payment_method_id: PaymentId) -> str:
    """Have an order that is pending paid in another way. The customer has to agree first."""
    order = _pending(data, order_id)
    method = _method(data, order["user_id"], payment_method_id)
    history = order["payment_history"]
    if len(history) != 1 or history[0]["transaction_type"] != "payment":
        raise ValueError("There should be exactly one payment for a pending order")
    former, amount = history[0]["payment_method_id"], history[0]["amount"]
    if former == payment_method_id:
        raise ValueError("The new payment method should be different from the current one")
    if _short(method, amount):
        raise ValueError("Insufficient gift card balance to pay for the order")
    order = data["orders"].write(order_id)
    order["payment_history"] += [_payment("payment", amount, payment_method_id), _payment("refund", amount, former)]
    _credit(data, order["user_id"], payment_method_id, -amount)
    _credit(data, order["user_id"], former, amount)
    return shown(order)


@RETAIL.tool(writes=True)
def modify_pending_order_items(
    data: World, order_id: OrderId, item_ids: ItemIds, new_item_ids: NewItemIds, payment_method_id: PaymentId
) -> str:
    """Have other items of the same products in an order that is pending; possible once. The customer has to agree first."""
    order = _order(data, order_id)
    if order["status"] != PENDING:
        raise ValueError("Non-pending order cannot be modified")
    if missing := _missing(order, item_ids):
        raise ValueError(f"{missing[0]} not found")
    if len(item_ids) != len(new_item_ids):
        raise ValueError("The number of items to be exchanged should match")
    difference, variant = _difference(data, order, item_ids, new_item_ids, same=False)
    method = _method(data, order["user_id"], payment_method_id)
    if _short(method, difference):
        raise ValueError("Insufficient gift card balance to pay for the new item")
    paid = _payment("payment" if difference > 0 else "refund", abs(difference), payment_method_id)
    order = data["orders"].write(order_id)
    order["payment_history"].append(paid)
    _credit(data, order["user_id"], payment_method_id, -difference)
    for old, new in zip(item_ids, new_item_ids, strict=False):
        item = _item(order, old)
        # As in tau2-bench, all of them get price and options of the last new item.
        item["item_id"], item["price"], item["options"] = new, variant["price"], variant["options"]
    order["status"] = "pending (item modified)"
    return shown(order)


@RETAIL.tool(writes=True)
def exchange_delivered_order_items(
    data: World, order_id: OrderId, item_ids: ItemIds, new_item_ids: NewItemIds, payment_method_id: PaymentId
) -> str:
    """Exchange items of an order that was delivered for others of the same products. The customer has to agree first."""
    order = _order(data, order_id)
    if order["status"] != "delivered":
        raise ValueError("Non-delivered order cannot be exchanged")
    if missing := _missing(order, item_ids):
        raise ValueError(f"Number of {missing[0]} not found.")
    if len(item_ids) != len(new_item_ids):
        raise ValueError("The number of items to be exchanged should match.")
    difference = round(_difference(data, order, item_ids, new_item_ids, same=True)[0], 2)
    if _short(_method(data, order["user_id"], payment_method_id), difference):
        raise ValueError("Insufficient gift card balance to pay for the price difference")
    order = data["orders"].write(order_id)
    order["status"] = "exchange requested"
    order["exchange_items"], order["exchange_new_items"] = sorted(item_ids), sorted(new_item_ids)
    order["exchange_payment_method_id"], order["exchange_price_difference"] = payment_method_id, difference
    return shown(order)


@RETAIL.tool(writes=True)
def return_delivered_order_items(data: World, order_id: OrderId, item_ids: ItemIds, payment_method_id: PaymentId) -> str:
    """Take back items of an order that was delivered. The customer has to agree first."""
    order = _order(data, order_id)
    if order["status"] != "delivered":
        raise ValueError("Non-delivered order cannot be returned")
    method = _method(data, order["user_id"], payment_method_id)
    if method["source"] != STORED_VALUE and payment_method_id != order["payment_history"][0]["payment_method_id"]:
        raise ValueError("Payment method should be the original payment method")
    if _missing(order, item_ids):
        raise ValueError("Some item not found")
    order = data["orders"].write(order_id)
    order["status"] = "return requested"
    order["return_items"], order["return_payment_method_id"] = sorted(item_ids), payment_method_id
    return shown(order)


# --- what they share --------------------------------------------------------------------------------------------------


def _order(data: World, order_id: Any) -> Record:
    if order_id not in data["orders"]:
        raise ValueError("Order not found")
    return data["orders"][order_id]


def _pending(data: World, order_id: Any) -> Record:
    """An order that is pending, whether its items were modified or not."""
    order = _order(data, order_id)
    if PENDING not in order["status"]:
        raise ValueError("Non-pending order cannot be modified")
    return order


def _user(data: World, user_id: Any) -> Record:
    if user_id not in data["users"]:
        raise ValueError("User not found")
    return data["users"][user_id]


def _product(data: World, product_id: Any) -> Record:
    if product_id not in data["products"]:
        raise ValueError("Product not found")
    return data["products"][product_id]


def _method(data: World, user_id: str, method_id: Any) -> Record:
    methods = _user(data, user_id)["payment_methods"]
    if method_id not in methods:
        raise ValueError("Payment method not found")
    return methods[method_id]


def _missing(order: Record, item_ids: Any) -> list[Any]:
    """The first item that the order has less often than it is named, in a list; empty where there is none."""
    present = [item["item_id"] for item in order["items"]]
    return next(([one] for one in item_ids if item_ids.count(one) > present.count(one)), [])


def _item(order: Record, item_id: Any) -> Record:
    found = next((item for item in order["items"] if item["item_id"] == item_id), None)
    if found is None:
        raise ValueError(f"Item {item_id} not found")
    return found


def _difference(data: World, order: Record, item_ids: Any, new_item_ids: Any, same: bool) -> tuple[Any, Record]:
    """What the new items cost more, and the last of them; ``same``: an item may stay."""
    difference, variant = 0, Record()
    for old, new in zip(item_ids, new_item_ids, strict=False):
        if not same and old == new:
            raise ValueError("The new item id should be different from the old item id")
        item = _item(order, old)
        variants = _product(data, item["product_id"])["variants"]
        if new not in variants:
            raise ValueError("Variant not found")
        variant = variants[new]
        if not variant["available"]:
            raise ValueError(f"New item {new} not found or available")
        difference += variant["price"] - item["price"]
    return difference, variant


def _short(method: Record, amount: Any) -> bool:
    return method["source"] == STORED_VALUE and method["balance"] < amount


def _payment(kind: Any, amount: Any, method_id: Any) -> Record:
    return OrderPayment(transaction_type=kind, amount=amount, payment_method_id=method_id).model_dump()


def _credit(data: World, user_id: str, method_id: Any, amount: Any) -> None:
    """Changes the balance of a gift card; other methods have none."""
    if _method(data, user_id, method_id)["source"] == STORED_VALUE:
        method = data["users"].write(user_id)["payment_methods"][method_id]
        method["balance"] = round(method["balance"] + amount, 2)

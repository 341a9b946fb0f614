"""The tools of the benchmark's shop."""

from typing import Annotated, Any, Literal

from pydantic import Field

from tarl_app.domains.tau.tools.common import STORED_VALUE, PaymentId, UserId, add_common, methods, shown
from tarl_app.domains.tau.tools.toolset import Toolset
from tarl_app.domains.tau.world import Record, World

RETAIL = Toolset("tau_bench.envs.retail.tools")
add_common(RETAIL)

OrderId = Annotated[str, Field(description="the order's id, which begins with '#'")]
ItemIds = Annotated[list[str], Field(description="ids of items of the order; one may occur twice")]
NewItemIds = Annotated[
    list[str], Field(description="the ids to have instead, in the same order, each of the same product as the old one")
]
Line = Annotated[str, Field(description="a line of the address")]
Place = Annotated[str, Field(description="a part of the address")]
Reason = Annotated[Literal["no longer needed", "ordered by mistake"], Field(description="why it is cancelled")]

_NO_ORDER = "Error: order not found"
_NO_METHOD = "Error: payment method not found"


@RETAIL.tool()
def find_user_id_by_email(data: World, email: Annotated[str, Field(description="the customer's e-mail address")]) -> str:
    """Find a customer's user id by e-mail address."""
    matching = (key for key, user in data["users"].items() if user["email"].lower() == email.lower())
    return next(matching, "Error: user not found")


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
    return "Error: user not found"


@RETAIL.tool()
def get_order_details(data: World, order_id: OrderId) -> str:
    """Show an order: its state, items, address and payments."""
    return shown(data["orders"][order_id]) if order_id in data["orders"] else _NO_ORDER


@RETAIL.tool()
def get_product_details(data: World, product_id: Annotated[str, Field(description="a product's id, not an item's")]) -> str:
    """Show a product with all its items, their options, prices and whether they can be had."""
    return shown(data["products"][product_id]) if product_id in data["products"] else "Error: product not found"


@RETAIL.tool()
def list_all_product_types(data: World) -> str:
    """List the products by name with their ids."""
    ids = {product["name"]: product["product_id"] for product in data["products"].values()}
    return shown(dict(sorted(ids.items())))


@RETAIL.tool(writes=True)
def cancel_pending_order(data: World, order_id: OrderId, reason: Reason) -> str:
    """Cancel an order that is pending; what was paid is refunded. The customer has to agree first."""
    if why := _unfit(data, order_id, "pending", "cancelled"):
        return why
    if reason not in ("no longer needed", "ordered by mistake"):
        return "Error: invalid reason"
    order = data["orders"].write(order_id)
    refunds: list[Record] = []
    for payment in order["payment_history"]:
        method = payment["payment_method_id"]
        refunds.append({"transaction_type": "refund", "amount": payment["amount"], "payment_method_id": method})
        if STORED_VALUE in method:
            _credit(data, order["user_id"], method, payment["amount"])
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
    if why := _unfit(data, order_id, "pending", "modified"):
        return why
    order = data["orders"].write(order_id)
    order["address"] = _address(address1, address2, city, state, country, zip)
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
    if user_id not in data["users"]:
        return "Error: user not found"
    user = data["users"].write(user_id)
    user["address"] = _address(address1, address2, city, state, country, zip)
    return shown(user)


@RETAIL.tool(writes=True)
def modify_pending_order_payment(data: World, order_id: OrderId, payment_method_id: PaymentId) -> str:
    """Have an order that is pending paid in another way. The customer has to agree first."""
    if why := _unfit(data, order_id, "pending", "modified"):
        return why
    order, user_id = data["orders"][order_id], data["orders"][order_id]["user_id"]
    if payment_method_id not in methods(data, user_id):
        return _NO_METHOD
    history = order["payment_history"]
    if len(history) > 1 or history[0]["transaction_type"] != "payment":
        return "Error: there should be exactly one payment for a pending order"
    former, amount = history[0]["payment_method_id"], history[0]["amount"]
    if former == payment_method_id:
        return "Error: the new payment method should be different from the current one"
    if _short(data, user_id, payment_method_id, amount):
        return "Error: insufficient gift card balance to pay for the order"
    order = data["orders"].write(order_id)
    order["payment_history"] += [
        {"transaction_type": "payment", "amount": amount, "payment_method_id": payment_method_id},
        {"transaction_type": "refund", "amount": amount, "payment_method_id": former},
    ]
    if methods(data, user_id)[payment_method_id]["source"] == STORED_VALUE:
        _credit(data, user_id, payment_method_id, -amount)
    if STORED_VALUE in former:
        _credit(data, user_id, former, amount)
    return shown(order)


@RETAIL.tool(writes=True)
def modify_pending_order_items(
    data: World, order_id: OrderId, item_ids: ItemIds, new_item_ids: NewItemIds, payment_method_id: PaymentId
) -> str:
    """Have other items of the same products in an order that is pending; possible once. The customer has to agree first."""
    if why := _unfit(data, order_id, "pending", "modified"):
        return why
    difference = _difference(data, order_id, item_ids, new_item_ids)
    if isinstance(difference, str):
        return difference
    user_id = data["orders"][order_id]["user_id"]
    if payment_method_id not in methods(data, user_id):
        return _NO_METHOD
    if _short(data, user_id, payment_method_id, difference):
        return "Error: insufficient gift card balance to pay for the new item"
    order = data["orders"].write(order_id)
    kind = "payment" if difference > 0 else "refund"
    paid = {"transaction_type": kind, "amount": abs(difference), "payment_method_id": payment_method_id}
    order["payment_history"].append(paid)
    if methods(data, user_id)[payment_method_id]["source"] == STORED_VALUE:
        _credit(data, user_id, payment_method_id, -difference)
    for old, new in zip(item_ids, new_item_ids, strict=False):
        item = _item(order, old)
        variant = data["products"][item["product_id"]]["variants"][new]
        item["item_id"], item["price"], item["options"] = new, variant["price"], variant["options"]
    order["status"] = "pending (item modified)"
    return shown(order)


@RETAIL.tool(writes=True)
def exchange_delivered_order_items(
    data: World, order_id: OrderId, item_ids: ItemIds, new_item_ids: NewItemIds, payment_method_id: PaymentId
) -> str:
    """Exchange items of an order that was delivered for others of the same products. The customer has to agree first."""
    if why := _unfit(data, order_id, "delivered", "exchanged"):
        return why
    difference = _difference(data, order_id, item_ids, new_item_ids)
    if isinstance(difference, str):
        return difference
    difference, user_id = round(difference, 2), data["orders"][order_id]["user_id"]
    if payment_method_id not in methods(data, user_id):
        return _NO_METHOD
    if _short(data, user_id, payment_method_id, difference):
        return "Error: insufficient gift card balance to pay for the price difference"
    order = data["orders"].write(order_id)
    order["status"] = "exchange requested"
    order["exchange_items"], order["exchange_new_items"] = sorted(item_ids), sorted(new_item_ids)
    order["exchange_payment_method_id"], order["exchange_price_difference"] = payment_method_id, difference
    return shown(order)


@RETAIL.tool(writes=True)
def return_delivered_order_items(data: World, order_id: OrderId, item_ids: ItemIds, payment_method_id: PaymentId) -> str:
    """Take back items of an order that was delivered. The customer has to agree first."""
    if why := _unfit(data, order_id, "delivered", "returned"):
        return why
    order = data["orders"][order_id]
    if payment_method_id not in methods(data, order["user_id"]):
        return _NO_METHOD
    if STORED_VALUE not in payment_method_id and payment_method_id != order["payment_history"][0]["payment_method_id"]:
        return "Error: payment method should be either the original payment method or a gift card"
    if _missing(order, item_ids):
        return "Error: some item not found"
    order = data["orders"].write(order_id)
    order["status"] = "return requested"
    order["return_items"], order["return_payment_method_id"] = sorted(item_ids), payment_method_id
    return shown(order)


# --- what they share --------------------------------------------------------------------------------------------------


def _unfit(data: World, order_id: Any, status: str, done: str) -> str:
    """Why this cannot be done to the order; empty where it can."""
    if order_id not in data["orders"]:
        return _NO_ORDER
    return "" if data["orders"][order_id]["status"] == status else f"Error: non-{status} order cannot be {done}"


def _missing(order: Record, item_ids: Any) -> list[Any]:
    """The first item that the order has less often than it is named, in a list; empty where there is none."""
    present = [item["item_id"] for item in order["items"]]
    return next(([one] for one in item_ids if item_ids.count(one) > present.count(one)), [])


def _item(order: Record, item_id: str) -> Record:
    return [item for item in order["items"] if item["item_id"] == item_id][0]  # noqa: RUF015 - the index is in the error


def _difference(data: World, order_id: str, item_ids: Any, new_item_ids: Any) -> Any:
    """What the new items cost more than the old ones, not rounded; a text where they cannot be had."""
    order = data["orders"][order_id]
    if missing := _missing(order, item_ids):
        return f"Error: {missing[0]} not found"
    if len(item_ids) != len(new_item_ids):
        return "Error: the number of items to be exchanged should match"
    difference = 0
    for old, new in zip(item_ids, new_item_ids, strict=False):
        item = _item(order, old)
        variants = data["products"][item["product_id"]]["variants"]
        if not (new in variants and variants[new]["available"]):
            return f"Error: new item {new} not found or available"
        difference += variants[new]["price"] - item["price"]
    return difference


def _short(data: World, user_id: str, method_id: str, amount: Any) -> bool:
    """Whether it is a method with a balance, and the balance is too small."""
    method = methods(data, user_id)[method_id]
    return method["source"] == STORED_VALUE and method["balance"] < amount


def _credit(data: World, user_id: str, method_id: str, amount: Any) -> None:
    method = data["users"].write(user_id)["payment_methods"][method_id]
    method["balance"] = round(method["balance"] + amount, 2)


def _address(address1: Any, address2: Any, city: Any, state: Any, country: Any, postcode: Any) -> Record:
    lines = {"address1": address1, "address2": address2}
    return {**lines, "city": city, "state": state, "country": country, "zip": postcode}

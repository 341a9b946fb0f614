"""Payment methods and amounts, as the scripted agent finds and names them."""

from collections.abc import Sequence

from tarl_app.core.domain import Act, Say, Use
from tarl_app.domains.retail.expert.nlu import understanding as hearing
from tarl_app.domains.retail.expert.nlu.values import Json
from tarl_app.domains.retail.expert.requests import Request
from tarl_app.domains.retail.expert.state import State


def dollars(value: str | float) -> str:
    """Two decimals, without the sign: "54.20"."""
    return f"{float(value):.2f}"


def original(order: Json) -> str:
    """The id of the payment method that the order was paid with."""
    return next(p["payment_method_id"] for p in order["payment_history"] if p["transaction_type"] == "payment")


def paid(order: Json) -> str:
    """What was paid for the order."""
    return dollars(next(p["amount"] for p in order["payment_history"] if p["transaction_type"] == "payment"))


def named(method: Json, request: Request | None = None) -> str:
    """ "your visa ending in 4242"; "the original payment method" where the customer put it so."""
    if request is not None and request.payment == "original":
        return "the original payment method"
    if method["source"] == "credit_card":
        return (
            f"your {method['brand'].capitalize()} ending in {method['last_four']}"
            if "brand" in method
            else "your credit card"
        )
    return "your gift card" if method["source"] == "gift_card" else "your PayPal account"


def called(state: State, method_id: str, request: Request) -> str:
    """The same by id."""
    known = (state.account or {}).get("payment_methods", {}).get(method_id)
    return named(known or {"source": method_id.rsplit("_", 1)[0]}, request)


def method(state: State, request: Request, order: Json) -> Json | Act:
    """The payment method meant, or what has to happen before it is known."""
    said, first = request.payment or "", original(order)
    if said == "original":
        known = (state.account or {}).get("payment_methods", {}).get(first)
        return known or {"id": first, "source": first.rsplit("_", 1)[0]}
    if state.account is None:
        return Use("get_user_details", {"user_id": state.user_id})
    found = hearing.methods(state.account, said)
    if said == "other" or (request.kind == "payment" and len(found) > 1):
        found = [one for one in found if one["id"] != first] or found
    if len(found) == 1:
        return found[0]
    listed = ", ".join(named(m) for m in (found or list(state.account["payment_methods"].values())))
    return Say("ask_card" if found else "no_method", {"methods": listed}, "payment")


def difference(swaps: Sequence[tuple[Json, Json, Json]]) -> str:
    """The expression for what the new items cost more: "60.50 - 48.00"."""
    new = " + ".join(f"{new['price']:.2f}" for _, new, _ in swaps)
    old = " - ".join(f"{item['price']:.2f}" for item, _, _ in swaps)
    return f"{new} - {old}"


def settled(owed: float, method_name: str) -> str:
    """A sentence about the price difference."""
    if owed == 0:
        return "There is no price difference."
    if owed > 0:
        return f"${owed:.2f} more will be charged to {method_name}."
    return f"${-owed:.2f} will be refunded to {method_name}."

"""Payment methods and amounts, as the scripted agent finds and names them."""

from collections.abc import Sequence

from tarl_app.core.domain import Act, Say, Use
from tarl_app.domains.airline.expert.nlu import slots
from tarl_app.domains.airline.expert.nlu.slots import Json
from tarl_app.domains.airline.expert.requests import Request
from tarl_app.domains.airline.expert.state import State


def plain(amount: float | str) -> str:
    """An amount as the tools write it: "54", "54.20"."""
    value = float(amount)
    return str(int(value)) if value == int(value) else f"{value:.2f}"


def listed(things: Sequence[str]) -> str:
    """a / a and b / a, b and c."""
    return things[0] if len(things) == 1 else f"{', '.join(things[:-1])} and {things[-1]}"


def named(method: Json) -> str:
    """ "your Visa ending in 4242"."""
    if method["source"] == "credit_card":
        return f"your {method['brand'].capitalize()} ending in {method['last_four']}"
    return f"your {method['source'].replace('_', ' ')}"


def _fitting(account: Json, said: str) -> list[Json]:
    every = account["payment_methods"].values()
    return [m for m in every if said in (m["source"].replace("_", " "), m.get("last_four"), str(m.get("brand", "")).lower())]


def methods(state: State, request: Request) -> list[Json] | Act:
    """The payment methods meant, or what has to happen before they are known."""
    assert state.account is not None
    said = slots.payment(request.said)
    if not said:
        return Say("ask_payment" if request.kind == "book" else "ask_difference", asks="payment")
    if state.stale:
        return Use("get_user_details", {"user_id": state.account["user_id"]})
    chosen: list[Json] = []
    for one in said:
        found = _fitting(state.account, one)
        if len(found) != 1:
            every = found or list(state.account["payment_methods"].values())
            return Say("ask_card" if found else "no_method", {"methods": listed([named(m) for m in every])}, "payment")
        chosen.append(found[0])
    return chosen


def covered(chosen: Sequence[Json], total: float) -> list[Json] | None:
    """Those of the methods that pay something, certificates and gift cards first; None where they do not suffice."""
    rank = {"certificate": 0, "gift_card": 1, "credit_card": 2}
    used, left = [], total
    for method in sorted(chosen, key=lambda m: rank[m["source"]]):
        share = left if method["source"] == "credit_card" else min(left, method["balance"])
        if share > 0:
            used.append(method)
        left -= share
    return None if left > 0 else used


def worked_out(state: State, expression: str) -> float | Use:
    """The value of an expression, or the call that works it out; a single number needs no call."""
    if expression.isdigit():
        return float(expression)
    if expression not in state.sums:
        return Use("calculate", {"expression": expression})
    return float(state.sums[expression])


def settled(owed: float, method_name: str) -> str:
    """A sentence about the price difference."""
    if owed == 0:
        return "There is no price difference."
    if owed > 0:
        return f"${plain(owed)} more will be charged to {method_name}."
    return f"${plain(-owed)} will be refunded to {method_name}."

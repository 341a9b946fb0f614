"""Requests that change an order or the account: what is missing, what is allowed, the proposal, the write,"
" the report."""

from tarl_app.core.domain import Act, Say, Use
from tarl_app.domains.retail.expert import answers, money
from tarl_app.domains.retail.expert.nlu import meant
from tarl_app.domains.retail.expert.nlu.values import Json
from tarl_app.domains.retail.expert.requests import Request
from tarl_app.domains.retail.expert.state import State
from tarl_app.language.listed import listed

WRITES = {
    "cancel_pending_order": "cancel",
    "return_delivered_order_items": "return",
    "exchange_delivered_order_items": "exchange",
    "modify_pending_order_items": "modify",
    "modify_pending_order_payment": "payment",
    "modify_pending_order_address": "order_address",
    "modify_user_address": "user_address",
}

_DONE = {
    "cancel": "order {order} has been cancelled",
    "return": "a return from order {order} has been requested",
    "exchange": "an exchange in order {order} has been requested",
    "modify": "the items of order {order} have been changed",
    "payment": "the payment of order {order} has been changed",
    "order_address": "the address of order {order} has been changed",
    "user_address": "the address of your account has been changed",
}


def account(state: State) -> Use:
    """Reads the customer's account."""
    return Use("get_user_details", {"user_id": state.user_id})


def refuse(request: Request, why: str) -> Say:
    """Declines, with the reason; from the second time on firmly."""
    request.refusals += 1
    return Say("refuse" if request.refusals == 1 else "still_refuse", {"why": why})


def about_order(state: State, request: Request, found: Json) -> Act:
    """What to do about a request that concerns this order of the customer."""
    needed = {"return": ("delivered",), "swap": ("pending", "delivered")}.get(request.kind, ("pending",))
    if found["status"] not in needed:
        return refuse(request, _status_reason(request.kind, found))
    plan = {"cancel": _cancel, "return": _return, "swap": _swap, "payment": _payment, "order_address": _order_address}
    return plan[request.kind](state, request, found)


def _status_reason(kind: str, order: Json) -> str:
    number, status = order["order_id"], order["status"]
    if "modified" in status or "requested" in status:
        return f"order {number} has already been changed once, so I cannot change or cancel it again."
    doing = {
        "cancel": "cancel it",
        "return": "return items from it",
        "swap": "exchange items in it",
        "payment": "change its payment",
    }
    rule = "delivered orders can be returned" if kind == "return" else "pending orders can be changed or cancelled"
    return f"order {number} is {status}, so I cannot {doing.get(kind, 'change its address')}. Only {rule}."


def _propose(request: Request, name: str, arguments: Json, slots: dict[str, str]) -> Act:
    """Writes what the customer has agreed to; before that, reads it back and asks."""
    proposal = (name, arguments)
    if request.proposed == proposal and request.consent:
        return Use(name, arguments)
    if request.proposed == proposal and request.consent is False:
        request.consent = None
        return Say("ask_change", asks="confirm")
    request.proposed, request.consent, request.withdrawn = proposal, None, False
    return Say(f"confirm_{WRITES[name]}", slots, "confirm")


def _cancel(state: State, request: Request, order: Json) -> Act:
    if answers.partial(request.words):
        return refuse(request, "only a whole order can be cancelled, so I cannot cancel single items.")
    if request.other_reason:
        why = "an order can only be cancelled if it is no longer needed or was ordered by mistake, so I cannot cancel it."
        return refuse(request, why)
    if request.reason is None:
        return Say("ask_reason", asks="reason")
    because = {
        "no longer needed": "because it is no longer needed",
        "ordered by mistake": "because it was ordered by mistake",
    }
    slots = {"order": order["order_id"], "reason": because[request.reason], "amount": money.paid(order)}
    return _propose(request, "cancel_pending_order", {"order_id": order["order_id"], "reason": request.reason}, slots)


def ask_which(items: list[Json]) -> Say:
    """Asks which of several items is meant."""
    return Say("ask_which", {"items": listed([answers.described(item) for item in items])}, "which")


def _items(state: State, request: Request, order: Json) -> Say | list[Json]:
    chosen, unclear = meant.chosen(request, order)
    if unclear:
        return ask_which(chosen)
    if not chosen:
        return Say("ask_items", {"items": listed([answers.article(item["name"]) for item in order["items"]])}, "items")
    return chosen


def _return(state: State, request: Request, order: Json) -> Act:
    chosen = _items(state, request, order)
    if isinstance(chosen, Say):
        return chosen
    if request.payment is None:
        return Say("ask_refund", asks="payment")
    method = money.method(state, request, order)
    if isinstance(method, Say | Use):
        return method
    original = money.original(order)
    if method["id"] != original and method["source"] != "gift_card":
        why = (
            f"a refund can only go to the original payment method or to a gift card, so I cannot use {money.named(method)}."
        )
        return refuse(request, why)
    total = " + ".join(f"{item['price']:.2f}" for item in chosen)
    if len(chosen) > 1 and total not in state.sums:
        return Use("calculate", {"expression": total})
    slots = {
        "items": listed([f"the {answers.told(item, order)}" for item in chosen]),
        "order": order["order_id"],
        "amount": money.dollars(state.sums[total] if total in state.sums else chosen[0]["price"]),
        "method": money.named(method, request),
    }
    arguments = {
        "order_id": order["order_id"],
        "item_ids": [i["item_id"] for i in chosen],
        "payment_method_id": method["id"],
    }
    return _propose(request, "return_delivered_order_items", arguments, slots)


def _swap(state: State, request: Request, order: Json) -> Act:
    chosen = _items(state, request, order)
    if isinstance(chosen, Say):
        return chosen
    swaps: list[tuple[Json, Json, Json]] = []
    for item in chosen:
        found = _variant(state, request, item, chosen)
        if isinstance(found, Say | Use):
            return found
        swaps.append((item, *found))
    if request.payment is None:
        return _ask_difference(state, request, swaps)
    method = money.method(state, request, order)
    if isinstance(method, Say | Use):
        return method
    expression = money.difference(swaps)
    if expression not in state.sums:
        return Use("calculate", {"expression": expression})
    owed = float(state.sums[expression])
    if method["source"] == "gift_card" and owed > 0:
        if state.account is None:
            return account(state)
        if method["balance"] < owed:
            return refuse(request, f"your gift card has only ${method['balance']:.2f} left, so it cannot cover ${owed:.2f}.")
    name = "modify_pending_order_items" if order["status"] == "pending" else "exchange_delivered_order_items"
    arguments = {
        "order_id": order["order_id"],
        "item_ids": [item["item_id"] for item, _, _ in swaps],
        "new_item_ids": [new["item_id"] for _, new, _ in swaps],
        "payment_method_id": method["id"],
    }
    named = [f"the {answers.told(item, order)} for one with {answers.options(changed)}" for item, _, changed in swaps]
    due = money.settled(owed, money.named(method, request))
    return _propose(request, name, arguments, {"swaps": listed(named), "order": order["order_id"], "difference": due})


def _ask_difference(state: State, request: Request, swaps: list[tuple[Json, Json, Json]]) -> Act:
    """Asks how the price difference is settled, and tells it first to who has asked."""
    expression = money.difference(swaps)
    if not request.curious:
        return Say("ask_difference", asks="payment")
    if expression not in state.sums:
        return Use("calculate", {"expression": expression})
    request.curious, owed = False, float(state.sums[expression])
    told = "no more" if owed == 0 else f"${abs(owed):.2f} {'more' if owed > 0 else 'less'}"
    return Say("ask_difference", asks="payment", before=(Say("told", {"fact": f"That comes to {told}."}),))


def _variant(state: State, request: Request, item: Json, items: list[Json]) -> Act | tuple[Json, Json]:
    """The new variant of an item and the options that change, or what has to happen before it is known."""
    product = state.products.get(item["product_id"])
    wanted = meant.wanted(request, item, items, product)
    if wanted is None and not answers.other_product(request, item, sure=False):
        return Say("ask_options", {"item": item["name"]}, "options")
    if product is None:
        return Use("get_product_details", {"product_id": item["product_id"]})
    if answers.other_product(request, item, sure=not wanted):
        why = f"I cannot do that: the {item['name']} can only be exchanged for another {item['name']}."
        return refuse(request, why)
    if not wanted:
        return Say("ask_options", {"item": item["name"]}, "options")
    target = item["options"] | wanted
    slots = {"item": item["name"], "new": answers.options(wanted)}
    found = [v for v in product["variants"].values() if v["options"] == target]
    if not found:
        return Say("no_variant", slots, "options")
    if not found[0]["available"]:
        request.refusals += 1
        return Say("sold_out" if request.refusals == 1 else "still_sold_out", slots, "options")
    return found[0], wanted


def _payment(state: State, request: Request, order: Json) -> Act:
    if request.payment is None:
        return Say("ask_payment", asks="payment")
    if state.account is None:  # the old payment method is named too
        return account(state)
    method = money.method(state, request, order)
    if isinstance(method, Say | Use):
        return method
    if method["id"] == money.original(order):
        return refuse(request, f"the order is already paid with {money.named(method)}, so I cannot change it to that.")
    if len(order["payment_history"]) > 1:
        return refuse(request, "the payment of this order was already changed once, so I cannot change it any more.")
    amount = money.paid(order)
    if method["source"] == "gift_card" and method["balance"] < float(amount):
        return refuse(request, f"your gift card has only ${method['balance']:.2f} left, so it cannot cover ${amount}.")
    slots = {"order": order["order_id"], "amount": amount, "method": money.named(method)}
    arguments = {"order_id": order["order_id"], "payment_method_id": method["id"]}
    return _propose(request, "modify_pending_order_payment", arguments, slots)


def _order_address(state: State, request: Request, order: Json) -> Act:
    if request.address is None:
        return Say("ask_address", asks="address")
    slots = {"order": order["order_id"], "address": answers.place(request.address)}
    arguments = {"order_id": order["order_id"], **request.address.model_dump()}
    return _propose(request, "modify_pending_order_address", arguments, slots)


def user_address(state: State, request: Request) -> Act:
    """The address of the account."""
    if request.address is None:
        return Say("ask_address", asks="address")
    arguments = {"user_id": state.user_id, **request.address.model_dump()}
    return _propose(request, "modify_user_address", arguments, {"address": answers.place(request.address)})


def report(state: State, request: Request) -> Say:
    """What came of a write."""
    assert state.last is not None
    call, result = state.last
    if result.is_error:
        return refuse(request, f"I could not do that: {result.content.removeprefix('Error: ').rstrip('.')}.")
    request.closed = True
    order = state.orders.get(str(call.arguments.get("order_id")), {})
    state.changes.append(_DONE[WRITES[call.name]].format(order=order.get("order_id", "")))
    slots = {"order": str(call.arguments.get("order_id", ""))}
    kind = WRITES[call.name]
    if kind == "cancel":
        at_once = money.original(order).startswith("gift_card")
        slots |= {"amount": money.paid(order), "when": "at once" if at_once else "within five to seven business days"}
    if kind == "return":
        items = [f"{item['price']:.2f}" for item in order["items"] if item["item_id"] in call.arguments["item_ids"]]
        slots["amount"] = money.dollars(state.sums.get(" + ".join(items), items[0]))
    if kind in ("return", "payment"):
        slots["method"] = money.called(state, str(call.arguments["payment_method_id"]), request)
    return Say(f"done_{kind}", slots)

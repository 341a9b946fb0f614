"""The scripted agent's decisions: from what the dialogue shows to the next question, call, proposal, refusal or report.

``decide`` is a function of the state alone. Everything an act names was said by the customer or answered by a tool.
"""

from tarl_app.core.domain import Act, Say, Use
from tarl_app.domains.retail.expert import answers, orders, values
from tarl_app.domains.retail.expert.state import Request, State
from tarl_app.domains.retail.expert.values import Json
from tarl_app.domains.retail.tools import TRANSFER


def decide(state: State) -> Act:
    """The next act."""
    if state.bye:
        return Say("bye")
    if state.user_id is None:
        return _identify(state)
    request = state.request
    if request is None:
        return Say("help", asks="help") if state.asked != "help" else Say("rephrase", asks="help")
    if state.last and state.last[0].name in orders.WRITES:
        return orders.report(state, request)
    if request.closed:
        return Say("more")
    if request.kind == "transfer":
        return Use(TRANSFER, {"summary": f"The customer {state.user_id} asks about {request.topic}."})
    if request.kind == "question":
        return _answer(state, request)
    if request.kind == "user_address":
        return orders.user_address(state, request)
    found = _order(state, request)
    return found if isinstance(found, Say | Use) else orders.about_order(state, request, found)


# --- who is calling -------------------------------------------------------------------------------------------------------


def _identify(state: State) -> Act:
    by_email = {"email": state.email}
    by_name = {"first_name": (state.name or ("", ""))[0], "last_name": (state.name or ("", ""))[1], "zip": state.zip}
    if state.email and not state.has_failed("find_user_id_by_email", by_email):
        return Use("find_user_id_by_email", by_email)
    if state.name and state.zip and not state.has_failed("find_user_id_by_name_zip", by_name):
        return Use("find_user_id_by_name_zip", by_name)
    if state.name and state.zip:
        return Say("no_name", {"name": " ".join(state.name), "zip": state.zip}, "identity")
    if state.email:
        return Say("no_email", {"email": state.email}, "identity")
    if state.name:
        return Say("ask_zip", asks="zip")
    if state.zip:
        return Say("ask_name", asks="name")
    return Say("ask_identity" if state.request else "greet", asks="identity")


# --- questions ------------------------------------------------------------------------------------------------------------


def _answer(state: State, request: Request) -> Act:
    if request.topic == "gift_card_balance":
        return _told(request, answers.balance(state.account)) if state.account else orders.account(state)
    if answers.about_order(request):
        found = _order(state, request)
        if isinstance(found, Say | Use):
            return found
        if request.topic == "paid_with" and not state.account:
            return orders.account(state)
        return _told(request, answers.of_order(request, found, state.account))
    if state.catalogue is None:
        return Use("list_all_product_types")
    product_id = answers.product_id(request.words, state.catalogue)
    if product_id is None:
        return Say("rephrase", asks="help")
    if product_id not in state.products:
        return Use("get_product_details", {"product_id": product_id})
    return _told(request, answers.of_product(request, state.products[product_id]))


def _told(request: Request, fact: str) -> Say:
    request.closed = True
    return Say("tell", {"fact": fact})


# --- orders ---------------------------------------------------------------------------------------------------------------


def _order(state: State, request: Request) -> Act | Json:
    """The order of the request, or what has to happen before it is known."""
    number = request.order_id
    if number is None and not request.searching:
        return Say("ask_order", asks="order")
    if number is None:
        return _search(state, request)
    if number in state.missing_orders:
        return Say("no_order", {"order": number}, "order")
    if number not in state.orders:
        return Use("get_order_details", {"order_id": number})
    order = state.orders[number]
    if order["user_id"] != state.user_id:
        return orders.refuse(request, f"order {number} belongs to another account, so I cannot help you with it.")
    return order


def _search(state: State, request: Request) -> Act | Json:
    """Goes through the account's orders until one has the item that was named."""
    if state.account is None:
        return orders.account(state)
    for number in state.account["orders"]:
        if number not in state.orders:
            return Use("get_order_details", {"order_id": number})
        order = state.orders[number]
        if any(values.mentions(request.words, item["name"]) for item in order["items"]):
            return order
    return Say("no_content" if state.asked == "content" else "ask_content", asks="content")

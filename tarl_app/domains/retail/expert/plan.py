"""The scripted agent's decisions: from what the dialogue shows to the next question, call, proposal, refusal or report.

``decide`` is a function of the state alone. Everything an act names was said by the customer or answered by a tool.
"""

from dataclasses import replace

from tarl_app.agents.messages import after_what_is_held
from tarl_app.core.domain import Act, Say, Use
from tarl_app.domains.retail.expert import answers, orders, side
from tarl_app.domains.retail.expert.nlu import articles, like, meant, reading
from tarl_app.domains.retail.expert.nlu import understanding as hearing
from tarl_app.domains.retail.expert.nlu.articles import Json
from tarl_app.domains.retail.expert.requests import Request
from tarl_app.domains.retail.expert.state import FACTS, State
from tarl_app.domains.retail.tools.look_ups import TRANSFER
from tarl_app.language.listed import listed


def decide(state: State) -> Act:
    """The next act; what is held goes before the next words."""
    act = _doubting(state, _next(state))
    unknown = state.requests.at_hand is None and state.user_id is None
    if isinstance(act, Say) and act.rule == "help" and state.held and unknown:
        act = replace(act, rule="greet")
    return after_what_is_held(act, state.held, state.changes, side.QUESTIONS)


_PATIENCE = 3
"""What may go by in vain: 1 for an answer that does not help, 2 for "I don't know"."""


def _doubting(state: State, act: Act) -> Act:
    """Asks what is wanted instead of the same fact a third time: who cannot answer may have asked for something else."""
    if state.last is not None or isinstance(act, Use):
        return act
    again = act.asks in FACTS and act.asks == state.asked and state.request is not None
    said = state.request.said[-1][1] if state.request is not None and state.request.said else ""
    state.stuck = state.stuck + (2 if like.says("unknown", said) else 1) if again else 0
    if state.held or state.stuck < _PATIENCE or state.request is None:
        return act
    now = state.request
    state.stuck, state.requests.at_hand = 0, None
    state.doubted.add((now.kind, now.topic))
    state.dropped.append(now)
    return Say("doubt", asks="help")


def _next(state: State) -> Act:
    if state.bye:
        return Say("left" if state.asked == "confirm" else "bye")
    if state.user_id is None:
        return _identify(state)
    request = state.request
    if request is None:
        return Say("help", asks="help") if state.asked != "help" or state.held else Say("rephrase", asks="help")
    act = _serve(state, request)
    if isinstance(act, Say) and (request.closed or request.refusals) and not act.asks and state.requests.next():
        state.held.append(act)
        return _turn_to(state)
    return act


def _turn_to(state: State) -> Act:
    """What comes first of the request that has waited."""
    request = state.request
    assert request is not None
    if request.kind == "transfer":
        request.announced = True
        return Say("announce_transfer", {"topic": request.topic}, "transfer")
    return _next(state)


def _serve(state: State, request: Request) -> Act:
    if state.last and state.last[0].name in orders.WRITES:
        return orders.report(state, request)
    asked, said = request.said[-1] if request.said else ("", "")
    gives_in = hearing.gives_in(said) or (asked == "" and like.says("accept", said))
    if request.refusals and asked in ("", "options") and state.last is None and gives_in:
        request.closed = True
        return Say("more")
    if request.closed:
        return _closed(state, request)
    if request.kind == "unclear":
        return _unclear(request)
    if request.kind == "transfer" and asked == "transfer" and like.agrees(said) is False:
        request.closed = True
        return Say("more")
    if request.kind == "transfer":
        return Use(TRANSFER, {"summary": f"The customer {state.user_id} asks about {request.topic}."})
    if request.kind == "question":
        return _answer(state, request)
    if request.kind == "user_address":
        return orders.user_address(state, request)
    found = _order(state, request)
    return found if isinstance(found, Say | Use) else orders.about_order(state, request, found)


def _unclear(request: Request) -> Say:
    """Asks what is wanted with what was only named, before somebody else takes over."""
    request.closed = True
    return Say("ask_about", {"topic": request.topic, "number": request.order_id or ""}, "help")


def _closed(state: State, request: Request) -> Say:
    """After all is settled: a further question about it is answered with what is known, anything else is asked for."""
    last = request.said[-1][1] if request.said else ""
    if state.held or "?" not in last:
        return Say("more")
    return Say("tell", {"fact": request.fact}) if request.fact else Say("more")


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
        return _of_order(state, request, found)
    if state.catalogue is None:
        return Use("list_all_product_types")
    ids = answers.product_ids(request.words, state.catalogue)
    if not ids:
        return Say("rephrase", asks="help")
    if len(ids) > 1:
        return Say("ask_product", {"names": listed([f"the {name}" for name in ids])}, "product")
    product_id = state.catalogue[ids[0]]
    if product_id not in state.products:
        return Use("get_product_details", {"product_id": product_id})
    return _told(request, answers.of_product(request, state.products[product_id]))


def _of_order(state: State, request: Request, order: Json) -> Say:
    """The answer about an order; the price is that of the item which was named, and never another's."""
    if request.topic != "price":
        return _told(request, answers.of_order(request, order, state.account))
    words = answers.item_words(request.words)
    if not articles.products(words, [item["name"] for item in order["items"]]):
        others = reading.products(words)
        if others and not any(asked == "items" for asked, _ in request.said):
            return Say("not_in_order", {"item": others[0], "order": order["order_id"], "items": _listed(order)}, "items")
        return _told(request, answers.of_order(request, order, state.account))
    chosen, unclear = articles.items(words, order)
    if unclear and (picked := meant.chosen(request, order))[0] and not picked[1]:
        chosen, unclear = picked
    if unclear or (len({item["price"] for item in chosen}) > 1 and len({item["name"] for item in chosen}) == 1):
        return orders.ask_which(chosen)
    return _told(request, answers.of_order(request, order, state.account, chosen[0]))


def _listed(order: Json) -> str:
    return listed([answers.article(item["name"]) for item in order["items"]])


def _told(request: Request, fact: str) -> Say:
    request.closed, request.fact = True, fact
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
        if any(articles.mentions(request.words, item["name"]) for item in order["items"]):
            return order
    return Say("no_content" if state.asked == "content" else "ask_content", asks="content")

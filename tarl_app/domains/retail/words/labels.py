"""What the shop's tools, tasks and goals are called on the page."""

from collections.abc import Iterable

from tarl_app.core.domain.labels import Labels
from tarl_app.core.types import Goal, Task
from tarl_app.domains.retail.words.openers import openers
from tarl_app.domains.retail.words.outcome import outcome

_GOALS = {
    "cancel_order": "cancel an order",
    "return_items": "return {items}",
    "exchange_items": "exchange {items}",
    "modify_items": "change {items} in an order",
    "modify_payment": "pay another way",
    "modify_order_address": "send an order elsewhere",
    "modify_user_address": "change the address",
}


def _listed(parts: Iterable[str]) -> str:
    words = list(dict.fromkeys(parts))
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _items(goal: Goal) -> str:
    products = [str(choice.get("product", "")).lower() for choice in goal.details.get("choices", ())]
    named = [f"{'an' if product[:1] in 'aeiou' else 'a'} {product}" for product in products if product]
    return _listed(named) if 0 < len(named) <= 2 else f"{len(named)} items" if named else "something"


def _goal(goal: Goal) -> str:
    return _GOALS.get(goal.kind, goal.kind.replace("_", " ")).format(items=_items(goal))


def _caller(task: Task) -> str:
    return " ".join(filter(None, (task.facts.get("first_name"), task.facts.get("last_name"))))


LABELS = Labels(
    scene="A customer calls a shop. A voice agent answers, uses the shop's real database, and every one of its turns "
    "is judged in front of you.",
    tools={
        "calculate": "Worked out a sum",
        "cancel_pending_order": "Cancelled the order",
        "exchange_delivered_order_items": "Asked for the exchange",
        "find_user_id_by_email": "Looked the customer up by e-mail",
        "find_user_id_by_name_zip": "Looked the customer up by name and zip code",
        "get_order_details": "Opened the order",
        "get_product_details": "Opened the product",
        "get_user_details": "Opened the customer's account",
        "list_all_product_types": "Listed the products",
        "modify_pending_order_address": "Changed where the order goes",
        "modify_pending_order_items": "Changed the items of the order",
        "modify_pending_order_payment": "Changed how the order is paid",
        "modify_user_address": "Changed the customer's address",
        "return_delivered_order_items": "Asked for the return",
        "think": "Made a note to itself",
        "transfer_to_human_agents": "Handed over to a person",
    },
    kinds={
        "unknown_order": "Order number unknown",
        "modify_items": "Change of items",
        "modify_payment": "Change of payment",
        "modify_order_address": "Change of delivery",
        "modify_user_address": "Change of account",
    },
    goal=_goal,
    caller=_caller,
    telling=("order_id", "user_id", "name", "status", "items", "variants", "orders"),
    # Their database difference is easy to read.
    showpieces=("cancel", "return", "exchange"),
    outcome=outcome,
    openers=openers,
)

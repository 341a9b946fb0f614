"""What the planters of both splits share of the shop: the order that is meant, other values for an argument."""

from tarl_app.exam.numbered import Numbered
from tarl_app.exam.planting import Alterations
from tarl_app.exam.script import Script


def order_named(script: Script) -> str | None:
    """The order number that the customer has said so far, or will have to be asked for."""
    known = (goal.details for goal in script.task.goals if goal.details.get("knows_order_id", True))
    order_id = next((str(details["order_id"]) for details in known if details.get("order_id")), None)
    if order_id is None:
        return None
    said = " ".join(turn.text for turn in script.turns if turn.kind == "user")
    return order_id if order_id[2:] in said else None


ORDERS = Numbered(
    look_up="get_order_details",
    argument="order_id",
    said=order_named,
    fresh=lambda script: f"#W{script.rng.randrange(10**6, 10**7)}",
    identifying=("ask_identity", "find_user_id"),
)


def _methods(script: Script, _: str) -> list[str]:
    return [method for account in script.seen("payment_methods") for method in account["payment_methods"]]


def _variants(script: Script, value: list[str]) -> list[list[str]]:
    """The wanted items with the first replaced by another available variant of its product."""
    for product in script.seen("variants"):
        if value[0] in product["variants"]:
            return [[item, *value[1:]] for item, one in product["variants"].items() if one["available"] and item != value[0]]
    return []


def _open_account(script: Script) -> None:
    if not script.seen("payment_methods"):
        script.call("get_user_details", truth=1, user_id=script.task.user_id)


_ALTERATIONS = Alterations(
    others={
        "reason": lambda _, value: ("no longer needed", "ordered by mistake"),
        "zip": lambda _, value: [str((int(value) + 7) % 100_000).zfill(5)],
        "address1": lambda _, value: [f"1{value}"],
        "city": lambda _, value: [f"1{value}"],
        "payment_method_id": _methods,
        "new_item_ids": _variants,
        "item_ids": lambda _, value: [value[1:], value[:-1]] if len(value) > 1 else [],
    },
    look_ups={"payment_method_id": _open_account},
)
altered_call, writes_otherwise = _ALTERATIONS.call, _ALTERATIONS.write

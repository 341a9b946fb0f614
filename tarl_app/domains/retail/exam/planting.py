"""What the planters of both splits share of the shop: the order that is meant, other values for an argument."""

from typing import Any

from tarl_app.core.types import ToolCall
from tarl_app.exam.planting import altered, gold_write, report
from tarl_app.exam.script import Script


def order_named(script: Script) -> str | None:
    """The order number that the customer has said so far, or will have to be asked for."""
    known = (goal.details for goal in script.task.goals if goal.details.get("knows_order_id", True))
    order_id = next((str(details["order_id"]) for details in known if details.get("order_id")), None)
    if order_id is None:
        return None
    said = " ".join(turn.text for turn in script.turns if turn.kind == "user")
    return order_id if order_id[2:] in said else None


def altered_call(script: Script, call: ToolCall, *names: str) -> ToolCall | None:
    """The call with one of these arguments replaced by something else that works."""
    return altered(script, call, names, _others)


def _others(script: Script, call: ToolCall, name: str) -> list[Any]:
    value = call.arguments.get(name)
    if name == "reason":
        return ["no longer needed", "ordered by mistake"]
    if name in ("zip", "address1", "city") and isinstance(value, str):
        return [str((int(value) + 7) % 100_000).zfill(5)] if name == "zip" else [f"1{value}"]
    if name == "payment_method_id":
        return [method for account in script.seen("payment_methods") for method in account["payment_methods"]]
    if name == "new_item_ids" and isinstance(value, list):
        return _variants(script, value)
    if name == "item_ids" and isinstance(value, list) and len(value) > 1:
        return [value[1:], value[:-1]]
    return []


def _variants(script: Script, value: list[str]) -> list[list[str]]:
    """The wanted items with the first replaced by another available variant of its product."""
    for product in script.seen("variants"):
        if value[0] in product["variants"]:
            return [[item, *value[1:]] for item, one in product["variants"].items() if one["available"] and item != value[0]]
    return []


def writes_otherwise(script: Script, *names: str) -> bool:
    """Follows the dialogue to its write and makes it with one of these arguments replaced."""
    found = gold_write(script)
    if found is None:
        return False
    script.follow(found[0])
    if "payment_method_id" in found[1].arguments and "payment_method_id" in names and not script.seen("payment_methods"):
        script.call("get_user_details", truth=1, user_id=script.task.user_id)
    other = altered_call(script, found[1], *names)
    if other is None:
        return False
    script.agent("", other, truth=-1)
    return report(script, found[0])

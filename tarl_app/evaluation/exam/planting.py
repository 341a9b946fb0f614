"""What the planters of both splits share: places, alterations that work, endings."""

from collections.abc import Callable
from typing import Any

from tarl_app.core.domain import Say, Use
from tarl_app.core.types import ToolCall
from tarl_app.evaluation.exam.script import Script

Planter = Callable[[Script], bool]


def farewell(script: Script) -> bool:
    """The customer takes leave."""
    said, answered = script.rng.choice(script.wording.farewells)
    script.user(said).agent(answered)
    return True


def order_named(script: Script) -> str | None:
    """The order number that the customer has said so far, or will have to be asked for."""
    known = (goal.details for goal in script.task.goals if goal.details.get("knows_order_id", True))
    order_id = next((str(details["order_id"]) for details in known if details.get("order_id")), None)
    if order_id is None:
        return None
    said = " ".join(turn.text for turn in script.turns if turn.kind == "user")
    return order_id if order_id[2:] in said else None


def gold_write(script: Script) -> tuple[int, ToolCall] | None:
    """The place of the flawless dialogue's first write, and the write."""
    place = script.clean.write(script.domain)
    act = script.clean.steps[place].act if place is not None else None
    return (place, ToolCall(id="", name=act.name, arguments=act.arguments)) if place and isinstance(act, Use) else None


def report(script: Script, place: int) -> bool:
    """What the flawless dialogue says after its write, said now; then the farewell."""
    step = script.clean.steps[place + 2]
    script.agent(script.say(step) if isinstance(step.act, Say) else "")
    return farewell(script)


def altered(script: Script, call: ToolCall, *names: str) -> ToolCall | None:
    """The call with one of these arguments replaced by something else that works."""
    for name in names:
        for value in _others(script, call, name):
            other = call.model_copy(update={"arguments": {**call.arguments, name: value}})
            if script.domain.normalise(other) != script.domain.normalise(call) and script.works(other):
                return other
    return None


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
    other = altered(script, found[1], *names)
    if other is None:
        return False
    script.agent("", other, truth=-1)
    return report(script, found[0])

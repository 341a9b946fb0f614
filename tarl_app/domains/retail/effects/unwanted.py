"""The writes that a customer was refused, or decided against, none of which may happen."""

from typing import Any

from tarl_app.core.types import Task, ToolCall
from tarl_app.domains.retail.goals import ShopGoal

WRITE_OF_GOAL = {
    "cancel_order": "cancel_pending_order",
    "return_items": "return_delivered_order_items",
    "exchange_items": "exchange_delivered_order_items",
    "modify_items": "modify_pending_order_items",
    "modify_payment": "modify_pending_order_payment",
    "modify_order_address": "modify_pending_order_address",
}
"""The write that would fulfil a goal about an order."""


def unwanted(task: Task) -> tuple[ToolCall, ...]:
    """Those writes, as calls."""
    calls = []
    for goal in ShopGoal.all_of(task.goals):
        tool = WRITE_OF_GOAL.get(goal.kind)
        if tool and goal.order_id and (goal.expect == "refused" or goal.changes_mind):
            calls.append(ToolCall(id="unwanted", name=tool, arguments=_arguments(goal)))
    return tuple(calls)


def _arguments(goal: ShopGoal) -> dict[str, Any]:
    """The arguments of the write that the goal asks for."""
    match goal.kind:
        case "cancel_order":
            return {"order_id": goal.order_id, "reason": goal.reason}
        case "modify_payment":
            return {"order_id": goal.order_id, "payment_method_id": goal.payment_method_id}
        case "modify_order_address":
            return {"order_id": goal.order_id, **(goal.address.model_dump() if goal.address else {})}
    items: dict[str, Any] = {"order_id": goal.order_id, "item_ids": [choice.item_id for choice in goal.choices]}
    if goal.kind != "return_items":
        items["new_item_ids"] = [choice.new_item_id for choice in goal.choices]
    return {**items, "payment_method_id": goal.payment_method_id}


def about(task: Task) -> tuple[ToolCall, ...]:
    """The look-ups of the task's customer, and of the orders and products that an ideal agent opens."""
    own = ToolCall(id="user", name="get_user_details", arguments={"user_id": task.user_id})
    return (own, *(call for call in task.gold if call.name in ("get_order_details", "get_product_details")))

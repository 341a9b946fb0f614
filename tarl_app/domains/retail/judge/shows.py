"""What the results of the shop's tools show: whose an order is, what state it is in, the names of products."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from tarl_app.core.domain.judging import Shows
from tarl_app.core.types import ToolCall, ToolResult
from tarl_app.judges.reference.results import objects, parsed
from tarl_app.language import consent


def shows(call: ToolCall, result: ToolResult) -> Shows:
    """What one result shows."""
    return _shows(result.content, call.name == "get_user_details")


@lru_cache(maxsize=1024)
def _shows(text: str, account: bool) -> Shows:
    value = parsed(text)
    found = [*objects(value)]
    owner = value.get("user_id") if isinstance(value, dict) else None
    orders = value.get("orders", []) if account and isinstance(value, dict) else []
    return Shows(
        owner=None if owner is None else str(owner),
        belongings=tuple(map(str, orders)) if isinstance(orders, list) else (),
        states=tuple(_states(found)),
        things=frozenset(
            consent.fold(one["name"]) for one in found if "product_id" in one and isinstance(one.get("name"), str)
        ),
    )


def _states(found: list[dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    for one in found:
        if "order_id" in one and "status" in one:
            yield str(one["order_id"]), "status", str(one["status"])

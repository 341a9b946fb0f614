"""The results of tools in a dialogue, as values."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from tarl_app.core.types import ToolTurn, Turn

Json = dict[str, Any]


def parsed(content: str) -> Any:
    """The JSON of a tool's result, or the text itself."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return content


def values(turns: Sequence[Turn]) -> Iterator[Any]:
    """The results that are JSON and not errors, in their order."""
    for turn in turns:
        for result in turn.results if isinstance(turn, ToolTurn) else ():
            if not result.is_error:
                try:
                    yield json.loads(result.content)
                except (ValueError, RecursionError):
                    continue


def objects(turns: Sequence[Turn]) -> list[Json]:
    """Those that are objects: accounts, orders, bookings."""
    return [value for value in values(turns) if isinstance(value, dict)]

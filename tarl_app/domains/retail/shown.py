"""The results of tools in a dialogue, as values."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from tarl_app.core.types import ToolTurn, Turn

Json = dict[str, Any]


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
    """Those that are objects: orders, accounts, products."""
    return [value for value in values(turns) if isinstance(value, dict)]

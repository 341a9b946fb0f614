"""What the three sorts of tools have in common."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tarl_app.core.types import ToolCall, ToolResult, ToolSpec
from tarl_app.sandbox.environment import Backend

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
"""A tool's name as every model's endpoint takes it."""


@dataclass(frozen=True)
class Toolset:
    """Tools with their ways to be called. ``remote``: they act on somebody's server, and ``rehearse`` has no effect.

    ``complaint`` says what is wrong with a call's arguments, empty if nothing is; ``normalise`` gives arguments in a form in
    which two calls that do the same are equal. ``data`` is the seed's tables as they are after a backend's calls.
    """

    specs: tuple[ToolSpec, ...]
    open: Callable[[], Backend]
    complaint: Callable[[ToolCall], str]
    normalise: Callable[[ToolCall], dict[str, Any]]
    rehearse: Callable[[], Backend] | None = None
    tables: "dict[str, tuple[str, ...]] | None" = None
    """Table -> its columns, where there is a seed."""
    rows: "Callable[[Any, str], dict[str, dict[str, str | None]]] | None" = None
    """A backend and a table -> key -> column -> value as text, where there is a seed."""

    def reading(self, name: str) -> "Toolset":
        """The same, where that tool of a server counts as one that changes nothing: it hands the customer over."""
        if not self.remote:
            return self
        specs = tuple(spec.model_copy(update={"writes": spec.writes and spec.name != name}) for spec in self.specs)
        return replace(self, specs=specs)

    @property
    def remote(self) -> bool:
        """Whether the tools act on somebody's server."""
        return self.rehearse is not None


def refused(call: ToolCall, why: str) -> ToolResult:
    """A result that says no, in one line."""
    return ToolResult(call_id=call.id, name=call.name, content=f"Error: {' '.join(why.split())}", is_error=True)

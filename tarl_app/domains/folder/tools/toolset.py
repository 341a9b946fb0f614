"""What the three sorts of tools have in common, and the environment in which they are called."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Protocol

from tarl_app.core.types import Change, ToolCall, ToolResult, ToolSpec

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
"""A tool's name as every model's endpoint takes it."""


class Backend(Protocol):
    """What is behind the tools of one conversation."""

    def call(self, call: ToolCall) -> ToolResult:
        """Runs one call; never raises for what a model, a server or a function of the folder does."""
        ...

    def changes(self) -> tuple[Change, ...]:
        """The difference to the seed; nothing where the data is on a server."""
        ...

    def close(self) -> None:
        """Frees it."""
        ...


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


class FolderEnvironment:
    """One task's backend; single-use. After the transfer tool nothing can be called, as the call is over."""

    def __init__(self, tools: Toolset, backend: Backend, transfer_tool: str | None) -> None:
        self.tools: tuple[ToolSpec, ...] = tools.specs
        self.backend = backend
        self._transfer_tool, self._lock = transfer_tool, Lock()
        self._closed = self._transferred = False

    @property
    def transferred(self) -> bool:
        """Whether the agent has handed the customer over."""
        return self._transferred

    def call(self, call: ToolCall) -> ToolResult:
        """Runs one call; never raises."""
        with self._lock:
            if self._closed or self._transferred:
                why = "the conversation is over" if self._closed else "the customer has already been transferred to a person"
                return refused(call, why)
            result = self.backend.call(call)
            self._transferred = call.name == self._transfer_tool and not result.is_error
            return result

    def changes(self) -> tuple[Change, ...]:
        """The difference to the seed; empty once closed, and where the data is on a server."""
        with self._lock:
            return () if self._closed else self.backend.changes()

    def close(self) -> None:
        """Frees the backend; closing twice is harmless."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self.backend.close()

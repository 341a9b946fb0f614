"""One task's private database and the tools that act on it."""

from threading import Lock
from types import TracebackType
from typing import Self

from tarl_app.core.types import Change, ToolCall, ToolResult, ToolSpec
from tarl_app.sandbox.database import Template
from tarl_app.sandbox.tools.toolbox import Toolbox


class DatabaseEnvironment:
    """A fresh copy of a template; single-use, and safe to close while another thread is in a call.

    ``transfer_tool`` hands the customer to a person: nothing can be called afterwards.
    """

    def __init__(self, template: Template, toolbox: Toolbox, transfer_tool: str | None = None) -> None:
        self.tools: tuple[ToolSpec, ...] = toolbox.specs
        self._template, self._toolbox, self._transfer_tool = template, toolbox, transfer_tool
        self._database = template.open()
        self._lock = Lock()
        self._closed = self._transferred = False

    @property
    def transferred(self) -> bool:
        """Whether the agent has handed the customer over."""
        return self._transferred

    def call(self, call: ToolCall) -> ToolResult:
        """Runs one call; a bad name, a bad argument or a closed environment is a result that says ``Error: ...``."""
        with self._lock:
            if self._closed or self._transferred:
                why = "the conversation is over" if self._closed else "the customer has already been transferred to a person"
                return ToolResult(call_id=call.id, name=call.name, content=f"Error: {why}", is_error=True)
            result = self._toolbox.call(self._database, call)
            self._transferred = call.name == self._transfer_tool and not result.is_error
            return result

    def changes(self) -> tuple[Change, ...]:
        """The readable difference between this database and a fresh one; empty once closed."""
        with self._lock:
            return () if self._closed else self._template.changes(self._database)

    def close(self) -> None:
        """Frees the database; closing twice is harmless."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

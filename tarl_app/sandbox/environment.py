"""One task's private data and the tools that act on it."""

from threading import Lock
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from tarl_app.core.types import Change, ToolCall, ToolResult, ToolSpec
from tarl_app.sandbox.database import Template
from tarl_app.sandbox.tools.toolbox import Toolbox


class Backend(Protocol):
    """What is behind the tools of one conversation."""

    def call(self, call: ToolCall) -> ToolResult:
        """Runs one call; never raises for what a model, a server or a tool does."""
        ...

    def changes(self) -> tuple[Change, ...]:
        """The readable difference to fresh data; nothing where the data is on a server."""
        ...

    def close(self) -> None:
        """Frees it."""
        ...


BackendT = TypeVar("BackendT", bound=Backend)


class SandboxEnvironment(Generic[BackendT]):
    """The tools of one conversation; single-use, and safe to close while another thread is in a call.

    ``transfer_tool`` hands the customer to a person: nothing can be called afterwards.
    """

    def __init__(self, tools: tuple[ToolSpec, ...], backend: BackendT, transfer_tool: str | None = None) -> None:
        self.tools = tools
        self.backend = backend
        self._transfer_tool, self._lock = transfer_tool, Lock()
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
            result = self.backend.call(call)
            self._transferred = call.name == self._transfer_tool and not result.is_error
            return result

    def changes(self) -> tuple[Change, ...]:
        """The readable difference between this data and fresh data; empty once closed."""
        with self._lock:
            return () if self._closed else self.backend.changes()

    def close(self) -> None:
        """Frees the data; closing twice is harmless."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self.backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class _Copy:
    """A fresh copy of a template."""

    def __init__(self, template: Template, toolbox: Toolbox) -> None:
        self._template, self._toolbox = template, toolbox
        self._database = template.open()

    def call(self, call: ToolCall) -> ToolResult:
        return self._toolbox.call(self._database, call)

    def changes(self) -> tuple[Change, ...]:
        return self._template.changes(self._database)

    def close(self) -> None:
        self._database.close()


class DatabaseEnvironment(SandboxEnvironment[_Copy]):
    """A fresh copy of a template, with the tools of a toolbox."""

    def __init__(self, template: Template, toolbox: Toolbox, transfer_tool: str | None = None) -> None:
        super().__init__(toolbox.specs, _Copy(template, toolbox), transfer_tool)

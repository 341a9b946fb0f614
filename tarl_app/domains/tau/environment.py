"""One task's private data and the tools that act on it."""

from threading import Lock

from tarl_app.core.types import Change, ToolCall, ToolResult, ToolSpec
from tarl_app.domains.tau.tools.toolset import Toolset
from tarl_app.domains.tau.world import Base, World
from tarl_app.sandbox.tools.service_tools import TRANSFER


class TauEnvironment:
    """A fresh view of the benchmark's data; single-use. After a transfer nothing can be called, as the episode is over."""

    def __init__(self, base: Base, tools: Toolset) -> None:
        self.tools: tuple[ToolSpec, ...] = tools.specs
        self.world = World(base)
        self._tools, self._lock = tools, Lock()
        self._closed = self._transferred = False

    @property
    def transferred(self) -> bool:
        """Whether the agent has handed the customer over."""
        return self._transferred

    def call(self, call: ToolCall) -> ToolResult:
        """Runs one call with the arguments as they are; what begins with "Error" or "Unknown action" is a refusal."""
        with self._lock:
            if self._closed or self._transferred:
                why = "the conversation is over" if self._closed else "the customer has already been transferred to a person"
                return ToolResult(call_id=call.id, name=call.name, content=f"Error: {why}", is_error=True)
            content = self._tools.call(self.world, call.name, call.arguments)
            refused = content.startswith(("Error", "Unknown action"))
            self._transferred = call.name == TRANSFER and not refused
            return ToolResult(call_id=call.id, name=call.name, content=content, is_error=refused)

    def changes(self) -> tuple[Change, ...]:
        """The readable difference between this data and fresh data; empty once closed."""
        with self._lock:
            return () if self._closed else self.world.changes()

    def close(self) -> None:
        """Nothing can be called any more; closing twice is harmless."""
        with self._lock:
            self._closed = True

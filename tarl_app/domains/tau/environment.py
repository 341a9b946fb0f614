"""One task's private data of the benchmark and the tools that act on it."""

from tarl_app.core.types import Change, ToolCall, ToolResult
from tarl_app.domains.tau.tools.toolset import Toolset
from tarl_app.domains.tau.world import Base, World
from tarl_app.sandbox.environment import SandboxEnvironment
from tarl_app.sandbox.tools.service_tools import TRANSFER


class _View:
    """A fresh view of the benchmark's data."""

    def __init__(self, base: Base, tools: Toolset) -> None:
        self.world = World(base)
        self._tools = tools

    def call(self, call: ToolCall) -> ToolResult:
        """Runs one call with the arguments as they are; what begins with "Error" or "Unknown action" is a refusal."""
        content = self._tools.call(self.world, call.name, call.arguments)
        refused = content.startswith(("Error", "Unknown action"))
        return ToolResult(call_id=call.id, name=call.name, content=content, is_error=refused)

    def changes(self) -> tuple[Change, ...]:
        return self.world.changes()

    def close(self) -> None:
        """Nothing is to be freed."""


class TauEnvironment(SandboxEnvironment[_View]):
    """A fresh view of the benchmark's data; after a transfer nothing can be called, as the episode is over."""

    def __init__(self, base: Base, tools: Toolset) -> None:
        super().__init__(tools.specs, _View(base, tools), TRANSFER)

    @property
    def world(self) -> World:
        """The data as the calls have left it."""
        return self.backend.world

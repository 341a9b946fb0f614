"""What a domain is: policy, tools, tasks and a way to open a fresh environment."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tarl_app.protocols import Environment
from tarl_app.types import Task, ToolSpec

Split = Literal["train", "dev", "test"]


@dataclass(frozen=True)
class Domain:
    """A static description; ``open`` gives one task's private, single-use environment.

    ``policy`` is the full text an agent and a judge are given; ``policy_brief`` is the same in a few lines, for models whose
    context or speed is small.
    """

    name: str
    policy: str
    policy_brief: str
    tools: tuple[ToolSpec, ...]
    tasks: Callable[[Split], tuple[Task, ...]]
    open: Callable[[], Environment]

    def tool(self, name: str) -> ToolSpec | None:
        """The tool of that name."""
        return next((tool for tool in self.tools if tool.name == name), None)

    def writes(self, name: str) -> bool:
        """Whether that tool changes the database."""
        tool = self.tool(name)
        return tool is not None and tool.writes

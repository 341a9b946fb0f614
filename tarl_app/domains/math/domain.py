"""The math domain put together: no tables, no tools, one question a task."""

from pathlib import Path

from tarl_app.core.domain import Domain, Split, Spoken
from tarl_app.core.types import Change, Task, ToolCall, ToolResult, ToolSpec
from tarl_app.domains.math import generate, own
from tarl_app.domains.math.expert import EXPERT
from tarl_app.domains.math.policy import POLICY, POLICY_BRIEF


class ToollessEnvironment:
    """An environment without tools and data: every call is answered with an error."""

    tools: tuple[ToolSpec, ...] = ()
    transferred = False

    def call(self, call: ToolCall) -> ToolResult:
        """Says that there is no such tool."""
        name = call.name[:60].encode("utf-8", "replace").decode()
        content = f"Error: there is no tool named {name}; answer in words"
        return ToolResult(call_id=call.id, name=call.name, content=content, is_error=True)

    def changes(self) -> tuple[Change, ...]:
        """Nothing ever changes."""
        return ()

    def close(self) -> None:
        """Nothing to free."""


def _tasks(split: Split) -> tuple[Task, ...]:
    return (*generate.tasks(split), *own.tasks(split))


def _adopt(path: Path, split: Split) -> tuple[Task, ...]:
    return own.adopt(path, split)


def math() -> Domain:
    """Math problems: generated ones, and those that were imported."""
    return Domain(
        name=generate.NAME,
        policy=POLICY,
        policy_brief=POLICY_BRIEF,
        tools=ToollessEnvironment.tools,
        tasks=_tasks,
        open=ToollessEnvironment,
        adopt=_adopt,
        expert=EXPERT,
        spoken=Spoken(aloud=False),
    )

"""How an ideal agent serves the customers of a domain."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from tarl_app.core.domain.acts import Act
from tarl_app.core.domain.customer import PhrasingTable
from tarl_app.core.types import Task, ToolCall, ToolResult


class ExpertState(Protocol):
    """What a dialogue so far shows an ideal agent."""

    asked: str
    """The question that its last words left open (``Say.asks``)."""
    calls: int
    """Tool calls so far."""

    def hear(self, text: str) -> None:
        """Takes up one user turn."""
        ...

    def observe(self, call: ToolCall, result: ToolResult) -> None:
        """Takes up one call with its result."""
        ...


@dataclass(frozen=True)
class Expert:
    """How an ideal agent serves customers: from what the dialogue shows to the next act, and the wordings of its rules."""

    state: Callable[[Task], ExpertState]
    decide: Callable[[Any], Act]
    """From such a state to the next act."""
    wordings: PhrasingTable

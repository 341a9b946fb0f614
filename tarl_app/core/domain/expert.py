"""How an ideal agent serves the customers of a domain."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from tarl_app.core.domain.acts import Act
from tarl_app.core.domain.customer import PhrasingTable
from tarl_app.core.types import Task, ToolCall, ToolResult


class ExpertState(Protocol):
    """The state of an ideal agent, derived from the dialogue so far."""

    asked: str
    """The question that its last utterance left open (``Say.asks``)."""
    calls: int
    """Tool calls so far."""

    def hear(self, text: str) -> None:
        """Updates the state with one user turn."""
        ...

    def observe(self, call: ToolCall, result: ToolResult) -> None:
        """Updates the state with one call and its result."""
        ...


@dataclass(frozen=True)
class Expert:
    """An ideal agent: a function from the dialogue's state to the next act, and the wordings of its rules."""

    state: Callable[[Task], ExpertState]
    decide: Callable[[Any], Act]
    """The next act for a state."""
    wordings: PhrasingTable

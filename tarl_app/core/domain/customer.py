"""How simulated customers of a domain think and talk."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Literal, Protocol

from tarl_app.core.domain.acts import Sayings
from tarl_app.core.types import Task

PhrasingSet = Literal["seen", "held_out"]
"""``seen`` is for training dialogues; ``held_out`` is disjoint from it and is for evaluation."""
PhrasingTable = Mapping[str, tuple[str, ...]]
"""Rule -> templates (``users.phrasings``)."""


class Agenda(Protocol):
    """The state of one simulated customer in one conversation."""

    def open(self) -> Sayings:
        """What they say first."""
        ...

    def react(self, said: str) -> Sayings | None:
        """The answer to what the agent said; None: the customer hangs up."""
        ...


@dataclass(frozen=True)
class Customer:
    """How simulated customers think and talk: an agenda for a task, and the wordings of its rules."""

    agenda: Callable[[Task, Random], Agenda]
    phrasings: Mapping[PhrasingSet, PhrasingTable]

"""How simulated customers of a domain think and talk."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Annotated, Any, Literal, Protocol

from pydantic import BeforeValidator

from tarl_app.core.domain.acts import Sayings
from tarl_app.core.types import Task

PhrasingSet = Literal["seen", "held_out", "test"]
"""``seen`` is for training dialogues, ``held_out`` for measuring on dev, ``test`` for measuring on test; none shares a
wording with another."""
OWN_PHRASINGS: Mapping[str, PhrasingSet] = {"train": "seen", "dev": "held_out", "test": "test"}
"""Split -> the set of its customers. A set may be named by its split, too."""


def _of_split(name: Any) -> Any:
    return OWN_PHRASINGS.get(name, name) if isinstance(name, str) else name


Phrasings = Annotated[PhrasingSet, BeforeValidator(_of_split)]
"""A field of a configuration with the name of a set, or of the split that it belongs to."""
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
    """How simulated customers think and talk: an agenda for a task, and the wordings of its rules.

    ``refusals``: more words than the general ones by which an agent refuses, over a sentence in lower case.
    """

    agenda: Callable[[Task, Random], Agenda]
    phrasings: Mapping[PhrasingSet, PhrasingTable]
    refusals: re.Pattern[str] | None = None

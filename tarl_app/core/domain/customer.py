"""How simulated customers of a domain think and talk."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Annotated, Any, Literal, Protocol

from pydantic import BeforeValidator

from tarl_app.core.domain.acts import Say, Sayings
from tarl_app.core.types import CustomerKind, Goal, Task

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
"""Rule -> templates (``users.wordings.phrasings``)."""
Wordings = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Rule -> register -> sentences (``users.wordings``)."""


@dataclass(frozen=True)
class Manner:
    """How scripted customers talk: their kind, and sentences of one's own for lifelike ones."""

    kind: CustomerKind = "plain"
    own: Wordings | None = None


PLAIN_MANNER = Manner()


def _no_question(goal: Goal, rng: Random) -> Say | None:
    return None


class Agenda(Protocol):
    """The state of one simulated customer in one conversation."""

    def open(self) -> Sayings:
        """What they say first."""
        ...

    def react(self, said: str) -> Sayings | None:
        """The answer to what the agent said; None: the customer hangs up."""
        ...


@dataclass(frozen=True)
class Lifelike:
    """What a domain's lifelike customers need beside its agenda; rules without a sentence are said as plain ones."""

    rules: Mapping[str, str]
    """Rule -> the slots of its sentences, separated by spaces; one that may be left out ends in ``?``."""
    wordings: Callable[[PhrasingSet], Wordings]
    """The sentences of a set, checked when they are first read."""
    topics: tuple[str, ...] = ()
    """What customers ask by the way: each has a rule ``side.<topic>``."""
    shorter: Mapping[str, str] = field(default_factory=dict)
    """Rule of an answer -> a rule with fewer of its slots, for those who tell less than was asked."""
    pronouns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Slot -> what stands for what has just been named: "it"."""
    same: str = r"(?!)"
    """A pattern for values that are what was there before, which people call "the same"."""
    question: Callable[[Goal, Random], Say | None] = _no_question
    """A look-up with its slots filled, for a rule ``ask.<topic>``; None where it has only the task's own sentence."""


@dataclass(frozen=True)
class Customer:
    """How simulated customers think and talk: an agenda for a task, and the wordings of its rules.

    ``refusals``: more words than the general ones by which an agent refuses, over a sentence in lower case.
    """

    agenda: Callable[[Task, Random], Agenda]
    phrasings: Mapping[PhrasingSet, PhrasingTable]
    refusals: re.Pattern[str] | None = None
    lifelike: Lifelike | None = None
    """None: the domain's customers are plain."""

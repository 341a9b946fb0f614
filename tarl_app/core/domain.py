"""What a domain declares, in parts: the world, its guard, its customer, its expert.

    Domain     policy, tools, tasks and a way to open a fresh environment; the parts below are optional
    Guard      what an agent may do now, by policy and dialogue
    Customer   how simulated customers of this domain think and talk
    Expert     how an ideal agent serves them

Engines (``users``, ``agents``, ``judges``) read these parts and know no domain; a domain's folder makes them
(``docs/new-domain.md``).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Literal, Protocol

from tarl_app.core.fact_words import NO_WORDS, FactWords
from tarl_app.core.protocols import Environment
from tarl_app.core.types import Goal, Task, ToolCall, ToolResult, ToolSpec, Turn

Split = Literal["train", "dev", "test"]
PhrasingSet = Literal["seen", "held_out"]
"""``seen`` is for training dialogues; ``held_out`` shares no wording with it and is for measuring."""
PhrasingTable = Mapping[str, tuple[str, ...]]
"""Rule -> templates (``users.phrasings``)."""


# --- what is said and done --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Say:
    """Words: a rule of a table of wordings, its slots, the question they leave open, and what fills the slot ``rest``."""

    rule: str
    slots: dict[str, str] = field(default_factory=dict)
    asks: str = ""
    rest: tuple["Say", ...] = ()


@dataclass(frozen=True)
class Use:
    """A tool call."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


Act = Say | Use
Sayings = list[Say]


@dataclass(frozen=True)
class Effect:
    """What a call that writes did, in the parts of a sentence: "The order #W1" "was" "cancelled" " (ordered by mistake)"."""

    subject: str
    verb: str
    participle: str
    how: str = ""

    @property
    def title(self) -> str:
        """The effect itself, whether it happened or not: "The order #W1: cancelled"."""
        return f"{self.subject}: {self.participle}"

    @property
    def done(self) -> str:
        """That it happened."""
        return f"{self.subject} {self.verb} {self.participle}{self.how}"

    @property
    def left_undone(self) -> str:
        """That it did not happen."""
        return f"{self.subject} {self.verb} not {self.participle}{self.how}"


# --- the customer -----------------------------------------------------------------------------------------------------


class Agenda(Protocol):
    """Where one simulated customer stands in one conversation."""

    def open(self) -> Sayings:
        """What they say first."""
        ...

    def react(self, said: str) -> Sayings | None:
        """What they say when the agent has said this; None: they hang up."""
        ...


@dataclass(frozen=True)
class Customer:
    """How simulated customers think and talk: an agenda for a task, and the wordings of its rules."""

    agenda: Callable[[Task, Random], Agenda]
    phrasings: Mapping[PhrasingSet, PhrasingTable]


# --- the expert -------------------------------------------------------------------------------------------------------


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


# --- the guard --------------------------------------------------------------------------------------------------------


def _nothing(turns: Sequence[Turn]) -> Mapping[str, tuple[str, ...]]:
    return {}


def _always(tool: ToolSpec, turns: Sequence[Turn], said: str | None) -> bool:
    return True


def _no_amounts(turns: Sequence[Turn]) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True)
class Guard:
    """What an agent may do now.

    ``agreed`` says, by the agent's last proposal, which values the arguments of a call that writes can only have.
    ``permits`` says whether a tool may be called now, by the dialogue and the user's last words as the agent knows them
    (None: not as words): a change only after a yes. ``amounts`` says which amounts of money (``12.50``) the agent can know;
    none: whatever it likes.
    """

    agreed: Callable[[Sequence[Turn]], Mapping[str, tuple[str, ...]]] = _nothing
    permits: Callable[[ToolSpec, Sequence[Turn], str | None], bool] = _always
    amounts: Callable[[Sequence[Turn]], tuple[str, ...]] = _no_amounts


# --- all of it --------------------------------------------------------------------------------------------------------


def _as_given(call: ToolCall) -> dict[str, Any]:
    return call.arguments


def _loosely(text: str) -> str:
    return " ".join(text.casefold().split())


def _called(call: ToolCall) -> Effect:
    return Effect(f"The tool {call.name}", "was", "called", f" with {call.arguments}")


def _is_explicit(goal: Goal) -> bool:
    return True


def _no_calls(task: Task) -> tuple[ToolCall, ...]:
    return ()


@dataclass(frozen=True)
class Domain:
    """A static description; ``open`` gives one task's private, single-use environment.

    ``policy`` is the full text an agent and a judge are given; ``policy_brief`` is the same in a few lines, for models whose
    context or speed is small. ``normalise`` gives a call's arguments in a form in which two calls that do the same are
    equal, ``fold`` does it for one text of the database, and ``describe`` says in words what a call that writes did.
    ``free`` makes the free-talk task of a seed, in domains where one can talk freely, and ``adopt`` makes a file of the
    user's own tasks of a split, in domains that can (``ConfigError`` says why a file cannot be used). ``unwanted`` lists the
    writes that a task's user was refused or decided against: none of them may happen. ``explicit`` says whether a goal's
    details leave nothing to find out: the first calls of a training run are such ones. ``fact_words`` are what its facts in
    words are called, for whoever has to know what was told.
    """

    name: str
    policy: str
    policy_brief: str
    tools: tuple[ToolSpec, ...]
    tasks: Callable[[Split], tuple[Task, ...]]
    open: Callable[[], Environment]
    normalise: Callable[[ToolCall], dict[str, Any]] = _as_given
    fold: Callable[[str], str] = _loosely
    describe: Callable[[ToolCall], Effect] = _called
    free: Callable[[int], Task] | None = None
    adopt: Callable[[Path, Split], tuple[Task, ...]] | None = None
    unwanted: Callable[[Task], tuple[ToolCall, ...]] = _no_calls
    explicit: Callable[[Goal], bool] = _is_explicit
    lexicons: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fact_words: FactWords = NO_WORDS
    guard: Guard = Guard()
    customer: Customer | None = None
    expert: Expert | None = None

    def tool(self, name: str) -> ToolSpec | None:
        """The tool of that name."""
        return next((tool for tool in self.tools if tool.name == name), None)

    def writes(self, name: str) -> bool:
        """Whether that tool changes the database."""
        tool = self.tool(name)
        return tool is not None and tool.writes

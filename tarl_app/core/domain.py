"""What a domain is: policy, tools, tasks and a way to open a fresh environment."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tarl_app.core.protocols import Environment
from tarl_app.core.types import Task, ToolCall, ToolSpec, Turn
from tarl_app.language.told import NO_WORDS, FactWords

Split = Literal["train", "dev", "test"]


def _as_given(call: ToolCall) -> dict[str, Any]:
    return call.arguments


def _loosely(text: str) -> str:
    return " ".join(text.casefold().split())


@dataclass(frozen=True)
class Effect:
    """What a call that writes did, in the parts of a sentence: "The order #W1" "was" "cancelled" " (ordered by mistake)"."""

    subject: str
    verb: str
    participle: str
    how: str = ""

    @property
    def title(self) -> str:
        """The deed itself, whether it happened or not: "The order #W1: cancelled"."""
        return f"{self.subject}: {self.participle}"

    @property
    def done(self) -> str:
        """That it happened."""
        return f"{self.subject} {self.verb} {self.participle}{self.how}"

    @property
    def left_undone(self) -> str:
        """That it did not happen."""
        return f"{self.subject} {self.verb} not {self.participle}{self.how}"


def _nothing(turns: Sequence[Turn]) -> Mapping[str, tuple[str, ...]]:
    return {}


def _always(tool: ToolSpec, turns: Sequence[Turn], said: str | None) -> bool:
    return True


def _no_amounts(turns: Sequence[Turn]) -> tuple[str, ...]:
    return ()


def _called(call: ToolCall) -> Effect:
    return Effect(f"The tool {call.name}", "was", "called", f" with {call.arguments}")


@dataclass(frozen=True)
class Domain:
    """A static description; ``open`` gives one task's private, single-use environment.

    ``policy`` is the full text an agent and a judge are given; ``policy_brief`` is the same in a few lines, for models whose
    context or speed is small. ``normalise`` gives a call's arguments in a form in which two calls that do the same are
    equal, ``fold`` does it for one text of the database, and ``describe`` says in words what a call that writes did.
    ``free`` makes the free-talk task of a seed, in domains where one can talk freely, and ``adopt`` makes a file of the
    user's own tasks of a split, in domains that can (``ConfigError`` says why a file cannot be used). ``agreed`` says, by
    the agent's last proposal, which values the arguments of a call that writes can only have. ``permits`` says whether a
    tool may be called now, by the dialogue and the user's last words as the agent knows them (None: not as words): a
    change only after a yes. ``amounts`` says which amounts of money (``12.50``) the agent can know; none: whatever it
    likes. ``fact_words`` are what its facts in words are called, for whoever has to know what was told.
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
    lexicons: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    agreed: Callable[[Sequence[Turn]], Mapping[str, tuple[str, ...]]] = _nothing
    permits: Callable[[ToolSpec, Sequence[Turn], str | None], bool] = _always
    amounts: Callable[[Sequence[Turn]], tuple[str, ...]] = _no_amounts
    fact_words: FactWords = NO_WORDS

    def tool(self, name: str) -> ToolSpec | None:
        """The tool of that name."""
        return next((tool for tool in self.tools if tool.name == name), None)

    def writes(self, name: str) -> bool:
        """Whether that tool changes the database."""
        tool = self.tool(name)
        return tool is not None and tool.writes

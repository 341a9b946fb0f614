"""What is said and done in a conversation: words, tool calls, and what a call that writes did."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Say:
    """An utterance: a rule of a table of wordings, its slots, the question it leaves open, and the value of the slot
    ``rest``.
    """

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
    """What a call that writes did, in the parts of a sentence: "The booking 17" "was" "cancelled" " (no time)"."""

    subject: str
    verb: str
    participle: str
    how: str = ""

    @property
    def title(self) -> str:
        """The effect itself, whether it happened or not: "The booking 17: cancelled"."""
        return f"{self.subject}: {self.participle}"

    @property
    def done(self) -> str:
        """That it happened."""
        return f"{self.subject} {self.verb} {self.participle}{self.how}"

    @property
    def left_undone(self) -> str:
        """That it did not happen."""
        return f"{self.subject} {self.verb} not {self.participle}{self.how}"

"""What is said and done in a conversation: words, tool calls, and what a call that writes did."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

_QUESTION_AT_END = re.compile(r"(?:(?<=[.!?])\s+|^)[^.!?]*\?\s*$")


@dataclass(frozen=True)
class Say:
    """An utterance: a rule of a table of wordings, its slots, the question it leaves open, and the value of the slot
    ``rest``; ``before`` is said first, each without the question at its end.
    """

    rule: str
    slots: dict[str, str] = field(default_factory=dict)
    asks: str = ""
    rest: tuple["Say", ...] = ()
    before: tuple["Say", ...] = ()


@dataclass(frozen=True)
class Use:
    """A tool call."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


Act = Say | Use


def in_words(act: Say, word: Callable[[Say], str]) -> str:
    """The utterance with all that is said before it; ``word`` words a single one.

    What is said before loses the question at its end, such as "Is there anything else?".
    """
    first = [_QUESTION_AT_END.sub("", word(one).strip()).strip() for one in act.before]
    return " ".join(part for part in (*first, word(act).strip()) if part)


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

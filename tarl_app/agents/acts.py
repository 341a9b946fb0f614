"""What the scripted agent can do next: say something, or use a tool."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Say:
    """Words: a rule of ``scripted_words``, its slots, and the question they leave open."""

    rule: str
    slots: dict[str, str] = field(default_factory=dict)
    asks: str = ""


@dataclass(frozen=True)
class Use:
    """A tool call."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


Act = Say | Use

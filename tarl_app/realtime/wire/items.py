"""The items of a dialogue, as the protocol shows them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Literal

Kind = Literal["user", "assistant", "function_call", "function_call_output"]
_ROUNDING = 0.5  # milliseconds
Status = Literal["in_progress", "completed", "incomplete"]


@dataclass
class Phrase:
    """A spoken phrase and how long its sound is, in milliseconds."""

    text: str
    milliseconds: float


@dataclass
class Item:
    """One item. ``text`` is its text or transcript, a call's arguments, or its output."""

    id: str
    kind: Kind
    text: str = ""
    spoken: bool = False
    status: Status = "completed"
    name: str = ""
    call_id: str = ""
    phrases: list[Phrase] = field(default_factory=list)
    """What was said, of an assistant's spoken item."""

    def add_sound(self, phrase: str, milliseconds: float) -> None:
        """The sound of a phrase; without words it belongs to the phrase before."""
        if phrase or not self.phrases:
            self.phrases.append(Phrase(phrase, milliseconds))
        else:
            self.phrases[-1].milliseconds += milliseconds

    @property
    def milliseconds(self) -> float:
        """How long its sound is."""
        return sum(phrase.milliseconds for phrase in self.phrases)

    @property
    def part(self) -> dict[str, Any]:
        """Its content part, as the events about parts name it."""
        return {"type": "audio", "transcript": self.text} if self.spoken else {"type": "text", "text": self.text}

    def shown(self) -> dict[str, Any]:
        """As the protocol shows it."""
        common = {"id": self.id, "object": "realtime.item", "status": self.status}
        if self.kind == "function_call":
            called = {"name": self.name, "call_id": self.call_id, "arguments": self.text}
            return {**common, "type": "function_call", **called}
        if self.kind == "function_call_output":
            return {**common, "type": "function_call_output", "call_id": self.call_id, "output": self.text}
        direction = "input" if self.kind == "user" else "output"
        part: dict[str, Any] = {"type": f"{direction}_text", "text": self.text}
        if self.spoken:
            part = {"type": f"{direction}_audio", "transcript": self.text or None}
        empty = self.kind == "assistant" and not self.text and self.status == "in_progress"
        return {**common, "type": "message", "role": self.kind, "content": [] if empty else [part]}


def heard(phrases: Sequence[Phrase], milliseconds: float) -> str:
    """The words that were heard until then; of the phrase that was cut, those that its sound had room for."""
    words: list[str] = []
    left = milliseconds
    for phrase in phrases:
        if phrase.milliseconds > left + _ROUNDING:
            words += _first(phrase.text.split(), left / phrase.milliseconds)
            break
        words.append(phrase.text)
        left -= phrase.milliseconds
    return " ".join(word for word in words if word)


def begun(phrases: Sequence[Phrase], milliseconds: float) -> str:
    """The phrases that had begun to be heard until then, each as a whole; the first one always."""
    starts = accumulate((phrase.milliseconds for phrase in phrases), initial=0.0)
    return " ".join(phrase.text for phrase, start in zip(phrases, starts, strict=False) if start <= max(0.0, milliseconds))


def _first(words: Sequence[str], share: float) -> list[str]:
    """The words whose ends are within that share of their sound, by letters; digits are spoken as words."""
    ends = list(accumulate(sum(5 if letter.isdigit() else 1 for letter in word) for word in words))
    return [word for word, end in zip(words, ends, strict=True) if end <= share * ends[-1]]

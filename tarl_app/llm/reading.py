"""Pieces of an answer put together, and how long a text is in tokens, roughly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

CHARACTERS_PER_TOKEN = 3  # on the safe side for English and JSON
_SOUND = 600  # characters of base64 per token: 16 kHz sound at about 70 tokens a second


@dataclass(frozen=True)
class RawCall:
    """A tool call as it came; the arguments may not be JSON."""

    name: str
    arguments: str


def raw(function: Any) -> RawCall:
    """A call of the endpoint's answer."""
    return RawCall(str(function.name or ""), str(function.arguments or ""))


class Calls:
    """Tool calls that arrive in pieces."""

    def __init__(self) -> None:
        self._parts: dict[int, list[str]] = {}

    def add(self, piece: Any) -> None:
        """One piece: the name usually comes whole, the arguments bit by bit."""
        part = self._parts.setdefault(int(piece.index or 0), ["", ""])
        if piece.function is not None:
            part[0] += piece.function.name or ""
            part[1] += piece.function.arguments or ""

    @property
    def whole(self) -> tuple[RawCall, ...]:
        """What has arrived, in order."""
        return tuple(RawCall(name, arguments) for _, (name, arguments) in sorted(self._parts.items()))


def tokens(thing: Any) -> int:
    """At most so many tokens are in it, most likely; sound is counted by its length."""
    return _characters(thing) // CHARACTERS_PER_TOKEN + 1


def _characters(thing: Any) -> int:
    if isinstance(thing, str):
        return len(thing)
    if isinstance(thing, Mapping):
        if "data" in thing and "format" in thing:
            return len(thing["data"]) * CHARACTERS_PER_TOKEN // _SOUND
        return sum(len(str(key)) + _characters(value) + 6 for key, value in thing.items())
    if isinstance(thing, Sequence):
        return sum(_characters(one) + 2 for one in thing)
    return len(str(thing))

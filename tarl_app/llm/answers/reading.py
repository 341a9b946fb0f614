"""Reads answers field by field without trusting the type of any field.

Accepted are text as a list of parts, calls without ids or with arguments that are not text, and usage as text. Anything
else raises ``NoCompletion``, the only exception of this module.
"""

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tarl_app.llm.answers.tool_calls import MOST_CALLS, Calls, RawCall, raw
from tarl_app.llm.answers.wire import NoCompletion, mended

CHARACTERS_PER_TOKEN = 3  # on the safe side for English and JSON
_SOUND = 600  # characters of base64 per token: 16 kHz sound at about 70 tokens a second
_MOST_TOKENS = 10**9
_MOST_USD = 1e6
_HALVES = ("\ud800", "\udbff")  # first halves of surrogate pairs


@dataclass(frozen=True)
class Reported:
    """The usage that the endpoint reports; None where it reports none, or an invalid one."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None


@dataclass(frozen=True)
class Read:
    """An answer: the text as received, reasoning inside it included; ``finish`` is empty where none was given."""

    text: str
    calls: tuple[RawCall, ...] = ()
    finish: str = ""
    usage: Reported = Reported()

    @property
    def cut_off(self) -> bool:
        """Whether it ends at the limit of tokens."""
        return self.finish in ("length", "max_tokens", "model_length")


def whole(body: Any) -> Read:
    """Reads an answer that came in one piece; raises ``NoCompletion``."""
    choice = _choice(body, None)
    if choice is None:
        raise NoCompletion("something that is no chat completion")
    message = choice.get("message", choice.get("delta"))
    if not isinstance(message, Mapping):
        if not isinstance(choice.get("text"), str):
            raise NoCompletion("a choice without a message")
        message = {"content": choice["text"]}
    text, written = text_of(message)
    calls = [raw(one) for one in _calls(message)] + written
    if len(calls) > MOST_CALLS:
        raise NoCompletion(f"more than {MOST_CALLS} tool calls")
    return Read(mended(text), tuple(calls), _finish(choice), _usage(body.get("usage")))


@dataclass
class Stream:
    """An answer that comes in pieces; ``names`` are the tools that were offered."""

    names: Collection[str] = ()
    done: bool = False
    """The endpoint signalled the end of the stream."""
    _text: list[str] = field(default_factory=list)
    _half: str = ""
    _calls: Calls = field(init=False)
    _index: Any = None
    _finish: str = ""
    _usage: Reported = Reported()
    _seen: bool = False

    def __post_init__(self) -> None:
        self._calls = Calls(self.names)

    def add(self, chunk: Any) -> str:
        """Adds a piece and returns its text. Raises ``NoCompletion``."""
        if not isinstance(chunk, Mapping):
            if chunk is None:
                return ""
            raise NoCompletion("a stream of something else")
        if chunk.get("usage"):
            self._usage = _usage(chunk["usage"])
        choice = _choice(chunk, self._index)
        if choice is None:
            return ""
        self._index = choice.get("index", self._index)
        self._finish = _finish(choice) or self._finish
        delta = choice.get("delta")
        if not isinstance(delta, Mapping):
            delta = choice.get("message")  # some send the whole at the end, after the pieces
            if not isinstance(delta, Mapping) or self._seen:
                return ""
        text, written = text_of(delta)
        pieces = [*_calls(delta), *written]
        self._seen = self._seen or bool(text or pieces)
        for piece in pieces:
            self._calls.add(piece)
        text = self._half + text
        self._half = text[-1:] if _HALVES[0] <= text[-1:] <= _HALVES[1] else ""
        text = mended(text[: len(text) - len(self._half)])
        self._text.append(text)
        return text

    @property
    def anything(self) -> bool:
        """Whether anything was said or called."""
        return self._seen

    @property
    def whole(self) -> bool:
        """Whether the stream was completed."""
        return bool(self._finish) or (self.done and self._seen)

    @property
    def read(self) -> Read:
        """The answer so far."""
        return Read("".join(self._text) + mended(self._half), self._calls.whole, self._finish, self._usage)


def _choice(body: Any, index: Any) -> Mapping[str, Any] | None:
    """The first choice, or the one with ``index``."""
    choices = body.get("choices") if isinstance(body, Mapping) else None
    found = [one for one in choices if isinstance(one, Mapping)] if isinstance(choices, list) else []
    return next((one for one in found if index is None or one.get("index", index) == index), None)


def _finish(choice: Mapping[str, Any]) -> str:
    reason = choice.get("finish_reason")
    return reason if isinstance(reason, str) else "other" if reason else ""


# --- text -------------------------------------------------------------------------------------------------------------


def text_of(message: Mapping[str, Any]) -> tuple[str, list[RawCall]]:
    """A message's text, without separate reasoning parts, and the calls among its parts; raises ``NoCompletion``."""
    content = message.get("content")
    if content is None or content == "":
        refusal = message.get("refusal")
        return (refusal if isinstance(refusal, str) else ""), []
    if isinstance(content, str):
        return content, []
    if isinstance(content, int | float) and not isinstance(content, bool):
        return str(content), []
    parts = [content] if isinstance(content, Mapping) else content
    if not isinstance(parts, list):
        raise NoCompletion("a text that is none")
    said: list[str] = []
    calls: list[RawCall] = []
    for part in parts:
        if isinstance(part, Mapping) and part.get("type") in ("tool_use", "tool_call", "function_call"):
            calls.append(raw(part))
        else:
            said.append(_part(part))
    return "".join(said), calls


def _part(part: Any) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, Mapping):
        raise NoCompletion("a part of a text that is none")
    kind = part.get("type")
    if isinstance(kind, str) and "text" not in kind and kind != "refusal":  # thinking, reasoning, redacted_thinking, images
        return ""
    found = part.get("text", part.get("content", part.get("refusal")))
    if isinstance(found, Mapping):
        found = found.get("value")
    return found if isinstance(found, str) else ""


def _calls(message: Mapping[str, Any]) -> list[Any]:
    found = message.get("tool_calls") or message.get("function_call") or ()
    return [one for one in found if one is not None] if isinstance(found, list) else [found] if found else []


# --- usage ------------------------------------------------------------------------------------------------------------


def _usage(usage: Any) -> Reported:
    if not isinstance(usage, Mapping):
        return Reported()
    given = _count(usage.get("prompt_tokens", usage.get("input_tokens")))
    answered = _count(usage.get("completion_tokens", usage.get("output_tokens")))
    cost = _number(usage.get("cost"))  # some routers say what they charge
    return Reported(given, answered, cost if cost is not None and 0 <= cost <= _MOST_USD else None)


def _count(value: Any) -> int | None:
    number = _number(value)
    return int(number) if number is not None and 0 <= number <= _MOST_TOKENS else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def tokens(thing: Any) -> int:
    """A likely upper bound of its number of tokens; sound is counted by its length."""
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


def encoded(request: Mapping[str, Any]) -> bytes:
    """A request as it is sent; text from people and tools may contain lone surrogates."""
    return mended(json.dumps(request, ensure_ascii=False)).encode()

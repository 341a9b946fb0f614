"""Tool calls of an answer, whole or in pieces, from servers that number them all 0, or not at all, or repeat themselves.

A new call has another id; without ids another number; without either, another tool's name, or the same name again when
the arguments before it are complete. A piece without a name continues the current call, whatever its id, since some
servers make one up.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from tarl_app.llm.answers.wire import NoCompletion, mended

MOST_CALLS = 64
"""In one answer."""
_NESTED = 32  # brackets in brackets in arguments
_ENCODED = 3  # JSON in JSON in JSON


@dataclass(frozen=True)
class RawCall:
    """A tool call as it came; the arguments may not be JSON."""

    name: str
    arguments: str


def raw(call: Any) -> RawCall:
    """A call of the endpoint's answer; a missing name is left to the caller."""
    name, arguments = _of(call)
    return RawCall(mended(name), mended(arguments if isinstance(arguments, str) else _text(arguments)))


def _of(call: Any) -> tuple[str, Any]:
    """The name and the arguments, whatever they are."""
    if isinstance(call, RawCall):
        return call.name, call.arguments
    if not isinstance(call, Mapping):
        return "", call
    function = call.get("function")
    if not isinstance(function, Mapping):
        function = {**call, "name": function} if isinstance(function, str) else call
    name = function.get("name")
    given = next((function[key] for key in ("arguments", "input", "parameters") if function.get(key) is not None), None)
    return (name if isinstance(name, str) else ""), given


def _text(arguments: Any) -> str:
    if arguments is None:
        return ""
    try:
        return json.dumps(arguments, ensure_ascii=False)
    except (ValueError, RecursionError):
        return "(nested too deeply)"


def arguments_of(given: Any) -> dict[str, Any] | None:
    """The arguments of a call: missing and null mean none, JSON in JSON is decoded. None: invalid arguments."""
    for _ in range(_ENCODED):
        if isinstance(given, str):
            given = _json(given) if given.strip() else {}
        elif given is None:
            given = {}
        else:
            break
    if not isinstance(given, dict) or not _shallow(given):
        return None
    try:
        return json.loads(mended(json.dumps(given, ensure_ascii=False, allow_nan=False)))
    except ValueError:  # NaN, a number of thousands of digits
        return None


def _json(text: str) -> Any:
    """The value; False, which is never valid arguments, for broken JSON."""
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return False


def _shallow(value: Any) -> bool:
    level = [value]
    for _ in range(_NESTED):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return True
    return False


# --- in pieces --------------------------------------------------------------------------------------------------------


@dataclass
class _Growing:
    index: int | None
    ids: set[str]
    name: str = ""
    arguments: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether the arguments are an object already."""
        text = "".join(self.arguments).strip()
        return text.startswith("{") and text.endswith("}") and isinstance(_json(text), dict)


class Calls:
    """Tool calls that arrive in pieces; ``names`` are the tools that were offered."""

    def __init__(self, names: Collection[str] = ()) -> None:
        self._names = frozenset(names)
        self._calls: list[_Growing] = []

    def add(self, piece: Any) -> None:
        """Adds a piece: the name usually comes whole, the arguments in parts. Raises ``NoCompletion``."""
        name, arguments = _of(piece)
        fields = piece if isinstance(piece, Mapping) else {}
        index, id_ = _index(fields.get("index")), _id(fields.get("id"))
        text = arguments if isinstance(arguments, str) else _text(arguments)
        call = None if isinstance(piece, RawCall) else self._goes_on(index, id_, name, text)
        if call is None:
            if len(self._calls) == MOST_CALLS:
                raise NoCompletion(f"more than {MOST_CALLS} tool calls")
            call = _Growing(index, set())
            self._calls.append(call)
        elif name and "".join(call.arguments) == text and call.complete:
            return  # the whole call once more, at the end
        call.ids |= {id_} - {""}
        call.name = name if name.startswith(call.name) else call.name + name if name else call.name
        if isinstance(arguments, str) or not call.complete:
            call.arguments.append(text)

    @property
    def whole(self) -> tuple[RawCall, ...]:
        """The calls so far, in order."""
        return tuple(RawCall(mended(one.name), mended("".join(one.arguments))) for one in self._calls)

    def _goes_on(self, index: int | None, id_: str, name: str, text: str) -> _Growing | None:
        """The call that a piece continues; None: it begins a new one."""
        here = [one for one in self._calls if index is None or one.index is None or one.index == index]
        if mine := [one for one in here if id_ in one.ids]:
            return None if self._begins_again(mine[-1], name, text, same_id=True) else mine[-1]
        if not here:
            return None
        last = here[-1]
        if id_ and last.ids and (name or last.complete):
            return None
        return None if self._begins_again(last, name, text, same_id=False) else last

    def _begins_again(self, call: _Growing, name: str, text: str, same_id: bool) -> bool:
        if not name:
            return False
        if not call.name or name == call.name:
            resent = same_id and "".join(call.arguments) == text
            return bool(text.strip()) and call.complete and not resent
        if call.name in self._names or not self._names:
            return name in self._names or bool("".join(call.arguments).strip())
        return False


def _index(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 9:
        return int(value)
    return value if isinstance(value, int) else None


def _id(value: Any) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int) and not isinstance(value, bool) else ""

"""YAML and JSON documents as plain values that know their lines.

Nothing is constructed while reading: no tags, aliases or objects (``core.documents``). In ``texts`` every scalar is the
text as it is written, so that ``2026-05-08`` and ``007`` stay what they are; in ``typed`` unquoted ones are what JSON has.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tarl_app.core.documents import Written, parse_json, parse_written, read_bytes
from tarl_app.core.errors import DocumentError

LARGEST = 1_000_000
"""Most bytes of a document."""
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]{0,14})(\.[0-9]{1,17})?([eE][-+]?[0-9]{1,2})?")
_HALVES = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True)
class Marked:
    """A document's value, and where its parts stand."""

    value: Any
    written: Written | None

    def line(self, place: Sequence[str | int]) -> int | None:
        """The line of what stands there, or of the last thing on the way to it that there is."""
        line = self.written.line if self.written else None
        for inner, at in _steps(self.written, place):
            line = at or inner.line
        return line

    def path(self, place: Sequence[str | int]) -> tuple[str | int, ...]:
        """As much of a place as the document has."""
        return tuple(place[: sum(1 for _ in _steps(self.written, place))])

    def part(self, place: Sequence[str | int]) -> Written | None:
        """What is written there; None where there is nothing."""
        steps = [inner for inner, _ in _steps(self.written, place)]
        return steps[-1] if len(steps) == len(place) and steps else self.written if not place else None


def _steps(written: Written | None, place: Sequence[str | int]) -> list[tuple[Written, int]]:
    """What is written at each part of a place, with the line of its name; ends where the document ends."""
    found: list[tuple[Written, int]] = []
    for part in place:
        value = written.value if written else None
        if isinstance(value, dict) and isinstance(part, str) and part in value and written is not None:
            written, line = value[part], written.names.get(part, 0)
        elif isinstance(value, list) and isinstance(part, int) and 0 <= part < len(value):
            written, line = value[part], value[part].line
        else:
            break
        found.append((written, line))
    return found


def read_texts(path: Path) -> Marked:
    """The document with texts for scalars, and None for what is left empty. Raises ``DocumentError``, ``OSError``."""
    written = parse_written(read_bytes(path, LARGEST), LARGEST)
    return Marked(texts(written), written)


def read_typed(path: Path) -> Marked:
    """The document with JSON's types. Raises like ``read_texts``."""
    data = read_bytes(path, LARGEST)
    if path.suffix != ".json":
        written = parse_written(data, LARGEST)
        return Marked(typed(written), written)
    value = parse_json(data)
    try:  # JSON is YAML, except for tabs between its parts, and for characters in two halves, whose lines alone matter here
        written = parse_written(_HALVES.sub(rb"\\u003f", data.replace(b"\t", b" ")), LARGEST)
    except DocumentError:
        written = None
    return Marked(value, written)


def texts(written: Written | None) -> Any:
    """The value with texts for scalars; None for an empty one without quotes."""
    value = written.value if written else None
    if isinstance(value, dict):
        return {name: texts(one) for name, one in value.items()}
    if isinstance(value, list):
        return [texts(one) for one in value]
    return None if written is None or (written.plain and value in ("", "~")) else value


def typed(written: Written | None) -> Any:
    """The value with JSON's types for scalars without quotes."""
    value = written.value if written else None
    if isinstance(value, dict):
        return {name: typed(one) for name, one in value.items()}
    if isinstance(value, list):
        return [typed(one) for one in value]
    if written is None or not isinstance(value, str) or not written.plain:
        return value
    if value.lower() in _WORDS:
        return _WORDS[value.lower()]
    if _WHOLE.fullmatch(value):
        return int(value)
    return float(value) if _DECIMAL.fullmatch(value) else value

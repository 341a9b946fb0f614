"""Tool results for models with little context: the values of a JSON result, with less than half of its tokens.

    {"loan": "L-1", "books": [{"title": "Moby Dick", "copy": "1234567", "fee": 9.5, "label": {"shelf": "XL"}}],
     "boxes": [{"codes": ["55555"], "copies": ["1234567"]}], "state": "lent",
     "editions": {"77": {"copy": "77", "label": {"cover": "red"}, "free": false, "fee": 5},
                  "78": {"copy": "78", "label": {"cover": "green"}, "free": true, "fee": 6}}}

    loan L-1
    books: 1
    Moby Dick, 1234567, fee 9.5, shelf XL
    boxes: 1
    55555
    state lent
    editions: 2, free 1
    cover red, not free, fee 5, 77
    cover green, free, fee 6, 78

Keys stay at the top level, and where a value of the table says little by itself (numbers, up to four characters); yes and no
become the key, or "not" and the key. Ids that the result has listed already are not listed again. In objects found by a key,
what people name them by comes first and the key last: a model that reads from left to right goes from the one to the other.
Tables say how many rows they have, and how many of them are a yes: a small model cannot count.
"""

import json
from collections.abc import Iterator
from typing import Any

_SHORT = 4

Cell = tuple[str, Any]
"""The key of a value, and the value."""


def compact(content: str, changed: bool = False) -> str:
    """A JSON object as lines; anything else as it is.

    Args:
        content: a tool's result.
        changed: the tool has written: the result shows again what was read before, and only its top-level values are kept.
    """
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return content
    if not isinstance(body, dict):
        return content
    lines: list[str] = []
    for key, value in body.items():
        if not isinstance(value, dict | list):
            lines.append(f"{key} {_plain(value)}".rstrip())
        elif value and not changed:
            lines += _lines(str(key), value, "\n".join(lines))
    return "\n".join(lines)


def _lines(key: str, value: dict[str, Any] | list[Any], before: str) -> list[str]:
    """A table for a list or dictionary of objects, else one line."""
    named = isinstance(value, dict)
    rows = list(value.items()) if isinstance(value, dict) else [("", row) for row in value]
    if not all(isinstance(row, dict) for _, row in rows):
        cells = list(_cells(value))
        return [f"{key} {_row(cells, _needed(cells), before)}"]
    table = [[*_cells(row, first=dict if named else None), *([("", name)] if name else [])] for name, row in rows]
    needed = _needed([cell for cells in table for cell in cells])
    return [f"{key}: {len(rows)}{_counts(table)}", *(_row(cells, needed, before) for cells in table)]


def _cells(value: Any, key: str = "", first: type | None = None) -> Iterator[Cell]:
    """All values below ``value``, those in objects of type ``first`` before the others."""
    if isinstance(value, dict):
        items = list(value.items())
        for inner, one in sorted(items, key=lambda item: not isinstance(item[1], first)) if first else items:
            yield from _cells(one, str(inner))
    elif isinstance(value, list) and not all(isinstance(one, str) for one in value):
        for one in value:
            yield from _cells(one)
    else:
        yield key, value


def _needed(cells: list[Cell]) -> set[str]:
    """The keys that some value says too little without."""
    return {
        key
        for key, value in cells
        if not isinstance(value, str | list) or (isinstance(value, str) and 0 < len(value) <= _SHORT)
    }


def _counts(table: list[list[Cell]]) -> str:
    """How many rows have a yes, for each key with yes and no."""
    flags = [(key, value) for cells in table for key, value in cells if isinstance(value, bool)]
    return "".join(
        f", {key} {sum(value for name, value in flags if name == key)}" for key in dict.fromkeys(key for key, _ in flags)
    )


def _row(cells: list[Cell], needed: set[str], before: str) -> str:
    """The values in a line, without empty ones, those of the last cell's key, and lists that ``before`` has."""
    parts: list[str] = []
    last = cells[-1][1] if cells and not cells[-1][0] and isinstance(cells[-1][1], str) else None
    for place, (key, value) in enumerate(cells):
        if isinstance(value, list):
            parts += [] if all(one in before for one in value) else [one for one in value if one]
        elif isinstance(value, bool):
            parts.append(key if value else f"not {key}")
        elif text := _plain(value):
            if place < len(cells) - 1 and isinstance(value, str) and last and text in last:
                continue  # the row's own key, or a part of it
            parts.append(f"{key} {text}".lstrip() if key in needed else text)
    return ", ".join(part for part in parts if part)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)

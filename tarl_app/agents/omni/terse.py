"""Tool results for models with little context: the values of a JSON result, with less than half of its tokens.

    {"order_id": "#W1", "items": [{"name": "Kettle", "item_id": "1234567", "price": 9.5, "options": {"size": "XL"}}],
     "fulfillments": [{"tracking_id": ["55555"], "item_ids": ["1234567"]}], "status": "pending"}

    order_id #W1
    items
    Kettle, 1234567, price 9.5, size XL
    fulfillments
    55555
    status pending

Keys stay where a value says little by itself (numbers, yes and no, up to four characters) and at the top level; ids that the
result has already listed are not listed again.
"""

import json
from typing import Any

_SHORT = 4


def terse(content: str, changed: bool = False) -> str:
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
    rows = list(value.items()) if isinstance(value, dict) else [("", row) for row in value]
    if not all(isinstance(row, dict) for _, row in rows):
        return [f"{key} {_row(value, '', before)}"]
    lines = [key]
    for name, row in rows:
        text = _row(row, name, before)
        lines.append(f"{name}: {text}" if name and text else name or text)
    return lines


def _row(value: Any, name: str, before: str, key: str = "") -> str:
    """All values below ``value`` in a line, without those that ``name`` or ``before`` have said."""
    if isinstance(value, dict):
        parts = [_row(inner, name, before, str(k)) for k, inner in value.items()]
    elif isinstance(value, list):
        strings = [item for item in value if isinstance(item, str)]
        known = len(strings) == len(value) and all(item in before for item in strings)
        parts = [] if known and value else [_row(item, name, before) for item in value]
    elif isinstance(value, bool):
        return f"{key} {'yes' if value else 'no'}".lstrip()
    else:
        text = _plain(value)
        if not text or (isinstance(value, str) and name and text in name):
            return ""
        return f"{key} {text}".lstrip() if len(text) <= _SHORT or not isinstance(value, str) else text
    return ", ".join(part for part in parts if part)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)

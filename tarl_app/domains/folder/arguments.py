"""Arguments as they are written in ``tasks.yaml``, as values of the types that a tool's schema has.

Everything in the file is a text: a schema says whether ``204117`` is a number or an id, and ``2026-05-08`` stays a text.
"""

from typing import Any

from tarl_app.core.documents import Written
from tarl_app.domains.folder.reading.marked import typed

_NULLS = ("", "~", "null", "None")
_TRUTHS = {"true": True, "yes": True, "false": False, "no": False}


class Misfit(Exception):
    """A value that cannot be of its schema's type, with its line."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


def arguments_of(written: Written | None, schema: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a call. Raises ``Misfit``."""
    if written is None or (written.plain and written.value in _NULLS):
        return {}
    if not isinstance(written.value, dict):
        raise Misfit(written.line, "the arguments of a call are names with values: write `{name: value}`.")
    known = schema.get("properties", {})
    return {name: value_of(one, known.get(name, {}), name) for name, one in written.value.items()}


def value_of(written: Written, schema: dict[str, Any], name: str) -> Any:
    """The value by its schema; without a type, as JSON has it. Raises ``Misfit``."""
    value = written.value
    ways = schema.get("anyOf") or schema.get("oneOf")
    kinds = schema.get("type")
    if isinstance(kinds, list):
        ways = [{**schema, "type": kind} for kind in kinds]
    if ways:
        return _one_of(written, sorted(ways, key=lambda one: one.get("type") != "null"), name)
    if isinstance(value, list):
        return [value_of(one, schema.get("items", {}), name) for one in value]
    if isinstance(value, dict):
        known = schema.get("properties", {})
        return {key: value_of(one, known.get(key, {}), key) for key, one in value.items()}
    if "enum" in schema and kinds is None:
        return next((one for one in schema["enum"] if str(one) == value), typed(written))
    return _scalar(written, value, kinds if isinstance(kinds, str) else None, name)


def _scalar(written: Written, text: str, kind: str | None, name: str) -> Any:
    match kind:
        case "string":
            return text
        case "integer" | "number":
            try:
                return int(text) if kind == "integer" or text.lstrip("-").isdigit() else float(text)
            except ValueError:
                what = "whole number" if kind == "integer" else "number"
                raise Misfit(written.line, f"`{name}` must be a {what}, and {text[:60]!r} is none: correct it.") from None
        case "boolean" if text.lower() in _TRUTHS:
            return _TRUTHS[text.lower()]
        case "null" if written.plain and text in _NULLS:
            return None
        case "boolean" | "null" | "array" | "object":
            told = {"boolean": "true or false", "null": "null", "array": "a list", "object": "names with values"}[kind]
            raise Misfit(written.line, f"`{name}` must be {told}, and {text[:60]!r} is not: correct it.")
        case _:
            return typed(written)


def _one_of(written: Written, ways: list[dict[str, Any]], name: str) -> Any:
    first: Misfit | None = None
    for one in ways:
        try:
            return value_of(written, one, name)
        except Misfit as misfit:
            first = misfit
    assert first is not None
    raise first

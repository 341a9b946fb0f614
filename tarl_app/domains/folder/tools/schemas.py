"""JSON schemas of documents and servers, made plain: references resolved, and only keywords that are known and bounded.

Patterns are left out: a foreign regular expression can take for ever. So are names that begin with ``x-``, which mean
something to our own decoders.
"""

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

MOST_PARTS = 2_000
"""Schemas within one schema, references resolved."""
DEEPEST = 12
"""Schemas within one another."""
_BOUNDS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")
_KEPT = frozenset(("type", "enum", "const", "default", "description", "format", "required", *_BOUNDS))
_FORMATS = ("date", "date-time", "email", "uuid", "int32", "int64")
_LISTS = ("anyOf", "oneOf", "allOf")
_LONGEST_WORDS = 1_000


class SchemaFault(Exception):
    """A schema that cannot be used; the message says why and what to do, without a full stop."""


class _Plain:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document, self.parts = document, 0

    def schema(self, given: Any, depth: int = 0) -> dict[str, Any]:
        self.parts += 1
        if self.parts > MOST_PARTS or depth > DEEPEST:
            raise SchemaFault(
                f"it is nested more than {DEEPEST} times or has more than {MOST_PARTS:,} parts (does it refer to itself?)"
                ": make it smaller"
            )
        if given is True:
            return {}
        given = resolved(given, self.document)
        kept = {name: value for name, value in given.items() if name in _KEPT}
        if kept.get("format") not in _FORMATS:
            kept.pop("format", None)
        if "description" in kept:
            kept["description"] = " ".join(str(kept["description"]).split())[:_LONGEST_WORDS]
        if isinstance(inner := given.get("properties"), dict):
            kept["properties"] = {str(name): self.schema(one, depth + 1) for name, one in inner.items()}
        if isinstance(inner := given.get("items"), dict):
            kept["items"] = self.schema(inner, depth + 1)
        if (inner := given.get("additionalProperties")) is not None:
            kept["additionalProperties"] = self.schema(inner, depth + 1) if isinstance(inner, dict) else bool(inner)
        for name in _LISTS:
            if isinstance(inner := given.get(name), list):
                kept[name] = [self.schema(one, depth + 1) for one in inner]
        if given.get("nullable") is True:
            kept = _nullable(kept)
        return kept


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """OpenAPI 3.0's way to say that null is a value, in the words of JSON Schema."""
    if isinstance(kind := schema.get("type"), str) and "enum" not in schema:
        return {**schema, "type": [kind, "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def resolved(given: Any, document: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a reference within the document refers to; anything else as it is. Raises ``SchemaFault``."""
    for _ in range(DEEPEST):
        if not isinstance(given, dict):
            raise SchemaFault("it is no mapping: write its fields with a colon")
        if "$ref" not in given:
            return given
        place = given["$ref"]
        if not isinstance(place, str) or not place.startswith("#/"):
            raise SchemaFault(f"it refers to {str(place)[:80]!r}, which is not in this document: put it under `components`")
        found: Any = document
        for part in place[2:].split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, dict) or name not in found:
                raise SchemaFault(f"it refers to {place[:80]!r}, which does not exist: add it, or correct the reference")
            found = found[name]
        given = found
    raise SchemaFault("it refers to itself: write it out")


def plain(given: Any, document: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The schema, made plain. Raises ``SchemaFault``."""
    try:
        made = _Plain(document or (given if isinstance(given, dict) else {})).schema(given)
        Draft202012Validator.check_schema(made)
    except SchemaError as error:
        raise SchemaFault(f"it is no JSON schema ({error.message[:120]}): correct it") from None
    except (TypeError, ValueError, RecursionError) as error:
        raise SchemaFault(f"it is no JSON schema ({str(error)[:120]}): correct it") from None
    return made


def misfit(value: Any, schema: Mapping[str, Any]) -> str:
    """How a value does not fit a plain schema, in one line; empty where it fits."""
    try:
        error = next(iter(Draft202012Validator(schema).iter_errors(value)), None)
    except (RecursionError, TypeError, ValueError, ArithmeticError):
        return "it cannot be compared with its schema"
    if error is None:
        return ""
    place = ".".join(map(str, error.absolute_path))
    return f"{f'{place}: ' if place else ''}{' '.join(error.message.split())[:200]}"

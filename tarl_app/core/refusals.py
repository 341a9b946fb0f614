"""What a validator of pydantic refuses, in words of ours."""

from collections.abc import Mapping
from typing import Any

_LIMITS = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}
_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "finite": "a finite number",
    "bool": "true or false",
    "string": "text",
    "list": "a list",
    "tuple": "a list",
    "dict": "names and values",
    "model": "names and values",
}


def in_words(refused: Mapping[str, Any]) -> str:
    """One entry of ``ValidationError.errors()``: ``at least 1``, without the name of its field."""
    kind, told = str(refused["type"]), refused.get("ctx") or {}
    if kind in _LIMITS:
        words, limit = _LIMITS[kind]
        return f"{words} {told[limit]}"
    if kind == "extra_forbidden":
        return "there is no such setting"
    if kind == "missing":
        return "is missing"
    if kind == "literal_error":
        return f"one of {told['expected']}"
    if kind == "value_error":
        return str(refused["msg"]).removeprefix("Value error, ")
    return _KINDS.get(kind.partition("_")[0], str(refused["msg"]))


def with_place(refused: Mapping[str, Any], nowhere: str) -> str:
    """The same with its place: ``steps: at least 1``; ``nowhere`` stands for the whole."""
    return f"{'.'.join(map(str, refused['loc'])) or nowhere}: {in_words(refused)}"

"""How the arguments of a call differ from those that were expected."""

from typing import Any

from tarl_app.core.domain import Domain
from tarl_app.core.types import ToolCall

Pair = tuple[Any, Any]
"""The expected value and the one that was found; None for none."""


def differing(domain: Domain, expected: ToolCall, found: ToolCall) -> dict[str, Pair]:
    """The arguments of a write that are not as expected; empty when both calls do the same."""
    if domain.normalise(expected) == domain.normalise(found):
        return {}
    names = dict.fromkeys([*expected.arguments, *found.arguments])
    pairs = {name: (expected.arguments.get(name), found.arguments.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if _plain(domain, pair[0]) != _plain(domain, pair[1])} or pairs


def differences(domain: Domain, expected: ToolCall, found: ToolCall) -> list[str]:
    """The same in words."""
    pairs = differing(domain, expected, found)
    return [f"{label(name)}: expected {_worded(one)}, found {_worded(other)}" for name, (one, other) in pairs.items()]


def label(name: str) -> str:
    """An identifier as words."""
    return name.replace("_", " ")


def _worded(value: Any) -> str:
    return "nothing" if value is None else ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _plain(domain: Domain, value: Any) -> Any:
    if isinstance(value, list):
        return sorted(map(str, value))
    return domain.fold(value) if isinstance(value, str) else value

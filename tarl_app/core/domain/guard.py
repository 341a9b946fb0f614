"""Which calls a domain's policy allows at a point of a dialogue."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tarl_app.core.types import ToolCall, ToolSpec, Turn


def _nothing(turns: Sequence[Turn]) -> Mapping[str, tuple[str, ...]]:
    return {}


def _always(tool: ToolSpec, turns: Sequence[Turn], said: str | None) -> str:
    return ""


def _no_amounts(turns: Sequence[Turn]) -> tuple[str, ...]:
    return ()


def _nothing_against(call: ToolCall, turns: Sequence[Turn]) -> str:
    return ""


@dataclass(frozen=True)
class Guard:
    """Which calls are allowed now.

    ``agreed`` gives the values to which the agent's last proposal restricts the arguments of a write. ``permits`` gives
    the reason why a tool may not be called now, worded for the agent ("the user has not agreed yet"), or "" if it may;
    it is given the dialogue and the user's last words as the agent knows them (None: not recognised as words).
    ``amounts`` lists the amounts of money (``12.50``) that the agent can know; empty: no restriction. ``forbids`` gives
    the reason why one call may not be made, where that depends on several of its arguments or on what they mean, such as
    whose account it is.

    With ``--guard policy``, agents that decode under a grammar cannot write what the first three exclude
    (``agents.omni.decoding``); any other forbidden call is answered with the reason (``sandbox.guarded``).
    """

    agreed: Callable[[Sequence[Turn]], Mapping[str, tuple[str, ...]]] = _nothing
    permits: Callable[[ToolSpec, Sequence[Turn], str | None], str] = _always
    amounts: Callable[[Sequence[Turn]], tuple[str, ...]] = _no_amounts
    forbids: Callable[[ToolCall, Sequence[Turn]], str] = _nothing_against


NO_GUARD = Guard()
"""Allows everything."""

"""Applies the domain's guard to the calls of any agent, and answers a forbidden call with the reason."""

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from tarl_app.core.domain import Domain
from tarl_app.core.types import AgentTurn, Guards, ToolCall, ToolResult, Turn, UserTurn

_MONEY = re.compile(r"\d+\.\d\d(?!\d)")


def refusal(domain: Domain, call: ToolCall, turns: Sequence[Turn], guard: Guards) -> ToolResult | None:
    """The error that answers a forbidden call; None if the call is allowed.

    Args:
        domain: whose guard.
        call: the agent's call.
        turns: the dialogue so far, with or without the turn of that call.
        guard: only ``policy`` forbids anything.
    """
    why = forbidden(domain, call, turns) if guard == "policy" else ""
    return ToolResult(call_id=call.id, name=call.name, content=f"Error: {why}", is_error=True) if why else None


def forbidden(domain: Domain, call: ToolCall, turns: Sequence[Turn]) -> str:
    """The reason why the domain's guard forbids the call; empty if it is allowed, or if there is no such tool."""
    tool, guard, own = domain.tool(call.name), domain.guard, said(turns)
    if tool is None:
        return ""
    before = turns[:-1] if turns and isinstance(turns[-1], AgentTurn) else turns
    if why := guard.forbids(call, before) or guard.permits(tool, before, own):
        return why
    agreed = guard.agreed(before) if tool.writes else {}
    for name, schema in tool.parameters.get("properties", {}).items():
        given = call.arguments.get(name)
        if name in agreed and given is not None and not _is_one_of(given, agreed[name]):
            return f"not allowed now: the customer has agreed to {name} {_words(agreed[name])}, and to nothing else"
        amounts = guard.amounts(before) if schema.get("x-amounts") else ()
        unknown = [one for one in _MONEY.findall(str(given)) if one.lstrip("0") not in {a.lstrip("0") for a in amounts}]
        if amounts and unknown:
            return f"not allowed now: nothing has shown an amount of {unknown[0]}"
    return ""


def said(turns: Sequence[Turn]) -> str | None:
    """The user's last words as the agent knows them: typed, or recognised by it or a recogniser; None: not recognised."""
    since = list(takewhile(lambda turn: not isinstance(turn, UserTurn), reversed(turns)))
    user = turns[-1 - len(since)] if len(since) < len(turns) else None
    if not isinstance(user, UserTurn) or user.audio is None:
        return user.text if isinstance(user, UserTurn) else ""
    own = [turn.heard for turn in reversed(since) if isinstance(turn, AgentTurn) and turn.heard is not None]
    return own[0] if own else user.heard


def known_words(turns: Sequence[Turn]) -> tuple[str | None, ...]:
    """``said`` of each of the user's turns, in their order."""
    places = [place for place, turn in enumerate(turns) if isinstance(turn, UserTurn)]
    return tuple(said(turns[:end]) for end in [*places[1:], len(turns)] if places)


def _is_one_of(given: Any, agreed: Sequence[str]) -> bool:
    """Whether an argument is what was agreed to: all values in a list, in any order, otherwise one of them."""
    wanted = sorted(map(_plain, agreed))
    return sorted(map(_plain, given)) == wanted if isinstance(given, list) else _plain(given) in wanted


def _plain(value: object) -> str:
    """The value in the form in which tools compare it: they complete ids and trim blanks."""
    return re.sub(r"[\s#.,]+", "", str(value)).casefold()


def _words(values: Sequence[str]) -> str:
    return ", ".join(value or '""' for value in values)

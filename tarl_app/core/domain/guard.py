"""What a domain's policy lets an agent do now."""

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
    """What an agent may do now.

    ``agreed`` says, by the agent's last proposal, which values the arguments of a call that writes can only have.
    ``permits`` says why a tool may not be called now, as the agent may read it ("the user has not agreed yet"), or "" where
    it may, by the dialogue and the user's last words as the agent knows them (None: not as words). ``amounts`` says which
    amounts of money (``12.50``) the agent can know; none: whatever it likes. ``forbids`` says in the same way why one call
    may not be made, where that depends on several of its arguments or on what they mean: whose account it is, say.

    Agents that decode under a grammar can call nothing that the first three exclude with ``--guard policy``
    (``agents.omni.decoding``). Any other call, and what ``forbids`` excludes, is answered with the reason
    (``sandbox.guarded``).
    """

    agreed: Callable[[Sequence[Turn]], Mapping[str, tuple[str, ...]]] = _nothing
    permits: Callable[[ToolSpec, Sequence[Turn], str | None], str] = _always
    amounts: Callable[[Sequence[Turn]], tuple[str, ...]] = _no_amounts
    forbids: Callable[[ToolCall, Sequence[Turn]], str] = _nothing_against


NO_GUARD = Guard()
"""Everything may be done."""

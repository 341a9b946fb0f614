"""Undo: the remaining dialogue, and a database that agrees with it."""

from collections.abc import Sequence
from itertools import pairwise

from tarl_app.core.domain import Domain
from tarl_app.core.errors import ConversationError
from tarl_app.core.protocols import Environment
from tarl_app.core.types import AgentTurn, ToolTurn, Turn, UserTurn


def last_user_turn(turns: Sequence[Turn]) -> tuple[int, UserTurn]:
    """Its index, and the turn; raises ``ConversationError`` where nobody has spoken."""
    for index in range(len(turns) - 1, -1, -1):
        if isinstance(turn := turns[index], UserTurn):
            return index, turn
    raise ConversationError("Nobody has said anything yet: there is nothing to undo.")


def replayed(domain: Domain, turns: Sequence[Turn]) -> Environment:
    """A fresh environment in which the calls of these turns were made that had succeeded.

    Of a remote domain none is made again: what was done on somebody else's server stays done.
    """
    environment = domain.open()
    if domain.remote:
        return environment
    for turn, after in pairwise(turns):
        if isinstance(turn, AgentTurn) and isinstance(after, ToolTurn):
            for call, result in zip(turn.tool_calls, after.results, strict=False):
                if not result.is_error:
                    environment.call(call)
    return environment

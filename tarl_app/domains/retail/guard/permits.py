"""Which tools the policy allows at one point of a dialogue, by its words and results.

A change needs an explicit yes to what was read back, and neither a refusal nor a no is a reason for a transfer
(``sandbox.agreement``). Before anything else the agent has to know who the customer is.
"""

import re
from collections.abc import Sequence
from functools import partial

from tarl_app.core.types import ToolSpec, ToolTurn, Turn
from tarl_app.domains.retail.effects.actions import ACTIONS
from tarl_app.domains.retail.tools.look_ups import TRANSFER
from tarl_app.language import consent as words
from tarl_app.sandbox.tools.agreement import unagreed, untransferable

_FINDS = "find_user_id_by_"

_NAMES = {
    "modify_user_address": re.compile(r"\b\d{5}\b"),
    "modify_pending_order_address": re.compile(r"\b\d{5}\b"),
    "modify_pending_order_payment": re.compile(r"\b(charg|pay)"),
    "modify_pending_order_items": re.compile(r"\b(chang|modif|swap|switch|replac)"),
}
"""What a proposal of that change must name: the zip code of an address, say."""

_UNKNOWN = "not allowed now: the customer has not been identified yet; look them up first"


def permits(tool: ToolSpec, turns: Sequence[Turn], said: str | None) -> str:
    """Why the tool may not be called now; empty where it may.

    Args:
        tool: the tool to call.
        turns: the dialogue so far.
        said: the customer's last words as the agent knows them; None: not recognised as words.
    """
    if not tool.name.startswith(_FINDS) and not _identified(turns):
        return _UNKNOWN
    if tool.name == TRANSFER:
        return untransferable(turns)
    return unagreed(turns, said, partial(_of_another, tool=tool.name)) if tool.writes else ""


def _identified(turns: Sequence[Turn]) -> bool:
    """Whether the customer's user id was found."""
    results = (result for turn in turns if isinstance(turn, ToolTurn) for result in turn.results)
    return any(result.name.startswith(_FINDS) and not result.is_error for result in results)


def _of_another(proposal: str, tool: str) -> bool:
    """Whether what was proposed is another kind of change."""
    if words.actions_of(tool, ACTIONS) & {"cancel", "return", "exchange"}:
        return not words.proposes(proposal, tool, ACTIONS)
    named = words.names_other_action(proposal, tool, ACTIONS)
    return named or (tool in _NAMES and not _NAMES[tool].search(proposal))

"""Which tools the policy allows at one point of a dialogue, by its words and results.

A change needs an explicit yes to what was read back: "To confirm: I cancel order #W1234567. Is that right?" — "Yes,
please." From speech, anything but a refusal counts, because a yes may have been misrecognised. Neither a tool's refusal
nor a no is a reason for a transfer. The customer has to be identified first.
"""

import re
from collections.abc import Sequence
from itertools import dropwhile, takewhile

from tarl_app.core.types import AgentTurn, ToolSpec, ToolTurn, Turn, UserTurn
from tarl_app.domains.retail.actions import ACTIONS
from tarl_app.domains.retail.tools import TRANSFER
from tarl_app.language import consent as words

_FINDS = "find_user_id_by_"

_NAMES = {
    "modify_user_address": re.compile(r"\b\d{5}\b"),
    "modify_pending_order_address": re.compile(r"\b\d{5}\b"),
    "modify_pending_order_payment": re.compile(r"\b(charg|pay)"),
    "modify_pending_order_items": re.compile(r"\b(chang|modif|swap|switch|replac)"),
}
"""What a proposal of that change must name, such as the zip code of an address."""
_SHORT = 2  # words: "Yse", "thumbs up"


_UNKNOWN = "not allowed now: the customer has not been identified yet; look them up first"
_AFTER_REFUSAL = "not allowed now: a refused call is no reason for a transfer; tell the customer what cannot be done"
_AFTER_NO = "not allowed now: the customer was asked to agree to a change, and an answer to that is no reason for a transfer"
_UNASKED = "not allowed now: tell the customer exactly what this call will do, and ask them to confirm it, first"
_ANOTHER = "not allowed now: the customer was asked to agree to another kind of change than this one"
_UNAGREED = "not allowed now: the customer has not agreed yet"


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
        return _AFTER_REFUSAL if _refused(turns) else _AFTER_NO if _proposes(_asked(turns)) else ""
    return _unagreed(tool.name, turns, said) if tool.writes else ""


def _identified(turns: Sequence[Turn]) -> bool:
    """Whether the customer's user id was found."""
    results = (result for turn in turns if isinstance(turn, ToolTurn) for result in turn.results)
    return any(result.name.startswith(_FINDS) and not result.is_error for result in results)


def _asked(turns: Sequence[Turn]) -> str:
    """What the agent said before the customer spoke last, folded; empty when it has said nothing."""
    before = dropwhile(lambda turn: not isinstance(turn, UserTurn), reversed(turns))
    text = next((turn.text for turn in before if isinstance(turn, AgentTurn) and turn.text.strip()), "")
    return words.fold(text[: words.LONGEST])


def _proposes(text: str) -> bool:
    return "?" in text and bool(words.PROPOSAL.search(text))


def _refused(turns: Sequence[Turn]) -> bool:
    """Whether a tool has refused since the customer spoke."""
    since = takewhile(lambda turn: not isinstance(turn, UserTurn), reversed(turns))
    return any(result.is_error for turn in since if isinstance(turn, ToolTurn) for result in turn.results)


def _unagreed(tool: str, turns: Sequence[Turn], said: str | None) -> str:
    """Why the customer has not agreed to that change; empty if they have."""
    customer = next((turn for turn in reversed(turns) if isinstance(turn, UserTurn)), None)
    proposal = _asked(turns)
    if customer is None or not _proposes(proposal):
        return _UNASKED
    if _of_another(proposal, tool):
        return _ANOTHER
    if said is None or words.says_yes(said):
        return ""
    believed = customer.audio is not None or len(said.split()) <= _SHORT
    return "" if believed and not words.says_no(said) else _UNAGREED


def _of_another(proposal: str, tool: str) -> bool:
    """Whether what was proposed is another kind of change."""
    if words.actions_of(tool, ACTIONS) & {"cancel", "return", "exchange"}:
        return not words.proposes(proposal, tool, ACTIONS)
    named = words.names_other_action(proposal, tool, ACTIONS)
    return named or (tool in _NAMES and not _NAMES[tool].search(proposal))

"""Which tools the policy lets an agent call at one point of a dialogue, as far as its words and results show it.

First the agent has to know who calls. A change needs an explicit yes to what was read back, and neither a refusal nor a no
is a reason for a transfer (``sandbox.agreement``); nor is a wish that the tools fulfil, or that the policy refuses.
"""

import re
from collections.abc import Sequence

from tarl_app.core.types import ToolSpec, Turn
from tarl_app.domains.airline.effects.actions import ACTIONS
from tarl_app.domains.airline.expert.nlu import understanding
from tarl_app.domains.airline.guard.identity import customer, speaks
from tarl_app.domains.airline.tools.look_ups import SCRATCH, TRANSFER
from tarl_app.domains.airline.words import heard
from tarl_app.language import consent, told
from tarl_app.sandbox.tools.agreement import proposes, unagreed, untransferable
from tarl_app.sandbox.tools.guarded import known_words

_FINDS = ("get_user_details", "get_reservation_details")
"""Tools that find out who calls; whose data they may show is looked at call by call (``identity``)."""
_CANCELS = re.compile(
    r"\bcancel|\bcall(?:ed|ing)? (?:\w+ ){0,3}off\b|\brefund (?:the|your|this) (?:whole )?(?:trip|reservation|booking)"
)
"""What a proposal to cancel must name: a change of flights can be a refund, too."""
_SETTLED = ("cancel", "cabin", "flights", "passenger", "compensation", "insurance")
"""Requests that the tools fulfil or the policy refuses."""
_OF_A_TRIP = re.compile(r"\b(?:reservation|trip|flights?|booking)\b", re.IGNORECASE)

_UNKNOWN = "not allowed now: the customer has not been identified yet; look them up first"
_SETTLE = (
    "not allowed now: the customer wants what your tools can do or the policy refuses; do it, or decline it and say why"
)


def permits(tool: ToolSpec, turns: Sequence[Turn], said: str | None) -> str:
    """Why the tool may not be called now; empty where it may.

    Args:
        tool: what it is.
        turns: the dialogue so far.
        said: the customer's last words as far as the agent knows them; None: it did not hear them as words.
    """
    if tool.name not in (*_FINDS, *SCRATCH) and customer(turns) is None:
        return _UNKNOWN
    if tool.name == TRANSFER:
        return _untransferable(turns, said)
    if not tool.writes:
        return ""

    def another(proposal: str) -> bool:
        return _of_another(proposal, tool.name)

    return unagreed(turns, said, another, proposes if speaks(turns) else _proposes)


def _proposes(text: str) -> bool:
    """Whether the customer is asked to agree to something: also by "Cool with you?" after a trip or an amount."""
    return proposes(text) or ("?" in text and bool(heard.codes(text) or told.cents_in(text)))


def _of_another(proposal: str, tool: str) -> bool:
    """Whether what was proposed is another kind of change."""
    if tool == "cancel_reservation":
        return not _CANCELS.search(proposal)
    if consent.proposes(proposal, tool, ACTIONS):
        return False
    if not tool.startswith("update_"):
        return True
    others = (action for action in ACTIONS if action.stem not in tool.split("_"))
    return any(re.search(rf"\b(?:{action.named})", proposal) for action in others)


def _untransferable(turns: Sequence[Turn], said: str | None) -> str:
    """Why there is no reason for a transfer; empty where there may be one."""
    wishes = [understanding.request(text) for text in known_words(turns) if text]
    last = understanding.request(said) if said else None
    if last is not None and last[0] == "transfer":
        return ""
    if why := untransferable(turns):
        return why
    if any(wish is not None and wish[0] == "transfer" for wish in wishes) or last is None or not said:
        return ""
    return _SETTLE if last[0] in _SETTLED and _OF_A_TRIP.search(said) else ""

"""Whether the customer has agreed to a change, for the guards of domains in which changes are read back first.

A change needs an explicit yes to what was read back: "To confirm: I cancel order 7. Is that right?" — "Yes, please." Of
someone who speaks only a no is believed: a yes may have been misheard. Neither a refusal nor a no is a reason for a
transfer.
"""

from collections.abc import Callable, Sequence
from itertools import dropwhile, takewhile

from tarl_app.core.types import AgentTurn, ToolTurn, Turn, UserTurn
from tarl_app.language import consent

_SHORT = 2  # words: "Yse", "thumbs up"

_AFTER_REFUSAL = "not allowed now: a refused call is no reason for a transfer; tell the customer what cannot be done"
_AFTER_NO = "not allowed now: the customer was asked to agree to a change, and an answer to that is no reason for a transfer"
_UNASKED = "not allowed now: tell the customer exactly what this call will do, and ask them to confirm it, first"
_ANOTHER = "not allowed now: the customer was asked to agree to another kind of change than this one"
_UNAGREED = "not allowed now: the customer has not agreed yet"


def asked(turns: Sequence[Turn]) -> str:
    """What the agent said before the customer spoke last; empty when it has said nothing."""
    before = dropwhile(lambda turn: not isinstance(turn, UserTurn), reversed(turns))
    text = next((turn.text for turn in before if isinstance(turn, AgentTurn) and turn.text.strip()), "")
    return text[: consent.LONGEST]


def proposes(text: str) -> bool:
    """Whether the customer is asked to agree to something."""
    return "?" in text and bool(consent.PROPOSAL.search(consent.fold(text)))


def unagreed(
    turns: Sequence[Turn],
    said: str | None,
    another: Callable[[str], bool],
    proposal: Callable[[str], bool] = proposes,
) -> str:
    """Why nobody has agreed to a change; empty where somebody has.

    Args:
        turns: the dialogue so far.
        said: the customer's last words as far as the agent knows them; None: it did not hear them as words.
        another: whether what was proposed, folded, is another kind of change.
        proposal: whether a text proposes something.
    """
    customer = next((turn for turn in reversed(turns) if isinstance(turn, UserTurn)), None)
    text = asked(turns)
    if customer is None or not proposal(text):
        return _UNASKED
    if another(consent.fold(text)):
        return _ANOTHER
    if said is None or consent.says_yes(said):
        return ""
    believed = customer.audio is not None or len(said.split()) <= _SHORT
    return "" if believed and not consent.says_no(said) else _UNAGREED


def untransferable(turns: Sequence[Turn]) -> str:
    """Why what happened last is no reason for a transfer; empty where it may be one."""
    return _AFTER_REFUSAL if _refused(turns) else _AFTER_NO if proposes(asked(turns)) else ""


def _refused(turns: Sequence[Turn]) -> bool:
    """Whether a tool has refused since the customer spoke."""
    since = takewhile(lambda turn: not isinstance(turn, UserTurn), reversed(turns))
    results = (result for turn in since if isinstance(turn, ToolTurn) for result in turn.results)
    return any(result.is_error and not result.broke_down for result in results)

"""What an agent heard of a user's turn: its own ear's words, where it recognises any."""

from collections.abc import Sequence

from tarl_app.core.types import AgentTurn, Episode, Turn, UserTurn

LIVE = frozenset({"human", "full duplex"})
"""Callers of whose live calls only sound comes in."""


def only_heard(episode: Episode) -> bool:
    """Whether the words of the user's turns are what was heard, as nobody knows what was said."""
    return not LIVE.isdisjoint(episode.user.split(", "))


def own_ear(turns: Sequence[Turn], place: int) -> str | None:
    """What the agent recognised in the sound of ``turns[place]``; it is noted on the turn that answers.

    None: the turn was typed, was not answered yet, or the agent recognises no words (``UserTurn.heard`` then has those of
    another recogniser, if there was one).
    """
    following = turns[place + 1] if place + 1 < len(turns) else None
    if not isinstance(turns[place], UserTurn) or not isinstance(following, AgentTurn):
        return None
    return following.heard


def worded(turn: Turn, reply: AgentTurn) -> Turn:
    """A turn of sound alone with its words: those that the agent recognised in it, or else those of a recogniser."""
    if not isinstance(turn, UserTurn) or turn.audio is None or turn.text:
        return turn
    words = turn.heard if reply.heard is None else reply.heard
    return turn.model_copy(update={"text": words}) if words else turn

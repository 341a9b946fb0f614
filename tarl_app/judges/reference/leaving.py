"""Who left a call that ended before everything was done: a customer who hangs up early is not the agent's fault.

A customer leaves early while the agent works, or where it has just put a right question or proposal to them. One who
leaves because the agent asks on and on gives up, which is the agent's doing; so is the end after the agent asked whether
there is anything else, or after one of its mistakes.
"""

from collections.abc import Sequence

from tarl_app.core.types import AgentTurn, Episode, StopReason, ToolTurn, Turn, TurnScore, UserTurn
from tarl_app.judges.reference import words
from tarl_app.judges.reference.rules.attention import GONE
from tarl_app.language import consent

PATIENCE = 2
"""Most questions in a row, without any look-up between them, after which leaving is still early."""


def left_early(episode: Episode, scores: Sequence[TurnScore]) -> bool:
    """Whether the customer hung up although the agent was about to go on; ``scores`` are those of its turns."""
    if episode.stop is not StopReason.USER_DONE:
        return False
    turns = _before_leaving(episode.turns)
    if not turns:
        return False
    if isinstance(turns[-1], ToolTurn):
        return all(not result.is_error for result in turns[-1].results)
    score = next((one.score for one in reversed(scores) if one.turn == len(turns) - 1), 0)
    return score > 0 and _awaits(turns[-1]) and _questions(turns) <= PATIENCE


def _before_leaving(turns: Sequence[Turn]) -> Sequence[Turn]:
    """The turns without the customer's leave and the agent's answer to it."""
    end = len(turns)
    if end and _farewell(turns[end - 1]):
        end -= 1
    if end and isinstance(said := turns[end - 1], UserTurn):
        folded = consent.fold(said.text)
        leaves = GONE.search(folded) or words.CLOSING.search(folded)
        return turns[: end - 1] if leaves and not consent.says_yes(said.text) and "?" not in folded else ()
    return turns[:end] if end == len(turns) else ()


def _farewell(turn: Turn) -> bool:
    """Whether the agent only takes leave; to ask for anything else is no farewell."""
    if not isinstance(turn, AgentTurn) or turn.tool_calls or "?" in turn.text:
        return False
    parts = consent.sentences(turn.text)
    return bool(parts) and bool(words.FAREWELL.search(parts[-1]))


def _awaits(turn: Turn) -> bool:
    """Whether the agent waits for an answer that the request needs."""
    return isinstance(turn, AgentTurn) and (words.asks_on(turn.text) or words.reads_back(turn.text))


def _questions(turns: Sequence[Turn]) -> int:
    """How many times the agent has spoken since a tool last gave it something."""
    count = 0
    for turn in reversed(turns):
        if isinstance(turn, ToolTurn) and any(not result.is_error for result in turn.results):
            break
        count += isinstance(turn, AgentTurn) and bool(turn.text.strip())
    return count

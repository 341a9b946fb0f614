"""A checkpoint that speaks while the expert corrects it: training data from the states that the checkpoint itself reaches.

After DAgger (arXiv 1011.0686): a model that imitates only the expert never learns to continue after its own mistakes.
"""

from collections.abc import Callable, Sequence
from random import Random

from tarl_app.core.errors import AgentError
from tarl_app.core.protocols import Agent
from tarl_app.core.types import AgentTurn, Turn
from tarl_app.recipes.omni_mini.data.error_injection import without_refused

_MOST = 2  # own mistakes in one conversation


class CorrectedAgent:
    """Plays ``learner``; at a turn that differs from the expert's, the expert's is taken, which is trained on.

    With probability ``kept``, at most twice, the learner's own turn stays instead, without loss, and the expert is
    asked again after it; turns with a write, a transfer or a malformed call never stay. ``stumbles`` holds the indices
    of the turns that stayed, ``corrected`` those of the expert's in their place.
    """

    name = "scripted"

    def __init__(self, expert: Agent, learner: Agent, harmless: Callable[[str], bool], seed: int, kept: float = 0.5) -> None:
        """``harmless`` says of a tool's name whether a needless call of it does no harm."""
        self.expert, self.learner, self.harmless, self.kept = expert, learner, harmless, kept
        self.rng = Random(f"corrected {seed}")
        self.stumbles: list[int] = []
        self.corrected: list[int] = []

    def reply(
        self,
        turns: Sequence[Turn],
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> AgentTurn:
        """The expert's turn, or the learner's wrong one in its place."""
        right = self.expert.reply(without_refused(turns, self.stumbles))
        try:
            own = self.learner.reply(turns, None, cancelled)
        except AgentError:  # such as a dialogue that has become too long for it
            return right
        if says_the_same(own, right):
            return right
        if self._may_stay(own) and len(self.stumbles) < _MOST and self.rng.random() < self.kept:
            self.stumbles.append(len(turns))
            return AgentTurn(text=own.text, tool_calls=own.tool_calls)
        self.corrected.append(len(turns))
        return right

    def _may_stay(self, turn: AgentTurn) -> bool:
        if turn.malformed is not None or not (turn.text.strip() or turn.tool_calls):
            return False
        return all(self.harmless(call.name) for call in turn.tool_calls)


def says_the_same(one: AgentTurn, other: AgentTurn) -> bool:
    """Whether two turns have the same words, in any case and spacing, and the same calls."""

    def meaning(turn: AgentTurn) -> tuple[object, ...]:
        return " ".join(turn.text.casefold().split()), [(call.name, call.arguments) for call in turn.tool_calls]

    return one.malformed is None and meaning(one) == meaning(other)

"""The live intervention, an ablation: at a -1 the episode is rewound and the policy is asked to reconsider.

The paper reports that it does harm; it is here to reproduce that.
"""

from collections.abc import Callable
from typing import Any

from tarl_app.conversation import Conversation
from tarl_app.core.types import ToolResult, ToolTurn

REMINDER = "Stop and reconsider: your last answer broke the rules ({reason}). Try again."


class Reconsidering(Conversation):
    """A ``Conversation`` that removes the first agent turn that its judge scores -1, once, and gives the reason."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.interventions = 0

    def _work(self, cancelled: Callable[[], bool]) -> None:
        super()._work(cancelled)
        while self._taken_back():
            super()._work(cancelled)

    def _taken_back(self) -> bool:
        """Rewinds to before the major deviation and adds the reminder; False when there is none."""
        scores = self.episode.judgements[-1].scores if self.episode.judgements else ()
        worst = next((score for score in scores if score.score == -1), None)
        if worst is None or self.interventions:
            return False
        self.interventions += 1
        self._rewind(worst.turn)
        reminder = ToolResult(call_id="judge", name="", content=REMINDER.format(reason=worst.reason), is_error=True)
        self._add(ToolTurn(results=(reminder,)))
        return True

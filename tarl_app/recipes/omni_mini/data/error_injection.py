"""The scripted agent with injected mistakes, of the kinds that a small model makes (``core.domain.recipe``)."""

from collections.abc import Callable, Sequence
from random import Random

from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.core.domain import Say, Use
from tarl_app.core.domain.customer import PhrasingTable
from tarl_app.core.domain.recipe import Mistakes
from tarl_app.core.types import AgentTurn, ToolCall, ToolTurn, Turn

_MOST = 2  # in one conversation


class StumblingAgent:
    """Plays ``expert`` with occasional mistakes: a needless look-up, a refused call, a wrong question, a wrong
    proposal.

    No mistake writes anything, so the expert can recover from each. It continues as if its refused calls had not been
    made; ``stumbles`` holds the indices of the wrong turns.
    """

    name = "scripted"

    def __init__(
        self,
        expert: ScriptedAgent,
        mistakes: Mistakes,
        wordings: PhrasingTable,
        clumsiness: float,
        seed: int,
        mishearing: float = 0.0,
    ) -> None:
        """``clumsiness`` is the probability of a mistake a turn, ``mishearing`` that of a first look-up with a wrong
        name; ``wordings`` are the expert's.
        """
        self.mistakes, self.wordings = mistakes, wordings
        self.expert, self.clumsiness, self.rng = expert, clumsiness, Random(f"stumbles {seed}")
        self.mishearing = mishearing
        self.stumbles: list[int] = []
        self._misheard: list[int] = []

    def reply(
        self,
        turns: Sequence[Turn],
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> AgentTurn:
        """The expert's turn, or a mistake in its place."""
        lost = self._not_found(turns)
        if lost is not None:
            return lost
        seen = without_refused(turns, self.stumbles)
        act = self.expert.next_act(seen)
        if (
            isinstance(act, Use)
            and self.mistakes.identifies(act)
            and not self._misheard
            and self.rng.random() < self.mishearing
        ):
            self.stumbles.append(len(turns))
            self._misheard.append(len(turns))
            return AgentTurn(
                tool_calls=(ToolCall(id="call_0", name=act.name, arguments=self.mistakes.misheard(act.arguments, self.rng)),)
            )
        if len(self.stumbles) < _MOST and self.rng.random() < self.clumsiness * self.mistakes.tempting.get(_rule(act), 1):
            wrong = self._stumble(turns, act)
            if wrong is not None:
                self.stumbles.append(len(turns))
                return wrong
        return self.expert.reply(seen, on_text, cancelled)

    def _not_found(self, turns: Sequence[Turn]) -> AgentTurn | None:
        """After a look-up with a misheard name: the expert's answer when nobody is found. This turn is trained on."""
        misheard = len(turns) - 2 in self._misheard and _was_refused(turns, len(turns) - 2)
        asked = turns[-2] if misheard else None
        if not isinstance(asked, AgentTurn):
            return None
        return AgentTurn(text=self.mistakes.not_found(asked.tool_calls[0].arguments))

    def _stumble(self, turns: Sequence[Turn], act: Say | Use) -> AgentTurn | None:
        if isinstance(act, Use):
            call = self.mistakes.refused(act, self.rng)
        elif act.rule.startswith("confirm") and (wrong := self._wrong_proposal(turns, act)) is not None:
            return wrong
        elif act.rule in self.mistakes.questions and self.rng.random() < 0.5:
            rule = self.rng.choice([other for other in self.mistakes.questions if other != act.rule])
            return AgentTurn(text=self.wordings[rule][0])
        else:
            call = self.mistakes.needless(turns, self.rng)
        return None if call is None else AgentTurn(tool_calls=(call,))

    def _wrong_proposal(self, turns: Sequence[Turn], act: Say) -> AgentTurn | None:
        """The proposal with one item of several, another option, item or reason; the customer will say no."""
        ways = [way(act.slots, turns, self.rng) for way in self.mistakes.proposals]
        wrong = [slots for slots in ways if slots is not None]
        return AgentTurn(text=self.wordings[act.rule][0].format(**self.rng.choice(wrong))) if wrong else None


def _rule(act: Say | Use) -> str:
    return act.name if isinstance(act, Use) else act.rule


def without_refused(turns: Sequence[Turn], mistakes: Sequence[int]) -> list[Turn]:
    """The dialogue without those of the agent's mistakes that were refused calls, and without their results."""
    hidden = {i for mistake in mistakes for i in (mistake, mistake + 1) if _was_refused(turns, mistake)}
    return [turn for i, turn in enumerate(turns) if i not in hidden]


def _was_refused(turns: Sequence[Turn], index: int) -> bool:
    results = turns[index + 1] if index + 1 < len(turns) else None
    return isinstance(results, ToolTurn) and any(result.is_error for result in results.results)

"""The scripted agent: ideal, deterministic and rule-based, for tests, the demo and training dialogues.

It knows the task's id only to vary its wording: each act follows from the dialogue and the tools' answers, so a model
that imitates it never has to guess. The two controls below show the result of doing nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from random import Random

from tarl_app.core.domain import Act, Domain, Expert, ExpertState, Say
from tarl_app.core.errors import AgentError, DomainError
from tarl_app.core.types import AgentTurn, Task, ToolCall, ToolTurn, Turn, UserTurn


class ScriptedAgent:
    """Reads the whole dialogue again for each reply, so it supports undo, and can continue what another agent began."""

    name = "scripted"

    def __init__(self, task: Task, domain: Domain, seed: int = 0, varied: bool = True) -> None:
        """``varied`` False: always the first wording of an act, so that a model that imitates it need not guess."""
        self.task, self.domain, self.seed, self.varied = task, domain, seed, varied

    def reply(
        self,
        turns: Sequence[Turn],
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> AgentTurn:
        """The next turn: either words or one tool call."""
        state, act = self._replay(turns)
        if not isinstance(act, Say):
            call = ToolCall(id=f"call_{state.calls + 1}", name=act.name, arguments=act.arguments)
            return AgentTurn(tool_calls=(call,))
        number = sum(isinstance(turn, UserTurn) for turn in turns)
        wordings = self._expert.wordings[act.rule][: None if self.varied else 1]
        text = Random(f"{self.task.id}/{self.seed}/{number}").choice(wordings).format(**act.slots).strip()
        if on_text is not None:
            on_text(text)
        return AgentTurn(text=text)

    def next_act(self, turns: Sequence[Turn]) -> Act:
        """What it would do now, before it is put into words."""
        return self._replay(turns)[1]

    @property
    def _expert(self) -> Expert:
        if self.domain.expert is None:
            raise DomainError(f"The domain {self.domain.name!r} has no scripted agent: choose another agent.")
        return self.domain.expert

    def _replay(self, turns: Sequence[Turn]) -> tuple[ExpertState, Act]:
        """The state at the end of the dialogue and the act it asks for."""
        state, decide = self._expert.state(self.task), self._expert.decide
        act: Act = decide(state)
        last_calls: tuple[ToolCall, ...] = ()
        for turn in turns:
            if isinstance(turn, AgentTurn):
                last_calls = turn.tool_calls
                continue
            if isinstance(turn, UserTurn):
                state.hear(turn.text)
            if isinstance(turn, ToolTurn):
                for call, result in zip(last_calls, turn.results, strict=False):
                    state.observe(call, result)
            act = decide(state)
            if isinstance(act, Say):
                state.asked = act.asks
        return state, act


class ReplayAgent:
    """Replays recorded agent turns, whatever the user says: to hear or judge an old episode again."""

    name = "replay"

    def __init__(self, recorded: Iterable[AgentTurn]) -> None:
        self.recorded = tuple(recorded)

    def reply(
        self,
        turns: Sequence[Turn],
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> AgentTurn:
        """The next recorded turn; raises ``AgentError`` after the last."""
        number = sum(isinstance(turn, AgentTurn) for turn in turns)
        if number >= len(self.recorded):
            raise AgentError(f"The recording has only {len(self.recorded)} agent turns.")
        turn = self.recorded[number]
        if on_text is not None and turn.text:
            on_text(turn.text)
        return turn


class NullAgent:
    """A control: polite, without doing anything."""

    name = "null"

    def reply(
        self,
        turns: Sequence[Turn],
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> AgentTurn:
        """The same sentence, whatever was said."""
        text = "Thank you for calling. Your request is important to us."
        if on_text is not None:
            on_text(text)
        return AgentTurn(text=text)


class TransferAgent:
    """A control: transfers everybody to a person at once; without a tool for that, it only says so."""

    name = "transfer"

    def __init__(self, domain: Domain) -> None:
        self.domain = domain

    def reply(
        self,
        turns: Sequence[Turn],
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> AgentTurn:
        """A transfer, whatever was said."""
        call = self.domain.transfer_call("The customer called.", "call_1")
        if call is not None:
            return AgentTurn(tool_calls=(call,))
        text = "I am transferring you to a person."
        if on_text is not None:
            on_text(text)
        return AgentTurn(text=text)

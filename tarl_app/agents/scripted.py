"""The scripted agent: ideal, deterministic and rule-based, for tests, the demo and training dialogues.

It knows the task's id only to vary its wording: each act follows from the dialogue and the tools' answers, so a model
that imitates it never has to guess. The two controls below show the result of doing nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import is_
from random import Random

from tarl_app.core.domain import Act, Domain, Expert, ExpertState, Say, in_words
from tarl_app.core.errors import AgentError, DomainError
from tarl_app.core.types import AgentTurn, Task, ToolCall, ToolTurn, Turn, UserTurn
from tarl_app.language import consent


@dataclass
class _Reading:
    """What was made of the turns read so far."""

    turns: list[Turn]
    state: ExpertState
    act: Act
    last_calls: tuple[ToolCall, ...] = ()
    broke_down: int = 0  # calls in a row that met a fault on purpose
    apologised: bool = False  # the customer was asked to wait

    def begins(self, turns: Sequence[Turn]) -> bool:
        """Whether these turns are the same ones, with or without more behind them."""
        return len(self.turns) <= len(turns) and all(map(is_, self.turns, turns))


PATIENCE = 3
"""Times that a call is tried which breaks down (``sandbox.faults``), before the customer is told."""
NO_ANSWER = "I'm sorry, our system does not answer at the moment, so nothing has been done yet. One moment, please."


class ScriptedAgent:
    """Goes on reading where its last reply ended. Any other dialogue is read from its beginning, so it supports undo, and
    can continue what another agent began.
    """

    name = "scripted"

    def __init__(self, task: Task, domain: Domain, seed: int = 0, varied: bool = True) -> None:
        """``varied`` False: always the first wording of an act, so that a model that imitates it need not guess."""
        self.task, self.domain, self.seed, self.varied = task, domain, seed, varied
        self._reading: _Reading | None = None

    def reply(
        self,
        turns: Sequence[Turn],
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> AgentTurn:
        """The next turn: either words or one tool call."""
        state, act = self._replay(turns)
        reading = self._reading
        if reading is not None and reading.broke_down >= PATIENCE and isinstance(turns[-1], ToolTurn):
            if on_text is not None:
                on_text(NO_ANSWER)
            return AgentTurn(text=NO_ANSWER)
        if not isinstance(act, Say):
            call = ToolCall(id=f"call_{state.calls + 1}", name=act.name, arguments=act.arguments)
            return AgentTurn(tool_calls=(call,))
        number = sum(isinstance(turn, UserTurn) for turn in turns)
        text = self._worded(act, Random(f"{self.task.id}/{self.seed}/{number}"))
        if on_text is not None:
            on_text(text)
        return AgentTurn(text=text)

    def _worded(self, act: Say, rng: Random) -> str:
        table, last = self._expert.wordings, None if self.varied else 1
        return in_words(act, lambda one: rng.choice(table[one.rule][:last]).format(**one.slots))

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
        known, self._reading = self._reading, None  # a state in which an exception left a turn half read is not kept
        reading = known if known is not None and known.begins(turns) else self._begin()
        for turn in turns[len(reading.turns) :]:
            self._read(reading, turn)
            reading.turns.append(turn)
        self._reading = reading
        return reading.state, reading.act

    def _begin(self) -> _Reading:
        state = self._expert.state(self.task)
        return _Reading([], state, self._expert.decide(state))

    def _read(self, reading: _Reading, turn: Turn) -> None:
        state = reading.state
        if isinstance(turn, AgentTurn):
            reading.last_calls, reading.apologised = turn.tool_calls, turn.text == NO_ANSWER
            return
        if isinstance(turn, UserTurn):
            reading.broke_down = 0
            if reading.apologised and not consent.says_no(turn.text):
                return  # "all right" says no more than that they wait
            state.hear(turn.text)
        if isinstance(turn, ToolTurn):
            for call, result in zip(reading.last_calls, turn.results, strict=False):
                reading.broke_down = reading.broke_down + 1 if result.broke_down else 0
                if result.broke_down:  # it was not made: the same is done again
                    state.calls += 1
                else:
                    state.observe(call, result)
        reading.act = self._expert.decide(state)
        if isinstance(reading.act, Say):
            state.asked = reading.act.asks


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

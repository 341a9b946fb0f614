"""A conversation as on the phone: what has happened stays, also when an answer is cut.

conversation.hear(UserTurn(text="Hello"))      # what was said, and what was said on top of it
conversation.respond(cancelled)                # the agent answers; what it had done when it is cancelled is kept
conversation.keep(AgentTurn(text="I have"))    # what was heard of the answer
"""

import time
from collections.abc import Callable

from tarl_app.conversation.loop import Conversation
from tarl_app.conversation.voice import stop_if
from tarl_app.core.ears import worded
from tarl_app.core.errors import Cancelled, ConversationError
from tarl_app.core.types import AgentTurn, Episode, Timing, ToolTurn, TurnTaking, UserTurn
from tarl_app.speech.pool import until

_LOOK = 0.02  # seconds between two looks at whether somebody still speaks


class LiveConversation(Conversation):
    """``calls_elsewhere`` (settable): the agent's calls are not made here. ``respond`` ends with them, and ``hear`` is given
    their results. ``transcription`` (settable): the seconds that were spent on the transcript of what was heard last; they
    become the next agent turn's time for hearing. ``caller`` (settable): who speaks. ``undecided`` (settable): whether
    somebody speaks who may interrupt; a call that writes is then not begun.
    """

    calls_elsewhere = False
    turn_taking: TurnTaking | None = None
    transcription: float | None = None
    caller = "human"
    undecided: Callable[[], bool] = staticmethod(lambda: False)

    @property
    def episode(self) -> Episode:
        """The episode so far, frozen."""
        return super().episode.model_copy(update={"turn_taking": self.turn_taking})

    def hear(self, turn: UserTurn | ToolTurn) -> None:
        """Adds what a person said, or the results of calls that are made elsewhere; ``respond`` answers it.

        Raises:
            ConversationError: the conversation has ended, or waits for something else.
        """
        self._require_open()
        last = self._turns[-1] if self._turns else None
        waits = self.calls_elsewhere and isinstance(last, AgentTurn) and bool(last.tool_calls)
        if isinstance(turn, ToolTurn) != waits:
            raise ConversationError("The agent waits for results of calls." if waits else "No call waits for a result.")
        if isinstance(turn, UserTurn):
            self._speakers.append(self.caller)
        self._add(turn)
        if isinstance(turn, ToolTurn):
            self._transfer_after(turn)

    def respond(self, cancelled: Callable[[], bool]) -> Episode:
        """The agent works until it answers what was heard. Unlike ``say``, it keeps what was done before it is cancelled:
        a call that has begun is completed, and stays made.
        """
        self._require_open()
        if not self._turns or isinstance(self._turns[-1], AgentTurn):
            raise ConversationError("Nothing was said since the agent's last answer: there is nothing to answer.")
        before = len(self._turns)
        try:
            with until(cancelled):
                self._work(cancelled)
        except Cancelled:
            raise
        except BaseException:  # a bug: the dialogue must stay consistent with the database
            self._rewind(before)
            raise
        return self.episode

    def keep(self, turn: AgentTurn) -> int:
        """Adds what was heard of an answer that was cancelled; returns its place."""
        self._require_open()
        self._add(turn)
        return len(self._turns) - 1

    def amend(self, index: int, turn: UserTurn | AgentTurn) -> None:
        """Replaces ``turns[index]`` by one of its kind without other calls: what was heard of it, or its transcript."""
        old = self._turns[index]
        if old.kind != turn.kind or (isinstance(old, AgentTurn) and old.tool_calls != getattr(turn, "tool_calls", ())):
            raise ConversationError("Only the words of a turn can be amended.")
        self._turns[index] = turn

    def withdraw(self) -> None:
        """Removes the agent's last turn, of which nothing was heard. Raises ``ConversationError`` for one with calls."""
        last = self._turns[-1] if self._turns else None
        if not isinstance(last, AgentTurn) or last.tool_calls:
            raise ConversationError("Only an answer without calls can be withdrawn.")
        self._turns.pop()
        self._scores.cut(len(self._turns))

    def may_take_back(self, index: int) -> bool:
        """Whether ``turns[index]`` is the last that a person said, and nothing was written since, nor asked of others."""
        later = self._turns[index + 1 :]
        if self._stop is not None or not 0 <= index < len(self._turns) or not isinstance(self._turns[index], UserTurn):
            return False
        if any(isinstance(turn, UserTurn) for turn in later):
            return False
        if self.calls_elsewhere:
            return not any(isinstance(turn, ToolTurn) for turn in later)
        done = {
            result.name for turn in later if isinstance(turn, ToolTurn) for result in turn.results if not result.is_error
        }
        return not done & self._writing

    def take_back(self, index: int) -> None:
        """Removes what a person said last and what was done to answer it, of which nobody has heard: they go on.

        Raises:
            ConversationError: see ``may_take_back``.
        """
        if not self.may_take_back(index):
            raise ConversationError("This turn has been answered, or written upon: it cannot be taken back.")
        self._rewind(index)

    @property
    def _writing(self) -> set[str]:
        return {tool.name for tool in self.domain.tools if tool.writes} | {self.domain.transfer_tool or ""}

    def _take(self, turn: AgentTurn, cancelled: Callable[[], bool] = lambda: False) -> None:
        if any(call.name in self._writing for call in turn.tool_calls) and self.undecided():
            while self.undecided():
                stop_if(cancelled)
                time.sleep(_LOOK)
            stop_if(cancelled)
        self._note_words(turn)
        if self.transcription is not None:
            timing = turn.timing or Timing()
            turn = turn.model_copy(update={"timing": timing.model_copy(update=_later(timing, self.transcription))})
            self.transcription = None
        if self.calls_elsewhere and turn.tool_calls:
            self._add(turn)
        else:
            super()._take(turn, cancelled)

    def _rests(self, turn: AgentTurn) -> bool:
        return super()._rests(turn) or (self.calls_elsewhere and bool(turn.tool_calls))

    def _note_words(self, reply: AgentTurn) -> None:
        if self._turns:
            self._turns[-1] = worded(self._turns[-1], reply)


def _later(timing: Timing, seconds: float) -> dict[str, float]:
    """The turn's times with so many seconds of hearing before it."""
    times = {name: getattr(timing, name) for name in ("first_token", "total", "voice")}
    return {
        "hearing": (timing.hearing or 0.0) + seconds,
        **{name: value + seconds for name, value in times.items() if value is not None},
    }

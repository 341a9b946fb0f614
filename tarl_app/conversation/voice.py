"""One agent turn, spoken while it is still being written."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass

from tarl_app.conversation.events import Event, SpeechPiece, TextPiece
from tarl_app.core.characters import whole
from tarl_app.core.errors import Cancelled, SoundTooLong, TarlError
from tarl_app.core.protocols import Agent
from tarl_app.core.sound.audio import Audio, Recorder
from tarl_app.core.sound.silence import without_lead
from tarl_app.core.types import AgentTurn, Timing, Turn
from tarl_app.speech import Voice
from tarl_app.speech.phrases import Speaking

_LOOK = 0.05  # seconds between two checks whether the speech has been heard


def stop_if(cancelled: Callable[[], bool], what: str = "The turn was stopped.") -> None:
    """Raises ``Cancelled`` when it was."""
    if cancelled():
        raise Cancelled(what)


@dataclass(frozen=True)
class Speech:
    """How the agent's text is spoken.

    ``full``: whether enough speech waits to be heard; ``on_failure`` is given the reason when the voice fails.
    """

    voice: Voice
    on_failure: Callable[[str], None]
    full: Callable[[], bool]


def agent_turn(
    agent: Agent,
    turns: Sequence[Turn],
    emit: Callable[[Event], None],
    speech: Speech | None,
    cancelled: Callable[[], bool],
) -> AgentTurn:
    """The agent's next turn, spoken while its text comes. Raises what the agent raises, and ``Cancelled``."""
    stop_if(cancelled)
    started, index = time.perf_counter(), len(turns)

    def on_sound(sound: Audio, phrase: str) -> None:
        emit(SpeechPiece(index, sound, phrase))

    spoken = SpokenReply(speech, on_sound, cancelled) if speech else None

    def on_text(piece: str) -> None:
        emit(TextPiece(whole(piece)))
        if spoken:
            spoken.write(whole(piece))

    with closing(spoken) if spoken else nullcontext():
        turn = agent.reply(tuple(turns), on_text, cancelled)
        stop_if(cancelled)
        turn = turn.model_copy(update={"timing": turn.timing or Timing(total=time.perf_counter() - started)})
        return spoken.finish(turn) if spoken else turn


class SpokenReply:
    """Speaks a turn in phrases as its text comes; close it when the turn is over."""

    def __init__(self, speech: Speech, on_sound: Callable[[Audio, str], None], cancelled: Callable[[], bool]) -> None:
        """``on_sound`` is given each sound, with its phrase if it is the first one of it."""
        self._speech, self._on_sound, self._cancelled = speech, on_sound, cancelled
        self._speaking, self._sound = Speaking(speech.voice), Recorder()
        self._began = time.perf_counter()
        self._first: float | None = None  # seconds from ``_began`` until the first sound
        self._seconds = 0.0  # spent on speaking so far
        self._failed = False

    def write(self, piece: str) -> None:
        """Adds a piece of text and speaks the phrases that it completes. Raises ``Cancelled``."""
        self._speak(self._speaking.write(piece))

    def finish(self, turn: AgentTurn) -> AgentTurn:
        """The turn with its sound, and with the time for speaking excluded from its timing. Raises ``Cancelled``."""
        timing = turn.timing or Timing()
        if timing.total is not None:  # the agent's own time
            timing = timing.model_copy(update={"total": timing.total - self._seconds})
        turn = turn.model_copy(update={"timing": timing})
        if not turn.text.strip():
            return turn
        self._speak(self._speaking.finish(turn.text), waits=True)
        if self._failed or self._sound.empty:
            return turn
        try:
            kept = self._sound.keep()
        except TarlError as error:
            self._speech.on_failure(f"voice: {error}")
            return turn
        return turn.model_copy(update={"audio": kept, "timing": timing.model_copy(update={"voice": self._first})})

    def close(self) -> None:
        """Deletes sound that was not kept."""
        self._sound.close()

    def _speak(self, sounds: Iterator[Audio], waits: bool = False) -> None:
        """Speaks while the agent waits, because in parallel both would be slower (docs/decisions/speaking-early.md).

        When enough speech waits to be heard, it either ``waits`` or leaves the rest for the next call: an agent that is
        still writing must not be blocked for long, because it may hold the model.
        """
        if self._failed:
            return
        started = time.perf_counter()
        try:
            while self._room(waits) and (sound := next(sounds, None)) is not None:
                if self._first is None:
                    self._first, sound = time.perf_counter() - self._began, without_lead(sound)
                self._sound.add(sound)
                self._on_sound(sound, self._speaking.take_phrase())
                stop_if(self._cancelled)
        except Cancelled:
            raise
        except TarlError as error:
            self._failed = not isinstance(error, SoundTooLong)  # the spoken part of a long answer is kept
            self._speech.on_failure(f"voice: {error}")
        finally:
            self._seconds += time.perf_counter() - started

    def _room(self, waits: bool) -> bool:
        """Whether more speech is to be made now."""
        while waits and self._speech.full():
            stop_if(self._cancelled)
            time.sleep(_LOOK)
        return waits or not self._speech.full()

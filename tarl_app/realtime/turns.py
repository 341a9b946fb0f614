"""The caller's turns in one session: their sound, where they begin and end, and whether they interrupt the agent.

Lives on the event loop; what computes runs in the pool.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from tarl_app.core.errors import EventRefused, TarlError
from tarl_app.core.sound.audio import Audio
from tarl_app.language.spoken.backchannel import is_backchannel
from tarl_app.language.spoken.unfinished import Completeness
from tarl_app.realtime.call.joining import Earlier
from tarl_app.realtime.call.parts import Parts
from tarl_app.realtime.client_items import Compute
from tarl_app.realtime.listening.counts import Counts
from tarl_app.realtime.listening.input_buffer import LONGEST, SHORTEST, InputBuffer
from tarl_app.realtime.listening.turn_detection import ONSET, Change, SemanticVad
from tarl_app.realtime.response import Send
from tarl_app.realtime.wire.audio import decode, from_base64
from tarl_app.realtime.wire.config import Config
from tarl_app.realtime.wire.events import error_of, new_id
from tarl_app.speech.vad import STEP

log = logging.getLogger(__name__)
_SHORT, _INTERRUPTS = 0.3, 1.2
"""Seconds of speech, on top of the agent's, below which it is no interruption, and from which it is one."""

_SILENT_LINE = 3.0
"""Seconds without any sound, silence neither, after which nobody waits for the rest of what may be an interruption."""
_LOOK = 0.5  # seconds between two looks at that

_LONGEST_BEFORE = LONGEST / 2
"""Most seconds of a turn that goes on after it was taken for finished."""


class Floor(Protocol):
    """Who hears of the turns: the session."""

    @property
    def busy(self) -> bool:
        """Whether the agent is at work on an answer."""
        ...

    @property
    def speaking(self) -> bool:
        """Whether the agent has the floor: it is at work on an answer that is spoken, or that is still heard."""
        ...

    @property
    def asks(self) -> bool:
        """Whether what it says has a question."""
        ...

    def interrupted(self, after: str) -> bool:
        """The caller speaks, and may interrupt. Whether they go on with the turn of the item ``after``: nothing of its
        answer was heard.
        """
        ...

    def dismissed(self) -> None:
        """It was no interruption."""
        ...

    def said(self, item: str, sound: Audio, silence: float, before: Earlier | None) -> None:
        """A turn is complete, after so many seconds of silence; it may go on with the one ``before``."""
        ...

    def paused(self, spoken: float, sound: Audio, before: Earlier | None) -> None:
        """A turn may be over: its sound so far. ``Turns.words`` takes what was understood until this pause."""
        ...

    def resumed(self) -> None:
        """It was not."""
        ...

    def degraded(self, text: str) -> None:
        """Something is not as it was asked for."""
        ...


@dataclass
class Turn:
    """A turn that is being spoken; times in seconds since the first sound of the session."""

    item: str
    start: float
    onset: float
    """Where its speech began, moved by the pauses in it: how long it was spoken is counted from here."""
    asked: bool = False
    """Whether a question of the agent's was being put when it began."""
    held: bool = False
    """Nobody has been told that it began: it may be no interruption."""
    paused: float | None = None
    """Where the speech ended before the pause that it is in."""
    sound: Audio | None = None
    """Of a turn that is over and still held."""
    silence: float = 0.0
    """Seconds of it that ended the turn."""
    before: Earlier | None = None
    """The turn that it goes on with."""


class Turns:
    """Takes the caller's sound."""

    def __init__(
        self,
        parts: Parts,
        config: Config,
        floor: Floor,
        send: Send,
        compute: Compute,
        clock: Callable[[], float],
    ) -> None:
        """``clock``: the time in which sound is heard, in seconds."""
        self._clock, self._came = clock, clock()
        self._parts, self._config, self._floor, self._send, self._compute = parts, config, floor, send, compute
        self._finished: Callable[[Audio], float] | None = None
        self._buffer = InputBuffer(config.input.rate, config.detection)
        self._turn: Turn | None = None
        self._last: Earlier | None = None  # the last turn that was over
        self.counts = Counts()
        self._tasks: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        """Nothing is decided any more."""
        for task in self._tasks:
            task.cancel()
        self._turn = None

    async def configure(self, config: Config) -> None:
        """Another configuration; a turn under way is forgotten where its sound or its detection changes."""
        before, self._config = self._config, config
        if (config.input, config.detection) == (before.input, before.detection):
            return
        if isinstance(config.detection, SemanticVad) and self._finished is None:
            self._finished = await self._compute(self._load)
        self._turn = None
        self._buffer = InputBuffer(config.input.rate, config.detection, self._buffer.clock, self._finished)

    def _load(self) -> Callable[[Audio], float] | None:
        try:
            return self._parts.finished()
        except TarlError as error:
            self._floor.degraded(f"Turns end by silence and words alone: {error}")
            return None

    async def append(self, audio: str) -> None:
        """More sound, in base64; raises ``EventRefused``."""
        samples = await self._compute(lambda: decode(from_base64(audio), self._config.input))
        if self._config.detection is None and self._buffer.seconds + len(samples) / self._buffer.rate > LONGEST:
            told = f"The buffer holds {LONGEST:.0f} seconds at most: commit or clear it first."
            raise EventRefused("input_audio_buffer_full", told, "audio")
        self._came = self._clock()
        for change in await self._compute(lambda: self._buffer.add(samples)):
            self._take(change)
        turn = self._turn
        if turn is not None and turn.held and turn.paused is None and self._buffer.spoken - turn.onset >= _INTERRUPTS:
            self._begin(turn)
        if turn is not None and turn is self._turn and self._buffer.clock - turn.start > LONGEST:
            self._stop(turn.start + LONGEST)
            self._buffer.take_all()

    def _take(self, change: Change) -> None:
        turn = self._turn
        if change.kind == "started" or (change.kind == "resumed" and turn is None):
            self._start(change)
        elif turn is None:
            return
        elif change.kind == "paused":
            turn.paused = change.spoken
            if turn.held:
                self._consider(turn, change)
            else:
                self._floor.paused(change.spoken, self._buffer.peek(turn.start, self._buffer.end_of(change)), turn.before)
        elif change.kind == "resumed":
            turn.onset += change.seconds - STEP - (turn.paused or change.seconds)
            turn.paused = None
            self._floor.resumed()
        else:
            turn.silence = max(0.0, change.seconds - change.spoken)
            self._stop(self._buffer.end_of(change))

    @property
    def undecided(self) -> bool:
        """Whether the caller speaks on top of the agent, and nobody knows yet whether they interrupt."""
        return self._turn is not None and self._turn.held

    @property
    def deciding(self) -> bool:
        """Whether that is being computed."""
        return bool(self._tasks)

    @property
    def voiced(self) -> bool:
        """Whether the caller is speaking right now."""
        return self._turn is not None and self._turn.paused is None and self._turn.sound is None

    def words(self, spoken: float, found: Completeness) -> None:
        """What the words say that were understood of the turn until the pause after ``spoken``."""
        self._buffer.words(spoken, found)

    def _start(self, change: Change) -> None:
        before, chosen = self._turn, self._config.detection
        if before is not None:  # over and not decided: who speaks again wants to be heard
            self._begin(before)
            self._finish(before)
        padding = chosen.prefix_padding_ms / 1000 if chosen else 0.0
        start = change.seconds if change.kind == "started" else max(0.0, change.seconds - STEP - padding)
        held = bool(chosen and chosen.interrupt_response) and self._floor.speaking
        self._turn = Turn(new_id("item"), start, change.spoken - ONSET, held and self._floor.asks, held)
        if held:
            self._send("tarl.speech_detected", item_id=self._turn.item, audio_start_ms=round(start * 1000))
            self._wait_for(self._turn)
        else:
            self._begin(self._turn)

    def _wait_for(self, turn: Turn) -> None:
        """Who was cut off, or muted without a word of it, must not keep the answer back for ever."""
        if self._turn is not turn or not turn.held:
            return
        if self._clock() - self._came >= _SILENT_LINE and not self.deciding:
            self._dismiss(turn, self._buffer.spoken, "silent_line")
        else:
            asyncio.get_running_loop().call_later(_LOOK, self._wait_for, turn)

    def _begin(self, turn: Turn) -> None:
        held, turn.held = turn.held, False
        self._tell("started", turn, audio_start_ms=round(turn.start * 1000))
        if self._config.detection and self._config.detection.interrupt_response:
            last = self._last
            if self._floor.interrupted(last.item if last else "") and last and last.sound.seconds < _LONGEST_BEFORE:
                turn.before = last
        if held and turn.before is None:
            self.counts.interruptions.append(max(0.0, self._buffer.clock - turn.onset))

    def _consider(self, turn: Turn, change: Change) -> None:
        """Whether what was said until this pause interrupts the agent."""
        spoken = change.spoken - turn.onset
        if spoken >= _INTERRUPTS:
            self._begin(turn)
        elif spoken < _SHORT and self._floor.busy:
            self._dismiss(turn, change.spoken, "short")
        else:
            sound = self._buffer.peek(turn.start, self._buffer.end_of(change))
            task = asyncio.get_running_loop().create_task(self._recognise(turn, change.spoken, sound))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _recognise(self, turn: Turn, spoken: float, sound: Audio) -> None:
        try:
            self._decide(turn, spoken, await self._compute(lambda: self._recognised(sound)))
        except EventRefused as refused:  # no room for another message
            self._send("error", error=error_of(refused, None))
        except Exception as error:  # a bug: the session goes on
            log.exception("an interruption could not be decided")
            self._floor.degraded(f"Something broke inside the app ({type(error).__name__}).")

    def _decide(self, turn: Turn, spoken: float, text: str | None) -> None:
        if self._turn is not turn or not turn.held or turn.paused != spoken:
            return
        if text is not None and is_backchannel(text, turn.asked):
            self._dismiss(turn, spoken, "backchannel", text)
        else:
            self._begin(turn)
            if turn.sound is not None:
                self._finish(turn)

    def _recognised(self, sound: Audio) -> str | None:
        try:
            return self._parts.hearing().transcribe(sound)  # without the domain's words, which are no back-channels
        except TarlError:
            return None  # nobody can tell

    def _dismiss(self, turn: Turn, end: float, reason: str, text: str = "") -> None:
        told = {"audio_start_ms": round(turn.start * 1000), "audio_end_ms": round(end * 1000)}
        self._send("tarl.false_interruption", item_id=turn.item, **told, reason=reason, transcript=text or None)
        self._turn = None
        self._buffer.forget()
        self.counts.false += 1
        self._floor.dismissed()

    def _stop(self, end: float) -> None:
        turn = self._turn
        if turn is None or turn.sound is not None:
            return
        turn.sound = self._buffer.take(turn.start, min(end, turn.start + LONGEST))
        if not turn.held:
            self._finish(turn)

    def _finish(self, turn: Turn) -> None:
        assert turn.sound is not None
        self._tell("stopped", turn, audio_end_ms=round((turn.start + turn.sound.seconds) * 1000))
        self._turn = None
        self.counts.said(turn.before is not None)
        self._floor.said(turn.item, turn.sound, turn.silence, turn.before)
        self._last = Earlier(turn.item, turn.sound if turn.before is None else turn.before.with_more(turn.sound))

    def _tell(self, kind: str, turn: Turn, **fields: Any) -> None:
        self._send(f"input_audio_buffer.speech_{kind}", item_id=turn.item, **fields)

    def commit(self) -> tuple[str, Audio]:
        """The client ends the turn: its item, and its sound. Raises ``EventRefused``."""
        if self._buffer.seconds < SHORTEST:
            told = f"The buffer holds {self._buffer.seconds * 1000:.0f} ms; a message has {SHORTEST * 1000:.0f} at least."
            raise EventRefused("input_audio_buffer_commit_empty", told)
        item = self._turn.item if self._turn else new_id("item")
        self._turn = None
        sound = self._buffer.take_all()
        return item, Audio(sound.samples[-round(LONGEST * sound.rate) :], sound.rate)

    def clear(self) -> None:
        """Forgets the sound that is no message yet."""
        self._turn = None
        self._buffer.take_all()

"""The sound that a caller has sent and that is not yet a message."""

from collections.abc import Callable
from math import ceil

import numpy as np
import numpy.typing as npt

from tarl_app.core.sound.audio import Audio
from tarl_app.language.spoken.unfinished import Completeness
from tarl_app.realtime.listening.patience import ASK, HINT, PAUSE
from tarl_app.realtime.listening.turn_detection import Change, Detection, TurnDetector
from tarl_app.speech.vad import STEP

LONGEST = 60.0
"""Most seconds of one message; speech recognition takes no more."""
SHORTEST = 0.1
"""Fewest seconds of a message."""
_KEPT_SILENCE = HINT  # seconds after the last word that belong to the message: what is heard ahead is all of it
_SEEN = 8.0  # seconds before a pause that tell whether the caller has finished
_COMING = STEP * (ceil(PAUSE / STEP) - ceil(ASK / STEP))  # seconds of silence shown to the model before they are there
_MARGIN = 1.0  # seconds kept before what the detector may still call the beginning of a turn


class InputBuffer:
    """Times are seconds since the first sound of the session."""

    def __init__(
        self,
        rate: int,
        detection: Detection | None,
        clock: float = 0.0,
        finished: Callable[[Audio], float] | None = None,
    ) -> None:
        """``rate`` in Hz; ``clock``: the seconds of sound before this buffer; ``finished``: the probability that a speaker
        has finished (``SmartTurn``).
        """
        self.rate, self.clock = rate, clock
        self._parts: list[npt.NDArray[np.float32]] = []
        self._from = clock
        self._detection = detection
        self._finished = finished
        asked = self._probability if finished else None
        self._detector = TurnDetector(rate, detection, clock, asked) if detection else None

    @property
    def seconds(self) -> float:
        """How much sound is held."""
        return self.clock - self._from

    def add(self, samples: npt.NDArray[np.float32]) -> list[Change]:
        """Takes samples of shape [n]; the changes that the detector, if there is one, finds. Computes: use a thread."""
        self._parts.append(samples)
        self.clock += len(samples) / self.rate
        if self._detector is None or self._detection is None:
            return []
        changes = self._detector.add(samples)
        if not changes and not self._detector.speaking:
            self._drop_before(self.clock - self._detection.prefix_padding_ms / 1000 - _MARGIN)
        return changes

    @property
    def spoken(self) -> float:
        """The end of the last speech that was detected."""
        return self._detector.spoken if self._detector is not None else 0.0

    def forget(self) -> None:
        """Nobody is speaking, as far as the detector is concerned."""
        if self._detector is not None:
            self._detector.forget()

    def words(self, pause: float, found: Completeness) -> None:
        """What the words say that were heard until a pause (its ``spoken``)."""
        if self._detector is not None:
            self._detector.words(pause, found)

    def end_of(self, change: Change) -> float:
        """The end of the message of a turn that paused or stopped, with little of its silence: the same for both."""
        return min(change.seconds, change.spoken + _KEPT_SILENCE)

    def peek(self, start: float, end: float) -> Audio:
        """The sound between those times, which stays."""
        whole = self._whole()
        return Audio(whole[self._index(start, whole) : self._index(end, whole)], self.rate)

    def _probability(self, start: float, end: float) -> float:
        assert self._finished is not None
        sound = self.peek(max(start, end + _COMING - _SEEN), end)
        more = sound.samples[len(sound.samples) - round(_COMING * sound.rate) :]  # it was made for 0.2 s
        return self._finished(Audio(np.concatenate([sound.samples, more]), sound.rate))

    def take(self, start: float, end: float) -> Audio:
        """Removes the sound until ``end``, and returns it from ``start`` on."""
        whole = self._whole()
        first, last = self._index(start, whole), self._index(end, whole)
        self._keep(whole, last)
        return Audio(whole[first:last], self.rate)

    def take_all(self) -> Audio:
        """Removes all sound; for the detector nobody is speaking any more."""
        self.forget()
        return self.take(self._from, self.clock)

    def _drop_before(self, time: float) -> None:
        if time - self._from > _MARGIN:  # not for every piece
            whole = self._whole()
            self._keep(whole, self._index(time, whole))

    def _whole(self) -> npt.NDArray[np.float32]:
        return np.concatenate([np.zeros(0, dtype=np.float32), *self._parts])

    def _keep(self, whole: npt.NDArray[np.float32], first: int) -> None:
        self._parts = [whole[first:]]
        self._from = self.clock - (len(whole) - first) / self.rate

    def _index(self, time: float, whole: npt.NDArray[np.float32]) -> int:
        return min(len(whole), max(0, round((time - self._from) * self.rate)))

"""Where the caller's turn begins and ends: ``server_vad`` and ``semantic_vad`` of the protocol."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from tarl_app.language.spoken.unfinished import Completeness
from tarl_app.realtime.listening.patience import ASK, HINT, Eagerness, silence_for
from tarl_app.speech.vad import STEP, Probabilities

_HYSTERESIS = 0.15
"""By how much the probability has to fall below the threshold before it counts as silence."""
_SURE = 3
"""Chunks of speech in a row (0.1 s) before a turn begins: a click is none."""
ONSET = _SURE * STEP
"""Seconds of speech after which a turn begins."""


@dataclass(frozen=True)
class ServerVad:
    """The protocol's settings of ``server_vad``, with its defaults; durations in milliseconds."""

    threshold: float = 0.5
    prefix_padding_ms: int = 300
    silence_duration_ms: int = 500
    create_response: bool = True
    interrupt_response: bool = True

    @property
    def shown(self) -> dict[str, object]:
        """As in a session's configuration."""
        return {"type": "server_vad", **vars(self), "idle_timeout_ms": None}


@dataclass(frozen=True)
class SemanticVad:
    """The protocol's settings of ``semantic_vad``, with its defaults."""

    eagerness: Eagerness = "auto"
    create_response: bool = True
    interrupt_response: bool = True

    threshold = ServerVad.threshold
    prefix_padding_ms = ServerVad.prefix_padding_ms

    @property
    def shown(self) -> dict[str, object]:
        """As in a session's configuration."""
        return {"type": "semantic_vad", **vars(self)}


Detection = ServerVad | SemanticVad
Finished = Callable[[float, float], float]
"""The probability that the caller has finished, by the sound of the turn from its start until that time."""


@dataclass(frozen=True)
class Change:
    """What happened so many seconds after the first sound of the session.

    ``started`` and ``stopped`` are the ends of a turn. ``paused`` is a short silence in it, which may become its end, and
    ``resumed`` the speech after it. ``spoken``: the end of the last speech. ``finished``: of a stop, the probability, if
    known, that the caller has finished.
    """

    kind: Literal["started", "paused", "resumed", "stopped"]
    seconds: float
    spoken: float = 0.0
    finished: float | None = None


class TurnDetector:
    """Takes sound in pieces of any length; the same sound gives the same changes, however it is cut."""

    def __init__(self, rate: int, chosen: Detection, offset: float = 0.0, finished: Finished | None = None) -> None:
        """``rate`` in Hz; ``offset``: seconds of the session before the first sample.

        ``finished`` is asked in a pause, for ``semantic_vad``; without it silence alone decides.
        """
        self.chosen = chosen
        self.speaking = False
        self._finished = finished
        self._probabilities = Probabilities(rate)
        self._time = offset
        self._run = 0  # chunks of speech in a row
        self._start = self._spoken = offset  # of the turn, and the end of its last chunk of speech
        self._paused = self._asked = False
        self._probability: float | None = None
        self._words: Completeness | None = None

    def add(self, samples: npt.NDArray[np.float32]) -> list[Change]:
        """Takes samples of shape [n]. A turn starts with its padding, and stops where its last silence is long enough."""
        return [change for one in self._probabilities.add(samples) for change in self._chunk(one)]

    def forget(self) -> None:
        """Nobody is speaking, as far as this is concerned: the buffer was cleared or committed."""
        self.speaking, self._run, self._paused = False, 0, False

    def words(self, pause: float, found: Completeness) -> None:
        """What the words say that were heard until the pause at that time; ignored once the caller has gone on."""
        if self._paused and pause == self._spoken:
            self._words = found

    @property
    def spoken(self) -> float:
        """The end of the last speech of the turn."""
        return self._spoken

    @property
    def _silence(self) -> float:
        """Seconds of silence that end the turn now."""
        if isinstance(self.chosen, ServerVad):
            return self.chosen.silence_duration_ms / 1000
        return silence_for(self.chosen.eagerness, self._probability, self._words)

    def _chunk(self, probability: float) -> list[Change]:
        self._time += STEP
        if not self.speaking:
            self._run = self._run + 1 if probability >= self.chosen.threshold else 0
            if self._run < _SURE:
                return []
            self.speaking, self._spoken, self._paused = True, self._time, False
            self._start = max(0.0, self._time - ONSET - self.chosen.prefix_padding_ms / 1000)
            return [Change("started", self._start, self._time)]
        if probability >= self.chosen.threshold - _HYSTERESIS:
            self._spoken = self._time
            if not self._paused:
                return []
            self._paused = False
            return [Change("resumed", self._time, self._time)]
        found: list[Change] = []
        if not self._paused and self._quiet >= HINT:
            self._paused, self._asked, self._probability, self._words = True, False, None, None
            found.append(Change("paused", self._time, self._spoken))
        if not self._asked and self._quiet >= ASK:
            self._asked = True
            if isinstance(self.chosen, SemanticVad) and self._finished is not None:
                self._probability = self._finished(self._start, self._time)
        if self._quiet >= self._silence and (self._asked or isinstance(self.chosen, ServerVad)):
            self.forget()
            found.append(Change("stopped", self._time, self._spoken, self._probability))
        return found

    @property
    def _quiet(self) -> float:
        return round(self._time - self._spoken, 6)

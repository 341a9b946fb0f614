"""Where the caller's turn begins and ends, by voice activity: ``server_vad`` of the protocol."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from tarl_app.speech.vad import STEP, Probabilities

_HYSTERESIS = 0.15
"""By how much the probability has to fall below the threshold before it counts as silence."""
_SURE = 3
"""Chunks of speech in a row (0.1 s) before a turn begins: a click is none."""


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
class Change:
    """The caller started or stopped speaking, so many seconds after the first sound of the session."""

    kind: Literal["started", "stopped"]
    seconds: float


class TurnDetector:
    """Takes sound in pieces of any length; the same sound gives the same changes, however it is cut."""

    def __init__(self, rate: int, chosen: ServerVad, offset: float = 0.0) -> None:
        """``rate`` in Hz; ``offset``: seconds of the session before the first sample."""
        self.chosen = chosen
        self.speaking = False
        self._probabilities = Probabilities(rate)
        self._time = offset
        self._run = 0  # chunks of speech in a row
        self._quiet = 0.0  # seconds

    def add(self, samples: npt.NDArray[np.float32]) -> list[Change]:
        """Takes samples of shape [n]. A turn starts with its padding, and stops where its last silence is long enough."""
        changes = [self._chunk(one) for one in self._probabilities.add(samples)]
        return [one for one in changes if one is not None]

    def forget(self) -> None:
        """Nobody is speaking, as far as this is concerned: the buffer was cleared or committed."""
        self.speaking, self._run, self._quiet = False, 0, 0.0

    def _chunk(self, probability: float) -> Change | None:
        self._time += STEP
        if not self.speaking:
            self._run = self._run + 1 if probability >= self.chosen.threshold else 0
            if self._run < _SURE:
                return None
            self.speaking, self._quiet = True, 0.0
            return Change("started", max(0.0, self._time - _SURE * STEP - self.chosen.prefix_padding_ms / 1000))
        self._quiet = self._quiet + STEP if probability < self.chosen.threshold - _HYSTERESIS else 0.0
        if self._quiet * 1000 < self.chosen.silence_duration_ms:
            return None
        self.forget()
        return Change("stopped", self._time)

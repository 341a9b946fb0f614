"""Whisper, twice on the same bundled weights: by faster-whisper (CTranslate2) and by openai-whisper (PyTorch).

Both receive only what a detector classifies as speech: Whisper alone invents sentences for silence and noise.
"""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tarl_app import assets
from tarl_app.assets.ctranslate2 import openai_whisper_state, read_ctranslate2, whisper_sizes
from tarl_app.core.errors import SpeechError
from tarl_app.core.settings import settings
from tarl_app.core.sound.audio import Audio
from tarl_app.core.spoken import PLAIN_SPEECH, Spoken
from tarl_app.language.spoken.inverse_text_normalization import normalise_heard
from tarl_app.speech.resample import resample
from tarl_app.speech.vad import RATE, Segment, cut, speech_segments

MAX_SECONDS = 60.0
"""Longer sounds in seconds are refused, because transcribing them would block the machine."""

_WINDOW_SECONDS = 29.0  # Whisper's context is 30 s
_NO_SPEECH, _LOW_CONFIDENCE, _TOO_REPETITIVE = 0.6, -1.0, 2.4  # openai-whisper's own thresholds

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Recognition:
    """One window's transcript, with Whisper's own scores."""

    text: str
    no_speech: float  # probability
    confidence: float  # mean log-probability of a token
    repetition: float  # how well the text compresses

    @property
    def believed(self) -> bool:
        """Whether this is speech rather than invented for noise."""
        if self.no_speech > _NO_SPEECH and self.confidence < _LOW_CONFIDENCE:
            return False
        return self.repetition <= _TOO_REPETITIVE and bool(re.search(r"\w", self.text))


class FasterWhisper:
    """Whisper by CTranslate2, int8 on the CPU."""

    name = "faster-whisper"

    def __init__(self, folder: Path | None = None, beam_size: int = 5) -> None:
        from faster_whisper import WhisperModel

        folder = folder or assets.fetch("whisper-tiny.en")
        self.beam_size = beam_size
        self.model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=settings().threads)

    def transcribe(self, audio: Audio, spoken: Spoken = PLAIN_SPEECH) -> str:
        """What was said, ids in written form; empty for silence and noise. Raises ``SpeechError`` beyond a minute."""
        return _transcribe(audio, self._hear, spoken)

    def _hear(self, samples: Samples, prompt: str | None) -> Recognition:
        segments, _ = self.model.transcribe(
            samples,
            language="en",
            beam_size=self.beam_size,
            temperature=0.0,
            initial_prompt=prompt,
            condition_on_previous_text=False,
            without_timestamps=True,
        )
        parts = list(segments)
        return Recognition(
            text=" ".join(part.text.strip() for part in parts),
            no_speech=max((part.no_speech_prob for part in parts), default=1.0),
            confidence=min((part.avg_logprob for part in parts), default=-10.0),
            repetition=max((part.compression_ratio for part in parts), default=0.0),
        )


class OpenAIWhisper:
    """Whisper by PyTorch, with the CTranslate2 weights converted in memory."""

    name = "openai-whisper"

    def __init__(self, folder: Path | None = None, beam_size: int = 5) -> None:
        import torch
        from whisper.model import ModelDimensions, Whisper

        tensors = read_ctranslate2((folder or assets.fetch("whisper-tiny.en")) / "model.bin")
        model = Whisper(ModelDimensions(**whisper_sizes(tensors)))
        model.load_state_dict({key: torch.from_numpy(value) for key, value in openai_whisper_state(tensors).items()})
        self.model, self.beam_size = model.eval(), beam_size
        self.lock = threading.Lock()  # decoding hooks a key-value cache into the model

    def transcribe(self, audio: Audio, spoken: Spoken = PLAIN_SPEECH) -> str:
        """What was said, ids in written form; empty for silence and noise. Raises ``SpeechError`` beyond a minute."""
        return _transcribe(audio, self._hear, spoken)

    def _hear(self, samples: Samples, prompt: str | None) -> Recognition:
        from whisper import DecodingOptions, decode, log_mel_spectrogram, pad_or_trim
        from whisper.decoding import DecodingResult

        mel = log_mel_spectrogram(pad_or_trim(samples))
        beam_size = None if self.beam_size == 1 else self.beam_size
        options = DecodingOptions(language="en", without_timestamps=True, fp16=False, prompt=prompt, beam_size=beam_size)
        with self.lock:
            result = decode(self.model, mel, options)
        assert isinstance(result, DecodingResult)
        return Recognition(result.text, result.no_speech_prob, result.avg_logprob, result.compression_ratio)


def _transcribe(audio: Audio, hear: Callable[[Samples, str | None], Recognition], spoken: Spoken) -> str:
    """Checks the length, keeps speech only, transcribes the windows, filters them, and writes ids in written form."""
    if audio.seconds > MAX_SECONDS:
        raise SpeechError(f"That was {audio.seconds:.0f} seconds of sound; {MAX_SECONDS:.0f} at most, please.")
    sound = resample(audio, RATE)
    heard = [hear(cut(sound, window).samples, spoken.prompt or None) for window in windows_of(speech_segments(sound))]
    return normalise_heard(re.sub(r"\s+", " ", " ".join(part.text for part in heard if part.believed)).strip(), spoken)


def windows_of(segments: list[Segment]) -> list[Segment]:
    """Neighbouring segments joined as far as they fit into Whisper's context; longer ones are split."""
    windows: list[Segment] = []
    for segment in segments:
        if windows and segment.end - windows[-1].start <= _WINDOW_SECONDS:
            windows[-1] = Segment(windows[-1].start, segment.end)
            continue
        start = segment.start
        while segment.end - start > _WINDOW_SECONDS:
            windows.append(Segment(start, start + _WINDOW_SECONDS))
            start += _WINDOW_SECONDS
        windows.append(Segment(start, segment.end))
    return windows

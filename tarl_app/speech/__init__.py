"""Speech recognition and synthesis. ``load_voice("kokoro:jf_gongitsune")`` and ``load_hearing()`` are all that most
callers need.

Heavy libraries are imported by the constructors, not here; each engine is loaded once per process and shared.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from tarl_app.core.errors import SpeechError
from tarl_app.core.process.once import once
from tarl_app.core.protocols import SpeechToText, TextToSpeech
from tarl_app.core.sound.audio import Audio
from tarl_app.speech.pool import patient

AGENT_VOICE = "kokoro:jf_gongitsune"
USER_VOICE = "kokoro:jm_kumo"
BULK_VOICE = "pico:en-US"
DEFAULT_HEARING = "faster-whisper"


def _kokoro() -> TextToSpeech:
    from tarl_app.speech.kokoro import Kokoro

    return Kokoro()


def _pico() -> TextToSpeech:
    from tarl_app.speech.pico import Pico

    return Pico()


def _flite() -> TextToSpeech:
    from tarl_app.speech.programs import Flite

    return Flite()


def _espeak() -> TextToSpeech:
    from tarl_app.speech.programs import Espeak

    return Espeak()


def _coqui() -> TextToSpeech:
    from tarl_app.speech.coqui import Coqui

    return Coqui()


def _qwen() -> TextToSpeech:
    from tarl_app.speech.qwen import QwenTalker

    return QwenTalker()


def _faster_whisper() -> SpeechToText:
    from tarl_app.speech.whisper import FasterWhisper

    return FasterWhisper()


def _openai_whisper() -> SpeechToText:
    from tarl_app.speech.whisper import OpenAIWhisper

    return OpenAIWhisper()


VOICES: dict[str, Callable[[], TextToSpeech]] = {
    "kokoro": _kokoro,
    "pico": _pico,
    "flite": _flite,
    "espeak": _espeak,
    "coqui": _coqui,
    "qwen": _qwen,
}
"""Engine name -> constructor."""
MEASURED_ONLY = frozenset({"espeak"})
"""Engines that no training may hear."""


def require_trainable(voice: str) -> None:
    """Raises ``SpeechError`` for a voice (``engine:voice``) that is kept for measuring."""
    if voice.partition(":")[0] in MEASURED_ONLY:
        raise SpeechError(f"The voice {voice} is for measuring only: training must not hear it. Choose another one.")


def _kokoro_voices() -> tuple[str, ...]:
    from tarl_app.speech.kokoro import Kokoro

    return Kokoro.voices


def _pico_voices() -> tuple[str, ...]:
    from tarl_app.speech.pico import Pico

    return Pico.voices


def _flite_voices() -> tuple[str, ...]:
    from tarl_app.speech.programs import Flite

    return Flite().voices


def _espeak_voices() -> tuple[str, ...]:
    from tarl_app.speech.programs import Espeak

    return Espeak().voices


KNOWN_VOICES: dict[str, Callable[[], tuple[str, ...]]] = {
    "kokoro": _kokoro_voices,
    "pico": _pico_voices,
    "flite": _flite_voices,
    "espeak": _espeak_voices,
}
"""Engine name -> its voices, without loading it; raises ``SpeechError`` where its program is not installed."""

HEARINGS: dict[str, Callable[[], SpeechToText]] = {"faster-whisper": _faster_whisper, "openai-whisper": _openai_whisper}
"""Recogniser name -> constructor; why the first is the default: docs/decisions."""


@dataclass(frozen=True)
class Voice:
    """One voice of one engine."""

    engine: TextToSpeech
    voice: str
    patience: float | None = None
    """Seconds for which a sentence may wait for the engine; None: without limit."""

    @property
    def name(self) -> str:
        """``engine:voice``, as ``load_voice`` takes it."""
        return f"{self.engine.name}:{self.voice}"

    def stream(self, text: str) -> Iterator[Audio]:
        """The text spoken, sentence by sentence; nothing for a text without words."""
        pieces = self.engine.stream(text, self.voice)
        return pieces if self.patience is None else patient(pieces, self.patience)

    def say(self, text: str) -> Audio:
        """The whole text as one sound; raises ``SpeechError`` when there is nothing to say."""
        pieces = list(self.stream(text))
        if not pieces:
            raise SpeechError(f"There is nothing to say in {text[:80]!r}.")
        return Audio(np.concatenate([piece.samples for piece in pieces]), pieces[0].rate)


@once
def load_engine(name: str) -> TextToSpeech:
    """The engine of that name, loaded once; raises ``SpeechError`` for an unknown name or a missing library."""
    if name not in VOICES:
        raise SpeechError(f"There is no speech engine {name!r}. Known: {', '.join(VOICES)}.")
    return VOICES[name]()


def load_voice(name: str = AGENT_VOICE) -> Voice:
    """The voice ``engine:voice`` (or ``engine`` for its first one); ``kokoro:one+other`` is half of each.

    Raises:
        SpeechError: unknown engine or voice, or the engine's library is not installed.
        AssetError: its weights are not available.
    """
    engine_name, _, voice = name.partition(":")
    engine = load_engine(engine_name)
    voice = voice or engine.voices[0]
    if not {*voice.split("+")} <= {*engine.voices}:
        raise SpeechError(f"{engine_name} has no voice {voice!r}. Known: {', '.join(engine.voices)}.")
    return Voice(engine, voice)


@once
def load_hearing(name: str = DEFAULT_HEARING) -> SpeechToText:
    """The recogniser of that name, loaded once; raises ``SpeechError`` for an unknown name."""
    if name not in HEARINGS:
        raise SpeechError(f"There is no speech recogniser {name!r}. Known: {', '.join(HEARINGS)}.")
    return HEARINGS[name]()

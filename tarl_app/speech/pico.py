"""Pico: two plain English voices, much faster than real time, for bulk simulation; ``py_nanotts`` contains its data."""

from collections.abc import Iterator

import numpy as np
from py_nanotts import NanoTTS

from tarl_app.core.errors import SpeechError
from tarl_app.core.settings import settings
from tarl_app.core.sound.audio import Audio
from tarl_app.speech.pool import Pool, parts

RATE = 16_000


class Pico:
    """Speaks plainly and at once; ``speed`` 1.0 is the natural pace."""

    name = "pico"
    voices: tuple[str, ...] = ("en-US", "en-GB")

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self.engine = NanoTTS()
        self.pool = Pool(settings().threads)

    def stream(self, text: str, voice: str = "en-US") -> Iterator[Audio]:
        """Each sentence as 16 kHz sound; raises ``SpeechError`` for an unknown voice."""
        if voice not in self.voices:
            raise SpeechError(f"Pico has no voice {voice!r}. Known: {', '.join(self.voices)}.")
        return self._stream(text, voice)

    def _stream(self, text: str, voice: str) -> Iterator[Audio]:
        for sentence in parts(text):
            with self.pool.seat(sentence):
                pcm = self.engine.speak(sentence, voice=voice, speed=self.speed)
            yield Audio(np.frombuffer(pcm, dtype="<i2").astype(np.float32) / 32768.0, RATE)

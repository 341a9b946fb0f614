"""Coqui TTS, if installed: it needs torchaudio, whose wheels need a GPU machine (``requirements-gpu.txt``)."""

import importlib
from collections.abc import Iterator

import numpy as np

from tarl_app.core.errors import SpeechError
from tarl_app.core.sound.audio import Audio
from tarl_app.speech.pool import Pool, parts

MODEL = "tts_models/en/vctk/vits"


class Coqui:
    """A multi-speaker Coqui model; ``voices`` are the model's speakers."""

    name = "coqui"

    def __init__(self, model: str = MODEL) -> None:
        try:
            api = importlib.import_module("TTS.api")
        except (ImportError, OSError) as error:
            raise SpeechError(
                f"Coqui TTS cannot be loaded ({error}). On a machine with a GPU: pip install -r requirements-gpu.txt. "
                "Without one, use a Kokoro voice."
            ) from error
        self.engine = api.TTS(model_name=model, progress_bar=False)
        self.pool = Pool()
        self.rate = int(self.engine.synthesizer.output_sample_rate)
        self.voices: tuple[str, ...] = tuple(name.strip() for name in self.engine.speakers or ()) or ("default",)

    def stream(self, text: str, voice: str) -> Iterator[Audio]:
        """Each sentence at the model's own rate; raises ``SpeechError`` for an unknown voice."""
        if voice not in self.voices:
            raise SpeechError(f"This Coqui model has no voice {voice!r}. Known: {', '.join(self.voices)}.")
        return self._stream(text, voice)

    def _stream(self, text: str, voice: str) -> Iterator[Audio]:
        speaker = {} if self.voices == ("default",) else {"speaker": voice}
        for sentence in parts(text):
            with self.pool.seat(sentence):
                samples = np.asarray(self.engine.tts(sentence, **speaker), dtype=np.float32)
            yield Audio(np.clip(samples, -1.0, 1.0), self.rate)

"""Whether a speaker has finished, by prosody: Smart Turn v3.2 of Daily (BSD-2-Clause), an ONNX model.

It sees the last eight seconds as Whisper's log-mel spectrogram and answers one probability.
"""

from typing import Any

import numpy as np
import onnxruntime

from tarl_app import assets
from tarl_app.core.errors import SpeechError
from tarl_app.core.process.once import once
from tarl_app.core.sound.audio import Audio
from tarl_app.speech.resample import resample

ASSET = "smart-turn-v3.2"
RATE, SECONDS = 16_000, 8
_MELS, _HOP, _WINDOW = 80, 160, 400
_EPSILON = 1e-7  # of the normalisation, as in transformers' feature extractor, with which the model was trained


class SmartTurn:
    """The model; safe to use from any thread, and computes in the caller's (0.06 s of a core)."""

    def __init__(self) -> None:
        """Raises ``AssetError`` where the weights are not to be had."""
        from faster_whisper.feature_extractor import FeatureExtractor

        chosen = onnxruntime.SessionOptions()
        chosen.intra_op_num_threads = chosen.inter_op_num_threads = 1
        path = assets.fetch(ASSET) / "smart-turn-v3.2-cpu.onnx"
        try:
            self._session: Any = onnxruntime.InferenceSession(str(path), chosen, providers=["CPUExecutionProvider"])
        except Exception as error:  # of the runtime, which has many
            raise SpeechError(f"{path.name} cannot be loaded ({type(error).__name__}): fetch the weights again.") from error
        self._extractor: Any = FeatureExtractor(_MELS, RATE, _HOP, SECONDS, _WINDOW)

    def features(self, audio: Audio) -> np.ndarray:
        """float32 [80, 800]: the last eight seconds, with zeros before a shorter sound, at mean 0 and variance 1."""
        samples = resample(audio, RATE).samples[-SECONDS * RATE :]
        samples = np.pad(samples, (SECONDS * RATE - len(samples), 0)).astype(np.float32)
        normal = (samples - samples.mean()) / np.sqrt(samples.var() + _EPSILON)
        return self._extractor(normal, padding=0).astype(np.float32)

    def __call__(self, audio: Audio) -> float:
        """The probability that the speaker, who has just fallen silent for about 0.2 s, has finished."""
        (found,) = self._session.run(None, {"input_features": self.features(audio)[None]})
        return float(found[0, 0])


@once
def load_smart_turn() -> SmartTurn:
    """The model, loaded once; raises ``AssetError`` or ``SpeechError``."""
    return SmartTurn()

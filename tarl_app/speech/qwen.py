"""Qwen2.5-Omni's own voices: the thinker is forced to write the text, the talker speaks it, the vocoder makes sound.

It runs transformers' ``generate`` of the whole model; the thinker is restricted to the text's next token. The model is
a separate, untuned copy, because a talker is trained on the states of its own thinker. It needs the memory of a whole
model (3B: 18 GB, 7B: 31 GB), beside that of the agent. The 3B is licensed for research only (NOTICE).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import Qwen2_5OmniForConditionalGeneration

from tarl_app.core.errors import SpeechError
from tarl_app.core.settings import settings
from tarl_app.core.sound.audio import Audio
from tarl_app.speech.pool import Pool, parts

RATE = 24_000
_PROMPT = (
    "<|im_start|>system\nYou are Qwen, a virtual human developed by the Qwen Team, Alibaba Group, capable of perceiving "
    "auditory and visual inputs, as well as generating text and speech.<|im_end|>\n"  # verbatim, otherwise there is no sound
    "<|im_start|>user\nPlease read this aloud: {text}<|im_end|>\n<|im_start|>assistant\n"
)
_END = "<|im_end|>"


class QwenTalker:
    """The talker of a whole Qwen2.5-Omni; ``voices`` are its speakers (Chelsie and Ethan)."""

    name = "qwen"

    def __init__(self, model: str = "", most_codes: int = 4096) -> None:
        """``model``: a directory or hub id (default ``Settings.talker``); ``most_codes``: the most codes of a sentence, 50 a
        second.

        Raises:
            SpeechError: none is named, or it cannot be loaded.
        """
        model = model or settings().talker
        if not model:
            raise SpeechError(
                "Qwen's own voice needs a whole Qwen2.5-Omni: TARL_TALKER=Qwen/Qwen2.5-Omni-3B, or a directory. Without a "
                "GPU, use a Kokoro voice."
            )
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.most_codes = most_codes
        dtype = torch.bfloat16 if self.device.type == "cuda" else torch.float32
        options: dict[str, Any] = {"local_files_only": settings().offline or not settings().hub}
        try:
            self.tokenizer = Tokenizer.from_file(str(_tokenizer(model, **options)))
            loaded = Qwen2_5OmniForConditionalGeneration.from_pretrained(model, dtype=dtype, **options)
        except Exception as error:  # of many kinds: no file, no network, another architecture, a broken tokenizer
            raise SpeechError(f"{model} is no whole Qwen2.5-Omni that can be loaded: {error}") from error
        self.model = loaded.to(self.device).eval()  # pyright: ignore[reportArgumentType]
        self.voices: tuple[str, ...] = tuple(self.model.speaker_map)
        self.pool = Pool()

    def stream(self, text: str, voice: str) -> Iterator[Audio]:
        """Each sentence as 24 kHz sound; raises ``SpeechError`` for an unknown voice."""
        if voice not in self.voices:
            raise SpeechError(f"This Qwen2.5-Omni has no voice {voice!r}. Known: {', '.join(self.voices)}.")
        return self._stream(text, voice)

    def _stream(self, text: str, voice: str) -> Iterator[Audio]:
        for sentence in parts(text):
            with self.pool.seat(sentence):
                samples = self._speak(sentence.replace("<|", ""), voice)  # no control tokens but our own
            yield Audio(samples, RATE)

    def _speak(self, sentence: str, voice: str) -> np.ndarray:
        prompt, told = self._ids(_PROMPT.format(text=sentence)), self._ids(sentence + _END)
        ends = [self.model.talker.codec_pad_token, self.model.talker.codec_eos_token]
        ids = torch.tensor([prompt], device=self.device)

        def next_of(_: int, so_far: torch.Tensor) -> list[int]:
            return [told[min(len(so_far) - len(prompt), len(told) - 1)]]

        with torch.random.fork_rng():
            torch.manual_seed(0)  # the same text always sounds the same
            made = self.model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                speaker=voice,
                thinker_max_new_tokens=len(told),
                thinker_do_sample=False,
                thinker_eos_token_id=told[-1],
                thinker_pad_token_id=told[-1],
                thinker_prefix_allowed_tokens_fn=next_of,
                talker_max_new_tokens=self.most_codes,
                talker_min_new_tokens=2,
                talker_eos_token_id=ends,
            )
        _, samples = cast(tuple[torch.Tensor, torch.Tensor], made)
        return np.clip(samples.float().cpu().numpy(), -1.0, 1.0)

    def _ids(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False).ids


def _tokenizer(model: str, local_files_only: bool) -> Path:
    if Path(model).is_dir():
        return Path(model) / "tokenizer.json"
    from huggingface_hub import hf_hub_download

    return Path(hf_hub_download(model, "tokenizer.json", local_files_only=local_files_only))

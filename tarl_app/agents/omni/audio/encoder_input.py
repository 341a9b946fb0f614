"""From sound to what the thinker hears: log-mel frames, the count of audio positions, and omni-mini's projector.

Whisper's encoder (the audio tower) turns 100 mel frames a second into 25 states a second. ``AudioProjector`` turns the
states into input embeddings of the language model. It is trained with CTC first, over letters: what it hears, it spells in
the language model's own tokens, so that the language model can read sound from the first step, words included that no
training sentence had; a residual carries what letters cannot say. The states of one token become one embedding, so an
utterance takes as many positions as its transcript (CTC compression, Gaido et al. 2021, arXiv 2102.01578).
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
import soxr
import torch
from torch import nn
from transformers import Qwen2_5OmniThinkerForConditionalGeneration, WhisperFeatureExtractor

from tarl_app.agents.omni.audio.ctc_decoder import CharacterModel, Written, beam_search, best_path
from tarl_app.agents.omni.audio.keyword_spotting import Recognition, class_scores
from tarl_app.agents.omni.model.layout import audio_tower
from tarl_app.core.audio import Audio, load
from tarl_app.core.errors import AgentError, SoundTooLong
from tarl_app.core.types import AudioRef

RATE = 16_000
FRAMES_PER_SECOND = 100
_SHORTEST = 0.1  # seconds; shorter sounds are padded with silence, so that there is at least one position
_REMEMBERED = 64


@cache
def _extractor(mels: int) -> WhisperFeatureExtractor:
    return WhisperFeatureExtractor(feature_size=mels, sampling_rate=RATE)


def log_mel(audio: Audio, mels: int = 80) -> torch.Tensor:
    """Whisper's log-mel spectrogram of the sound alone (no padding to 30 s), float32 of shape [mels, frames]."""
    samples = audio.samples if audio.rate == RATE else soxr.resample(audio.samples, audio.rate, RATE)
    short = int(_SHORTEST * RATE) - len(samples)
    if short > 0:
        samples = np.pad(samples, (0, short))
    features = _extractor(mels)(
        np.asarray(samples, dtype=np.float32),
        sampling_rate=RATE,
        padding="do_not_pad",
        truncation=False,
        return_tensors="np",
    )
    return torch.from_numpy(np.ascontiguousarray(features["input_features"][0], dtype=np.float32))


def audio_positions(frames: int) -> int:
    """How many states the audio tower makes of that many mel frames: 25 a second, each one audio token of Qwen2.5-Omni."""
    after_convolution = (frames - 1) // 2 + 1
    return (after_convolution - 2) // 2 + 1


class Ear:
    """Reads stored sounds and remembers the last spectrograms; safe to share between threads."""

    def __init__(self, mels: int = 80, longest: float = 60.0, folder: Path | None = None) -> None:
        """``longest`` is in seconds; ``folder`` is where the sounds lie (default ``Settings.audio``)."""
        self.mels, self.longest, self.folder = mels, longest, folder
        self._lock = Lock()
        self._features: OrderedDict[str, torch.Tensor] = OrderedDict()

    def features(self, ref: AudioRef) -> torch.Tensor:
        """The spectrogram, float32 [mels, frames].

        Raises:
            SpeechError: the sound is gone or broken.
            AgentError: it is longer than ``longest`` seconds.
        """
        with self._lock:
            if ref.path in self._features:
                self._features.move_to_end(ref.path)
                return self._features[ref.path]
        try:
            audio = load(ref, self.folder, self.longest)
        except SoundTooLong as error:
            raise AgentError(f"{error} The agent listens to {self.longest:.0f} s at most.") from error
        features = log_mel(audio, self.mels)
        with self._lock:
            self._features[ref.path] = features
            while len(self._features) > _REMEMBERED:
                self._features.popitem(last=False)
        return features


Spell = Callable[[str], tuple[list[int], list[tuple[int, int]]]]
"""A text's token ids in the language model, and the place of each in it, from and to (``OmniTokenizer.spans``)."""


class Compressed(NamedTuple):
    """What the projector makes of B sounds with N states together."""

    embeds: torch.Tensor
    """Input embeddings [M, hidden], one sound after the other."""
    counts: torch.Tensor
    """How many of them each sound has, [B]."""
    tokens: tuple[tuple[int, ...], ...]
    """The token ids that each sound was taken for."""
    texts: tuple[str, ...]
    """The same as text."""
    logits: torch.Tensor
    """The CTC head's, [2 N, letters + 1]."""


class _Neighbours(nn.Module):
    """A residual block that sees each state with one on either side, ``reach`` states away, as a matrix product."""

    def __init__(self, inner: int, reach: int) -> None:
        super().__init__()
        self.reach = reach
        self.norm = nn.LayerNorm(inner)
        self.up = nn.Linear(3 * inner, inner)
        self.down = nn.Linear(inner, inner)

    def forward(self, x_BPD: torch.Tensor, inside_BP1: torch.Tensor) -> torch.Tensor:
        """States of sounds, padded; what is outside of a sound is nothing to those inside."""
        normed, reach = self.norm(x_BPD) * inside_BP1, self.reach
        before = nn.functional.pad(normed, (0, 0, reach, 0))[:, : normed.shape[1]]
        after = nn.functional.pad(normed, (0, 0, 0, reach))[:, reach:]
        return x_BPD + self.down(nn.functional.gelu(self.up(torch.cat([before, normed, after], -1))))


class AudioProjector(nn.Module):
    """Audio states [n, width] at 25 Hz -> input embeddings [m, hidden], by way of the letters that are heard.

    The CTC head names a letter or the blank twice a state, so up to 50 a second. The letters are spelled into tokens of the
    language model; each token's embedding is the language model's own, plus a residual of the states it was heard in.

    Parameters: norm, a linear layer, then either a GELU and another linear layer or ``context`` blocks that see neighbouring
    states (1, 2, 4, ... states away), the CTC head (the blank is its last class) and the residual, which starts at zero. The
    rows of ``embeddings`` are read as they are, without gradient, and are not weights of this module.
    """

    def __init__(
        self, width: int, embeddings: nn.Embedding, letters: str, spell: Spell, inner: int = 768, context: int = 0
    ) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, inner)
        if context:
            self.blocks = nn.ModuleList(_Neighbours(inner, 1 << number) for number in range(context))
            self.settle = nn.LayerNorm(inner)
        else:
            self.mix = nn.Linear(inner, inner)
        self.context = context
        self.letters, self.spell = letters, spell
        self.language: CharacterModel | None = None
        """What is usually said; without it the best path is taken."""
        self.ctc = nn.Linear(inner, 2 * (len(letters) + 1))
        self.residual = nn.Linear(inner, embeddings.embedding_dim)
        nn.init.zeros_(self.residual.weight)
        nn.init.zeros_(self.residual.bias)
        self._embeddings = (embeddings,)  # in a tuple, so that torch does not take it for a part of this module

    @property
    def blank(self) -> int:
        """The class of the CTC blank."""
        return len(self.letters)

    def hidden(self, x: torch.Tensor, counts: torch.Tensor | None = None) -> torch.Tensor:
        """States [N, width] of sounds one after the other, ``counts`` [B] each (None: one sound) -> [N, inner]."""
        if not self.context:
            return self.mix(nn.functional.gelu(self.up(self.norm(x))))
        sizes = [len(x)] if counts is None else counts.tolist()
        padded_BPD = nn.utils.rnn.pad_sequence(list(x.split(sizes)), batch_first=True)
        places_P = torch.arange(padded_BPD.shape[1], device=x.device)
        inside_BP = places_P < torch.tensor(sizes, device=x.device)[:, None]
        hidden_BPD = self.up(self.norm(padded_BPD))
        for block in self.blocks:
            hidden_BPD = block(hidden_BPD, inside_BP[..., None])
        return self.settle(hidden_BPD[inside_BP])

    def ctc_logits(self, x: torch.Tensor, counts: torch.Tensor | None = None) -> torch.Tensor:
        """States as for ``hidden`` -> logits [2 N, letters + 1]; class i is ``letters[i]``, the last is the blank."""
        return self._letter_logits(self.hidden(x, counts))

    def _letter_logits(self, hidden: torch.Tensor) -> torch.Tensor:
        return self.ctc(hidden).view(-1, self.blank + 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """States [n, width] of one sound -> its residuals [n, hidden]; what the language model reads is in ``compress``."""
        return self.residual(self.hidden(x))

    def compress(self, x: torch.Tensor, counts: torch.Tensor) -> Compressed:
        """Sounds one after the other as states [N, width], ``counts`` [B] each -> what the language model reads.

        What each sound says (``letters``), spelled into tokens: one embedding each. A sound in which nothing is recognised
        keeps one position, which has the residual of all its states alone.
        """
        hidden = self.hidden(x, counts)
        logits = self._letter_logits(hidden)
        tokens: list[tuple[int, ...]] = []
        texts: list[str] = []
        ends: list[tuple[int, int]] = []  # the states of each embedding, among all
        first = 0
        for part, count in zip(logits.detach().split((2 * counts).tolist()), counts.tolist(), strict=True):
            text, places = self._read(part)
            ids, spans = self.spell(" " + text) if text else ([], [])
            tokens.append(tuple(ids))
            texts.append(text)
            for begin, end in spans:  # in the text with a space before it, which belongs to the first letter
                begin, last = max(0, begin - 1), max(0, begin - 1, end - 2)
                ends.append((first + places[begin] // 2, first + places[last] // 2))
            if not ids:
                ends.append((first, first + count - 1))
            first += count
        sizes = torch.tensor([last - begin + 1 for begin, last in ends], device=x.device)
        states = [state for begin, last in ends for state in range(begin, last + 1)]
        run = torch.repeat_interleave(torch.arange(len(ends), device=x.device), sizes)
        heard = hidden.float()[torch.tensor(states, device=x.device)]
        mean = heard.new_zeros(len(ends), heard.shape[1]).index_add(0, run, heard) / sizes[:, None]
        embeds = self.residual(mean.to(hidden.dtype))
        spelled = torch.tensor([bool(own) for own in tokens for _ in range(len(own) or 1)], device=x.device)
        ids = torch.tensor([token for own in tokens for token in own], dtype=torch.long, device=x.device)
        rows = self._embeddings[0].weight.detach()[ids].to(embeds.dtype)
        embeds = embeds + torch.zeros_like(embeds).masked_scatter(spelled[:, None], rows)
        numbers = torch.tensor([len(own) or 1 for own in tokens], device=counts.device)
        return Compressed(embeds, numbers, tuple(tokens), tuple(texts), logits)

    def _read(self, logits: torch.Tensor) -> Written:
        """The text in the logits [2 n, letters + 1] of one sound, and where in them each of its letters begins."""
        if self.language is None:
            return best_path(logits.argmax(-1).tolist(), self.letters)
        return beam_search(logits.float().log_softmax(-1).cpu().numpy(), self.letters, self.language)


def attach_projector(
    thinker: Qwen2_5OmniThinkerForConditionalGeneration,
    letters: str,
    spell: Spell,
    inner: int = 768,
    context: int = 0,
    seed: int = 0,
) -> AudioProjector:
    """Replaces ``audio_tower.proj`` by a fresh projector in the thinker's dtype and place, and answers it."""
    tower = audio_tower(thinker)
    embeddings = thinker.get_input_embeddings()
    assert isinstance(embeddings, nn.Embedding)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        projector = AudioProjector(tower.config.d_model, embeddings, letters, spell, inner, context)
    projector.to(device=embeddings.weight.device, dtype=embeddings.weight.dtype).train(thinker.training)
    tower.register_module("proj", projector)
    return projector


@dataclass(frozen=True)
class Heard:
    """What a thinker gets of one sound: ``embeddings`` [n, hidden], and what its projector took them for.

    ``recognition`` is None for a projector that does not recognise words (Qwen2.5-Omni's own).
    """

    embeddings: torch.Tensor
    recognition: Recognition | None = None


def listen(thinker: Qwen2_5OmniThinkerForConditionalGeneration, features: Sequence[torch.Tensor]) -> list[Heard]:
    """What the thinker gets of each spectrogram [mels, frames].

    Gradients flow as the caller's grad mode and the weights' ``requires_grad`` say.
    """
    output, states, counts = _tower(thinker, features)
    projector = audio_tower(thinker).proj
    if not isinstance(projector, AudioProjector):
        return [Heard(part) for part in output.split(counts.tolist())]
    read = projector.compress(states, counts)
    logprobs = read.logits.detach().float().log_softmax(-1).cpu().split((2 * counts).tolist())
    return [
        Heard(embeds, Recognition(text, class_scores(own.numpy(), projector.letters)))
        for embeds, text, own in zip(read.embeds.split(read.counts.tolist()), read.texts, logprobs, strict=True)
    ]


def hear(
    thinker: Qwen2_5OmniThinkerForConditionalGeneration, features: Sequence[torch.Tensor], *, states: bool = False
) -> list[torch.Tensor]:
    """The embeddings [n_i, hidden] of ``listen``.

    With ``states`` it is the audio tower's states [n_i, width] before the projector (the input of ``ctc_logits``).
    """
    if not states:
        return [heard.embeddings for heard in listen(thinker, features)]
    _, seen, counts = _tower(thinker, features)
    return list(seen.split(counts.tolist()))


def _tower(
    thinker: Qwen2_5OmniThinkerForConditionalGeneration, features: Sequence[torch.Tensor]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The tower's output [N, hidden], its states [N, width] before the projector, and how many are of each sound."""
    tower = audio_tower(thinker)
    lengths = torch.tensor([f.shape[1] for f in features], device=tower.device)
    joined = torch.cat([f.to(lengths.device) for f in features], dim=1)
    counts = torch.tensor([audio_positions(f.shape[1]) for f in features], device=tower.device)
    seen: list[torch.Tensor] = []
    hook = tower.proj.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    try:
        output = tower(joined, feature_lens=lengths, aftercnn_lens=(lengths - 1) // 2 + 1).last_hidden_state
    finally:
        hook.remove()
    return output, seen[0], counts


def forward_checked(
    thinker: Qwen2_5OmniThinkerForConditionalGeneration,
    input_ids: torch.Tensor,
    features: Sequence[torch.Tensor] = (),
    **inputs: Any,
) -> Any:
    """``thinker(input_ids=..., **inputs)`` with the sounds whose placeholders are in ``input_ids`` [B, T], row by row.

    transformers runs a forward pass without the sounds silently, on the placeholders' own embeddings, which shifts every
    log-probability; here it is an error.

    Raises:
        AgentError: the placeholders do not match the spectrograms.
    """
    slots_BT = input_ids == thinker.config.audio_token_index
    sounds_ND = torch.cat(hear(thinker, features)) if features else None
    positions = 0 if sounds_ND is None else len(sounds_ND)
    if int(slots_BT.sum()) != positions:
        raise AgentError(
            f"{int(slots_BT.sum())} audio placeholders, but {positions} positions of sound ({len(features)} sounds)."
        )
    embeds_BTD = thinker.get_input_embeddings()(input_ids)
    if sounds_ND is not None:
        embeds_BTD = embeds_BTD.masked_scatter(slots_BT[..., None], sounds_ND.to(embeds_BTD.dtype))
    return thinker(input_ids=input_ids, inputs_embeds=embeds_BTD, **inputs)

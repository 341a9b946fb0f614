"""omni-mini's audio projector: from the states of the audio tower to input embeddings, by way of letters.

Whisper's encoder (the audio tower) turns 100 mel frames a second into 25 states a second. ``AudioProjector`` turns the
states into input embeddings of the language model. It is trained with CTC first, over letters: what it hears, it spells in
the language model's own tokens, so that the language model can read sound from the first step, words included that no
training sentence had; a residual carries what letters cannot say. The states of one token become one embedding, so an
utterance takes as many positions as its transcript (CTC compression, Gaido et al. 2021, arXiv 2102.01578).
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import nn
from transformers import Qwen2_5OmniThinkerForConditionalGeneration

from tarl_app.agents.omni.audio.attention_decoder import AttentionDecoder, States
from tarl_app.agents.omni.audio.ctc_decoder import CharacterModel, Written, beam_search, best_path
from tarl_app.agents.omni.audio.joint_decoding import joint_text, placed
from tarl_app.agents.omni.model.layout import audio_tower

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
        self.attention: AttentionDecoder | None = None
        """Whisper's decoder, where the audio tower is still Whisper's encoder; without it the letters alone decide."""
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

    def compress(self, x: torch.Tensor, counts: torch.Tensor, encoded: Sequence[States | None] = ()) -> Compressed:
        """Sounds one after the other as states [N, width], ``counts`` [B] each -> what the language model reads.

        ``encoded``: for each sound the encoder's own states, 50 a second, for ``attention``; None: letters alone decide.
        What each sound says (``letters``), spelled into tokens: one embedding each. A sound in which nothing is recognised
        keeps one position, which has the residual of all its states alone.
        """
        hidden = self.hidden(x, counts)
        logits = self._letter_logits(hidden)
        tokens: list[tuple[int, ...]] = []
        texts: list[str] = []
        ends: list[tuple[int, int]] = []  # the states of each embedding, among all
        first = 0
        parts, own_states = logits.detach().split((2 * counts).tolist()), encoded or (None,) * len(counts)
        for part, count, states in zip(parts, counts.tolist(), own_states, strict=True):
            text, places = self._read(part, states)
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

    def _read(self, logits: torch.Tensor, states: States | None) -> Written:
        """The text in the logits [2 n, letters + 1] of one sound, and where in them each of its letters begins."""
        if self.language is None:
            return best_path(logits.argmax(-1).tolist(), self.letters)
        logprobs = logits.float().log_softmax(-1).cpu().numpy()
        written = beam_search(logprobs, self.letters, self.language)
        if self.attention is None or states is None:
            return written
        text = joint_text(logprobs, states, written[0], self.letters, self.language, self.attention)
        return written if text == written[0] else placed(logprobs, text, self.letters)


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

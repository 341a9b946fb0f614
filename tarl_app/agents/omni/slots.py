"""One forward pass for many dialogues at once, each going on where its keys and values end.

The new tokens of all dialogues lie one after another in a single row, so that long prompts and single tokens share the same
matrix products and nothing is padded. Attention is the only part that knows of several dialogues: each reads the keys and
values of its own slot. Slots can be forked, so a beginning that several dialogues share is computed once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import Qwen2_5OmniThinkerForConditionalGeneration as Thinker

from tarl_app.agents.omni.layout import language_model

_GROWTH = 256  # capacities are multiples of it
_RUN = 64  # tokens that are compared at once
_NEAR = 8  # tokens that tell most dialogues apart


@dataclass(frozen=True, eq=False)
class Piece:
    """New tokens of one slot's dialogue."""

    slot: int
    ids: Sequence[int]
    marks: Sequence[int]
    """One for each of ``ids``: the id, or for a position of sound a negative number that stands for that sound."""
    sounds: Tensor | None = None
    """Embeddings [positions, D] of the audio positions among ``ids``."""


class Slots:
    """Keys and values [slots, heads, capacity, head_dim] per layer; ``marks`` says which tokens a slot holds."""

    def __init__(self, count: int) -> None:
        self.marks: list[list[int]] = [[] for _ in range(count)]
        self.layers: list[tuple[Tensor, Tensor]] = []
        self._capacity = 0

    def clear(self) -> None:
        """Forgets every dialogue (the weights have changed); the memory is kept."""
        for marks in self.marks:
            marks.clear()

    def holds_most(self, marks: Sequence[int], slots: Iterable[int]) -> tuple[int, int]:
        """The first of ``slots`` that holds most of the beginning of ``marks``, and how much."""
        best, most = -1, -1
        for slot in slots:
            if agree(self.marks[slot], marks, most + 1):
                best, most = slot, common(self.marks[slot], marks)
        return best, most

    def rewind(self, slot: int, marks: Sequence[int]) -> int:
        """Keeps the longest common beginning with ``marks`` (but not all of it) and answers its length."""
        length = min(common(self.marks[slot], marks), len(marks) - 1)
        del self.marks[slot][length:]
        return length

    def fork(self, source: int, target: int, length: int) -> None:
        """``target`` becomes the first ``length`` tokens of ``source``."""
        for keys, values in self.layers:
            keys[target, :, :length] = keys[source, :, :length]
            values[target, :, :length] = values[source, :, :length]
        self.marks[target] = self.marks[source][:length]

    def reserve(self, longest: int) -> None:
        """Room for ``longest`` tokens in every slot."""
        if longest > self._capacity:
            self._capacity = _GROWTH * (longest // _GROWTH + 1 + (longest >= 2 * _GROWTH))
            self.layers = [(self._grown(keys), self._grown(values)) for keys, values in self.layers]

    def _grown(self, old: Tensor) -> Tensor:
        new = old.new_zeros(old.shape[0], old.shape[1], self._capacity, old.shape[3])
        new[:, :, : old.shape[2]] = old
        return new

    def layer(self, index: int, like: Tensor) -> tuple[Tensor, Tensor]:
        """A layer's buffers; made at the first pass, for keys [1, heads, n, head_dim] such as ``like``."""
        if index == len(self.layers):
            shape = (len(self.marks), like.shape[1], self._capacity, like.shape[3])
            self.layers.append((like.new_zeros(shape), like.new_zeros(shape)))  # zeros: unread places must not be NaN
        return self.layers[index]


def common(one: Sequence[int], other: Sequence[int]) -> int:
    """The length of the longest common beginning."""
    limit, begin = min(len(one), len(other)), 0
    while begin < limit:  # run by run: comparing lists is much faster than comparing their elements here
        ours, theirs = list(one[begin : begin + _RUN]), list(other[begin : begin + _RUN])
        if ours != theirs:
            differs = (place for place, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b)
            return begin + next(differs, min(len(ours), len(theirs)))
        begin += _RUN
    return limit


def agree(one: Sequence[int], other: Sequence[int], length: int) -> bool:
    """Whether both begin with the same ``length`` tokens; the last ones are where those that differ mostly do."""
    if min(len(one), len(other)) < length:
        return False
    near = max(0, length - _NEAR)
    return list(one[near:length]) == list(other[near:length]) and list(one[:near]) == list(other[:near])


class Plan:
    """Where the tokens of one packed pass belong; ``attend`` is the attention of every layer."""

    def __init__(self, slots: Slots, pieces: Sequence[Piece], device: torch.device) -> None:
        self.slots = slots
        self.starts = [len(slots.marks[piece.slot]) for piece in pieces]
        self.counts = [len(piece.ids) for piece in pieces]
        self.numbers = [piece.slot for piece in pieces]
        ends = [start + count for start, count in zip(self.starts, self.counts, strict=True)]
        slots.reserve(max(ends))
        self.longest = max(ends)
        positions = [torch.arange(start, end) for start, end in zip(self.starts, ends, strict=True)]
        self.positions_N = torch.cat(positions).to(device)
        self.slots_N = torch.repeat_interleave(torch.tensor(self.numbers), torch.tensor(self.counts)).to(device)
        self.last_P = (torch.tensor(self.counts).cumsum(0) - 1).to(device)
        self._all = max(self.numbers) + 1
        self._view = 2 * len(pieces) > self._all  # otherwise the few slots that are read are copied together
        self.rows_P = torch.tensor(self.numbers, device=device)
        lengths = torch.tensor(ends, device=device)
        if self._view:
            lengths = torch.ones(self._all, dtype=torch.long, device=device).index_copy(0, self.rows_P, lengths)
        self.mask = (torch.arange(self.longest, device=device)[None] < lengths[:, None])[:, None, None]

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scaling: float | None) -> Tensor:
        """[1, heads, N, head_dim] each -> [1, N, heads, head_dim]; the keys and values are written to their slots first."""
        query, key = query.to(value.dtype), key.to(value.dtype)
        keys, values = self.slots.layer(layer, value)
        keys[self.slots_N, :, self.positions_N] = key[0].transpose(0, 1)
        values[self.slots_N, :, self.positions_N] = value[0].transpose(0, 1)
        output = torch.empty_like(query[0])
        output[:, self.last_P] = self._last(query[0, :, self.last_P], keys, values, scaling)
        begin = 0
        for number, start, count in zip(self.numbers, self.starts, self.counts, strict=True):
            if count > 1:
                part = slice(begin, begin + count - 1)
                output[:, part] = self._rest(query[:, :, part], keys[number], values[number], start, scaling)
            begin += count
        return output.transpose(0, 1)[None]

    def _last(self, query_HPd: Tensor, keys: Tensor, values: Tensor, scaling: float | None) -> Tensor:
        """The last token of every piece; the query heads that share a key head become its queries."""
        heads, pieces, width = query_HPd.shape
        shared = keys.shape[1]
        packed = query_HPd.transpose(0, 1).reshape(pieces, shared, heads // shared, width)
        if self._view:
            spread = packed.new_zeros(self._all, *packed.shape[1:])
            packed = spread.index_copy(0, self.rows_P, packed)
            keys, values = keys[: self._all, :, : self.longest], values[: self._all, :, : self.longest]
        else:
            keys, values = keys[self.rows_P, :, : self.longest], values[self.rows_P, :, : self.longest]
        mixed = nn.functional.scaled_dot_product_attention(packed, keys, values, self.mask, scale=scaling)
        mixed = mixed[self.rows_P] if self._view else mixed
        return mixed.reshape(pieces, heads, width).transpose(0, 1)

    @staticmethod
    def _rest(query: Tensor, keys: Tensor, values: Tensor, start: int, scaling: float | None) -> Tensor:
        """The other tokens of one piece, [1, heads, n, head_dim] -> [heads, n, head_dim]."""
        count = query.shape[2]
        end = start + count
        places = torch.arange(end, device=query.device)
        mask = None if start == 0 else (places[None] <= places[start:, None])[None, None]
        return nn.functional.scaled_dot_product_attention(
            query,
            keys[None, :, :end],
            values[None, :, :end],
            mask,
            is_causal=start == 0,
            scale=scaling,
            enable_gqa=keys.shape[0] != query.shape[1],
        )[0]


def read_pieces(thinker: Thinker, slots: Slots, pieces: Sequence[Piece]) -> Tensor:
    """Reads the new tokens of every piece and answers the logits [pieces, vocabulary] after the last of each."""
    device = thinker.lm_head.weight.device
    plan = Plan(slots, pieces, device)
    ids_N = torch.tensor([token for piece in pieces for token in piece.ids], device=device)
    embeds_ND = thinker.get_input_embeddings()(ids_N)
    sounds = [piece.sounds for piece in pieces if piece.sounds is not None]
    if sounds:
        heard_MD = torch.cat(sounds).to(embeds_ND.dtype)
        embeds_ND = embeds_ND.clone()
        embeds_ND[ids_N == thinker.config.audio_token_index] = heard_MD
    hidden_ND = language_model(thinker)(
        inputs_embeds=embeds_ND[None],
        attention_mask={"full_attention": None},
        position_ids=plan.positions_N[None],
        use_cache=False,
        slots=plan,
    ).last_hidden_state[0]
    for piece in pieces:
        slots.marks[piece.slot] += piece.marks
    return thinker.lm_head(hidden_ND[plan.last_P])

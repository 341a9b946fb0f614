"""One forward pass for many dialogues at once, each going on where its keys and values end.

The new tokens of all dialogues lie one after another in a single row, so that long prompts and single tokens share the same
matrix products and nothing is padded. Attention is the only part that knows of several dialogues: each reads the keys and
values of its own slot (``kv_cache``), and a beginning that several dialogues share is read once.
"""

# ruff: noqa: N815 - the axes are in the names of fields, too
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from tarl_app.agents.omni.decoding.kv_cache import GROWTH, KVCache
from tarl_app.agents.omni.decoding.tail_attention import TailAttention
from tarl_app.agents.omni.model.layout import language_model

if TYPE_CHECKING:
    from transformers import Qwen2_5OmniThinkerForConditionalGeneration as Thinker

_SCORES = 1 << 26  # of attention at once, in a group of pieces
_SHORT = 32  # tokens of a piece that attend together on a CPU


@dataclass(frozen=True, eq=False)
class Piece:
    """New tokens of one slot's dialogue."""

    slot: int
    ids: Sequence[int]
    marks: Sequence[int]
    """One for each of ``ids``: the id, or for a position of sound a negative number that stands for that sound."""
    sounds: Tensor | None = None
    """Embeddings [positions, D] of the audio positions among ``ids``."""
    wanted: int = 1
    """After how many of its last tokens the logits are wanted."""


@dataclass(frozen=True, eq=False)
class _Group:
    """Pieces of about the same length that attend in one go; where a piece is shorter, what comes out goes nowhere."""

    slots_R: Tensor
    starts_R: Tensor
    reads_RM: Tensor
    """Places in the row; 0 where there is no token."""
    writes_RM: Tensor
    """The same, but one after the row's end where there is no token."""
    end: int
    """Keys that are looked at, at most."""


class Plan:
    """Where the tokens of one packed pass belong; ``attend`` is the attention of every layer."""

    def __init__(self, slots: KVCache, pieces: Sequence[Piece], device: torch.device, grouped: bool | None = None) -> None:
        """Pieces are ``grouped`` by default where starting many small computations is what takes the time: not on a CPU."""
        self.slots, self.device = slots, device
        grouped = device.type != "cpu" if grouped is None else grouped
        starts = [len(slots.marks[piece.slot]) for piece in pieces]
        counts = np.array([len(piece.ids) for piece in pieces])
        numbers = [piece.slot for piece in pieces]
        ends = starts + counts
        slots.reserve(int(ends.max()))
        self.longest = slots.aligned(int(ends.max()))
        lasts = counts.cumsum() - 1
        begins = lasts - counts + 1
        self._all = max(numbers) + 1
        self._view = 2 * len(pieces) > self._all  # otherwise the few slots that are read are copied together
        lengths = ends
        if self._view:
            lengths = np.ones(self._all, np.int64)
            lengths[numbers] = ends
        positions = np.arange(counts.sum()) + np.repeat(starts - begins, counts)
        ids = np.concatenate([np.asarray(piece.ids, np.int64) for piece in pieces])
        tails = np.ones_like(counts) if grouped else np.where(counts <= _SHORT, counts, 1)
        logits = _lasts(lasts, np.array([piece.wanted for piece in pieces]))
        rows = [positions, np.repeat(numbers, counts), _lasts(lasts, tails), np.array(numbers), lengths, ids, logits]
        self.positions_N, self.slots_N, self.tails_T, self.rows_P, lengths_R, self.ids_N, self.wanted_W = _sent(rows, device)
        self._mask = (torch.arange(self.longest, device=device)[None] < lengths_R[:, None])[:, None, None]
        self._whole = numbers == list(range(self._all))
        self._tails = None if grouped else TailAttention(slots, numbers, starts, ends.tolist(), tails.tolist())
        self._alone: list[tuple[int, slice, int]] = []  # slot, part of the row, start
        sizes: dict[int, list[int]] = {}
        for number, (slot, start, begin, count, tail) in enumerate(
            zip(numbers, starts, begins.tolist(), counts.tolist(), tails.tolist(), strict=True)
        ):
            if tail == count:
                continue
            if not grouped or (start == 0 and count > GROWTH):
                self._alone.append((slot, slice(begin, begin + count - 1), start))
            else:
                sizes.setdefault((count - 2).bit_length(), []).append(number)
        self._groups = []
        for members in sizes.values():
            most = int(counts[members].max()) - 1
            end = slots.aligned(int(ends[members].max()))
            size = max(1, _SCORES // (most * end))
            for first in range(0, len(members), size):
                some = members[first : first + size]
                inside = np.arange(most)[None] < counts[some][:, None] - 1
                places = begins[some][:, None] + np.arange(most)[None]
                sent = [np.array(numbers)[some], np.array(starts)[some]]
                sent += [np.where(inside, places, 0).ravel(), np.where(inside, places, len(ids)).ravel()]
                slots_R, starts_R, reads, writes = _sent(sent, device)
                self._groups.append(_Group(slots_R, starts_R, reads.view(len(some), most), writes, end))
        self._masks: dict[object, Tensor] = {}

    @property
    def shared(self) -> list[tuple[list[int], int]]:
        """Which pieces' last tokens read a common beginning together, and how many keys that is."""
        return [] if self._tails is None else self._tails.shared

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scaling: float | None) -> Tensor:
        """[1, heads, N, head_dim] each -> [1, N, heads, head_dim]; the keys and values are written to their slots first."""
        query, key = query.to(value.dtype), key.to(value.dtype)
        keys, values = self.slots.layer(layer, value)
        keys[self.slots_N, :, self.positions_N] = key[0].transpose(0, 1)
        values[self.slots_N, :, self.positions_N] = value[0].transpose(0, 1)
        heads, total, width = query[0].shape
        if len(self.tails_T) == total:
            return self._last(query[0], keys, values, scaling).transpose(0, 1)[None]
        output = query.new_empty(heads, total + 1, width)
        output[:, self.tails_T] = self._last(query[0, :, self.tails_T], keys, values, scaling)
        for slot, part, start in self._alone:
            output[:, part] = self._rest(query[:, :, part], keys[slot], values[slot], start, scaling)
        for group in self._groups:
            output[:, group.writes_RM] = self._grouped(group, query[0], keys, values, scaling)
        return output[:, :total].transpose(0, 1)[None]

    def _last(self, query_HPd: Tensor, keys: Tensor, values: Tensor, scaling: float | None) -> Tensor:
        """The last token of every piece, or all of a short one; the query heads that share a key head become its queries."""
        if self._tails is not None:
            return self._tails.attend(query_HPd, keys, values, scaling)
        heads, pieces, width = query_HPd.shape
        shared = keys.shape[1]
        packed = query_HPd.transpose(0, 1).reshape(pieces, shared, heads // shared, width)
        if self._view:
            if not self._whole:
                packed = packed.new_zeros(self._all, *packed.shape[1:]).index_copy(0, self.rows_P, packed)
            keys, values = keys[: self._all, :, : self.longest], values[: self._all, :, : self.longest]
        else:
            keys, values = keys[self.rows_P, :, : self.longest], values[self.rows_P, :, : self.longest]
        mask = self._once("last", lambda: _added(self._mask, packed.dtype))
        mixed = nn.functional.scaled_dot_product_attention(packed, keys, values, mask, scale=scaling)
        mixed = mixed[self.rows_P] if self._view and not self._whole else mixed
        return mixed.reshape(pieces, heads, width).transpose(0, 1)

    def _rest(self, query: Tensor, keys: Tensor, values: Tensor, start: int, scaling: float | None) -> Tensor:
        """The other tokens of one piece, [1, heads, n, head_dim] -> [heads, n, head_dim]."""
        end = start + query.shape[2]

        def earlier() -> Tensor:
            places = torch.arange(end, device=self.device)
            return _added(places[None] <= places[start:, None], query.dtype)[None, None]

        return nn.functional.scaled_dot_product_attention(
            query,
            keys[None, :, :end],
            values[None, :, :end],
            None if start == 0 else self._once((start, end), earlier),
            is_causal=start == 0,
            scale=scaling,
            enable_gqa=keys.shape[0] != query.shape[1],
        )[0]

    def _grouped(self, group: _Group, query_HNd: Tensor, keys: Tensor, values: Tensor, scaling: float | None) -> Tensor:
        """The other tokens of a group's pieces, [heads, R * M, head_dim]; heads are packed as in ``_last``."""
        heads, _, width = query_HNd.shape
        shared = keys.shape[1]
        pieces, most = group.reads_RM.shape
        packed = query_HNd[:, group.reads_RM].transpose(0, 1).reshape(pieces, shared, heads // shared * most, width)

        def earlier() -> Tensor:
            places_M, keys_E = torch.arange(most, device=self.device), torch.arange(group.end, device=self.device)
            mask = keys_E <= (group.starts_R[:, None] + places_M)[..., None]
            return _added(mask, packed.dtype)[:, None].repeat(1, 1, heads // shared, 1)

        mixed = nn.functional.scaled_dot_product_attention(
            packed,
            keys[group.slots_R, :, : group.end],
            values[group.slots_R, :, : group.end],
            self._once(group, earlier),
            scale=scaling,
        )
        return mixed.reshape(pieces, heads, most, width).transpose(0, 1).flatten(1, 2)

    def _once(self, name: object, make: Callable[[], Tensor]) -> Tensor:
        """A mask that is the same in every layer."""
        if name not in self._masks:
            self._masks[name] = make()
        return self._masks[name]


def _lasts(ends_P: np.ndarray, counts_P: np.ndarray) -> np.ndarray:
    """The places of so many tokens up to each end, with it."""
    return np.concatenate([np.arange(end - count + 1, end + 1) for end, count in zip(ends_P, counts_P, strict=True)])


def _added(allowed: Tensor, dtype: torch.dtype) -> Tensor:
    """What attention adds to its scores."""
    return torch.zeros(allowed.shape, dtype=dtype, device=allowed.device).masked_fill_(~allowed, -math.inf)


def _sent(arrays: Sequence[np.ndarray], device: torch.device) -> tuple[Tensor, ...]:
    return to_device(np.concatenate(arrays).astype(np.int64), device).split([len(one) for one in arrays])


def to_device(array: np.ndarray, device: torch.device) -> Tensor:
    """On the device, without waiting for what it computes now."""
    tensor = torch.from_numpy(array)
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor.to(device)


def read_pieces(thinker: "Thinker", slots: KVCache, pieces: Sequence[Piece], grouped: bool | None = None) -> Tensor:
    """Reads the new tokens of every piece and answers the logits after the last of each, or as many as it wants, in a row:
    [tokens, vocabulary].
    """
    device = thinker.lm_head.weight.device
    plan = Plan(slots, pieces, device, grouped)
    embeds_ND = thinker.get_input_embeddings()(plan.ids_N)
    sounds = [piece.sounds for piece in pieces if piece.sounds is not None]
    if sounds:
        heard_MD = torch.cat(sounds).to(embeds_ND.dtype)
        pad = thinker.config.audio_token_index
        places = [place for place, token in enumerate(token for piece in pieces for token in piece.ids) if token == pad]
        embeds_ND = embeds_ND.index_copy(0, to_device(np.array(places), device), heard_MD)
    hidden_ND = language_model(thinker)(
        inputs_embeds=embeds_ND[None],
        attention_mask={"full_attention": None},
        position_ids=plan.positions_N[None],
        use_cache=False,
        slots=plan,
    ).last_hidden_state[0]
    for piece in pieces:
        slots.marks[piece.slot] += piece.marks
    return thinker.lm_head(hidden_ND if len(plan.wanted_W) == len(hidden_ND) else hidden_ND[plan.wanted_W])

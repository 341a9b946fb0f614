"""One forward pass for many dialogues at once, each going on where its keys and values end.

The new tokens of all dialogues lie one after another in a single row, so that long prompts and single tokens share the same
matrix products and nothing is padded. Attention is the only part that knows of several dialogues: each reads the keys and
values of its own slot. Slots can be forked, so a beginning that several dialogues share is computed once.
"""

# ruff: noqa: N815 - the axes are in the names of fields, too
import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

import numpy as np
import torch
from torch import Tensor, nn
from transformers import Qwen2_5OmniThinkerForConditionalGeneration as Thinker

from tarl_app.agents.omni.layout import language_model

_GROWTH = 256  # capacities are multiples of it
_SCORES = 1 << 26  # of attention at once, in a group of pieces
_ALIGNED = 8  # keys
_WORTH_SHARING = 4  # dialogues with a common beginning
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
            held = self.marks[slot]
            if most >= 0 and (most >= len(held) or most >= len(marks) or held[most] != marks[most]):
                continue  # as good as always: not worth a comparison
            if agree(held, marks, most + 1):
                best, most = slot, common(held, marks)
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

    def aligned(self, length: int) -> int:
        """A length that attention on a GPU reads fast, within the capacity."""
        return min(-(-length // _ALIGNED) * _ALIGNED, self._capacity)

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


@dataclass(frozen=True, eq=False)
class _Run:
    """Pieces whose last tokens attend in one go, and how many tokens at the beginning all of their dialogues share."""

    pieces: slice
    slots: slice | None
    """Keys are read where they are, those of other slots in between included; None: the few that are needed are copied."""
    whole: bool
    """There are no others in between."""
    rows: np.ndarray
    """Slots, from the first of ``slots`` on."""
    lengths: np.ndarray
    shared: int
    end: int
    """Keys that are looked at, at most."""

    @classmethod
    def over(cls, pieces: slice, numbers: Sequence[int], ends: np.ndarray, shared: int, end: int) -> "_Run":
        """The run of these pieces, in these slots."""
        rows, low = np.array(numbers), min(numbers)
        size = max(numbers) + 1 - low
        if 2 * len(numbers) <= size:
            return cls(pieces, None, False, rows, ends, shared, end)
        lengths = np.full(size, shared + 1)
        lengths[rows - low] = ends
        whole = list(numbers) == list(range(low, low + size))
        return cls(pieces, slice(low, low + size), whole, rows - low, lengths, shared, end)

    def sent(self, rows_P: Tensor, lengths_R: Tensor) -> "_SentRun":
        """With rows and lengths on the device."""
        places = torch.arange(self.shared, self.end, device=rows_P.device)
        return _SentRun(self, rows_P, (places < lengths_R[:, None])[:, None, None])


@dataclass(frozen=True, eq=False)
class _SentRun:
    """A run on the device."""

    run: _Run
    rows_P: Tensor
    allowed: Tensor
    """Which keys after the shared ones each row may look at, [rows, 1, 1, keys]."""

    @property
    def pieces(self) -> slice:
        """Which pieces these are."""
        return self.run.pieces

    def attend(self, query_HPd: Tensor, keys: Tensor, values: Tensor, mask: Tensor, scaling: float | None) -> Tensor:
        """[heads, pieces, head_dim], in and out; ``mask`` is ``allowed``, as it is added to the scores.

        The query heads that share a key head become its queries.
        """
        run, (heads, pieces, width) = self.run, query_HPd.shape
        packed = query_HPd.transpose(0, 1).reshape(pieces, keys.shape[1], heads // keys.shape[1], width)
        read = packed
        if run.slots is not None and not run.whole:
            read = packed.new_zeros(len(self.allowed), *packed.shape[1:]).index_copy(0, self.rows_P, packed)
        at = run.slots if run.slots is not None else self.rows_P
        own_keys, own_values = keys[at, :, run.shared : run.end], values[at, :, run.shared : run.end]
        pick = run.slots is not None and not run.whole
        if not run.shared:
            mixed = nn.functional.scaled_dot_product_attention(read, own_keys, own_values, mask, scale=scaling)
            mixed = mixed[self.rows_P] if pick else mixed
        else:
            mixed, weight = _weighed(read, own_keys, own_values, mask, scaling)
            mixed, weight = (mixed[self.rows_P], weight[self.rows_P]) if pick else (mixed, weight)
            first = int(run.rows[0]) + (run.slots.start if run.slots is not None else 0)
            held_keys, held_values = keys[first, None, :, : run.shared], values[first, None, :, : run.shared]
            every = packed.transpose(0, 1).flatten(1, 2)[None]
            told, other = (
                one[0].unflatten(1, (pieces, -1)).transpose(0, 1)
                for one in _weighed(every, held_keys, held_values, None, scaling)
            )
            mixed = torch.lerp(mixed.float(), told.float(), torch.sigmoid(other - weight)[..., None]).to(mixed.dtype)
        return mixed.reshape(pieces, heads, width).transpose(0, 1)


class Plan:
    """Where the tokens of one packed pass belong; ``attend`` is the attention of every layer."""

    def __init__(self, slots: Slots, pieces: Sequence[Piece], device: torch.device, grouped: bool | None = None) -> None:
        """Pieces are ``grouped`` by default where starting many small computations is what takes the time: on a GPU."""
        self.slots, self.device = slots, device
        grouped = device.type == "cuda" if grouped is None else grouped
        starts = [len(slots.marks[piece.slot]) for piece in pieces]
        counts = np.array([len(piece.ids) for piece in pieces])
        numbers = [piece.slot for piece in pieces]
        ends = starts + counts
        slots.reserve(int(ends.max()))
        lasts = counts.cumsum() - 1
        begins = lasts - counts + 1
        runs = self._runs(numbers, starts, ends)
        positions = np.arange(counts.sum()) + np.repeat(starts - begins, counts)
        ids = np.concatenate([np.asarray(piece.ids, np.int64) for piece in pieces])
        rows = [positions, np.repeat(numbers, counts), lasts, ids]
        self.positions_N, self.slots_N, self.last_P, self.ids_N, *sent = _sent(
            [*rows, *(run.rows for run in runs), *(run.lengths for run in runs)], device
        )
        self._parts = [run.sent(*both) for run, *both in zip(runs, sent[: len(runs)], sent[len(runs) :], strict=True)]
        self.single = len(pieces) == len(ids)
        self._alone: list[tuple[int, slice, int]] = []  # slot, part of the row, start
        sizes: dict[int, list[int]] = {}
        for number, (slot, start, begin, count) in enumerate(
            zip(numbers, starts, begins.tolist(), counts.tolist(), strict=True)
        ):
            if count > 1 and (not grouped or (start == 0 and count > _GROWTH)):
                self._alone.append((slot, slice(begin, begin + count - 1), start))
            elif count > 1:
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
    def shared(self) -> list[tuple[slice, int]]:
        """Which pieces' last tokens attend together, and how many keys are read once for all of these."""
        return [(one.run.pieces, one.run.shared) for one in self._parts]

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scaling: float | None) -> Tensor:
        """[1, heads, N, head_dim] each -> [1, N, heads, head_dim]; the keys and values are written to their slots first."""
        query, key = query.to(value.dtype), key.to(value.dtype)
        keys, values = self.slots.layer(layer, value)
        keys[self.slots_N, :, self.positions_N] = key[0].transpose(0, 1)
        values[self.slots_N, :, self.positions_N] = value[0].transpose(0, 1)
        if self.single:
            return self._last(query[0], keys, values, scaling).transpose(0, 1)[None]
        heads, total, width = query[0].shape
        output = query.new_empty(heads, total + 1, width)
        output[:, self.last_P] = self._last(query[0, :, self.last_P], keys, values, scaling)
        for slot, part, start in self._alone:
            output[:, part] = self._rest(query[:, :, part], keys[slot], values[slot], start, scaling)
        for group in self._groups:
            output[:, group.writes_RM] = self._grouped(group, query[0], keys, values, scaling)
        return output[:, :total].transpose(0, 1)[None]

    def _runs(self, numbers: Sequence[int], starts: Sequence[int], ends: np.ndarray) -> list["_Run"]:
        """Neighbouring pieces whose last tokens attend in one go. On a GPU all; on a CPU, where reading keys is what takes
        the time, those with a common beginning are kept together, so that its keys are read once for all of them."""
        marks = [self.slots.marks[number] for number in numbers]
        begins = [tuple(held[:_RUN]) if self.device.type == "cpu" and len(held) >= _RUN else () for held in marks]
        often = Counter(begins)
        runs: list[_Run] = []
        for begin, members in groupby(
            range(len(numbers)), lambda one: begins[one] if often[begins[one]] >= _WORTH_SHARING else ()
        ):
            first, *others = members
            last, shared = others[-1] if others else first, 0
            if begin and len(others) + 1 >= _WORTH_SHARING:
                shared = min(starts[first : last + 1])
                for other in others:
                    if not agree(marks[first], marks[other], shared):
                        shared = common(marks[first], marks[other])
            end = self.slots.aligned(int(ends[first : last + 1].max()))
            runs.append(_Run.over(slice(first, last + 1), numbers[first : last + 1], ends[first : last + 1], shared, end))
        return runs

    def _last(self, query_HPd: Tensor, keys: Tensor, values: Tensor, scaling: float | None) -> Tensor:
        """The last token of every piece."""
        mixed = [
            run.attend(
                query_HPd[:, run.pieces], keys, values, self._once(run, partial(_added, run.allowed, keys.dtype)), scaling
            )
            for run in self._parts
        ]
        return mixed[0] if len(mixed) == 1 else torch.cat(mixed, 1)

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


def _weighed(
    query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None, scaling: float | None
) -> tuple[Tensor, Tensor]:
    """Attention to a part of the keys, and the logarithm of the part's weight, [..., queries], for adding parts up."""
    return torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(query, keys, values, attn_mask=mask, scale=scaling)


def _added(allowed: Tensor, dtype: torch.dtype) -> Tensor:
    """What attention adds to its scores."""
    return torch.zeros(allowed.shape, dtype=dtype, device=allowed.device).masked_fill_(~allowed, -math.inf)


def _sent(arrays: Sequence[np.ndarray], device: torch.device) -> tuple[Tensor, ...]:
    return to_device(np.concatenate(arrays).astype(np.int64), device).split([len(one) for one in arrays])


def to_device(array: np.ndarray, device: torch.device) -> Tensor:
    """On the device, without waiting for what it computes now."""
    tensor = torch.from_numpy(array)
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor.to(device)


def read_pieces(thinker: Thinker, slots: Slots, pieces: Sequence[Piece], grouped: bool | None = None) -> Tensor:
    """Reads the new tokens of every piece and answers the logits [pieces, vocabulary] after the last of each."""
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
    return thinker.lm_head(hidden_ND if plan.single else hidden_ND[plan.last_P])

"""Rows with a common prefix computed as one row: the prefix once, then the rest of each row, without padding.

The dialogues of a training step all begin with the same instructions, often longer than the rest. Only attention has to
know: each row attends to the prefix and to itself, and the two are combined by the weights of the softmax. Backward,
each part needs only the whole's output and the logarithm of its weight (FlashAttention-2, Dao 2023, section 3.1), so
both parts use torch's own kernels. On a CPU; elsewhere rows are padded.
"""

# ruff: noqa: N815 - the axes are in the names of fields, too

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from tarl_app.training.rollouts.samples import Batch, micro_batches

WORTH = 64
"""Fewest tokens of a common prefix; with fewer, rows are padded."""

_attend: Any = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
_attend_backward: Any = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward


@dataclass(frozen=True, eq=False)
class Beginning:
    """The positions of all tokens in the one row."""

    shared: int
    counts: tuple[int, ...]
    """Tokens of each row after the prefix."""
    ids_N: Tensor
    positions_N: Tensor
    places_BT: Tensor
    """Position of the token [b, t] in the one row; 0 for padding."""

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scaling: float | None) -> Tensor:
        """[1, heads, N, head_dim] each -> [1, N, heads, head_dim]; see ``kv_cache.Plan.attend``."""
        query, key = query.to(value.dtype), key.to(value.dtype)
        begin, times = self.shared, query.shape[1] // key.shape[1]
        keys, values = key.repeat_interleave(times, 1), value.repeat_interleave(times, 1)
        told = nn.functional.scaled_dot_product_attention(
            query[:, :, :begin], keys[:, :, :begin], values[:, :, :begin], is_causal=True, scale=scaling
        )
        own: Any = _Rest.apply(
            query[:, :, begin:],
            keys[:, :, begin:],
            values[:, :, begin:],
            key[:, :, :begin],
            value[:, :, :begin],
            self.counts,
            scaling,
        )
        return torch.cat([told, own], 2).transpose(1, 2)


class _Rest(torch.autograd.Function):
    """The tokens after the prefix: queries, keys and values [1, heads, M, d], the prefix's [1, key heads, S, d]."""

    @staticmethod
    def forward(
        ctx: Any,
        query: Tensor,
        keys: Tensor,
        values: Tensor,
        begin_keys: Tensor,
        begin_values: Tensor,
        counts: tuple[int, ...],
        scaling: float | None,
    ) -> Tensor:
        output, weight = _attend(_by_key_head(query, begin_keys.shape[1]), begin_keys, begin_values, scale=scaling)
        output, weight = output.reshape(query.shape), weight.reshape(query.shape[:3])
        own = [
            _attend(*rows, is_causal=True, scale=scaling)
            for rows in zip(*(one.split(counts, 2) for one in (query, keys, values)), strict=True)
        ]
        own_output, own_weight = (torch.cat(parts, 2) for parts in zip(*own, strict=True))
        whole = torch.logaddexp(weight, own_weight)
        output = torch.lerp(output.float(), own_output.float(), torch.exp(own_weight - whole)[..., None]).to(query.dtype)
        ctx.save_for_backward(query, keys, values, begin_keys, begin_values, output, whole)
        ctx.counts, ctx.scaling = counts, scaling
        return output

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        query, keys, values, begin_keys, begin_values, output, whole = ctx.saved_tensors
        shared, counts, options = begin_keys.shape[1], ctx.counts, {"scale": ctx.scaling}
        gradient = gradients[0].to(query.dtype).contiguous()
        to_query, to_begin_keys, to_begin_values = _attend_backward(
            _by_key_head(gradient, shared),
            _by_key_head(query, shared),
            begin_keys,
            begin_values,
            _by_key_head(output, shared),
            whole.reshape(1, shared, -1),
            0.0,
            False,
            **options,
        )
        rows = zip(*(one.split(counts, 2) for one in (gradient, query, keys, values, output, whole)), strict=True)
        own = [_attend_backward(*(part.contiguous() for part in row), 0.0, True, **options) for row in rows]
        own_query, to_keys, to_values = (torch.cat(parts, 2) for parts in zip(*own, strict=True))
        to_query = to_query.reshape(query.shape) + own_query
        return to_query, to_keys, to_values, to_begin_keys, to_begin_values, None, None


def _by_key_head(one: Tensor, shared: int) -> Tensor:
    """[1, heads, M, d] -> [1, key heads, heads a key head * M, d]."""
    return one.reshape(1, shared, -1, one.shape[-1])


def common_beginning(ids_BT: Tensor, lengths_B: Tensor, audio: int) -> int:
    """Length in tokens of the rows' common prefix. Sounds (``audio`` is their placeholder) may differ, so it ends
    before the first.

    Each row has at least one token after it.
    """
    same_T = (ids_BT == ids_BT[:1]).all(0) & (ids_BT[0] != audio)
    same_T[int(lengths_B.min()) - 1 :] = False
    return int(same_T.long().cumprod(0).sum())


def find_beginning(ids_BT: Tensor, lengths_B: Tensor, audio: int) -> Beginning | None:
    """How to compute the rows as one; None where that is not worthwhile, or not on a CPU."""
    if ids_BT.device.type != "cpu" or len(ids_BT) < 2:
        return None
    shared = common_beginning(ids_BT, lengths_B, audio)
    if shared < WORTH:
        return None
    counts = tuple(int(length) - shared for length in lengths_B)
    rows = [torch.arange(shared, shared + count) for count in counts]
    places_BT = torch.zeros_like(ids_BT)
    places_BT[:, :shared] = torch.arange(shared)
    start = shared
    for row, count in enumerate(counts):
        places_BT[row, shared : shared + count] = torch.arange(start, start + count)
        start += count
    ids = [ids_BT[0, :shared], *(ids_BT[row, places] for row, places in enumerate(rows))]
    return Beginning(shared, counts, torch.cat(ids), torch.cat([torch.arange(shared), *rows]), places_BT)


def passes(batch: Batch, tokens: int, audio: int) -> list[list[int]]:
    """Row numbers of each forward pass, at most ``tokens`` a pass, a common prefix counted once; the longest first.

    The members of a group share a longer prefix than all rows, so each group has its own passes where that saves
    computation.
    """
    lengths = batch.lengths_B.tolist()
    alike: dict[tuple[int, ...], list[int]] = {}
    if batch.ids_BT.device.type == "cpu":
        for row in range(len(batch)):
            alike.setdefault(tuple(batch.ids_BT[row, :WORTH].tolist()), []).append(row)
    found: list[list[int]] = []
    padded = set(range(len(batch)))
    for rows in alike.values():
        groups: dict[int, list[int]] = {}
        for row in rows:
            groups.setdefault(int(batch.group_B[row]), []).append(row)
        together = _passes_of(batch, rows, tokens, audio)
        apart = [_passes_of(batch, group, tokens, audio) for group in groups.values()]
        one_by_one = None if None in apart else [some for part in apart if part for some in part]
        plans = [plan for plan in (together, one_by_one) if plan is not None]
        if plans:
            found += min(plans, key=lambda plan: sum(_cost(batch, some, audio) for some in plan))
            padded -= set(rows)
    rest = sorted(padded)
    found += [[rest[one] for one in some] for some in micro_batches([lengths[row] for row in rest], tokens)]
    return sorted(found, key=lambda rows: (-max(lengths[row] for row in rows), rows[0]))


def _passes_of(batch: Batch, rows: Sequence[int], tokens: int, audio: int) -> list[list[int]] | None:
    """Passes over rows with a common prefix; None without one."""
    part = batch.select(rows)
    shared = common_beginning(part.ids_BT, part.lengths_B, audio)
    if len(rows) < 2 or shared < WORTH:
        return None
    lengths = part.lengths_B.tolist()
    return [[rows[one] for one in some] for some in micro_batches(lengths, tokens, shared)]


def _cost(batch: Batch, rows: Sequence[int], audio: int) -> int:
    """Tokens that a pass computes."""
    part = batch.select(rows)
    shared = common_beginning(part.ids_BT, part.lengths_B, audio) if len(rows) > 1 else 0
    return int(part.lengths_B.sum()) - (len(rows) - 1) * shared

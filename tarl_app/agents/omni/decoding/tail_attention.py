"""Attention of the last tokens of many dialogues, each to the keys of its own slot: for a CPU, where reading keys takes
the time.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from tarl_app.agents.omni.decoding.kv_cache import RUN, KVCache, agree, common

_WORTH_SHARING = 4  # dialogues with a common beginning


class TailAttention:
    """The last tokens of all pieces of a pass (``packed_pass.Piece``), one or several each.

    Nothing is read that is not looked at, and the keys of a beginning that several dialogues share are read once for all of
    these: their queries attend to it together, and both parts of each are added up by the weights of the softmax.
    """

    def __init__(
        self, slots: KVCache, numbers: Sequence[int], starts: Sequence[int], ends: Sequence[int], tails: Sequence[int]
    ) -> None:
        """For each piece: its slot, where in it the piece starts and ends, and how many of its last tokens are meant."""
        self._numbers, self._ends, self._tails = numbers, ends, tails
        self.shared = _beginnings([slots.marks[number] for number in numbers], starts)
        """Pieces with a common beginning, and its length."""
        self._begins = [0] * len(numbers)
        firsts = [sum(tails[:piece]) for piece in range(len(tails))]
        self._members: list[tuple[list[int], int]] = []  # tokens among the tails, and how many keys they share
        for members, length in self.shared:
            self._members.append(([firsts[m] + n for m in members for n in range(tails[m])], length))
            for member in members:
                self._begins[member] = length
        self._masks: list[Tensor | None] = []

    def attend(self, query_HTd: Tensor, keys: Tensor, values: Tensor, scaling: float | None) -> Tensor:
        """[heads, tokens, head_dim], in and out; the query heads that share a key head become its queries."""
        heads, tokens, width = query_HTd.shape
        shared = keys.shape[1]
        packed = query_HTd.transpose(0, 1).reshape(tokens, shared, heads // shared, width)
        if not self._masks:
            self._masks = [self._mask(piece, heads // shared, packed) for piece in range(len(self._tails))]
        mixed, weight = [], []
        for query, slot, begin, end, mask in zip(
            packed.split(list(self._tails)), self._numbers, self._begins, self._ends, self._masks, strict=True
        ):
            own = query if mask is None else query.transpose(0, 1).reshape(1, shared, -1, width)
            told, other = _weighed(own, keys[slot, None, :, begin:end], values[slot, None, :, begin:end], scaling, mask)
            if mask is not None:
                told, other = (one[0].unflatten(1, (len(query), -1)).transpose(0, 1) for one in (told, other))
            mixed.append(told)
            weight.append(other)
        mixed_T, weight_T = torch.cat(mixed), torch.cat(weight)
        for members, length in self._members:
            slot = self._numbers[self._first_of(members[0])]
            every = packed[members].transpose(0, 1).flatten(1, 2)[None]
            told, other = (
                one[0].unflatten(1, (len(members), -1)).transpose(0, 1)
                for one in _weighed(every, keys[slot, None, :, :length], values[slot, None, :, :length], scaling)
            )
            share = torch.sigmoid(other - weight_T[members])[..., None]
            mixed_T[members] = torch.lerp(mixed_T[members].float(), told.float(), share).to(mixed_T.dtype)
        return mixed_T.reshape(tokens, heads, width).transpose(0, 1)

    def _first_of(self, token: int) -> int:
        """The piece that a token among the tails belongs to."""
        piece = 0
        while token >= self._tails[piece]:
            token -= self._tails[piece]
            piece += 1
        return piece

    def _mask(self, piece: int, together: int, like: Tensor) -> Tensor | None:
        """What is added to the scores [tokens * together, own keys]; None for a single token, which sees all of them."""
        count, begin, end = self._tails[piece], self._begins[piece], self._ends[piece]
        if count == 1:
            return None
        later = torch.arange(begin, end)[None] > torch.arange(end - count, end)[:, None]
        return like.new_zeros(later.shape).masked_fill_(later, -torch.inf).repeat_interleave(together, 0)[None, None]


def _beginnings(marks: Sequence[list[int]], starts: Sequence[int]) -> list[tuple[list[int], int]]:
    alike: dict[tuple[int, ...], list[int]] = {}
    for piece, held in enumerate(marks):
        if len(held) >= RUN:
            alike.setdefault(tuple(held[:RUN]), []).append(piece)
    shared: list[tuple[list[int], int]] = []
    for members in alike.values():
        if len(members) >= _WORTH_SHARING:
            first, length = marks[members[0]], min(starts[member] for member in members)
            for member in members[1:]:
                if not agree(first, marks[member], length):
                    length = common(first, marks[member])
            shared.append((members, length))
    return shared


def _weighed(
    query: Tensor, keys: Tensor, values: Tensor, scaling: float | None, mask: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Attention to a part of the keys, and the logarithm of the part's weight, [..., queries]."""
    return torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(query, keys, values, attn_mask=mask, scale=scaling)

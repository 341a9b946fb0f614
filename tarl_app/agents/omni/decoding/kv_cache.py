"""The keys and values of many dialogues, a slot each, and what several dialogues begin with in common."""

import math
import mmap
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

GROWTH = 256
"""Capacities are multiples of it."""
RUN = 64
"""Tokens that are compared at once."""
_ALIGNED = 8  # keys
_NEAR = 8  # tokens that tell most dialogues apart


class KVCache:
    """Keys and values [slots, heads, capacity, head_dim] per layer; ``marks`` says which tokens a slot holds.

    All slots have the capacity of the longest dialogue. On a CPU, what was never written takes no memory.
    """

    def __init__(self, count: int) -> None:
        self.marks: list[list[int]] = [[] for _ in range(count)]
        self.layers: list[tuple[Tensor, Tensor]] = []
        self._capacity = 0

    def clear(self) -> None:
        """Forgets every dialogue (the weights have changed), and gives the memory back, which an update may need."""
        for marks in self.marks:
            marks.clear()
        self.layers.clear()

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
            self._capacity = GROWTH * (longest // GROWTH + 1 + (longest >= 2 * GROWTH))
            for index, (keys, values) in enumerate(self.layers):  # one by one, so that the old ones are freed meanwhile
                self.layers[index] = self._grown(keys), self._grown(values)

    def aligned(self, length: int) -> int:
        """A length that attention on a GPU reads fast, within the capacity."""
        return min(-(-length // _ALIGNED) * _ALIGNED, self._capacity)

    def _grown(self, old: Tensor) -> Tensor:
        new = _zeros(old, (old.shape[0], old.shape[1], self._capacity, old.shape[3]))
        for slot, marks in enumerate(self.marks):
            new[slot, :, : len(marks)] = old[slot, :, : len(marks)]
        return new

    def layer(self, index: int, like: Tensor) -> tuple[Tensor, Tensor]:
        """A layer's buffers; made at the first pass, for keys [1, heads, n, head_dim] such as ``like``."""
        if index == len(self.layers):
            shape = (len(self.marks), like.shape[1], self._capacity, like.shape[3])
            self.layers.append((_zeros(like, shape), _zeros(like, shape)))
        return self.layers[index]


def _zeros(like: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Zeros, as unread places must not be NaN; on a CPU pages of the system that become memory when they are written."""
    size = math.prod(shape) * like.element_size()
    if like.device.type != "cpu" or not size or not hasattr(mmap, "MAP_ANONYMOUS"):
        return like.new_zeros(shape)
    pages = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_NOHUGEPAGE"):
        pages.madvise(mmap.MADV_NOHUGEPAGE)  # a large page would hold places of several slots
    return torch.frombuffer(pages, dtype=like.dtype).view(shape)


def common(one: Sequence[int], other: Sequence[int]) -> int:
    """The length of the longest common beginning."""
    limit, begin = min(len(one), len(other)), 0
    while begin < limit:  # run by run: comparing lists is much faster than comparing their elements here
        ours, theirs = list(one[begin : begin + RUN]), list(other[begin : begin + RUN])
        if ours != theirs:
            differs = (place for place, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b)
            return begin + next(differs, min(len(ours), len(theirs)))
        begin += RUN
    return limit


def agree(one: Sequence[int], other: Sequence[int], length: int) -> bool:
    """Whether both begin with the same ``length`` tokens; the last ones are where those that differ mostly do."""
    if min(len(one), len(other)) < length:
        return False
    near = max(0, length - _NEAR)
    return list(one[near:length]) == list(other[near:length]) and list(one[:near]) == list(other[:near])

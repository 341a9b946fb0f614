"""Draws that depend on a seed alone, the same on every Python version: what worlds and tasks are made with.

Only ``Random.random`` is used, the one method whose sequence Python promises to keep.
"""

from bisect import bisect
from collections.abc import Iterable, Sequence
from itertools import accumulate
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """A sequence of draws."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._used: set[str] = set()

    def below(self, n: int) -> int:
        """An integer in [0, n)."""
        return int(self._random.random() * n)

    def between(self, low: int, high: int) -> int:
        """An integer in [low, high]."""
        return low + self.below(high - low + 1)

    def chance(self, percent: int) -> bool:
        """True in that many of a hundred cases."""
        return self.below(100) < percent

    def pick(self, values: Sequence[T]) -> T:
        """One of the values."""
        return values[self.below(len(values))]

    def weighted(self, values: Sequence[T], weights: Sequence[int]) -> T:
        """One of the values, with integer weights, one each."""
        if len(values) != len(weights):
            raise ValueError(f"{len(values)} values have {len(weights)} weights")
        ends = [*accumulate(weights)]
        return values[bisect(ends, self.below(ends[-1]))]

    def shuffled(self, values: Iterable[T]) -> list[T]:
        """The values in random order."""
        left = list(values)
        return [left.pop(self.below(len(left))) for _ in range(len(left))]

    def some(self, values: Sequence[T], count: int) -> list[T]:
        """That many different values, in their order; a draw for each that is taken."""
        left = list(range(len(values)))
        return [values[i] for i in sorted(left.pop(self.below(len(left))) for _ in range(min(count, len(values))))]

    def subset(self, values: Sequence[T], count: int) -> list[T]:
        """As ``some``, but with a draw for every value, so that ``count`` does not shift what is drawn next."""
        return [values[i] for i in sorted(self.shuffled(range(len(values)))[:count])]

    def digits(self, count: int) -> str:
        """Decimal digits, the first not zero."""
        return str(self.between(1, 9)) + "".join(str(self.below(10)) for _ in range(count - 1))

    def fresh(self, prefix: str, count: int) -> str:
        """An id that was not drawn before: the prefix and that many digits."""
        while (drawn := prefix + self.digits(count)) in self._used:
            pass
        self._used.add(drawn)
        return drawn

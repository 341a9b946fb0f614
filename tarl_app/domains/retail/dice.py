"""Draws that depend on a seed alone, the same on every Python version: only ``Random.random`` is used."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Draws that depend on the seed alone."""

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
        """One of the values, with integer weights."""
        return self.pick([value for value, weight in zip(values, weights, strict=True) for _ in range(weight)])

    def some(self, values: Sequence[T], count: int) -> list[T]:
        """That many different values, in their order."""
        left = list(range(len(values)))
        return [values[i] for i in sorted(left.pop(self.below(len(left))) for _ in range(min(count, len(values))))]

    def digits(self, count: int) -> str:
        """Decimal digits, the first not zero."""
        return str(self.between(1, 9)) + "".join(str(self.below(10)) for _ in range(count - 1))

    def fresh(self, prefix: str, count: int) -> str:
        """An id that was not drawn before: the prefix and that many digits."""
        while (drawn := prefix + self.digits(count)) in self._used:
            pass
        self._used.add(drawn)
        return drawn

"""Confidence intervals: Wilson's of a share, Newcombe's of a difference of two, the percentile bootstrap of a mean."""

from collections.abc import Sequence
from math import sqrt

import numpy as np

from tarl_app.core.types import Frozen

Z = 1.959964
"""Of the 95 % interval."""


class Interval(Frozen):
    """A confidence interval of a mean or share."""

    low: float
    high: float
    level: float = 0.95


def wilson(count: float, of: int) -> Interval:
    """Wilson's score interval (95 %) of ``count``, which may have halves, in ``of``; no point at 0 % and 100 %.

    Wilson, "Probable inference, the law of succession, and statistical inference", 1927.

    Raises:
        ValueError: ``of`` is below 1.
    """
    if of < 1:
        raise ValueError("A share of nothing has no interval.")
    share = count / of
    middle, half = share + Z**2 / (2 * of), Z * sqrt(share * (1 - share) / of + Z**2 / (4 * of**2))
    low, high = (middle - half) / (1 + Z**2 / of), (middle + half) / (1 + Z**2 / of)
    return Interval(low=max(0.0, low), high=min(1.0, high))


def bootstrap(values: Sequence[float], level: float = 0.95, resamples: int = 2000, seed: int = 0) -> Interval | None:
    """The percentile interval of the mean, resampling ``values`` (one for each task); None without values.

    It is a point where all values are equal.
    """
    if not values:
        return None
    if min(values) == max(values):
        return Interval(low=float(values[0]), high=float(values[0]), level=level)
    rng = np.random.default_rng(seed)
    picks = rng.integers(0, len(values), size=(resamples, len(values)))
    means = np.asarray(values, dtype=float)[picks].mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(low=float(low), high=float(high), level=level)


def of_shares(shares: Sequence[float]) -> Interval | None:
    """The 95 % interval of the mean of one share for each task; None without tasks.

    The bootstrap over tasks; Wilson's interval where the tasks' shares are all 0 or 1 (one trial each), or all equal,
    for which the bootstrap would be too narrow or a point (3 of 3 is not certainty).
    """
    if not shares:
        return None
    if all(share in (0.0, 1.0) for share in shares) or len(set(shares)) == 1:
        return wilson(sum(shares), len(shares))
    return bootstrap(shares)


def of_differences(first: Sequence[float], second: Sequence[float]) -> Interval | None:
    """The 95 % interval of the mean of ``second`` minus ``first``, one share of each for each task; None without tasks.

    The bootstrap over tasks. Where all tasks differ by the same, for which it is a point, or all shares are 0 or 1 (one
    trial each), Newcombe's interval from Wilson's of both sides, with their correlation (method 10 in "Improved confidence
    intervals for the difference between binomial proportions based on paired data", 1998).
    """
    differences = [b - a for a, b in zip(first, second, strict=True)]
    if not differences:
        return None
    whole = all(share in (0.0, 1.0) for share in (*first, *second))
    return _newcombe(first, second) if whole or len(set(differences)) == 1 else bootstrap(differences)


def _newcombe(first: Sequence[float], second: Sequence[float]) -> Interval:
    n = len(first)
    of_a, of_b = (wilson(sum(shares), n) for shares in (first, second))
    a, b = sum(first) / n, sum(second) / n
    phi = _correlation(first, second)
    down = sqrt(max(0.0, (b - of_b.low) ** 2 - 2 * phi * (b - of_b.low) * (of_a.high - a) + (of_a.high - a) ** 2))
    up = sqrt(max(0.0, (of_b.high - b) ** 2 - 2 * phi * (of_b.high - b) * (a - of_a.low) + (a - of_a.low) ** 2))
    return Interval(low=max(-1.0, b - a - down), high=min(1.0, b - a + up))


def _correlation(first: Sequence[float], second: Sequence[float]) -> float:
    """Newcombe's phi of the table of both, drawn towards 0 where it is positive; 0 where either is all 0 or all 1."""
    n, a, b = len(first), sum(first), sum(second)
    both = sum(one * other for one, other in zip(first, second, strict=True))
    excess = both * (n - a - b + both) - (a - both) * (b - both)
    size = a * (n - a) * b * (n - b)
    if size <= 0:
        return 0.0
    return (max(0.0, excess - n / 2) if excess > 0 else excess) / sqrt(size)

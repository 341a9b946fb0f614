"""Agreement of two raters, and the bootstrap over episodes of numbers about turns."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from tarl_app.evaluation.measures.intervals import Interval

RESAMPLES = 1000
SCORES = (1, 0, -1)
Pairs = Iterable[tuple[int, int]]


def table(pairs: Pairs) -> np.ndarray:
    """How often each pair of scores occurs: [3, 3] counts, in the order of ``SCORES``, the first rater's down."""
    found = np.zeros((len(SCORES), len(SCORES)))
    for one, other in pairs:
        found[SCORES.index(one), SCORES.index(other)] += 1
    return found


def accuracy(counts: np.ndarray) -> float:
    """The share of equal pairs in a [3, 3] table; 0 of none."""
    total = counts.sum()
    return float(np.trace(counts) / total) if total else 0.0


def kappa(counts: np.ndarray) -> float:
    """Cohen's kappa of a [3, 3] table, (agreement - chance) / (1 - chance); 1 for full agreement, on one value as well."""
    total = counts.sum()
    if not total:
        return 0.0
    agreed = accuracy(counts)
    chance = float((counts.sum(axis=0) * counts.sum(axis=1)).sum() / total**2)
    return 1.0 if agreed == 1 else (agreed - chance) / (1 - chance)


def resampled(episodes: Sequence[Pairs], number: Callable[[np.ndarray], float], seed: int = 0) -> Interval | None:
    """The percentile interval of a number about turns, bootstrapped over whole episodes, whose turns are not independent."""
    if not episodes:
        return None
    tables = np.stack([table(pairs) for pairs in episodes])
    picks = np.random.default_rng(seed).integers(0, len(tables), size=(RESAMPLES, len(tables)))
    low, high = np.quantile([number(tables[row].sum(axis=0)) for row in picks], [0.025, 0.975])
    return Interval(low=float(low), high=float(high))

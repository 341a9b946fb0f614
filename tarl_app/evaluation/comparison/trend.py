"""Did a run learn something for tasks that it did not practise? Its last measurements of them against its first ones."""

from collections.abc import Mapping, Sequence

import numpy as np

from tarl_app.core.types import Frozen
from tarl_app.evaluation.measures.intervals import Interval, of_differences

DRAWS = 20_000
_EXACT = 14
"""Up to this number of values that are not 0, all signs are tried."""


class Trend(Frozen):
    """Shares of passed tasks in the first and the last third of a run's measurements, paired by task."""

    tasks: int
    measurements: int  # of each task, in each third
    first: float
    last: float
    difference: float
    interval: Interval | None  # 95 %, over tasks
    p_value: float  # two-sided, of ``sign_flip``


def sign_flip(values: Sequence[float], seed: int = 0) -> float:
    """The two-sided p-value of their mean, if each value was as likely to have the other sign.

    Fisher's randomisation test: exact for up to 14 values that are not 0, otherwise over ``DRAWS`` random signs. 1
    where all values are 0.
    """
    found = np.array([value for value in values if value], dtype=float)
    if not len(found):
        return 1.0
    if len(found) <= _EXACT:
        signs = 1 - 2 * ((np.arange(2 ** len(found))[:, None] >> np.arange(len(found))) & 1)
        extra = 0
    else:
        signs = np.random.default_rng(seed).choice((-1, 1), size=(DRAWS, len(found)))
        extra = 1  # the order that was observed is one of those possible
    as_far = np.abs(signs @ found) >= abs(found.sum()) - 1e-9
    return float((as_far.sum() + extra) / (len(signs) + extra))


def last_against_first(found: Mapping[int, Mapping[str, bool]]) -> Trend | None:
    """The last third of the measurements (step -> task -> passed) against the first; None with fewer than two.

    A third is rounded down, but at least one measurement. Tasks count that both thirds have.
    """
    steps = sorted(found)
    if len(steps) < 2:
        return None
    size = max(1, len(steps) // 3)

    def rates(some: Sequence[int]) -> dict[str, float]:
        each: dict[str, list[bool]] = {}
        for step in some:
            for task, passed in found[step].items():
                each.setdefault(task, []).append(passed)
        return {task: sum(passed) / len(passed) for task, passed in each.items()}

    first, last = rates(steps[:size]), rates(steps[-size:])
    tasks = sorted({*first} & {*last})
    if not tasks:
        return None
    differences = [last[task] - first[task] for task in tasks]
    return Trend(
        tasks=len(tasks),
        measurements=size,
        first=sum(first[task] for task in tasks) / len(tasks),
        last=sum(last[task] for task in tasks) / len(tasks),
        difference=sum(differences) / len(tasks),
        interval=of_differences([first[task] for task in tasks], [last[task] for task in tasks]),
        p_value=sign_flip(differences),
    )


def in_words(trend: Trend) -> str:
    """Two sentences: where it was measured, and what came out."""
    low, high = (trend.interval.low, trend.interval.high) if trend.interval else (trend.difference, trend.difference)
    decided = "" if trend.p_value < 0.05 else " So neither a gain nor a loss is shown."
    return (
        f"Measured on {trend.tasks} tasks that are never practised. Passed in the first third {trend.first:.2f}, in the "
        f"last {trend.last:.2f}: {trend.difference:+.2f} ({low:+.2f} to {high:+.2f}; p = {trend.p_value:.2g}).{decided}"
    )

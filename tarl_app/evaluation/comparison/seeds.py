"""One arm of a study against another: paired by task and seed, over several seeds of training.

A task is one observation: its difference is the mean over seeds and trials. The first interval and the p-value are over
tasks, and so about these seeds; the second interval draws seeds as well, and so is about training again. Three seeds
say little about that: it is wide, and should be.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from tarl_app.core.types import Episode, Frozen
from tarl_app.evaluation.comparison.trend import sign_flip
from tarl_app.evaluation.measures.intervals import Interval, of_differences, of_shares
from tarl_app.evaluation.reward import succeeded

RESAMPLES = 4000
Passed = Mapping[str, Sequence[bool]]
"""Task -> whether each trial passed."""


class Gain(Frozen):
    """pass^1 of ``of`` minus that of ``over``."""

    of: str
    over: str
    tasks: int
    seeds: int
    difference: float
    relative: float | None  # the difference over the pass^1 of ``over``; None where that is 0
    interval: Interval | None  # 95 %, over tasks
    over_seeds: Interval | None  # over tasks and seeds; None with one seed
    p_value: float  # two-sided, over tasks (``trend.sign_flip``)
    each_seed: tuple[float, ...]


def outcomes(episodes: Sequence[Episode]) -> dict[str, list[bool]]:
    """Task -> the outcomes of its trials that count."""
    found: dict[str, list[bool]] = {}
    for one in episodes:
        if one.counts:
            found.setdefault(one.task.id, []).append(succeeded(one))
    return found


def rates(seeds: Sequence[Passed]) -> dict[str, float]:
    """Task -> mean over seeds of its pass rate, for the tasks that every seed has."""
    tasks = [task for task in seeds[0] if all(task in one for one in seeds)] if seeds else []
    return {task: float(np.mean([np.mean(one[task]) for one in seeds])) for task in tasks}


def interval_of(seeds: Sequence[Passed]) -> Interval | None:
    """The 95 % interval over tasks of an arm's pass^1."""
    return of_shares([*rates(seeds).values()])


def gain(of: str, over: str, ours: Sequence[Passed], theirs: Sequence[Passed], untrained: bool = False) -> Gain | None:
    """The difference, seed by seed, over the seeds that both have; None without a task in common.

    ``untrained``: theirs is one agent that no seed changed, and stands beside each of ours.
    """
    pairs = [(one, theirs[0]) for one in ours if theirs] if untrained else [*zip(ours, theirs, strict=False)]
    if not pairs:
        return None
    tasks = [task for task in pairs[0][0] if all(task in a and task in b for a, b in pairs)]
    if not tasks:
        return None
    each = np.array([[np.mean(a[task]) - np.mean(b[task]) for a, b in pairs] for task in tasks])  # [tasks, seeds]
    shares = [[float(np.mean([np.mean(pair[side][task]) for pair in pairs])) for task in tasks] for side in (1, 0)]
    base = float(np.mean(shares[0]))
    by_task = each.mean(axis=1).tolist()
    return Gain(
        of=of,
        over=over,
        tasks=len(tasks),
        seeds=len(pairs),
        difference=float(each.mean()),
        relative=float(each.mean()) / base if base else None,
        interval=of_differences(*shares),
        over_seeds=_over_both(each) if len(pairs) > 1 else None,
        p_value=sign_flip(by_task),
        each_seed=tuple(float(value) for value in each.mean(axis=0)),
    )


def _over_both(each: np.ndarray, seed: int = 0) -> Interval:
    """The percentile interval of the mean of [tasks, seeds], drawing tasks and seeds."""
    rng = np.random.default_rng(seed)
    tasks = rng.integers(0, each.shape[0], size=(RESAMPLES, each.shape[0]))
    seeds = rng.integers(0, each.shape[1], size=(RESAMPLES, each.shape[1]))
    means = [each[np.ix_(one, other)].mean() for one, other in zip(tasks, seeds, strict=True)]
    low, high = np.quantile(means, (0.025, 0.975))
    return Interval(low=float(low), high=float(high))

"""Numbers about many episodes: pass^k, its bootstrap interval, rates.

pass^k is the chance that k independent trials of the same task *all* succeed, estimated without bias from n trials with c
successes as C(c, k) / C(n, k), averaged over tasks.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import comb

import numpy as np

from tarl_app.evaluation.reward import PAPER, RewardConfig, scores_of, succeeded, trajectory_reward
from tarl_app.types import Episode, Frozen, StopReason


class Interval(Frozen):
    """A confidence interval of pass^1."""

    low: float
    high: float
    level: float = 0.95


class Metrics(Frozen):
    """What a set of episodes amounts to; infrastructure failures are counted apart and enter nothing else."""

    tasks: int  # tasks with at least one valid trial
    trials: int  # the largest number of valid trials of a task
    episodes: int  # valid ones
    pass_hat: dict[str, float]  # "1" .. "k": pass^k, as far as every task has k valid trials
    interval: Interval | None  # of pass^1, bootstrapped over tasks
    by_kind: dict[str, float]  # pass^1 by kind of task
    mean_reward: float
    deviation_rate: float  # share of episodes with a turn scored -1
    mean_turn_score: float
    mean_agent_turns: float
    stops: dict[str, int]
    infrastructure_failures: int


def pass_hat(n: int, c: int, k: int) -> float:
    """The unbiased estimate C(c, k) / C(n, k) for one task with ``c`` successes in ``n`` trials.

    Raises:
        ValueError: not 0 <= c <= n, or not 1 <= k <= n.
    """
    if not (0 <= c <= n and 1 <= k <= n):
        raise ValueError(f"pass^k needs 0 <= c <= n and 1 <= k <= n, not n={n}, c={c}, k={k}")
    return comb(c, k) / comb(n, k)


def mean_pass_hat(outcomes: Sequence[Sequence[bool]], k: int) -> float:
    """The mean of pass^k over tasks; each task's outcomes are its trials, at least k of them. Raises like ``pass_hat``."""
    return float(np.mean([pass_hat(len(trials), sum(trials), k) for trials in outcomes]))


def bootstrap(values: Sequence[float], level: float = 0.95, resamples: int = 2000, seed: int = 0) -> Interval | None:
    """The percentile interval of the mean, resampling ``values`` (one for each task); None without values."""
    if not values:
        return None
    rng = np.random.default_rng(seed)
    picks = rng.integers(0, len(values), size=(resamples, len(values)))
    means = np.asarray(values, dtype=float)[picks].mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(low=float(low), high=float(high), level=level)


def measure(episodes: Sequence[Episode], config: RewardConfig = PAPER, judge: str | None = None) -> Metrics:
    """The metrics of verified episodes; those stopped by an infrastructure failure are only counted."""
    valid = [episode for episode in episodes if episode.stop is not StopReason.FAILURE]
    outcomes: dict[str, list[bool]] = {}
    kinds: dict[str, str] = {}
    for episode in valid:
        outcomes.setdefault(episode.task.id, []).append(succeeded(episode))
        kinds[episode.task.id] = episode.task.kind
    rates = {task: sum(trials) / len(trials) for task, trials in outcomes.items()}
    fewest = min((len(trials) for trials in outcomes.values()), default=0)
    scores = [scores_of(episode, judge) for episode in valid]
    return Metrics(
        tasks=len(outcomes),
        trials=max((len(trials) for trials in outcomes.values()), default=0),
        episodes=len(valid),
        pass_hat={str(k): mean_pass_hat(list(outcomes.values()), k) for k in range(1, fewest + 1)},
        interval=bootstrap(list(rates.values())),
        by_kind=_by_kind(rates, kinds),
        mean_reward=_mean([trajectory_reward(episode, config, judge) for episode in valid]),
        deviation_rate=_mean([-1 in one for one in scores]),
        mean_turn_score=_mean([score for one in scores for score in one]),
        mean_agent_turns=_mean([len(episode.agent_turns) for episode in valid]),
        stops=_count(str(episode.stop) for episode in valid),
        infrastructure_failures=len(episodes) - len(valid),
    )


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0


def _count(names: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items()))


def _by_kind(rates: Mapping[str, float], kinds: Mapping[str, str]) -> dict[str, float]:
    grouped: dict[str, list[float]] = {}
    for task, rate in rates.items():
        grouped.setdefault(kinds[task], []).append(rate)
    return {kind: _mean(values) for kind, values in sorted(grouped.items())}

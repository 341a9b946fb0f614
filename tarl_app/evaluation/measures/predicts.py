"""Do a judge's scores predict success? The area under the ROC curve (AUC), by turn.

AUC is the probability that a call that passed was scored higher than one that failed, ties counting half (Hanley and
McNeil 1982): 0.5 says nothing, 1 everything. A judge whose early scores do not predict how a call ends gives a policy
no credit that the outcome does not give. The verdict is the verifier's; where a judge sees the gold calls, as the
reference judge does, a high AUC says that both agree, not that the end could have been foreseen.
"""

from collections.abc import Sequence

import numpy as np

from tarl_app.core.types import Episode, Frozen
from tarl_app.evaluation.measures.intervals import Interval
from tarl_app.evaluation.reward import scores_of, succeeded

SCORES = (-1, 0, 1)
RESAMPLES = 1000
FEWEST = 5
"""Passed and failed calls that a turn needs to have a line."""


class TurnAuc(Frozen):
    """The agent turn of that number, from 1; in 0 the whole call."""

    turn: int
    calls: int  # that have such a turn
    passed: int
    score: float  # AUC of the turn's score; in the whole call of the share of scores of 1
    score_interval: Interval  # 95 %, over tasks
    so_far: float  # AUC of the lowest score up to this turn
    so_far_interval: Interval


def predicts(episodes: Sequence[Episode], judge: str | None = None, seed: int = 0) -> tuple[TurnAuc, ...]:
    """One line a turn, then turn 0 for the whole call, for those with enough passed and failed calls to compare."""
    judged = [
        (one.task.id, scores, succeeded(one))
        for one in episodes
        if one.counts and one.verdict is not None and (scores := scores_of(one, judge))
    ]
    longest = max((len(scores) for _, scores, _ in judged), default=0)
    found = []
    for turn in (*range(1, longest + 1), 0):
        some = [one for one in judged if len(one[1]) >= turn]
        passed = sum(success for *_, success in some)
        if min(passed, len(some) - passed) < FEWEST:
            continue
        upto = turn or longest
        tasks, wins = [task for task, *_ in some], [success for *_, success in some]
        at = [scores[turn - 1] if turn else scores.count(1) / len(scores) for _, scores, _ in some]
        worst = [min(scores[:upto]) for _, scores, _ in some]
        (score, one), (so_far, two) = (_resampled(tasks, values, wins, seed) for values in (at, worst))
        found.append(
            TurnAuc(
                turn=turn,
                calls=len(some),
                passed=passed,
                score=score,
                score_interval=one,
                so_far=so_far,
                so_far_interval=two,
            )
        )
    return tuple(found)


def auc(values: Sequence[float], wins: Sequence[bool]) -> float:
    """The probability that a value of a win is above one of another, ties half; 0.5 without both kinds."""
    levels, counts = _counts(values, wins)
    return float(_auc(counts)) if len(levels) else 0.5


def _counts(values: Sequence[float], wins: Sequence[bool]) -> tuple[np.ndarray, np.ndarray]:
    """The values in order, and how often each occurs without and with success, [levels, 2]."""
    levels, places = np.unique(np.asarray(values, dtype=float), return_inverse=True)
    counts = np.zeros((len(levels), 2))
    np.add.at(counts, (places, np.asarray(wins, dtype=int)), 1)
    return levels, counts


def _auc(counts: np.ndarray) -> np.ndarray:
    """AUC of tables [..., levels, 2]."""
    lost, won = counts[..., 0], counts[..., 1]
    below = np.cumsum(lost, axis=-1) - lost / 2
    pairs = lost.sum(axis=-1) * won.sum(axis=-1)
    return np.where(pairs > 0, (below * won).sum(axis=-1) / np.maximum(pairs, 1), 0.5)


def _resampled(tasks: Sequence[str], values: Sequence[float], wins: Sequence[bool], seed: int) -> tuple[float, Interval]:
    """AUC and its percentile interval, bootstrapped over tasks, whose calls are not independent."""
    levels = {value: place for place, value in enumerate(sorted(set(values)))}
    names = {name: place for place, name in enumerate(dict.fromkeys(tasks))}
    counts = np.zeros((len(names), len(levels), 2))
    for task, value, win in zip(tasks, values, wins, strict=True):
        counts[names[task], levels[value], int(win)] += 1
    picks = np.random.default_rng(seed).integers(0, len(names), size=(RESAMPLES, len(names)))
    low, high = np.quantile(_auc(np.stack([counts[row].sum(axis=0) for row in picks])), (0.025, 0.975))
    return float(_auc(counts.sum(axis=0))), Interval(low=float(low), high=float(high))


def as_text(found: Sequence[TurnAuc]) -> str:
    """A table for people."""
    if not found:
        return f"  Too few calls: a turn needs {FEWEST} that passed and {FEWEST} that failed, with scores."
    lines = [f"  {'turn':<6} {'calls':>6} {'passed':>7}  AUC of its score      AUC of the lowest so far"]
    for one in found:
        a, b = one.score_interval, one.so_far_interval
        lines.append(
            f"  {one.turn or 'all':<6} {one.calls:>6} {one.passed:>7}  {one.score:.2f} ({a.low:.2f} to {a.high:.2f})"
            f"   {one.so_far:.2f} ({b.low:.2f} to {b.high:.2f})"
        )
    return "\n".join(lines)

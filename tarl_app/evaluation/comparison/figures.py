"""Statistics of paired results: is the difference of two agents significant?

Tasks, not episodes, are drawn at random, so a task is one observation: its difference is B's pass rate minus A's over
its trials. The interval is over tasks (``intervals.of_differences``). The p-value is that of the exact sign test over the
tasks in which the rates differ: with one trial a task that *is* McNemar's exact test (McNemar 1947; Edwards 1948).
"""

from collections.abc import Iterable, Sequence
from math import comb

from tarl_app.core.types import Episode, Frozen
from tarl_app.evaluation.measures.intervals import Interval, of_differences
from tarl_app.evaluation.reward import succeeded


class Outcome(Frozen):
    """The paired comparison of A and B over tasks that both have played."""

    tasks: int
    pairs: int
    both: int  # pairs of episodes in which both passed
    only_a: int
    only_b: int
    neither: int
    better_a: int  # tasks in which A passed more trials than B
    better_b: int
    difference: float  # of pass^1, B minus A, over tasks
    interval: Interval | None  # of the difference
    p_value: float  # two-sided; 1 when no task differs

    @property
    def decided(self) -> bool:
        """Whether the difference is significant at 5 %."""
        return self.p_value < 0.05


def outcome(pairs: Iterable[tuple[Episode, Episode]]) -> Outcome:
    """The numbers of those pairs (A's episode, B's episode of the same task and seed)."""
    passed = [(a.task.id, succeeded(a), succeeded(b)) for a, b in pairs]
    by_task: dict[str, list[tuple[bool, bool]]] = {}
    for task, a, b in passed:
        by_task.setdefault(task, []).append((a, b))
    shares_a, shares_b = ([sum(pair[side] for pair in some) / len(some) for some in by_task.values()] for side in (0, 1))
    differences = [b - a for a, b in zip(shares_a, shares_b, strict=True)]
    better_a, better_b = sum(value < 0 for value in differences), sum(value > 0 for value in differences)
    return Outcome(
        tasks=len(by_task),
        pairs=len(passed),
        both=_count(passed, True, True),
        only_a=_count(passed, True, False),
        only_b=_count(passed, False, True),
        neither=_count(passed, False, False),
        better_a=better_a,
        better_b=better_b,
        difference=sum(differences) / len(differences) if differences else 0.0,
        interval=of_differences(shares_a, shares_b),
        p_value=sign_test(better_a, better_b),
    )


def sign_test(fewer: int, more: int) -> float:
    """The two-sided exact p-value of ``more`` out of ``fewer + more`` when both are as likely; 1 without any."""
    n, rarer = fewer + more, min(fewer, more)
    return min(1.0, 2 * sum(comb(n, k) for k in range(rarer + 1)) / 2**n)


def _count(passed: Sequence[tuple[str, bool, bool]], a: bool, b: bool) -> int:
    return sum((one, other) == (a, b) for _, one, other in passed)

"""Metrics over episodes: pass^k, its interval, rates, times, recognition.

pass^k is the chance that k independent trials of the same task *all* succeed, estimated without bias from n trials with
c successes as C(c, k) / C(n, k), averaged over tasks. Episodes that the infrastructure or the simulated user ended are
counted apart and enter nothing else.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import comb

import numpy as np

from tarl_app.core.types import Episode, FaultKind, Frozen, StopReason, Timing, ToolTurn
from tarl_app.evaluation.measures.intervals import Interval, of_shares
from tarl_app.evaluation.measures.support import Support, measure_support
from tarl_app.evaluation.measures.turn_taking import TurnTakingRates, measure_turn_taking
from tarl_app.evaluation.measures.word_errors import Hearing, measure_hearing
from tarl_app.evaluation.reward import PAPER, RewardConfig, judgement_of, scores_of, succeeded, trajectory_reward
from tarl_app.evaluation.selections import faults, first_deviation, malformed, refusal_broken, refuses, tool_errors, written
from tarl_app.sandbox.faults import KINDS

PERCENTILES = (50, 90, 95)
PARTS = {
    "end_of_turn": "Silence that ended the caller's turn",
    "hearing": "Hearing",
    "first_token": "First word",
    "tools": "Tools",
    "voice": "First sound",
    "response_latency": "First sound since the caller's last",
    "total": "Whole answer",
}
"""Parts of a turn in the order in which they happen, with their names."""


class Group(Frozen):
    """A part of the tasks; ``key`` selects its episodes (``selections``)."""

    key: str
    tasks: int
    episodes: int
    passed: float  # pass^1
    interval: Interval | None


class FaultRates(Frozen):
    """Faults on purpose (``sandbox.faults``) that calls met, and how the episodes with and without one ended."""

    met: dict[FaultKind, int]  # calls that met each
    episodes: int  # with at least one
    passed_with: float | None  # pass^1 of those; None where there are none
    passed_without: float | None  # pass^1 of the others


class Latency(Frozen):
    """Seconds of one part of a turn, over all turns that have it."""

    turns: int
    mean: float
    percentiles: dict[str, float]  # "50" -> seconds


class Metrics(Frozen):
    """The metrics of a set of episodes."""

    tasks: int  # tasks with at least one valid trial
    trials: int  # the largest number of valid trials of a task
    episodes: int  # valid ones
    pass_hat: dict[str, float]  # "1" .. "k": pass^k, as far as every task has k valid trials
    intervals: dict[str, Interval]  # of each pass^k, over tasks
    strict: float | None  # pass^1 by a benchmark's stricter rules, where its domain has some (``Verdict.strict``)
    by_kind: dict[str, float]  # pass^1 by kind of task
    groups: tuple[Group, ...]  # by kind, then by number of writes, with intervals
    mean_reward: float
    deviation_rate: float  # share of episodes with a turn scored -1
    deviation_interval: Interval | None  # of that, over tasks
    first_deviation: dict[str, int]  # number of the agent turn -> episodes whose -1 falls there
    mean_turn_score: float
    mean_agent_turns: float
    support: Support | None  # statements of fact without support, where the reference judge has judged
    calls: int
    tool_errors: int  # calls that a tool refused
    malformed_calls: int  # calls that could not be read
    refusals: int  # episodes in which the policy demands a refusal
    refusals_kept: int  # ... and nothing was done that was not asked for
    latency: dict[str, Latency]  # end_of_turn, hearing, first_token, tools, voice, response_latency, total
    hearing: Hearing | None
    turn_taking: TurnTakingRates | None  # of live calls
    cost_usd: float  # of the models behind endpoints: agent, user and judge
    judge_cost_usd: float
    judge_seconds: float
    faults: FaultRates | None  # where calls met some
    stops: dict[str, int]
    infrastructure_failures: int
    user_faults: int
    user_drafts: int  # discarded drafts of simulated users

    @property
    def interval(self) -> Interval | None:
        """Of pass^1."""
        return self.intervals.get("1")


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


def measure(episodes: Sequence[Episode], config: RewardConfig = PAPER, judge: str | None = None) -> Metrics:
    """The metrics of verified episodes; those that do not count (``Episode.counts``) are only counted."""
    valid = [episode for episode in episodes if episode.counts]
    outcomes = _outcomes(valid)
    fewest = min((len(trials) for trials in outcomes.values()), default=0)
    scores = [scores_of(episode, judge) for episode in valid]
    judgements = [one for episode in valid if (one := judgement_of(episode, judge))]
    groups = _groups(valid)
    return Metrics(
        tasks=len(outcomes),
        trials=max((len(trials) for trials in outcomes.values()), default=0),
        episodes=len(valid),
        pass_hat={str(k): mean_pass_hat(list(outcomes.values()), k) for k in range(1, fewest + 1)},
        intervals={str(k): one for k in range(1, fewest + 1) if (one := _interval(outcomes, k))},
        strict=_strict(valid),
        by_kind={group.key.partition(":")[2]: group.passed for group in groups if group.key.startswith("kind:")},
        groups=groups,
        mean_reward=_mean([trajectory_reward(episode, config, judge) for episode in valid]),
        deviation_rate=_mean([-1 in one for one in scores]),
        deviation_interval=_deviation_interval(valid, scores),
        first_deviation=_positions(valid),
        mean_turn_score=_mean([score for one in scores for score in one]),
        mean_agent_turns=_mean([len(episode.agent_turns) for episode in valid]),
        support=measure_support(valid),
        calls=sum(len(episode.calls) for episode in valid),
        tool_errors=sum(map(tool_errors, valid)),
        malformed_calls=sum(map(malformed, valid)),
        refusals=sum(map(refuses, valid)),
        refusals_kept=sum(refuses(episode) and not refusal_broken(episode) for episode in valid),
        latency=_latency(valid),
        hearing=measure_hearing(valid),
        turn_taking=measure_turn_taking(valid),
        cost_usd=sum(episode.cost_usd for episode in episodes),
        judge_cost_usd=sum(one.cost_usd for one in judgements),
        judge_seconds=sum(one.seconds for one in judgements),
        faults=_fault_rates(valid),
        stops=_count(str(episode.stop) for episode in valid),
        infrastructure_failures=sum(episode.stop is StopReason.FAILURE for episode in episodes),
        user_faults=sum(episode.stop is StopReason.USER_FAULT for episode in episodes),
        user_drafts=sum(len(episode.user_faults) for episode in valid),
    )


def _outcomes(episodes: Iterable[Episode]) -> dict[str, list[bool]]:
    """Task -> whether each trial succeeded."""
    outcomes: dict[str, list[bool]] = {}
    for episode in episodes:
        outcomes.setdefault(episode.task.id, []).append(succeeded(episode))
    return outcomes


def _strict(valid: Iterable[Episode]) -> float | None:
    outcomes: dict[str, list[float]] = {}
    for episode in valid:
        if episode.verdict is not None and episode.verdict.strict is not None:
            outcomes.setdefault(episode.task.id, []).append(float(episode.verdict.strict))
    return _mean([_mean(trials) for trials in outcomes.values()]) if outcomes else None


def _deviation_interval(episodes: Sequence[Episode], scores: Sequence[Sequence[int]]) -> Interval | None:
    by_task: dict[str, list[bool]] = {}
    for episode, one in zip(episodes, scores, strict=True):
        by_task.setdefault(episode.task.id, []).append(-1 in one)
    return of_shares([_mean(found) for found in by_task.values()])


def _interval(outcomes: Mapping[str, Sequence[bool]], k: int) -> Interval | None:
    return of_shares([pass_hat(len(trials), sum(trials), k) for trials in outcomes.values()])


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0


def _count(names: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items()))


def _groups(episodes: Sequence[Episode]) -> tuple[Group, ...]:
    by: list[tuple[str, Callable[[Episode], str]]] = [
        ("kind", lambda one: one.task.kind),
        ("writes", lambda one: str(written(one))),
    ]
    groups: list[Group] = []
    for name, value_of in by:
        parts: dict[str, list[Episode]] = {}
        for episode in episodes:
            parts.setdefault(value_of(episode), []).append(episode)
        for value, part in sorted(parts.items()):
            outcomes = _outcomes(part)
            passed = mean_pass_hat(list(outcomes.values()), 1)
            interval = _interval(outcomes, 1)
            groups.append(
                Group(key=f"{name}:{value}", tasks=len(outcomes), episodes=len(part), passed=passed, interval=interval)
            )
    return tuple(groups)


def _fault_rates(valid: Sequence[Episode]) -> FaultRates | None:
    met = [result.fault for episode in valid for _, result in episode.calls if result.fault is not None]
    if not met:
        return None
    hit = [episode for episode in valid if faults(episode)]
    spared = [episode for episode in valid if not faults(episode)]
    return FaultRates(
        met={kind: met.count(kind) for kind in KINDS if kind in met},
        episodes=len(hit),
        passed_with=_passed(hit),
        passed_without=_passed(spared),
    )


def _passed(episodes: Sequence[Episode]) -> float | None:
    return _mean([float(succeeded(episode)) for episode in episodes]) if episodes else None


def _positions(episodes: Iterable[Episode]) -> dict[str, int]:
    found = sorted(turn for episode in episodes if (turn := first_deviation(episode)) is not None)
    return {str(turn): found.count(turn) for turn in dict.fromkeys(found)}


def _latency(episodes: Iterable[Episode]) -> dict[str, Latency]:
    """Each part of a turn that was measured, in the order in which they happen."""
    seconds: dict[str, list[float]] = {name: [] for name in PARTS}
    for episode in episodes:
        for turn in episode.turns:
            if isinstance(turn, ToolTurn):
                seconds["tools"] += [turn.seconds] if turn.seconds is not None else []
            elif (timing := getattr(turn, "timing", None)) is not None:
                _add(seconds, timing)
    return {name: _percentiles(values) for name, values in seconds.items() if values}


def _add(seconds: dict[str, list[float]], timing: Timing) -> None:
    for name in PARTS:
        value = getattr(timing, name, None)  # the tools' is their own turn's
        if value is not None:
            seconds[name].append(value)


def _percentiles(values: Sequence[float]) -> Latency:
    found = np.percentile(values, PERCENTILES)
    return Latency(
        turns=len(values),
        mean=_mean(values),
        percentiles={str(name): float(value) for name, value in zip(PERCENTILES, found, strict=True)},
    )

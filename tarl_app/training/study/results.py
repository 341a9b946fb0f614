"""The numbers of a study, complete or not, from the files in its folder."""

from collections.abc import Mapping, Sequence
from functools import partial
from statistics import fmean
from typing import Any

from tarl_app.core.types import Episode, Frozen
from tarl_app.evaluation.comparison.seeds import Gain, Passed, gain, interval_of, outcomes, rates
from tarl_app.evaluation.folder import readable
from tarl_app.evaluation.measures.intervals import Interval
from tarl_app.evaluation.measures.predicts import TurnAuc, predicts
from tarl_app.jobs import run_record
from tarl_app.training.study.folder import StudyFolder
from tarl_app.training.study.plan import ARMS, BASE, Condition, Job, StudyConfig, jobs

COMPARED = (
    ("sft", BASE),
    ("terminal", BASE),
    ("tarl", BASE),
    ("math", BASE),
    ("shuffled", BASE),
    ("tarl", "terminal"),
    ("tarl", "sft"),
    ("math", "tarl"),
)
CAN, LEAST = 0.5, 0.4
"""A kind that the base passes at ``CAN`` or more must not end below ``LEAST``."""
GAIN, SURELY, RELATIVE, ALPHA = 0.20, 0.10, 0.06, 0.05
ALIKE = 0.05
"""Largest relative difference of the arms' numbers of rollouts."""


class ArmFigures(Frozen):
    """An arm under one condition; shares over tasks, means over seeds."""

    arm: str
    condition: str
    seeds: int
    tasks: int
    calls: int
    not_counted: int
    passed: float
    interval: Interval | None
    each_seed: tuple[float, ...]
    by_kind: dict[str, float]


class Practice(Frozen):
    """How an arm was trained: means over its seeds; None where a run does not say."""

    arm: str
    seeds: int
    steps: int  # completed, over all seeds
    rollouts: int  # played, a seed
    hours: float
    first: float | None  # passed in the first step
    last: float | None
    entropy_first: float | None
    entropy_last: float | None
    kl: float | None  # in the last step
    gradient_share: float | None
    self_corrections: float | None  # a rollout, in the last step
    curves: dict[str, list[float]]  # metric -> its mean over seeds, step after step


class Check(Frozen):
    """One thing that the study should show; ``met`` is None where it cannot be told yet."""

    name: str
    met: bool | None
    told: str


class StudyResult(Frozen):
    """Everything that is reported."""

    done: int
    jobs: int
    hours: float
    arms: tuple[ArmFigures, ...]
    gains: dict[str, tuple[Gain, ...]]  # by condition
    kinds: dict[str, int]  # kind -> its tasks
    practice: tuple[Practice, ...]
    checks: tuple[Check, ...]
    judge: tuple[TurnAuc, ...]  # of the base's calls under the first condition


def results(config: StudyConfig, folder: StudyFolder) -> StudyResult:
    """Reads whatever is there; unreadable files are as missing ones."""
    every = jobs(config)
    arms: list[ArmFigures] = []
    gains: dict[str, tuple[Gain, ...]] = {}
    kinds: dict[str, str] = {}
    judged: tuple[Episode, ...] = ()
    for condition in config.conditions:
        passed: dict[str, list[Passed]] = {}
        for arm in dict.fromkeys(job.arm for job in every):
            played = [_episodes(config, folder, job, condition) for job in every if job.arm == arm]
            played = [some for some in played if some]
            kinds |= {one.task.id: one.task.kind for some in played for one in some}
            passed[arm] = [outcomes(some) for some in played]
            if arm == BASE and condition == config.conditions[0]:
                judged = tuple(one for some in played for one in some)
            if played:
                arms.append(_figures(arm, condition, played, passed[arm], kinds))
        found = (gain(one, two, passed.get(one, []), passed.get(two, []), two == BASE) for one, two in COMPARED)
        gains[condition.name] = tuple(one for one in found if one is not None)
    practice = tuple(one for arm in config.runs if (one := _practice(folder, arm, every)) is not None)
    return StudyResult(
        done=sum(_is_done(config, folder, job) for job in every),
        jobs=len(every),
        hours=sum(row["seconds"] for row in folder.times()) / 3600,
        arms=tuple(arms),
        gains=gains,
        kinds={kind: [*kinds.values()].count(kind) for kind in sorted({*kinds.values()})},
        practice=practice,
        checks=checks(config, arms, gains[config.conditions[0].name], practice),
        judge=predicts(judged),
    )


def _episodes(config: StudyConfig, folder: StudyFolder, job: Job, condition: Condition) -> tuple[Episode, ...]:
    trials = (readable(folder.evaluation(job, condition, trial))[0] for trial in range(config.trials))
    newest = {(one.task.id, one.seed): one for some in trials for one in some}  # a failure may have been played again
    return tuple(newest.values())


def _is_done(config: StudyConfig, folder: StudyFolder, job: Job) -> bool:
    measured = all(
        folder.state(job, condition, trial) == "finished"
        for condition in config.conditions
        for trial in range(config.trials)
    )
    return measured and folder.is_trained(config, job)


def _figures(
    arm: str, condition: Condition, played: Sequence[Sequence[Episode]], passed: Sequence[Passed], kinds: Mapping[str, str]
) -> ArmFigures:
    each = rates(passed)
    by_kind: dict[str, list[float]] = {}
    for task, rate in each.items():
        by_kind.setdefault(kinds[task], []).append(rate)
    counted = [sum(one.counts for one in some) for some in played]
    return ArmFigures(
        arm=arm,
        condition=condition.name,
        seeds=len(played),
        tasks=len(each),
        calls=sum(counted),
        not_counted=sum(map(len, played)) - sum(counted),
        passed=fmean(each.values()) if each else 0.0,
        interval=interval_of(passed),
        each_seed=tuple(fmean(rates([one]).values()) if one else 0.0 for one in passed),
        by_kind={kind: fmean(values) for kind, values in sorted(by_kind.items())},
    )


def _practice(folder: StudyFolder, arm: str, every: Sequence[Job]) -> Practice | None:
    names = [job.name for job in every if job.arm == arm]
    runs = [rows for name in names if (rows := run_record.metrics(folder.runs / name))]
    if not runs:
        return None
    of = partial(_mean, runs)
    keys = ("success", "reward", "entropy", "kl", "gradient_share")
    longest = max(map(len, runs))
    curves = {key: [value for step in range(longest) if (value := of(key, step)) is not None] for key in keys}
    seconds = [row["seconds"] for row in folder.times() if row.get("job") in names and row["part"] == "train"]
    return Practice(
        arm=arm,
        seeds=len(runs),
        steps=sum(map(len, runs)),
        rollouts=round(fmean(sum(row.get("rollouts", 0) + row.get("failures", 0) for row in rows) for rows in runs)),
        hours=sum(seconds) / 3600,
        first=of("success", 0),
        last=of("success", -1),
        entropy_first=of("entropy", 0),
        entropy_last=of("entropy", -1),
        kl=of("kl", -1),
        gradient_share=_whole(runs, "gradient_share"),
        self_corrections=of("self_corrections", -1),
        curves={key: values for key, values in curves.items() if values},
    )


def _mean(runs: Sequence[Sequence[Mapping[str, Any]]], key: str, step: int) -> float | None:
    """The mean over runs of a metric in that step, counted from 0 or, if negative, from the end."""
    found = [rows[step][key] for rows in runs if -len(rows) <= step < len(rows) and key in rows[step]]
    return fmean(found) if found else None


def _whole(runs: Sequence[Sequence[Mapping[str, Any]]], key: str) -> float | None:
    found = [row[key] for rows in runs for row in rows if key in row]
    return fmean(found) if found else None


# --- what should be shown -------------------------------------------------------------------------------------------------


def checks(
    config: StudyConfig, arms: Sequence[ArmFigures], gains: Sequence[Gain], practice: Sequence[Practice]
) -> tuple[Check, ...]:
    """Of the first condition."""
    first = config.conditions[0].name
    figures = {one.arm: one for one in arms if one.condition == first}
    pairs = {(one.of, one.over): one for one in gains}
    return (
        _gain(pairs.get(("tarl", BASE))),
        _over_terminal(pairs.get(("tarl", "terminal"))),
        _nothing_unlearned(figures.get(BASE), figures.get("tarl")),
        _control(pairs.get(("shuffled", BASE))),
        _equal(practice),
    )


def _gain(found: Gain | None) -> Check:
    name = f"TARL over its base: at least {GAIN:+.2f}, interval above {SURELY:+.2f}"
    if found is None or found.interval is None:
        return Check(name=name, met=None, told="not measured yet")
    return Check(name=name, met=found.difference >= GAIN and found.interval.low > SURELY, told=in_words(found))


def _over_terminal(found: Gain | None) -> Check:
    name = f"TARL over outcome rewards: more than {RELATIVE:.0%} relative, p < {ALPHA}"
    if found is None:
        return Check(name=name, met=None, told="not measured yet")
    met = found.relative is not None and found.relative > RELATIVE and found.p_value < ALPHA
    return Check(name=name, met=met, told=in_words(found))


def _nothing_unlearned(base: ArmFigures | None, tarl: ArmFigures | None) -> Check:
    name = f"No kind that the base passes at {CAN} or more ends below {LEAST} with TARL"
    if base is None or tarl is None:
        return Check(name=name, met=None, told="not measured yet")
    able = [kind for kind, rate in base.by_kind.items() if rate >= CAN and kind in tarl.by_kind]
    lost = [kind for kind in able if tarl.by_kind[kind] < LEAST]
    told = ", ".join(f"{kind} {base.by_kind[kind]:.2f} to {tarl.by_kind[kind]:.2f}" for kind in lost)
    return Check(name=name, met=not lost, told=told or f"{len(able)} such kinds, all of them kept")


def _control(found: Gain | None) -> Check:
    name = "The control with shuffled rewards does not learn: its interval is not above 0"
    if found is None or found.interval is None:
        return Check(name=name, met=None, told="not measured yet")
    return Check(name=name, met=found.interval.low <= 0, told=in_words(found))


def _equal(practice: Sequence[Practice]) -> Check:
    name = f"Every arm played as many rollouts, within {ALIKE:.0%}"
    counts = {one.arm: one.rollouts for one in practice}
    if len(counts) < len(ARMS) - 1:
        return Check(name=name, met=None, told="not all arms have run")
    met = max(counts.values()) <= (1 + ALIKE) * min(counts.values())
    return Check(name=name, met=met, told=", ".join(f"{arm} {count}" for arm, count in counts.items()))


def in_words(found: Gain) -> str:
    """``+0.12 (+0.03 to +0.21; p = 0.01, 3 seeds, 115 tasks), 33 % relative``."""
    low, high = (found.interval.low, found.interval.high) if found.interval else (found.difference, found.difference)
    seeds = f"{found.seeds} seed{'s' if found.seeds > 1 else ''}"
    both = f"; drawing seeds, too: {found.over_seeds.low:+.2f} to {found.over_seeds.high:+.2f}" if found.over_seeds else ""
    relative = f", {found.relative:+.0%} relative" if found.relative is not None else ""
    told = f"{low:+.2f} to {high:+.2f}; p = {found.p_value:.2g}, {seeds}, {found.tasks} tasks{both}"
    return f"{found.difference:+.2f} ({told}){relative}"

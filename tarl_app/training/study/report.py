"""A study's report: Markdown for ``docs/results.md``, a JSON object, and plots."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from tarl_app.evaluation.measures.predicts import TurnAuc
from tarl_app.training.study.folder import StudyFolder
from tarl_app.training.study.plan import ALL_SEEDS, ARMS, BASE, StudyConfig
from tarl_app.training.study.plots import plots
from tarl_app.training.study.results import ArmFigures, StudyResult, in_words

MET = {True: "yes", False: "**no**", None: "not yet"}


def write(config: StudyConfig, folder: StudyFolder, result: StudyResult) -> tuple[Path, ...]:
    """``report.md``, ``report.json`` and the plots, in the study's folder."""
    drawn = plots(result)
    texts = {
        "report.md": as_markdown(config, result, tuple(drawn)),
        "report.json": json.dumps(result.model_dump(mode="json"), indent=1),
        **drawn,
    }
    for name, text in texts.items():
        (folder.path / name).write_text(text, encoding="utf-8")
    return tuple(folder.path / name for name in texts)


def as_markdown(config: StudyConfig, result: StudyResult, drawn: Sequence[str] = ()) -> str:
    """The report; ``drawn`` are the names of plots that lie beside it."""
    return "\n".join(_lines(config, result, drawn)) + "\n"


def _lines(config: StudyConfig, result: StudyResult, drawn: Sequence[str]) -> Iterator[str]:
    run = next(iter(config.runs.values()))
    yield f"# TARL over {config.base}"
    yield ""
    trials = f"{config.trials} trial{'s' if config.trials > 1 else ''}"
    yield (
        f"{result.done} of {result.jobs} trained and measured, {result.hours:.1f} hours of work. Each arm: {run.steps} "
        f"steps of {run.groups} x {run.group_size} rollouts, guard `{run.guard}`. Measured on "
        f"{config.domain}/{config.split}, {config.customer} customers, {trials} of a task. Intervals are 95 %, over "
        f"tasks. Seeds: {config.seeds} of {', '.join(ALL_SEEDS)}; {config.seeds_other} of the others."
    )
    if result.done < result.jobs:
        yield ""
        yield "**The study is not complete.** What follows is of what has been measured so far."
    yield from ["", "| what should be shown | shown | |", "|---|---|---|"]
    for check in result.checks:
        yield f"| {check.name} | {MET[check.met]} | {check.told} |"
    for condition in dict.fromkeys(one.condition for one in result.arms):
        yield from _condition(condition, result, f"passed-{condition}.svg" in drawn)
    yield from _kinds(config, result)
    yield from _practice(result, "training.svg" in drawn)
    yield from _judge(config, result.judge)


def _condition(condition: str, result: StudyResult, drawn: bool) -> Iterator[str]:
    yield from ["", f"## {condition.replace('-', ', guard ')}", ""]
    if drawn:
        yield from [f"![pass^1 of the arms](passed-{condition}.svg)", ""]
    yield "| arm | pass^1 | each seed | tasks | calls | not counted |"
    yield "|---|---|---|---:|---:|---:|"
    for one in result.arms:
        if one.condition == condition:
            seeds = ", ".join(f"{value:.2f}" for value in one.each_seed)
            counts = f"{one.tasks} | {one.calls} | {one.not_counted}"
            yield f"| {one.arm}: {ARMS.get(one.arm, '')} | {_share(one)} | {seeds} | {counts} |"
    if gains := result.gains.get(condition, ()):
        yield from ["", "| difference | paired by task and seed |", "|---|---|"]
        yield from (f"| {one.of} over {one.over} | {in_words(one)} |" for one in gains)


def _share(one: ArmFigures) -> str:
    span = f" ({one.interval.low:.2f} to {one.interval.high:.2f})" if one.interval else ""
    return f"{one.passed:.2f}{span}"


def _kinds(config: StudyConfig, result: StudyResult) -> Iterator[str]:
    arms = [one for one in result.arms if one.condition == config.conditions[0].name]
    if not arms:
        return
    yield from ["", f"## By kind ({config.conditions[0].name})", ""]
    yield f"| kind | tasks | {' | '.join(one.arm for one in arms)} |"
    yield f"|---|---:|{'---:|' * len(arms)}"
    for kind, count in result.kinds.items():
        shares = " | ".join(f"{one.by_kind[kind]:.2f}" if kind in one.by_kind else "" for one in arms)
        yield f"| {kind.replace('_', ' ')} | {count} | {shares} |"


def _practice(result: StudyResult, drawn: bool) -> Iterator[str]:
    if not result.practice:
        return
    yield from ["", "## In training", ""]
    if drawn:
        yield from ["![curves of training](training.svg)", ""]
    yield "| arm | rollouts | hours | passed, first to last step | entropy | KL | with a gradient | self-corrections |"
    yield "|---|---:|---:|---|---|---:|---:|---:|"
    for one in result.practice:
        spans = f"{_number(one.first)} to {_number(one.last)} | {_number(one.entropy_first)} to {_number(one.entropy_last)}"
        rest = " | ".join(map(_number, (one.kl, one.gradient_share, one.self_corrections)))
        yield f"| {one.arm} | {one.rollouts} | {one.hours:.2f} | {spans} | {rest} |"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}" if abs(value) >= 0.01 or value == 0 else f"{value:.1e}"


def _judge(config: StudyConfig, found: Sequence[TurnAuc]) -> Iterator[str]:
    if not found:
        return
    yield from ["", "## Do the judge's scores predict success?", ""]
    yield f"Calls of the {BASE} ({config.conditions[0].name}). AUC 0.5 says nothing, 1 everything; intervals over tasks."
    yield from ["", "| agent turn | calls | passed | its score | the lowest so far |", "|---|---:|---:|---|---|"]
    for one in found:
        a, b = one.score_interval, one.so_far_interval
        at, upto = f"{one.score:.2f} ({a.low:.2f} to {a.high:.2f})", f"{one.so_far:.2f} ({b.low:.2f} to {b.high:.2f})"
        yield f"| {one.turn or 'all'} | {one.calls} | {one.passed} | {at} | {upto} |"

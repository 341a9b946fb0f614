"""An evaluation as one JSON object, as text, as a table for spreadsheets, and as Markdown."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tarl_app.core.types import Episode
from tarl_app.evaluation.config import EvaluationConfig
from tarl_app.evaluation.evaluate import Evaluation, Progress
from tarl_app.evaluation.measures.figures import Figure, figures
from tarl_app.evaluation.measures.metrics import Metrics, measure
from tarl_app.evaluation.reward import trajectory_reward
from tarl_app.evaluation.selections import select

CONTROLS = {"null": "null agent (does nothing)", "gold": "gold agent (plays the gold calls)"}
DUPLEX = ("agent_voice", "interrupts", "backchannels", "hesitates")
"""What is said of the configuration in full duplex alone."""
COLUMNS = ("agent", "section", "name", "value", "unit", "low", "high", "of", "episodes")


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """One object of plain values: the configuration, the numbers, and the path of the episodes."""
    config, metrics = evaluation.config, evaluation.metrics
    hearing = metrics.hearing
    return {
        "agent": config.agent,
        "guard": evaluation.guard,
        "domain": config.domain,
        "split": config.split,
        "tasks": evaluation.planned_tasks,
        "trials": config.trials,
        "episodes": metrics.episodes,
        "pass_hat": {k: round(value, 4) for k, value in metrics.pass_hat.items()},
        "interval": [round(metrics.interval.low, 4), round(metrics.interval.high, 4)] if metrics.interval else None,
        "strict": None if metrics.strict is None else round(metrics.strict, 4),
        "infrastructure_failures": metrics.infrastructure_failures,
        "user_faults": metrics.user_faults,
        "user_drafts": metrics.user_drafts,
        "by_kind": {kind: round(value, 4) for kind, value in metrics.by_kind.items()},
        "by_writes": {
            group.key.removeprefix("writes:"): round(group.passed, 4)
            for group in metrics.groups
            if group.key.startswith("writes:")
        },
        "mean_reward": round(metrics.mean_reward, 4),
        "deviation_rate": round(metrics.deviation_rate, 4),
        "first_deviation": metrics.first_deviation,
        "mean_turn_score": round(metrics.mean_turn_score, 4),
        "mean_agent_turns": round(metrics.mean_agent_turns, 2),
        "unsupported_per_100_turns": round(metrics.support.per_100, 4) if metrics.support else None,
        "unsupported": metrics.support.model_dump(mode="json") if metrics.support else None,
        "calls": metrics.calls,
        "tool_errors": metrics.tool_errors,
        "malformed_calls": metrics.malformed_calls,
        "refusals": metrics.refusals,
        "refusals_kept": metrics.refusals_kept,
        "latency": {name: _rounded(one.percentiles) for name, one in metrics.latency.items()},
        "hearing": hearing.model_dump(mode="json") if hearing else None,
        "turn_taking": metrics.turn_taking.model_dump(mode="json") if metrics.turn_taking else None,
        "cost_usd": round(metrics.cost_usd, 6),
        "judge_cost_usd": round(metrics.judge_cost_usd, 6),
        "faults": str(config.faults),
        "faults_met": metrics.faults.model_dump(mode="json") if metrics.faults else None,
        "stops": metrics.stops,
        "controls": {
            name: {"pass_hat": found.pass_hat, **({} if found.strict is None else {"strict": found.strict})}
            for name, played in evaluation.controls.items()
            for found in (measure(played),)
        },
        "speech": config.speech,
        "voice": config.voice,
        "channel": config.channel,
        "duplex": config.duplex,
        **({name: getattr(config, name) for name in DUPLEX} if config.duplex else {}),
        "phrasings": config.phrasings,
        "user": config.user,
        "customer": config.customer,
        "wordings": config.wordings,
        "judge": config.judge,
        "seed": config.seed,
        "seconds": round(evaluation.seconds, 1),
        "folder": str(evaluation.folder),
    }


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in values.items()}


def conditions(config: EvaluationConfig) -> str:
    """The conditions: typed, or the voice and channel."""
    how = f"spoken ({config.voice or 'default voice'}, {config.channel})" if config.speech else "in writing"
    if config.duplex:
        rates = f"interrupts {config.interrupts:g}, back-channels {config.backchannels:g}, hesitates {config.hesitates:g}"
        how = f"{how} in full duplex ({rates})"
    who = f"{config.customer} customers, " if config.customer != "plain" else ""
    faults = f", faults {config.faults}" if config.faults.any else ""
    return f"{config.domain}/{config.split}, {how}, {who}{config.wordings or config.phrasings} wordings{faults}"


def _agent(evaluation: Evaluation) -> str:
    """The agent and its guard."""
    return f"{evaluation.config.agent} (guard: {evaluation.guard})" if evaluation.guard else evaluation.config.agent


def as_text(evaluation: Evaluation) -> str:
    """The same for people."""
    config, metrics = evaluation.config, evaluation.metrics
    trials = f"{config.trials} trial{'s' if config.trials > 1 else ''}"
    lines = [f"{_agent(evaluation)} on {conditions(config)}: {evaluation.planned_tasks} tasks, {trials} each"]
    section = ""
    for figure in figures(metrics):
        if figure.section != section:
            section = figure.section
            lines.append(f"  {section}")
        interval = f"  (95% interval over tasks: {figure.range_words})" if figure.interval else ""
        lines.append(f"    {figure.name:<32} {figure.words:>8}{interval}")
    lines += [f"  {line}" for line in _control_lines(evaluation)]
    lines.append(f"  episodes in {evaluation.folder}")
    return "\n".join(lines)


def _control_lines(evaluation: Evaluation) -> Iterable[str]:
    for name, played in evaluation.controls.items():
        yield f"{CONTROLS[name]:<34} {_share(measure(played)):>8}"


def _share(metrics: Metrics) -> str:
    return f"{metrics.pass_hat['1']:.1%}" if "1" in metrics.pass_hat else "-"


def as_csv(evaluation: Evaluation) -> str:
    """One number a line, controls included; ``episodes`` is the key that ``report.json`` resolves to ids."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    for agent, found in _rows(evaluation):
        for one in found:
            low, high = (one.interval.low, one.interval.high) if one.interval else ("", "")
            of = "" if one.of is None else one.of
            table.writerow([agent, one.section, one.name, one.value, one.unit, low, high, of, one.key])
    return out.getvalue()


def _rows(evaluation: Evaluation) -> Iterable[tuple[str, Sequence[Figure]]]:
    yield evaluation.config.agent, figures(evaluation.metrics)
    for name, played in evaluation.controls.items():
        yield CONTROLS[name], [one for one in figures(measure(played)) if one.section == "Success"]


def as_markdown(evaluation: Evaluation) -> str:
    """Tables for people."""
    config = evaluation.config
    lines = [
        f"# {_agent(evaluation)} on {conditions(config)}",
        "",
        f"{evaluation.planned_tasks} tasks, {config.trials} trial(s) each, seed {config.seed}; "
        f"user {config.user}, judge {config.judge}.",
    ]
    section = ""
    for one in figures(evaluation.metrics):
        if one.section != section:
            section = one.section
            lines += ["", f"## {section}", "", "| | value | 95 % interval | of | episodes |", "|---|---:|---|---:|---|"]
        of = "" if one.of is None else str(one.of)
        lines.append(f"| {one.name} | {one.words} | {one.range_words} | {of} | `{one.key}` |")
    lines += ["", "## Controls on the same tasks", "", "| | pass^1 |", "|---|---:|"]
    lines += [f"| {CONTROLS[name]} | {_share(measure(played))} |" for name, played in evaluation.controls.items()]
    return "\n".join(lines) + "\n"


def episode_rows(episodes: Iterable[Episode]) -> list[dict[str, Any]]:
    """The episodes in one line each."""
    return [
        {
            "id": one.id,
            "task": one.task.id,
            "kind": one.task.kind,
            "seed": one.seed,
            "stop": one.stop,
            "passed": one.verdict is not None and one.verdict.passed if one.counts else None,
            "agent_turns": len(one.agent_turns),
            "reward": round(trajectory_reward(one), 4) if one.counts else None,
            "failure": one.failure,
        }
        for one in episodes
    ]


def write_reports(evaluation: Evaluation) -> tuple[Path, ...]:
    """``report.json``, ``report.csv`` and ``report.md`` in the evaluation's folder.

    The JSON names, beside the numbers, every episode, and for each number's key the ids of its episodes.
    """
    keys = dict.fromkeys(["all", "passed", "failed", *(one.key for one in figures(evaluation.metrics))])
    selections = {key: [one.id for one in select(evaluation.episodes, key)] for key in keys}
    whole = {**as_json(evaluation), "all_episodes": episode_rows(evaluation.episodes), "selections": selections}
    texts = {
        "json": json.dumps(whole, indent=2, ensure_ascii=False),
        "csv": as_csv(evaluation),
        "md": as_markdown(evaluation),
    }
    paths = []
    for ending, text in texts.items():
        path = evaluation.folder / f"report.{ending}"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return tuple(paths)


def progress_line(progress: Progress) -> str:
    """``12/60 done, 7 passed, about 2 min 29 s left``, with failures that are not the agent's and the cost so far."""
    failures = f", {progress.failures} failed for infrastructure reasons" if progress.failures else ""
    faults = f", {progress.user_faults} spoiled by the simulated user" if progress.user_faults else ""
    cost = f", ${progress.cost_usd:.2f} so far" if progress.cost_usd else ""
    left = duration(progress.seconds_left)
    return f"{progress.done}/{progress.total} done, {progress.passed} passed{failures}{faults}{cost}, about {left} left"


def duration(seconds: float) -> str:
    """Seconds in words: ``2 min 29 s``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours} h" if hours else "", f"{minutes} min" if minutes else "", f"{rest} s" if rest and not hours else ""]
    return " ".join(part for part in parts if part) or "0 s"

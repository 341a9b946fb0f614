"""An evaluation in one JSON object, and in a few lines of text."""

from typing import Any

from tarl_app.evaluation.evaluate import Evaluation, Progress


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """One object of plain values: what was asked for, the numbers, and where the episodes lie."""
    config, metrics = evaluation.config, evaluation.metrics
    return {
        "agent": config.agent,
        "domain": config.domain,
        "split": config.split,
        "tasks": evaluation.planned_tasks,
        "trials": config.trials,
        "pass_hat": {k: round(value, 4) for k, value in metrics.pass_hat.items()},
        "interval": [round(metrics.interval.low, 4), round(metrics.interval.high, 4)] if metrics.interval else None,
        "infrastructure_failures": metrics.infrastructure_failures,
        "by_kind": {kind: round(value, 4) for kind, value in metrics.by_kind.items()},
        "mean_reward": round(metrics.mean_reward, 4),
        "deviation_rate": round(metrics.deviation_rate, 4),
        "mean_turn_score": round(metrics.mean_turn_score, 4),
        "mean_agent_turns": round(metrics.mean_agent_turns, 2),
        "stops": metrics.stops,
        "speech": config.speech,
        "voice": config.voice,
        "channel": config.channel,
        "phrasings": config.phrasings,
        "seed": config.seed,
        "seconds": round(evaluation.seconds, 1),
        "folder": str(evaluation.folder),
    }


def as_text(evaluation: Evaluation) -> str:
    """The same for people."""
    config, metrics = evaluation.config, evaluation.metrics
    how = f"spoken ({config.voice or 'default voice'}, {config.channel})" if config.speech else "in writing"
    lines = [
        f"{config.agent} on {config.domain}/{config.split}, {how}, {config.phrasings} wordings: "
        f"{evaluation.planned_tasks} tasks, {config.trials} trial{'s' if config.trials > 1 else ''} each",
        *(f"  pass^{k:<3} {value:6.1%}{_interval(evaluation) if k == '1' else ''}" for k, value in metrics.pass_hat.items()),
        f"  reward   {metrics.mean_reward:.2f} on average; a turn scored -1 in {metrics.deviation_rate:.0%} of the episodes",
        f"  turns    {metrics.mean_agent_turns:.1f} of the agent on average",
        f"  ends     {', '.join(f'{name} {count}' for name, count in metrics.stops.items()) or 'none'}",
        f"  failures of the infrastructure (not counted above): {metrics.infrastructure_failures}",
        *(f"    {kind:<24} {value:6.1%}" for kind, value in metrics.by_kind.items()),
        f"  episodes in {evaluation.folder}",
    ]
    return "\n".join(lines)


def _interval(evaluation: Evaluation) -> str:
    interval = evaluation.metrics.interval
    return f"  ({interval.level:.0%} interval over tasks: {interval.low:.1%} to {interval.high:.1%})" if interval else ""


def progress_line(progress: Progress) -> str:
    """``12/60 done, 7 passed, about 2 min 29 s left``."""
    failures = f", {progress.failures} failed for infrastructure reasons" if progress.failures else ""
    left = duration(progress.seconds_left)
    return f"{progress.done}/{progress.total} done, {progress.passed} passed{failures}, about {left} left"


def duration(seconds: float) -> str:
    """Seconds in words: ``2 min 29 s``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours} h" if hours else "", f"{minutes} min" if minutes else "", f"{rest} s" if rest and not hours else ""]
    return " ".join(part for part in parts if part) or "0 s"

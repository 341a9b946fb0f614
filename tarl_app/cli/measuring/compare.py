"""``compare``: two agents head to head on the same tasks and seeds, resumable."""

import argparse
import time
from typing import Any

from tarl_app import wiring
from tarl_app.cli.options import add_domain, add_guard, add_speech, add_user, command, count, customer_kind
from tarl_app.cli.output import Output
from tarl_app.core.errors import ConfigError
from tarl_app.core.settings import settings
from tarl_app.core.types import Episode
from tarl_app.evaluation.comparison.compare import (
    CompareConfig,
    CompareProgress,
    HeadToHead,
    Pair,
    deed,
    folder_name,
    head_to_head,
    versus,
)
from tarl_app.evaluation.measures.metrics import Metrics
from tarl_app.evaluation.report import duration

SECONDS_BETWEEN_LINES = 2.0
_SHARED = (
    "domain",
    "split",
    "limit",
    "trials",
    "speech",
    "channel",
    "phrasings",
    "seed",
    "max_agent_turns",
    "guard",
    "customer",
)


def add(parsers: Any) -> None:
    """Describes the command."""
    about = (
        "Compare two agents over the same tasks and seeds: pass^k of both, the paired difference with its interval and "
        "p-value, and where they differ first. The same command again goes on where it stopped."
    )
    made = command(parsers, "compare", about, run)
    made.add_argument("a", metavar="A", help=", ".join(wiring.agent_names()))
    made.add_argument("b", metavar="B", help="another one")
    add_domain(made, split="dev")
    made.add_argument("--limit", type=count, metavar="N", help="only the first N tasks")
    made.add_argument("--trials", type=count, default=1, metavar="K", help="trials of each task (default: %(default)s)")
    add_speech(made)
    add_user(made)
    add_guard(made)
    made.add_argument("--max-agent-turns", type=count, default=30, help="default: %(default)s")


def run(options: argparse.Namespace, output: Output) -> int:
    """Compares and prints the report."""
    config = _config(options)
    folder = settings().comparisons / folder_name(config)
    output.progress(f"{config.a.agent} and {config.b.agent} on {config.a.domain}/{config.a.split}; episodes in {folder}")
    last = 0.0

    def tell(progress: CompareProgress, _: HeadToHead) -> None:
        nonlocal last
        if progress.done == progress.total or time.monotonic() - last >= SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            passed = f"A passed {progress.passed_a}, B {progress.passed_b}"
            output.progress(f"{progress.done}/{progress.total} done, {passed}, about {duration(progress.seconds_left)} left")

    result = head_to_head(config, wiring.compare_parts(config), folder, tell)
    output.line(as_text(result))
    output.result(as_json(result))
    return 0


def _config(options: argparse.Namespace) -> CompareConfig:
    fields = {name: getattr(options, name) for name in _SHARED} | {"customer": customer_kind(options, options.domain)}
    if options.speech:
        from tarl_app.speech import USER_VOICE

        fields["voice"] = options.voice or USER_VOICE
    try:
        return versus(options.a, options.b, wiring.revision, **fields)
    except ValueError as error:
        raise ConfigError(f"{options.a} and {options.b} cannot be compared: choose two different agents.") from error


def as_json(result: HeadToHead) -> dict[str, Any]:
    """One object of plain values: what was compared, the numbers of both, the paired ones, every task."""
    found, sides = result.outcome, zip(("a", "b"), (result.config.a, result.config.b), result.metrics, strict=True)
    interval = found.interval
    return {
        **{side: {"agent": config.agent, **_numbers(metrics)} for side, config, metrics in sides},
        **result.config.a.model_dump(mode="json", include=set(_SHARED) | {"voice"}),
        "tasks": found.tasks,
        "pairs": found.pairs,
        "not_counted": len(result.pairs) - found.pairs,
        "difference": round(found.difference, 4),
        "interval": [round(interval.low, 4), round(interval.high, 4)] if interval else None,
        "p_value": found.p_value,
        "both": found.both,
        "only_a": found.only_a,
        "only_b": found.only_b,
        "neither": found.neither,
        "by_task": [_pair(pair) for pair in result.pairs],
        "seconds": round(result.seconds, 1),
        "folder": str(result.folder),
    }


def _numbers(metrics: Metrics) -> dict[str, Any]:
    return {
        "pass_hat": {k: round(value, 4) for k, value in metrics.pass_hat.items()},
        "mean_reward": round(metrics.mean_reward, 4),
        "deviation_rate": round(metrics.deviation_rate, 4),
        "mean_agent_turns": round(metrics.mean_agent_turns, 2),
    }


def _pair(pair: Pair) -> dict[str, Any]:
    at = pair.parts_at
    return {
        "task": pair.task.id,
        "seed": pair.a.seed,
        "a_passed": _passed(pair.a),
        "b_passed": _passed(pair.b),
        "first_difference": None if at is None else {"turn": at, "a": deed(pair.a.turns, at), "b": deed(pair.b.turns, at)},
        "episodes": [pair.a.id, pair.b.id],
    }


def _passed(episode: Episode) -> bool | None:
    return episode.verdict is not None and episode.verdict.passed if episode.counts else None


def as_text(result: HeadToHead) -> str:
    """The same for people."""
    config, found = result.config, result.outcome
    a, b = result.metrics
    span = f"{100 * found.interval.low:+.1f} to {100 * found.interval.high:+.1f}" if found.interval else "-"
    difference = f"{100 * found.difference:+.1f} points of pass^1 (95% interval over tasks: {span})"
    lines = [
        f"A {config.a.agent}, B {config.b.agent} on {config.a.domain}/{config.a.split}: {found.tasks} tasks, "
        f"{found.pairs} pairs",
        *(f"  pass^{k:<2} A {a.pass_hat[k]:6.1%}   B {b.pass_hat[k]:6.1%}" for k in a.pass_hat if k in b.pass_hat),
        f"  reward  A {a.mean_reward:6.2f}   B {b.mean_reward:6.2f}",
        f"  B - A   {difference}, p = {found.p_value:.3g}",
        f"  passed  both {found.both}, only A {found.only_a}, only B {found.only_b}, neither {found.neither}",
    ]
    for pair in result.pairs:
        at = pair.parts_at
        if at is not None and _passed(pair.a) != _passed(pair.b):
            lines.append(f"  {pair.task.id} seed {pair.a.seed}: turn {at + 1}")
            lines += [f"    A {deed(pair.a.turns, at)[:160]}", f"    B {deed(pair.b.turns, at)[:160]}"]
    lines.append(f"  episodes in {result.folder}")
    return "\n".join(lines)

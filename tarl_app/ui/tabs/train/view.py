"""Runs as HTML: the list, one run with its progress, curves, sampled rollouts, checkpoints and log.

All text of models, people and logs passes through ``escape``. Items are ``(key, html)`` for ``keyed.js``.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from html import escape
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

from tarl_app.domains import DEFAULT_DOMAIN
from tarl_app.evaluation.comparison.trend import in_words as trend_in_words
from tarl_app.evaluation.comparison.trend import last_against_first
from tarl_app.jobs import run_record
from tarl_app.jobs.run_record import Sample
from tarl_app.jobs.runs import Run, State
from tarl_app.ui import episode_view
from tarl_app.ui.components.legible import attempt
from tarl_app.ui.tabs.train.curves import Curve, curves_of, picture

Item = tuple[str, str]
STATES: dict[State, str] = {
    "created": "not started",
    "queued": "waiting for its turn",
    "starting": "getting ready",
    "running": "running",
    "stopping": "stopping, after the step at hand",
    "stopped": "stopped",
    "finished": "finished",
    "failed": "failed",
    "interrupted": "interrupted",
    "damaged": "damaged",
}
SHOWN_SAMPLES = 12
NO_RUNS = (
    '<div class="ev-empty"><p><strong>No runs yet.</strong></p><p>Choose a preset and press <em>Start training</em>. It '
    "runs in the background: you can close this page and come back.</p></div>"
)
REMEDIES = (
    (("No space left", "cannot be written"), "The disk is full. Free some space or delete old runs, then press Resume."),
    (
        ("MemoryError", "out of memory", "OutOfMemoryError", "Cannot allocate"),
        "Memory ran out. Press Duplicate, and under Advanced take less micro_tokens or concurrent, or fewer tasks a step.",
    ),
    (
        ("AssetError", "cannot be fetched", "wrong sha256"),
        "Weights are missing. `python -m tarl_app assets fetch` gets them.",
    ),
    (("ConfigError", "configuration"), "The settings do not fit. Press Duplicate, change them in the form and start again."),
)


def runs_list(runs: Sequence[Run], chosen: str, overlaid: Sequence[str]) -> list[Item]:
    """One item a run, the newest first; ``overlaid`` are those whose curves are drawn with the chosen one's."""
    if not runs:
        return [("none", NO_RUNS)]
    colours = {name: index for index, name in enumerate(_drawn(chosen, overlaid))}
    shown = ((run, attempt("A run", partial(_row, run, run.name == chosen, colours.get(run.name)))) for run in runs)
    return [(run.name, _unreadable(run) if html is None else html) for run, html in shown]


def _unreadable(run: Run) -> str:
    return f'<div class="ru-row"><p class="ev-muted">{escape(run.name)}: its folder cannot be read.</p></div>'


def _drawn(chosen: str, overlaid: Sequence[str]) -> list[str]:
    return [*dict.fromkeys([chosen, *overlaid])][:6]


def _row(run: Run, chosen: bool, colour: int | None) -> str:
    name = escape(run.name)
    rows = run_record.metrics(run.folder)
    reward = f" · reward {rows[-1]['reward']:.1f}" if rows and isinstance(rows[-1].get("reward"), float) else ""
    steps = f"{run.step} of {run.steps or '?'} steps{reward.replace('-', '−')}"
    checked, swatch = ("checked", f" cu-c{colour % 6}") if colour is not None else ("", "")
    return (
        f'<div class="ru-row{" ru-chosen" if chosen else ""}">'
        f'<label class="ru-draw{swatch}" title="Draw its curves"><input type="checkbox" data-draw="{name}" {checked} '
        f'{"disabled" if chosen else ""} aria-label="Draw the curves of {name}"></label>'
        f'<button type="button" data-pick="{name}" aria-pressed="{str(chosen).lower()}"><strong>{name}</strong>'
        f'<span class="ru-state ru-{run.state}">{STATES[run.state]}</span>'
        f'<span class="ev-muted">{steps}</span></button></div>'
    )


def run_view(run: Run, others: Mapping[str, Path]) -> list[Item]:
    """The chosen run, with curves of the others (name -> folder) drawn into the same pictures."""
    rows = run_record.metrics(run.folder)
    lines = {name: _lines(folder) for name, folder in {run.name: run.folder, **others}.items()}
    items = [("head", _head(run, rows))]
    if error := _error(run):
        items.append(("error", error))
    main, further = curves_of(lines, _domains([run.folder, *others.values()]))
    items.append(("curves", _curves(main, lines, _trend(run))))
    items.append(("more", _more(further, lines)))
    items += [("checkpoints", _checkpoints(run)), *_samples(run_record.samples(run.folder, SHOWN_SAMPLES))]
    return [*items, ("log", _log(run))]


def _lines(folder: Path) -> tuple[Mapping[str, Any], ...]:
    """The rows to draw. Tasks that are never practised are measured before the first step and after the last, too."""
    apart = [
        {"step": step, "held_out": sum(found.values()) / len(found)} for step, found in run_record.held_out(folder).items()
    ]
    return (*apart, *({key: value for key, value in row.items() if key != "held_out"} for row in run_record.metrics(folder)))


def _trend(run: Run) -> str:
    """What the run learned for tasks that it does not practise; where it has none, that its curves are of its practice."""
    found = last_against_first(run_record.held_out(run.folder))
    practice = "These curves are of the calls that the run practises; other calls may go worse. `evaluate` measures those."
    config = run_record.read_config(run.folder).get("held_out")
    waits = isinstance(config, dict) and bool(config.get("tasks"))
    soon = "Calls that are never practised are measured along the way; what was learned for them follows."
    told = trend_in_words(found) if found else soon if waits else practice
    return f'<p class="ev-muted" data-trend>{escape(told)}</p>'


def _domains(folders: Sequence[Path]) -> set[str]:
    """The domains of those runs' tasks, as their configurations name them."""
    told = [run_record.read_config(folder).get("sources") for folder in folders]
    sources = [one for listed in told if isinstance(listed, list) for one in listed if isinstance(one, dict)]
    return {str(one.get("domain", DEFAULT_DOMAIN)) for one in sources}


def seconds_left(run: Run, rows: Sequence[Mapping[str, Any]]) -> float | None:
    """Estimated from the median of the newest steps; None if unknown, or if it is not running."""
    times = [float(row["seconds"]) for row in rows[-12:] if isinstance(row.get("seconds"), int | float)]
    return median(times) * max(0, run.steps - run.step) if times and run.live and run.steps else None


def in_words(seconds: float) -> str:
    """``about 3 min``."""
    minutes = seconds / 60
    if minutes < 1:
        return "less than a minute"
    return f"about {minutes:.0f} min" if minutes < 90 else f"about {minutes / 60:.1f} h"


def _head(run: Run, rows: Sequence[Mapping[str, Any]]) -> str:
    share = run.step / run.steps if run.steps else 0.0
    left = seconds_left(run, rows)
    told = [f"step {run.step} of {run.steps or '?'}", *([f"{in_words(left)} left"] if left is not None else [])]
    message = f'<p class="ev-muted">{escape(run.message)}</p>' if run.message and run.state != "failed" else ""
    return (
        f'<div class="ru-head"><h2>{escape(run.name)}</h2><span class="ru-state ru-{run.state}">{STATES[run.state]}</span>'
        f'<span class="ev-muted" role="status">{" · ".join(told)}</span></div>'
        f'<div class="ru-bar" role="progressbar" aria-valuemin="0" aria-valuemax="{run.steps}" aria-valuenow="{run.step}" '
        f'aria-label="Progress"><i style="width:{share:.1%}"></i></div>{message}{_settings(run)}'
    )


def _settings(run: Run) -> str:
    config = run_record.read_config(run.folder)
    algorithm = config.get("algorithm")
    told = {
        "base": config.get("base"),
        "algorithm": str(algorithm.get("name", "")).upper() if isinstance(algorithm, dict) else None,
        "reward": config.get("scheme"),
        "rollouts a step": f"{config['groups']} × {config['group_size']}" if {"groups", "group_size"} <= {*config} else None,
        "learning rate": config.get("learning_rate"),
        "judge": config.get("judge"),
    }
    cells = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(str(value))}</dd></div>"
        for name, value in told.items()
        if value is not None
    )
    return f'<dl class="ev-facts ru-settings">{cells}</dl>'


def remedy(error: str) -> str:
    """A hint for an error."""
    for words, told in REMEDIES:
        if any(word.lower() in error.lower() for word in words):
            return told
    return "The log below says more. Resume goes on after the last complete step; Duplicate starts anew with changes."


def _error(run: Run) -> str:
    if run.state not in ("failed", "interrupted"):
        return ""
    found = run.message if run.state == "failed" and run.message else run_record.last_error(run.folder)
    if not found:
        told = (
            "The process ended without a word: it was killed, most often because memory ran out, or the machine was "
            "restarted. Resume goes on after the last complete step."
        )
        return f'<div class="no-text" role="alert">{told}</div>'
    return f'<div class="no-text" role="alert"><strong>{escape(found)}</strong><br>{escape(remedy(found))}</div>'


def _legend(names: Sequence[str]) -> str:
    if len(names) < 2:
        return ""
    keys = "".join(f'<span class="cu-key cu-c{index % 6}">{escape(name)}</span>' for index, name in enumerate(names))
    return f'<p class="cu-legend">{keys}</p>'


def _curves(curves: Sequence[Curve], lines: Mapping[str, Sequence[Mapping[str, Any]]], trend: str) -> str:
    drawn = "".join(picture(curve, lines) for curve in curves)
    if not drawn:
        return '<p class="ev-muted ru-wait">Curves appear after the first step.</p>'
    return f'{trend}{_legend([*lines])}<div class="cu-grid-of">{drawn}</div>'


def _more(curves: Sequence[Curve], lines: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    drawn = "".join(picture(curve, lines) for curve in curves)
    if not drawn:
        return ""
    inner = f'<summary>More curves</summary><div class="cu-grid-of">{drawn}</div>'
    return f'<details class="ru-more" data-k="more">{inner}</details>'


def _checkpoints(run: Run) -> str:
    found = run_record.checkpoints(run.folder)
    if not found:
        return ""
    base = run_record.base(run.folder)
    rows = []
    for one in reversed(found[-8:]):
        name = f"{run.name}@{one.step}"
        beside = f'<a href="?compare={quote(name)}&amp;with={quote(base, "")}">Compare with its base</a>'
        rows.append(
            f"<li><span>Step {one.step}</span><code>{escape(name)}</code>"
            f'<a href="?agent={quote(name)}">Talk to it</a>{beside}<a href="?evaluate={quote(name)}">Measure it</a></li>'
        )
    return f'<section class="ev-section"><h3>Checkpoints</h3><ul class="ru-points">{"".join(rows)}</ul></section>'


def _samples(found: Sequence[Sample]) -> list[Item]:
    if not found:
        return []
    title = '<h3 class="ru-title">Sampled rollouts</h3>'
    return [("samples", title), *((f"s{one.episode.id}-{one.step}", _sample(one)) for one in found)]


def _sample(one: Sample) -> str:
    episode = one.episode
    spoken = any(getattr(turn, "audio", None) for turn in episode.turns)
    verdict = episode.verdict
    goal = "" if verdict is None else "goal reached" if verdict.passed else "goal not reached"
    told = " · ".join(
        part for part in (episode.task.domain, episode.task.kind.replace("_", " "), "spoken" if spoken else "", goal) if part
    )
    reward = f"{one.reward:.1f}".replace("-", "−")
    items = episode_view.dialogue(episode)
    if 0 < one.given < len(episode.agent_turns):
        first = f"t{episode.agent_turns[one.given][0]}"
        place = next(number for number, (key, _) in enumerate(items) if key == first)
        head = f"Head start: the scripted expert took the first {one.given} agent turns. The policy goes on from here."
        items.insert(place, ("given", f'<p class="ru-given">{head}</p>'))
    turns = "".join(html for _, html in items)
    want = f'<p class="ev-muted ru-want">{escape(episode.task.instruction)}</p>'
    return (
        f'<details class="ru-sample" data-k="{escape(episode.id)}"><summary><span class="ev-number">step {one.step}</span>'
        f'<strong class="ru-reward">{reward}</strong><span>{escape(told)}</span>'
        f'<code class="ru-sum">{escape(one.explained)}</code></summary>{want}{turns}</details>'
    )


def _log(run: Run) -> str:
    text = run_record.log_tail(run.folder)
    is_open = " open" if run.state in ("failed", "interrupted") else ""
    return (
        f'<details class="ru-more" data-k="log"{is_open}><summary>Log</summary>'
        f'<pre class="ru-log" tabindex="0">{escape(text) or "Nothing yet."}</pre></details>'
    )

"""Evaluations as HTML. All text of people, models and files passes through ``escape``.

Numbers are buttons: ``data-pick`` says what was asked for, as ``kind|name|key`` (``keyed.js`` sends it back).
"""

from collections.abc import Mapping, Sequence
from functools import partial
from html import escape
from itertools import groupby

from tarl_app.core.types import Episode
from tarl_app.evaluation.board import Row
from tarl_app.evaluation.measures.figures import Figure, figures
from tarl_app.evaluation.measures.metrics import Metrics
from tarl_app.evaluation.report import duration
from tarl_app.evaluation.reward import trajectory_reward
from tarl_app.ui import words
from tarl_app.ui.components import shares
from tarl_app.ui.components.legible import attempt

Item = tuple[str, str]
STATES = {
    "queued": "waiting for its turn",
    "starting": "getting ready",
    "running": "running",
    "stopped": "stopped",
    "finished": "finished",
    "failed": "failed",
    "interrupted": "interrupted",
}
NONE = (
    '<div class="ev-empty"><p><strong>Nothing has been measured yet.</strong></p><p>Choose agents and press '
    "<em>Measure</em>. It runs in the background: you can close this page and come back.</p></div>"
)
CONTROLS = {"null": "Null agent: does nothing", "gold": "Gold agent: plays the gold calls"}
MOST = 400
"""Most episodes that are listed."""


def number(text: str, *pick: str, label: str = "") -> str:
    """A number that opens its episodes."""
    name = f' aria-label="{escape(label)}"' if label else ""
    return f'<button type="button" class="bo-number" data-pick="{escape("|".join(pick))}"{name}>{escape(text)}</button>'


def board(rows: Sequence[Row], chosen: str) -> list[Item]:
    """The leaderboard, controls below the evaluations of their tasks; the best of those that are finished first."""
    if not rows:
        return [("none", NONE)]
    ordered = sorted(rows, key=lambda row: (not row.live, row.config.domain, row.config.split, -_first(row.metrics)))
    head = "".join(
        f'<th scope="col">{text}</th>'
        for text in (
            "Agent",
            "Measured",
            "Tasks × trials",
            "pass^1",
            "pass^k",
            "Reward",
            "−1",
            "Unsupported",
            "Apart",
            "State",
        )
    )
    body = ""
    for _, group in groupby(ordered, key=lambda row: (row.live, row.config.domain, row.config.split)):
        part = [*group]
        body += "".join(attempt("An evaluation", partial(_row, row, row.name == chosen)) or _unreadable(row) for row in part)
        body += "".join(attempt("A control", partial(_control, row, row.controls)) or "" for row in part[:1])
    told = (
        "Every number opens its episodes. Unsupported: statements of fact that no result supports, per 100 agent turns. "
        "Apart: failures of the infrastructure and of the simulated customer."
    )
    return [
        (
            "board",
            f'<section class="ev-section"><h3>Leaderboard</h3>{table(head, body)}<p class="ev-muted">{told}</p></section>',
        )
    ]


def _unreadable(row: Row) -> str:
    return f'<tr><th scope="row">{escape(row.config.agent)}</th><td colspan="9">its folder cannot be read</td></tr>'


def table(head: str, body: str) -> str:
    """A table that scrolls where it is too wide."""
    top = f"<thead><tr>{head}</tr></thead>" if head else ""
    return f'<div class="bo-scroll" {shares.SCROLLS}><table class="bo-table">{top}<tbody>{body}</tbody></table></div>'


def _first(metrics: Metrics) -> float:
    return metrics.pass_hat.get("1", -1.0)


def _row(row: Row, chosen: bool) -> str:
    m, config = row.metrics, row.config
    how = f"{config.voice or 'aloud'}, {config.channel}" if config.speech else "in writing"
    how += ", both at once" if config.duplex else ""
    how += f", guard {config.guard}" if config.guard else ""
    how += f", {config.customer} customers" if config.customer != "plain" else ""
    last = max(m.pass_hat, key=int, default="")
    apart = m.infrastructure_failures + m.user_faults
    first = number(_share(m.pass_hat["1"]), "key", row.name, "counted", label="pass^1, its episodes") if m.pass_hat else "–"
    cells = (
        f'<td class="bo-left">{escape(f"{config.domain}/{config.split}, {how}")}</td>',
        f"<td>{m.tasks} × {config.trials}</td>",
        f"<td>{first}{shares.span(m.interval)}{shares.few(m.tasks)}</td>",
        f"<td>{f'^{last} {_share(m.pass_hat[last])}' if last not in ('', '1') else '–'}</td>",
        f"<td>{number(_signed(m.mean_reward), 'key', row.name, 'counted')}</td>",
        f"<td>{number(_share(m.deviation_rate), 'key', row.name, 'deviation')}{shares.span(m.deviation_interval)}</td>",
        f"<td>{_unsupported(row)}</td>",
        f"<td>{number(str(apart), 'row', row.name)}</td>",
        f"<td>{_state(row)}</td>",
    )
    name = f"<strong>{number(config.agent, 'row', row.name)}</strong>"
    return f'<tr class="{"bo-chosen" if chosen else ""}"><th scope="row">{name}</th>{"".join(cells)}</tr>'


def _control(row: Row, controls: Mapping[str, Metrics]) -> str:
    rows = ""
    for name, m in controls.items():
        share = number(_share(m.pass_hat.get("1", 0.0)), "key", row.name, name)
        share += shares.span(m.interval) + shares.few(m.tasks)
        where = f'<td class="bo-left">{escape(f"{row.config.domain}/{row.config.split}")}</td>'
        rows += (
            f'<tr class="bo-control"><th scope="row">{CONTROLS[name]}</th>{where}<td>{m.tasks} × 1</td><td>{share}</td>'
            f"{'<td>–</td>' * 5}<td>control</td></tr>"
        )
    return rows


def _share(value: float) -> str:
    return f"{100 * value:.0f} %"


def _signed(value: float) -> str:
    return f"{value:.1f}".replace("-", "−")


def _unsupported(row: Row) -> str:
    """Statements without support, for each 100 agent turns, with the interval."""
    found = row.metrics.support
    if found is None:
        return "–"
    value = number(f"{found.per_100:.1f}", "key", row.name, "unsupported", label="per 100 agent turns, their episodes")
    return f'{value}<span class="bo-span">{found.low:.1f} to {found.high:.1f}</span>'


def _state(row: Row) -> str:
    status = row.status
    badge = f'<span class="ru-state ru-{escape(row.state)}">{STATES.get(row.state, escape(row.state))}</span>'
    if row.state in ("interrupted", "stopped") and status["steps"]:
        return f'{badge}<span class="bo-span">{status["step"]} of {status["steps"]}</span>'
    if not row.live or not status["steps"]:
        return badge
    left = f", {duration(status['seconds_left'])} left" if status["step"] else ""
    cost = f", ${status['cost_usd']:.2f}" if status["cost_usd"] else ""
    return f'{badge}<span class="bo-span">{status["step"]} of {status["steps"]}{left}{cost}</span>'


def details(row: Row) -> list[Item]:
    """The chosen evaluation: progress, and every number by section."""
    status, head = row.status, escape(f"{row.config.agent} on {row.config.domain}/{row.config.split}")
    done, total = status["step"], status["steps"]
    bar = ""
    if row.live:
        bar = f'<div class="ru-bar" role="progressbar" aria-valuenow="{done}" aria-valuemax="{total}">'
        bar += f'<i style="width:{100 * done / max(1, total):.1f}%"></i></div>'
    told = (_broken_off(row), status["message"], _left_out(row))
    message = "".join(f'<p class="no-text">{escape(text)}</p>' for text in told if text)
    shown = escape(f"row|{row.name}")
    top = f'<div class="ru-head" data-shown="{shown}"><h2>{head}</h2>{_state(row)}</div>{bar}{message}'
    listed = figures(row.metrics)
    sections = "".join(_figures(name, [*part], row.name) for name, part in groupby(listed, key=lambda one: one.section))
    return [("head", top), ("figures", f'<div class="bo-figures">{sections}</div>')]


def _broken_off(row: Row) -> str:
    """How far an evaluation came that ended before its end."""
    how = {
        "interrupted": "Interrupted after {far} calls: its process ended without a word, most often because the machine was "
        "restarted or its memory ran out.",
        "stopped": "Stopped after {far} calls.",
    }.get(row.state)
    if not how or not row.status["steps"]:
        return ""
    far = f"{row.status['step']} of {row.status['steps']}"
    return f"{how.format(far=far)} What was played is kept, and counted below: press Go on for the rest."


def _left_out(row: Row) -> str:
    if not row.unreadable:
        return ""
    many = "1 line of its folder is" if row.unreadable == 1 else f"{row.unreadable} lines of its folder are"
    return f"{many} no episode that can be read, and left out of the numbers."


def _figures(title: str, part: Sequence[Figure], name: str) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(one.name)}</th><td>{number(one.words, "key", name, one.key)}'
        f"{shares.span(one.interval) if one.unit == 'share' else _range(one)}{_few(one)}</td></tr>"
        for one in part
    )
    return f'<section class="ev-section"><h3>{escape(title)}</h3>{table("", rows)}</section>'


def _range(one: Figure) -> str:
    return f'<span class="bo-span">{one.range_words}</span>' if one.interval else ""


def _few(one: Figure) -> str:
    return shares.few(one.of, "episode" if one.key == "deviation" else "task") if one.unit == "share" and one.of else ""


def episodes(found: Sequence[Episode], name: str, key: str, chosen: str) -> list[Item]:
    """The episodes behind a number, failed ones first."""
    ordered = sorted(found, key=lambda one: (one.counts and bool(one.verdict and one.verdict.passed), one.task.id, one.seed))
    rows = "".join(_episode(one, name, key, one.id == chosen) for one in ordered[:MOST])
    more = f'<p class="ev-muted">{len(ordered) - MOST} more are in the folder.</p>' if len(ordered) > MOST else ""
    told = escape(key.replace("_", " ").replace(":", ": "))
    head = f"<h3>Episodes: {told} ({len(ordered)})</h3>"
    shown = escape(f"key|{name}|{key}")
    listed = f'<ul class="bo-episodes" data-scrolls>{rows}</ul>'
    return [("list", f'<section class="ev-section" data-shown="{shown}">{head}{listed}{more}</section>')]


def _episode(one: Episode, name: str, key: str, chosen: bool) -> str:
    passed = one.verdict is not None and one.verdict.passed
    kind, word = ("passed", "passed") if passed else ("failed", "failed")
    if not one.counts:
        kind, word = "apart", "apart"
    told = f"{words.task_title(one.task)} · {words.caller(one.task)} · seed {one.seed}"
    right = f"{len(one.agent_turns)} turns, reward {_signed(trajectory_reward(one))}"
    pick = escape("|".join(("episode", name, key, one.id)))
    return (
        f'<li class="{"bo-chosen" if chosen else ""}"><button type="button" data-pick="{pick}">'
        f'<span class="bo-{kind}">{word}</span><span>{escape(told)}</span>'
        f'<span class="ev-muted">{right}</span></button></li>'
    )

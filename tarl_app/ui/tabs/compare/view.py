"""Votes and head-to-heads as HTML. All text of people and models passes through ``escape``."""

import time
from collections.abc import Sequence
from html import escape

from tarl_app.core.types import AgentTurn, Episode, ToolTurn
from tarl_app.domains import labels_of
from tarl_app.evaluation.comparison.compare import HeadToHead, Pair
from tarl_app.evaluation.comparison.figures import Outcome
from tarl_app.evaluation.comparison.votes import Standing
from tarl_app.evaluation.measures.intervals import Interval
from tarl_app.evaluation.measures.metrics import Metrics
from tarl_app.evaluation.report import duration
from tarl_app.evaluation.reward import trajectory_reward
from tarl_app.ui import words
from tarl_app.ui.calls.match import Match
from tarl_app.ui.components import shares
from tarl_app.ui.example import Pair as Recordings

_BROKEN_OFF = {"stopped": "Stopped", "failed": "Failed", "interrupted": "Interrupted, as the app was restarted,"}


def name(letter: str, agent: str | None, named: bool, note: str = "") -> str:
    """The heading of one side; ``agent`` is shown only where ``named``."""
    shown = escape(agent) if agent and named else '<span class="ev-muted">name hidden until you vote</span>' if agent else ""
    tail = f'<span class="cmp-note">{escape(note)}</span>' if note else ""
    return f'<h3 class="cmp-name"><span class="cmp-letter">{letter}</span>{shown}{tail}</h3>'


def prepared(recorded: Recordings | None) -> list[tuple[str, str]]:
    """What shows a difference at once: the recorded calls, which need no model, and a sentence to say to both."""
    if recorded is None:
        return []
    base, tuned = map(escape, recorded.agents)
    said = escape(recorded.opening.text)
    html = (
        f"<p><strong>A difference to see at once.</strong> The same customer called {base} and {tuned}, which TARL has made "
        'of it.</p><button type="button" class="cmp-show" data-pick="recorded">▶ Show both recorded calls</button>'
        f'<div class="ev-say"><span>or say to both, live</span><button type="button" data-pick="say">{said}</button></div>'
    )
    return [("prepared", f'<div class="cmp-prepared">{html}</div>')]


def standings_table(rows: Sequence[Standing]) -> str:
    """Win rates by people's votes."""
    if not rows:
        told = "No votes yet. Send a message to both agents, then say which one answered better."
        return f'<section class="ev-section"><h3>Votes</h3><p class="ev-muted">{told}</p></section>'
    head = "".join(f'<th scope="col">{text}</th>' for text in ("Agent", "Votes", "Won", "Tied", "Lost", "Wins", "Strength"))
    body = "".join(_standing(row) for row in rows)
    told = (
        "Wins: share of votes, ties and “both bad” as halves. Strength: the chance to win against an average "
        "opponent, allowing for whom it was compared with (Bradley–Terry). Both with their 95 % interval."
    )
    return (
        f'<section class="ev-section"><h3>Votes</h3><div class="cmp-scroll" {shares.SCROLLS}>'
        f'<table class="cmp-table"><thead><tr>{head}</tr>'
        f'</thead><tbody>{body}</tbody></table></div><p class="ev-muted">{told}</p></section>'
    )


def _standing(row: Standing) -> str:
    cells = (str(row.votes), str(row.wins), str(row.ties), str(row.losses))
    both = (
        shares.share(row.share, row.interval, row.votes, "vote"),
        shares.share(row.strength, row.strength_interval, row.votes, "vote"),
    )
    numbers = "".join(f"<td>{text}</td>" for text in (*cells, *both))
    return f'<tr><th scope="row">{escape(row.agent)}</th>{numbers}</tr>'


def _points(value: float) -> str:
    return f"{100 * value:+.0f}".replace("-", "−")


def outcome(match: Match | None) -> str:
    """How far the head to head is, and its numbers."""
    if match is None:
        return '<p class="ev-muted">Nothing has been compared yet.</p>'
    a, b = escape(match.config.a.agent), escape(match.config.b.agent)
    how = "aloud" if match.config.a.speech else "by text"
    title = f"A: {a} · B: {b} · {escape(match.config.a.domain)}/{escape(match.config.a.split)}, {how}"
    trouble = f'<p class="no-text" role="alert">{escape(match.trouble)}</p>' if match.trouble else ""
    numbers = _numbers(match.result) if match.result and match.result.pairs else ""
    return f'<section class="ev-section"><h3>{title}</h3>{_progress(match)}{trouble}{numbers}</section>'


def _progress(match: Match) -> str:
    result = match.result
    done, total = (len(result.a) + len(result.b), 2 * result.planned) if result else (0, 0)
    return (
        f'<progress class="cmp-progress" max="{total or 1}" value="{done}" aria-label="Calls played"></progress>'
        f'<p class="ev-muted" role="status">{_far(match, f"{done} of {total} calls")}</p>'
    )


def _far(match: Match, calls: str) -> str:
    if match.state == "running":
        left = _left(match) if match.progress else ""
        return f"Running: {calls}{left}" if match.result else "Loading the agents"
    if match.state == "finished":
        return f"Finished: {calls}"
    how = _BROKEN_OFF[match.state]
    kept = "What was played is kept, and counted here: Go on plays the rest."
    return f"{how} after {calls}. {kept}" if match.result else how


def _left(match: Match) -> str:
    """In steps of five seconds from ten on, so that the page is not painted for every one."""
    left = match.seconds_left(time.monotonic())
    if left < 1:
        return "; the call at hand takes longer than those before"
    return f", about {duration(left if left < 10 else 5 * round(left / 5))} left"


def _numbers(result: HeadToHead) -> str:
    a, b = result.metrics
    rows = [_row(f"pass^{k}", *(_of(m, m.pass_hat[k], m.intervals.get(k)) for m in (a, b))) for k in _shared(a, b)]
    rows.append(_row("Mean reward, of 15", *(f"{one.mean_reward:.1f}".replace("-", "−") for one in (a, b))))
    rows.append(_row("Calls with a major mistake", *(_of(m, m.deviation_rate, m.deviation_interval) for m in (a, b))))
    rows.append(_row("Agent turns of a call", f"{a.mean_agent_turns:.1f}", f"{b.mean_agent_turns:.1f}"))
    head = '<thead><tr><td></td><th scope="col">A</th><th scope="col">B</th></tr></thead>'
    table = f'<table class="cmp-table">{head}<tbody>{"".join(rows)}</tbody></table>'
    return f'<div class="cmp-scroll" {shares.SCROLLS}>{table}</div>{verdict(result.outcome)}'


def _of(metrics: Metrics, value: float, interval: Interval | None) -> str:
    return shares.share(value, interval, metrics.tasks)


def _shared(a: Metrics, b: Metrics) -> list[str]:
    return [k for k in a.pass_hat if k in b.pass_hat][:4]


def _row(title: str, a: str, b: str) -> str:
    cells = "".join(f"<td>{text}</td>" for text in (a, b))
    return f'<tr><th scope="row">{title}</th>{cells}</tr>'


def verdict(found: Outcome) -> str:
    """Whether one is better, in words and in numbers."""
    better = "B" if found.difference > 0 else "A"
    if found.decided:
        words_ = f"{better} is better, and luck alone would hardly explain it."
    elif found.better_a or found.better_b:
        words_ = "The difference may be luck: more tasks would tell."
    else:
        words_ = "No difference in any task so far."
    p = "p < 0.001" if found.p_value < 0.001 else f"p = {found.p_value:.3f}"
    span = ""
    if found.interval:
        span = f" (95 % interval over tasks: {_points(found.interval.low)} to {_points(found.interval.high)})"
    few = f", of {found.tasks} task{'s' if found.tasks > 1 else ''} only" if 0 < found.tasks < shares.FEW else ""
    return (
        f'<p class="cmp-verdict"><strong>{words_}</strong></p><p class="ev-muted">B minus A: '
        f"{_points(found.difference)} points of pass^1{span}{few} · "
        f"{p} (McNemar's exact test; with several trials the sign test over tasks) · both passed {found.both}, "
        f"only A {found.only_a}, only B {found.only_b}, neither {found.neither}</p>"
    )


def pair_items(result: HeadToHead | None) -> list[tuple[str, str]]:
    """One item for each task and seed that both have played; its button has the index of the pair."""
    pairs = result.pairs if result else ()
    return [(f"{pair.task.id}/{pair.a.seed}", _pair(index, pair)) for index, pair in enumerate(pairs)]


def _pair(index: int, pair: Pair) -> str:
    at = pair.parts_at
    where = "the same dialogue" if at is None else f"differ first at turn {at + 1}"
    deeds = "" if at is None else _deed("A", pair.a, at) + _deed("B", pair.b, at)
    seed = f" · seed {pair.a.seed}" if pair.a.seed else ""
    return (
        f'<button type="button" class="cmp-pair" data-pick="{index}" data-scroll="cmp-sides" '
        'title="Replay both calls from there">'
        f'<span class="cmp-marks">{_mark("A", pair.a)}{_mark("B", pair.b)}</span>'
        f'<span class="cmp-what">{escape(words.task_title(pair.task))} '
        f'<span class="ev-muted">{escape(pair.task.id)}{seed} · {where}</span>{deeds}</span></button>'
    )


def _mark(letter: str, episode: Episode) -> str:
    passed = episode.verdict is not None and episode.verdict.passed
    kind, sign, word = ("s2", "✓", "passed") if passed else ("s0", "✕", "not passed")
    if not episode.counts:
        kind, sign, word = "s1", "–", "not counted"
    reward = f"{trajectory_reward(episode):.1f}".replace("-", "−")
    return f'<span class="ev-badge ev-{kind}" title="{letter} {word}, reward {reward}">{letter} {sign}</span>'


def _deed(letter: str, episode: Episode, at: int) -> str:
    return f'<span class="cmp-deed"><b>{letter}</b> {escape(deed_words(episode, at))}</span>'


def deed_words(episode: Episode, at: int) -> str:
    """A description of that turn for people."""
    if at >= len(episode.turns):
        return words.stop_words(episode.stop) if episode.stop else "had nothing more to say"
    turn, labels = episode.turns[at], labels_of(episode.task.domain)
    if isinstance(turn, ToolTurn):
        return " · ".join(words.result_words(result, labels) for result in turn.results)
    if not isinstance(turn, AgentTurn):
        return f"customer: “{words.shorten(turn.text, 140)}”"
    calls = [" ".join(filter(None, words.call_words(call, labels))) for call in turn.tool_calls]
    said = f"“{words.shorten(turn.text, 140)}”" if turn.text.strip() else ""
    unread = "a tool call that could not be read" if turn.malformed is not None else ""
    return " · ".join(filter(None, [*calls, unread, said]))

"""One ``Episode`` as HTML: the dialogue on the left, the evidence on the right.

All text of people and models passes through ``escape``; no other module makes HTML of an episode. Each function returns
``[(key, html), ...]`` for the widget in ``static/keyed.js``.
"""

import json
from collections.abc import Sequence
from html import escape
from itertools import zip_longest

from tarl_app.core.domain import Labels
from tarl_app.core.ears import only_heard, own_ear
from tarl_app.core.human_feedback import opinions_of, thumbs_of
from tarl_app.core.types import (
    AgentTurn,
    Change,
    Episode,
    Task,
    ToolCall,
    ToolResult,
    ToolTurn,
    TurnScore,
    UserTurn,
)
from tarl_app.domains import labels_of
from tarl_app.evaluation.reward import judgement_of
from tarl_app.ui import latency, outcome_view, verdict_view, words
from tarl_app.ui.components import heard
from tarl_app.ui.components.differences import differences

Item = tuple[str, str]
RUNNING = ("scenario", "reward", "verdicts", "verifier", "database", "latency")
ENDED = ("reward", "verifier", "database", "verdicts", "scenario", "latency")
"""The order of the evidence: what the customer wants comes first, until it has been decided."""
SOUND = "tarl/sound/"
"""URL of stored sounds, relative to the page (``ui.components.sounds``)."""
TRANSCRIBED = "transcribed from speech"


def dialogue(
    episode: Episode, live: str = "", waiting: str = "", rated: bool = False, onward: Sequence[tuple[str, str]] = ()
) -> list[Item]:
    """The turns in order; ``live`` is the agent's text so far, ``waiting`` says what the app is doing.

    ``rated``: the reader may put a thumb on each agent turn (a pick of ``thumb|turn|up`` or ``down``). ``onward``: where an
    ended call leads, as (pick, words); a pick that begins with ``?`` is a link to be copied.
    """
    scores, thumbs, opinions = _scores(episode), thumbs_of(episode.judgements), opinions_of(episode.judgements)
    labels = labels_of(episode.task.domain)
    items: list[Item] = []
    number = 0
    for index, (turn, following) in enumerate(zip_longest(episode.turns, episode.turns[1:])):
        if isinstance(turn, UserTurn):
            said = _user(turn, own_ear(episode.turns, index), f"{index}-", only_heard(episode))
            items.append((f"t{index}", said))
        elif isinstance(turn, AgentTurn):
            number += 1
            used = following if isinstance(following, ToolTurn) else None
            thumb = _thumbs(index, thumbs.get(index), rated)
            score = scores.get(index)
            why = verdict_view.opened(episode, score, opinions.get(index), rated) if score else ""
            items.append((f"t{index}", _agent(turn, used, score, number, labels, thumb, why)))
    if live.strip():
        text = f'<p class="ev-text">{escape(live)}<span class="ev-caret"></span></p>'
        items.append(("live", _row("agent", "Agent", text, attributes=' aria-hidden="true"')))  # read out once it is whole
    if waiting:
        dots = '<span class="ev-dots" aria-hidden="true"><i></i><i></i><i></i></span>'
        items.append(("waiting", f'<div class="ev-waiting" role="status">{dots}{escape(waiting)}</div>'))
    if episode.stop:
        items.append(("end", outcome_view.ending(episode, onward)))
    return items


def evidence(episode: Episode, changes: Sequence[Change] = (), human: bool = False) -> list[Item]:
    """The right column: scenario, verdicts, reward, verifier, database, latency. ``human``: the reader is the customer."""
    shown = episode.verdict.changes if episode.verdict else tuple(changes)
    made = {
        "scenario": lambda: scenario_section(episode.task, human)[1],
        "reward": lambda: _section("Reward", outcome_view.reward(episode)),
        "verdicts": lambda: _section("Verdicts", _verdicts(episode)),
        "verifier": lambda: _section("Verifier", outcome_view.verifier(episode)),
        "database": lambda: _section("Database", differences(shown, ended=bool(episode.stop))),
        "latency": lambda: _section("Latency", latency.table(episode)),
    }
    return [(name, made[name]()) for name in (ENDED if episode.stop else RUNNING)]


def brief(task: Task) -> str:
    """The scenario in two lines, for whoever plays the customer; the whole of it is in its own section."""
    who = "Free talk" if not task.verifiable else "You are the customer"
    told = f"<strong>{who}.</strong> {escape(task.instruction)}"
    return f'<p class="ev-brief" title="{escape(task.instruction)}"><span>{told}</span></p>'


def sentences(texts: Sequence[str]) -> str:
    """Sentences to click (a pick of ``say|place``)."""
    buttons = "".join(
        f'<button type="button" data-pick="say|{place}">{escape(text)}</button>' for place, text in enumerate(texts)
    )
    return f'<div class="ev-say"><span>Click to say</span>{buttons}</div>'


def scenario_section(task: Task, human: bool = True) -> Item:
    """The scenario alone, as an item."""
    return "scenario", _section("Scenario", scenario(task, human))


def scenario(task: Task, human: bool = True) -> str:
    """What the customer wants and knows."""
    who, s = ("you", "") if human else ("the customer", "s")
    facts = _facts({name: value for name, value in task.facts.items() if value}, labels_of(task.domain))
    known = f'<h4>What {who} know{s}</h4><dl class="ev-facts">{facts}</dl>' if facts else ""
    free = "" if task.verifiable else '<p class="ev-muted ev-free">Free talk: no goal, so no verdict at the end.</p>'
    return f'<h4>What {who} want{s}</h4><p class="ev-want">{escape(task.instruction)}</p>{known}{free}'


def _facts(facts: dict[str, str], labels: Labels) -> str:
    named = {name: labels.arguments.get(name, words.plain(name)) for name in facts}
    return "".join(f"<div><dt>{escape(named[name])}</dt><dd>{escape(value)}</dd></div>" for name, value in facts.items())


def _scores(episode: Episode) -> dict[int, TurnScore]:
    judgement = judgement_of(episode)
    return {score.turn: score for score in judgement.scores} if judgement else {}


def _section(title: str, body: str) -> str:
    return f'<section class="ev-section"><h3>{title}</h3>{body}</section>'


def _row(kind: str, who: str, body: str, side: str = "", attributes: str = "") -> str:
    said = f'<div class="ev-who">{who}</div><div class="ev-body">{body}</div>'
    return f'<div class="ev-row ev-{kind}"{attributes}>{said}{side}</div>'


def _play(path: str | None, who: str) -> str:
    if path is None:
        return ""
    label = f"Play what the {who} said"
    return (
        f'<button type="button" class="ev-play" data-sound="{escape(SOUND + path)}" aria-label="{label}" title="{label}">'
        '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M4 2.5v11l9-5.5z"/></svg></button>'
    )


def _user(turn: UserTurn, understood: str | None = None, key: str = "", live: bool = False) -> str:
    """What was said, and below it what the agent heard; ``understood``: the text that the agent itself recognised.
    ``live``: nobody knows what was said but by what was heard.

    An agent that recognises nothing itself is given the transcript, so that is what it heard. Beside an ear of its own the
    transcript is a detail to unfold.
    """
    body = f'<p class="ev-text">{escape(turn.text) if turn.text or turn.audio is None else "…"}</p>'
    got = understood if understood is not None else turn.heard
    if got is not None:
        if heard.same(turn.text, got):
            told = ("by the agent's ear" if live else "heard as it was said") if understood is not None else TRANSCRIBED
        else:
            told = f"the agent heard: “{heard.marked(turn.text, got)}”"
        body += f'<p class="ev-heard">{told}</p>'
    if understood is not None and turn.heard is not None and not heard.same(turn.heard, understood):
        other = f"<p>“{heard.marked(turn.text, turn.heard)}”</p>"
        body += f'<details class="ev-heard" data-k="{key}ear"><summary>Another recogniser</summary>{other}</details>'
    return _row("user", f"Customer{_play(turn.audio.path if turn.audio else None, 'customer')}", body)


def _thumb(turned: str) -> str:
    """Drawn as SVG, because not every machine has a font with thumbs."""
    return (
        f'<svg viewBox="0 0 16 16" aria-hidden="true"><path{turned} d="M5 7.2 8 2c1.2 0 1.8.9 1.5 2L9 6.2h3.6c.9 0 1.5.8 '
        '1.3 1.7l-.9 4.2c-.2.8-.8 1.4-1.6 1.4H5zM2 7.2h1.8v6.3H2z"/></svg>'
    )


def _thumbs(index: int, given: bool | None, rated: bool) -> str:
    """Two buttons, or the given thumb."""
    faces = ((True, "up", _thumb(""), "Right"), (False, "down", _thumb(' transform="rotate(180 8 8)"'), "Wrong"))
    if not rated:
        return "".join(
            f'<span class="ev-thumb" role="img" title="{title}: a person said so">{face}</span>'
            for up, _, face, title in faces
            if given is up
        )
    buttons = "".join(
        f'<button type="button" data-pick="thumb|{index}|{name}" aria-pressed="{str(given is up).lower()}" '
        f'aria-label="{label}: rate this turn" title="{label}">{face}</button>'
        for up, name, face, label in faces
    )
    return f'<span class="ev-thumbs">{buttons}</span>'


def _agent(
    turn: AgentTurn, used: ToolTurn | None, score: TurnScore | None, number: int, labels: Labels, thumbs: str, why: str
) -> str:
    results = used.results if used is not None else ()
    cards = "".join(
        _card(call, results[i] if i < len(results) else None, f"{number}-{i}", labels)
        for i, call in enumerate(turn.tool_calls)
    )
    if turn.malformed is not None:
        cards += _malformed(turn.malformed, f"{number}-m")
    text = f'<p class="ev-text">{escape(turn.text)}</p>' if turn.text.strip() else ""
    took = latency.bar(turn.timing, used.seconds if used is not None else None)
    badge = _badge(score)
    if score is not None:
        badge = f'<button type="button" class="ev-open" data-open="why{score.turn}" title="Why?">{badge}</button>'
    side = f'<div class="ev-side">{badge}{took}{thumbs}</div>'
    return _row("agent", f"Agent{_play(turn.audio.path if turn.audio else None, 'agent')}", cards + text + why, side)


def _badge(score: TurnScore | None) -> str:
    if score is None:
        return ""
    sign, meaning = words.score_words(score.score)
    return (
        f'<span class="ev-badge ev-s{score.score + 1}" role="img" aria-label="Verdict {sign}: {meaning}" '
        f'title="{escape(f"{meaning}: {score.reason}")}">{sign}</span>'
    )


def _pretty(content: str) -> str:
    try:
        return json.dumps(json.loads(content), indent=2, ensure_ascii=False)
    except ValueError:
        return content


def _card(call: ToolCall, result: ToolResult | None, key: str, labels: Labels) -> str:
    title, given = words.call_words(call, labels)
    state = "busy" if result is None else "refused" if result.is_error else "done"
    answer = "" if result is None else words.result_words(result, labels)
    answer += f" (a fault on purpose: {result.fault})" if result is not None and result.fault else ""
    arrow = f'<span class="ev-answer">{"✕" if state == "refused" else "→"} {escape(answer)}</span>' if answer else ""
    arguments = _facts({name: words.shorten(words.in_words(value), 300) for name, value in call.arguments.items()}, labels)
    technical = json.dumps({"name": call.name, "arguments": call.arguments}, indent=2, ensure_ascii=False)
    content = f'<h5>Answer</h5><pre tabindex="0">{escape(_pretty(result.content))}</pre>' if result else ""
    return (
        f'<details class="ev-card ev-{state}" data-k="{key}"><summary><span class="ev-tool">{escape(title)}</span>'
        f'<span class="ev-given">{escape(given)}</span>{arrow}</summary>'
        f'<dl class="ev-facts">{arguments}</dl>'
        f'<details data-k="{key}j"><summary>JSON</summary><h5>Call</h5><pre tabindex="0">{escape(technical)}</pre>{content}'
        "</details></details>"
    )


def _malformed(raw: str, key: str) -> str:
    return (
        f'<details class="ev-card ev-refused" data-k="{key}"><summary><span class="ev-tool">A tool call that could not be '
        'read</span><span class="ev-answer">✕ the agent was told so</span></summary>'
        f'<pre tabindex="0">{escape(raw)}</pre></details>'
    )


def _verdicts(episode: Episode) -> str:
    scores = _scores(episode)
    rows = [
        f'<li><button type="button" data-jump="t{index}" aria-label="Show turn {number}">'
        f'<span class="ev-number">{number}</span>{_badge(scores.get(index))}'
        f"<span>{escape(scores[index].reason)}</span></button></li>"
        for number, (index, _turn) in enumerate(episode.agent_turns, start=1)
        if index in scores
    ]
    if not rows:
        told = "Every turn of the agent is scored as it ends: +1 correct, 0 minor issue, −1 major mistake."
        return f'<p class="ev-muted">{told}</p>'
    return f'<ol class="ev-verdicts">{"".join(rows)}</ol>'

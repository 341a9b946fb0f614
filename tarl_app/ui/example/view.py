"""The pair as HTML; ``static/example.js`` plays it."""

import json
from html import escape

from tarl_app.core.types import AgentTurn, ToolResult, ToolTurn, UserTurn
from tarl_app.domains import labels_of
from tarl_app.evaluation.reward import judgement_of, trajectory_reward
from tarl_app.ui import words
from tarl_app.ui.example.pair import Pair, Recorded

STEPS = (
    (
        "watch",
        "Watch",
        "a call",
        "A judge scores every turn of the agent −1, 0 or +1 while you listen: TARL's turn-level reward.",
    ),
    (
        "talk",
        "Talk",
        "to it yourself",
        "Rules then replay the agent's calls on a fresh database: reaching the goal is 10 of TARL's 15 points.",
    ),
    (
        "compare",
        "Compare",
        "two agents",
        "Both get the same words; what differs is what TARL has changed in one of them.",
    ),
    (
        "train",
        "Train",
        "one",
        "TARL rewards the agent's own calls, and mixes in word problems so that it keeps trying things.",
    ),
)
"""Where each step leads, its title and one sentence of TARL."""
CHOSEN = "A recording, chosen because the two differ; over 115 test tasks by voice, goals reached rose from 17 % to 32 %."
"""What the pair is, and what it is not: the figures are those of ``docs/results.md``."""
_PLAY = '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M4 2.5v11l9-5.5z"/></svg>'


def html(pair: Pair | None) -> str:
    """The section of the first screen: the pair, if there is one, and the steps below it."""
    return (_pair(pair) if pair else "") + _steps()


def _steps() -> str:
    cards = "".join(
        f'<li><button type="button" data-go="{go}"><span class="ex-step"><b>{title}</b> {rest}</span>'
        f"<span>{told}</span></button></li>"
        for go, title, rest, told in STEPS
    )
    return f'<ol class="ex-steps" aria-label="What you can do here">{cards}</ol>'


def _pair(pair: Pair) -> str:
    minutes, seconds = divmod(round(_until(pair.before) + pair.after.seconds), 60)
    task = pair.before.episode.task
    wish = words.task_title(task)
    sides = "".join(_side(pair, call, place) for place, call in enumerate(pair.both))
    return (
        '<section class="ex" id="example" aria-labelledby="ex-title" data-example><div class="ex-head"><div>'
        '<h2 id="ex-title">The same customer, before and after TARL</h2>'
        f"<p>{escape(words.caller(task))} calls to {escape(wish[:1].lower() + wish[1:])}. {CHOSEN}</p></div>"
        f'<button type="button" class="ex-play">{_PLAY}<span class="ex-play-word">Play both calls</span> '
        f'<span class="ex-time">{minutes}:{seconds:02d}, with sound</span></button></div>'
        f'<div class="ex-sides">{sides}</div><div class="ex-foot"><button type="button" class="ex-link" data-link>'
        'Copy a link to this</button><span class="ex-said" role="status"></span><span class="ex-on">Then: '
        '<button type="button" data-go="watch">watch a call live</button> '
        '<button type="button" data-go="pair">ask both yourself</button></span></div></section>'
    )


def _until(call: Recorded) -> float:
    """The second up to which the call is played: until it has gone wrong, and the customer has heard it."""
    wrong = call.wrong
    if wrong is None:
        return call.seconds
    after = [start for turn, start in zip(call.episode.turns, call.starts, strict=True) if isinstance(turn, UserTurn)]
    return next((start for start in after if start > call.starts[wrong]), call.seconds)


def _side(pair: Pair, call: Recorded, place: int) -> str:
    episode = call.episode
    passed = episode.verdict is not None and episode.verdict.passed
    told = "before TARL" if place == 0 else "after TARL"
    data = {
        "starts": call.starts,
        "rewards": call.rewards,
        "seconds": call.seconds,
        "until": _until(call),
        "wrong": call.wrong,
    }
    head = (
        f'<div class="ex-top"><h3>{escape(episode.agent)} <small>{told}</small></h3>'
        f'<p class="ex-reward" role="img" aria-label="Reward {_sum(trajectory_reward(episode))} of 15">'
        f"<b>{_sum(trajectory_reward(episode))}</b> of 15</p></div>"
    )
    kind, word = ("passed", "Goal reached") if passed else ("failed", "Goal not reached")
    ending = f'<div class="ex-end ev-{kind}"><strong>{word}</strong> {escape(words.outcome(episode))}</div>'
    return (
        f'<article class="ex-side" data-side="{place}" data-agent="{escape(episode.agent)}" '
        f'data-sound="{escape(pair.url(call))}" '
        f'data-times="{escape(json.dumps(data))}">{head}<ol class="ex-turns" tabindex="0" '
        f'aria-label="The call {told}">{_turns(call)}</ol>{ending}</article>'
    )


def _sum(reward: float) -> str:
    return f"{reward:.1f}".replace("-", "−")


def _turns(call: Recorded) -> str:
    judgement = judgement_of(call.episode)
    scores = {one.turn: one for one in judgement.scores} if judgement else {}
    labels = labels_of(call.episode.task.domain)
    rows: list[str] = []
    for index, turn in enumerate(call.episode.turns):
        if isinstance(turn, UserTurn):
            said = f'<span class="ex-who">Customer</span><span class="ex-words">{escape(turn.text)}</span>'
            rows.append(f'<li class="ex-user" data-turn="{index}">{said}</li>')
        elif isinstance(turn, AgentTurn):
            following = call.episode.turns[index + 1 : index + 2]
            results = following[0].results if following and isinstance(following[0], ToolTurn) else ()
            calls = "".join(
                f'<span class="ex-call">{escape(words.call_words(one, labels)[0])}'
                f"{_answered(results[place] if place < len(results) else None)}</span>"
                for place, one in enumerate(turn.tool_calls)
            )
            calls += '<span class="ex-call ex-refused">A tool call that could not be read</span>' if turn.malformed else ""
            text = f'<span class="ex-words">{escape(turn.text)}</span>' if turn.text.strip() else ""
            score = scores.get(index)
            wrong = score is not None and score.score < 0
            why = f'<span class="ex-why">{escape(score.reason)}</span>' if score is not None and score.score < 1 else ""
            rows.append(
                f'<li class="ex-agent{" ex-wrong" if wrong else ""}" data-turn="{index}"><span class="ex-who">Agent</span>'
                f"{_badge(score.score if score else None)}{calls}{text}{why}</li>"
            )
    return "".join(rows)


def _answered(result: ToolResult | None) -> str:
    if result is None or not result.is_error:
        return ""
    return f" <em>✕ {escape(words.shorten(result.content.removeprefix('Error: '), 80))}</em>"


def _badge(score: int | None) -> str:
    if score is None:
        return ""
    sign, meaning = words.score_words(score)
    return f'<span class="ev-badge ev-s{score + 1}" role="img" aria-label="Verdict {sign}: {meaning}">{sign}</span>'

"""What a call came to, as HTML: its ending and where that leads, the reward, the verifier's checks."""

from collections.abc import Sequence
from html import escape

from tarl_app.core.types import Episode, StopReason
from tarl_app.evaluation.reward import explain, price, scores_of, trajectory_reward
from tarl_app.ui import words

VOID = (StopReason.USER_FAULT, StopReason.FAILURE)
"""Endings that are not the agent's doing: the call has no verdict on the page."""


def ending(episode: Episode, onward: Sequence[tuple[str, str]]) -> str:
    """What the call came to, how it ended, and where it leads."""
    assert episode.stop is not None
    text = words.stop_words(episode.stop)
    if episode.failure:
        text += f" ({episode.failure})"
    leads = _onward(onward)
    if episode.verdict is None or episode.stop in VOID:
        return f'<div class="ev-end">{escape(text)}{leads}</div>'
    kind, word = ("passed", "Goal reached") if episode.verdict.passed else ("failed", "Goal not reached")
    total = f"{trajectory_reward(episode):.1f}".replace("-", "−")
    came_to = f'<p class="ev-sum"><strong>{total} of 15</strong> {escape(words.outcome(episode))}</p>'
    return f'<div class="ev-end ev-{kind}">{came_to}<p><strong>{word}</strong> {escape(text)}</p>{leads}</div>'


def _onward(onward: Sequence[tuple[str, str]]) -> str:
    buttons = "".join(
        f'<button type="button" data-copy="{escape(pick)}">{escape(label)}</button>'
        if pick.startswith("?")
        else f'<button type="button" data-pick="{escape(pick)}">{escape(label)}</button>'
        for pick, label in onward
    )
    return f'<div class="ev-onward">{buttons}</div>' if buttons else ""


def reward(episode: Episode) -> str:
    """The reward as a table, with its arithmetic to unfold."""
    if not episode.task.verifiable:
        return '<p class="ev-muted">Free talk has no goal, so it earns no reward.</p>'
    if episode.stop in VOID:
        return '<p class="ev-muted">This call does not count: it was not the agent that ended it.</p>'
    scores = scores_of(episode)
    passed = episode.verdict is not None and episode.verdict.passed
    correct, wrong = sum(score > 0 for score in scores), -1 in scores
    good = price(False, [max(score, 0) for score in scores])
    goal = "Goal reached" if passed else "Goal not reached" if episode.verdict else "Goal not reached yet"
    total = price(passed, scores)
    rows = (
        (goal, f"{price(passed, []):.0f}", "of 10"),
        (f"{correct} of {len(scores)} turns correct" if scores else "No turn scored yet", f"{good:.1f}", "of 5"),
        ("A major mistake" if wrong else "No major mistake", "−5" if wrong else "0", "at most −5"),
    )
    lines = "".join(f"<tr><th scope='row'>{a}</th><td>{b}</td><td class='ev-muted'>{c}</td></tr>" for a, b, c in rows)
    figure = f"{total:.1f}".replace("-", "−")
    so_far = "" if episode.stop else " so far"
    return (
        f'<table class="ev-reward"><tbody>{lines}</tbody><tfoot><tr><th scope="row">Reward{so_far}</th><td>{figure}</td>'
        '<td class="ev-muted">of 15</td></tr></tfoot></table><details data-k="formula"><summary>Formula</summary>'
        '<p class="ev-formula">10 × R + 5/T × Σ r<sub>i≥0</sub> − 5 if some r<sub>i</sub> = −1</p>'
        f'<p class="ev-formula">{escape(explain(episode))}</p></details>'
    )


def verifier(episode: Episode) -> str:
    """The checks of the verifier."""
    if not episode.task.verifiable:
        return '<p class="ev-muted">Nothing to verify in free talk.</p>'
    if episode.stop in VOID:
        return '<p class="ev-muted">Not verified: it was not the agent that ended this call.</p>'
    if episode.verdict is None:
        return '<p class="ev-muted">When the call ends, rules compare what was done with what should have been done.</p>'
    rows = "".join(
        f'<li class="ev-{"ok" if check.passed else "bad"}"><span class="ev-tick" role="img" '
        f'aria-label="{"passed" if check.passed else "failed"}">{"✓" if check.passed else "✕"}</span>'
        f"<div>{escape(check.name)}{f'<p>{escape(check.detail)}</p>' if check.detail else ''}</div></li>"
        for check in episode.verdict.checks
    )
    return f'<ul class="ev-checks">{rows}</ul>'

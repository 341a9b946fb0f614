"""Where the time of an agent's turn went, as a bar, and the percentiles of a call."""

from collections.abc import Iterator
from html import escape

import numpy as np

from tarl_app.core.types import AgentTurn, Episode, Timing, ToolTurn, UserTurn

PARTS = {
    "end of turn": "end",
    "hearing": "hearing",
    "first token": "token",
    "writing": "writing",
    "tools": "tools",
    "first sound": "sound",
}
"""The parts of a turn, in the order in which they happen -> the ends of their CSS classes."""
Part = tuple[str, float]


def parts(timing: Timing | None, tools: float | None = None) -> list[Part]:
    """The parts that were measured, in seconds; together they last until the turn is heard, or, without sound, complete.

    ``tools``: what the turn's calls took.
    """
    if timing is None:
        return [("tools", tools)] if tools is not None else []
    hearing = timing.hearing or 0.0
    written = timing.first_token if timing.first_token is not None else hearing
    found: list[tuple[str, float | None]] = [
        ("end of turn", timing.end_of_turn),
        ("hearing", timing.hearing),
        ("first token", timing.first_token and timing.first_token - hearing),
        ("writing", None if timing.voice is not None or timing.total is None else timing.total - written),
        ("tools", tools),
        ("first sound", timing.voice and timing.voice - written),
    ]
    return [(name, max(0.0, seconds)) for name, seconds in found if seconds is not None]


def bar(timing: Timing | None, tools: float | None = None) -> str:
    """The turn's latency as HTML; empty where nothing was measured."""
    found = parts(timing, tools)
    if not found:
        return ""
    total = sum(seconds for _, seconds in found)
    told = [f"{name} {seconds:.2f} s" for name, seconds in found]
    if timing is not None and timing.tokens is not None:
        told.append(f"{timing.tokens} tokens")
    pieces = "".join(
        f'<i class="la-{PARTS[name]}" style="flex-grow: {max(seconds, 1e-3):.3f}"></i>' for name, seconds in found
    )
    lead = f"{total:.1f} s"
    if timing is not None and timing.voice is not None:
        whole = f"; written after {timing.total:.1f} s" if timing.total is not None else ""
        lead = f"first sound after {total:.1f} s{whole}"
    words = escape(f"{lead}: {', '.join(told)}")
    return (
        f'<span class="ev-latency" role="img" aria-label="{words}" title="{words}">{total:.1f} s'
        f'<span class="la-bar">{pieces}</span></span>'
    )


def responses(episode: Episode) -> list[float]:
    """For each answered turn of the customer, the seconds that the agent computed until it was heard, or without sound
    until its answer was written; tools included.
    """
    found: list[float] = []
    spent: float | None = None
    for turn, tools in _turns(episode):
        if turn is None:
            spent = 0.0
        elif spent is not None:
            spent += sum(seconds for _, seconds in parts(turn.timing, tools))
            if turn.text.strip() and not turn.tool_calls and turn.timing is not None:
                found.append(spent)
                spent = None
    return found


def _turns(episode: Episode) -> Iterator[tuple[AgentTurn | None, float | None]]:
    """Each agent turn with its tools' seconds; None for a turn of the customer."""
    for index, turn in enumerate(episode.turns):
        following = episode.turns[index + 1] if index + 1 < len(episode.turns) else None
        if isinstance(turn, UserTurn):
            yield None, None
        elif isinstance(turn, AgentTurn):
            yield turn, following.seconds if isinstance(following, ToolTurn) else None


def table(episode: Episode) -> str:
    """The call's percentiles as HTML: of the whole answer, and of each part over the agent's turns that have it."""
    rows: dict[str, list[float]] = {"whole": responses(episode)}
    for turn, tools in _turns(episode):
        for name, seconds in parts(turn.timing, tools) if turn is not None else ():
            rows.setdefault(name, []).append(seconds)
    if not rows["whole"]:
        return '<p class="ev-muted">How long the agent takes, from the end of a turn to its first sound.</p>'
    ordered = [name for name in ("whole", *PARTS) if name in rows]
    lines = "".join(_row(name, rows[name]) for name in ordered)
    return (
        '<table class="la-table"><thead><tr><th scope="col">Seconds</th><th scope="col">p50</th><th scope="col">p95</th>'
        f'<th scope="col">n</th></tr></thead><tbody>{lines}</tbody></table>'
    )


def _row(name: str, values: list[float]) -> str:
    middle, high = np.percentile(values, (50, 95))
    mark = "" if name == "whole" else f'<i class="la-{PARTS[name]}" aria-hidden="true"></i> '
    title = "until it is heard" if name == "whole" else name
    cells = "".join(f"<td>{cell}</td>" for cell in (f"{middle:.2f}", f"{high:.2f}", len(values)))
    return f'<tr><th scope="row">{mark}{title}</th>{cells}</tr>'

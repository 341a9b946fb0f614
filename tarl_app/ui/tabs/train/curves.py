"""Curves of runs as SVG, several runs in one picture; colours come from the style sheet, for light and dark."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, isfinite
from typing import Any

from tarl_app.ui.tabs.train import meanings

Rows = Sequence[Mapping[str, Any]]
WIDTH, HEIGHT = 300.0, 130.0
LEFT, RIGHT, TOP, BOTTOM = 40.0, 8.0, 8.0, 18.0
POINTS = 150
"""A line has no more points than this; several steps are averaged into one."""
SMOOTH_FROM = 16
"""With more points than this, a smoothed line is drawn over the faint raw one."""


@dataclass(frozen=True)
class Curve:
    """One picture: the metric, its title, and what it means in words."""

    key: str
    title: str
    about: str = ""
    share: bool = False
    meaning: str = meanings.REACHED


MAIN = tuple(
    Curve(key, title, about, share, meanings.OF[key])
    for key, title, about, share in (
        ("reward", "Reward", "mean over the step's calls, −5 to 15", False),
        ("success", "Goal reached", "share of the calls practised", True),
        ("held_out", "Goal reached in other calls", "which are never practised", True),
        ("process", "Turns", "the part of the reward for correct turns", False),
        ("minus_one_rate", "Major mistakes", "share of calls with a −1", True),
        ("kl", "Distance to base", "KL to what it started from", False),
        ("entropy", "Entropy", "how undecided the policy is", False),
        ("response_tokens", "Tokens a call", "written by the agent", False),
        ("tokens_per_second", "Tokens a second", "", False),
    )
)
MORE = tuple(
    Curve(key, title, about, share, meanings.OF[key])
    for key, title, about, share in (
        ("loss", "Loss", "", False),
        ("reward_std", "Spread of rewards", "", False),
        ("grad_norm", "Gradient norm", "", False),
        ("clip_fraction", "Clipped", "share of tokens", True),
        ("groups_equal", "Groups without a difference", "", False),
        ("gradient_share", "Rollouts with a gradient", "share of all played", True),
        ("turns", "Turns a call", "", False),
        ("self_corrections", "Self-corrections", "“wait”, “let me check”", False),
        ("unique_tool_sequences", "Different ways in a group", "", False),
        ("failures", "Calls left out", "", False),
        ("seconds", "Seconds a step", "", False),
        ("learning_rate", "Learning rate", "", False),
    )
)


def curves_of(runs: Mapping[str, Rows], domains: Collection[str] = ()) -> tuple[tuple[Curve, ...], tuple[Curve, ...]]:
    """The curves to show, and those to unfold; with a pass rate for each domain, and for each source of tasks in a domain.

    Without ``domains`` every pass rate counts as a domain's.
    """
    names = sorted({key[5:] for rows in runs.values() for row in rows[-20:] for key in row if key.startswith("pass/")})
    mine = [name for name in names if not domains or name in domains]
    rates = [Curve(f"pass/{name}", f"Goal reached: {name}", "share of calls", share=True) for name in mine]
    sources = [
        Curve(f"pass/{name}", f"Goal reached in “{name}”", "share of its calls", share=True)
        for name in names
        if name not in mine
    ]
    return (*MAIN[:3], *rates, *MAIN[3:]), (*sources, *MORE)


def series(rows: Rows, key: str) -> list[tuple[float, float]]:
    """(step, value) of the steps that have the metric, at most ``POINTS``."""
    found = [(float(row["step"]), float(row[key])) for row in rows if _number(row.get(key))]
    size = ceil(len(found) / POINTS) or 1
    parts = [found[at : at + size] for at in range(0, len(found), size)]
    return [(part[-1][0], sum(value for _, value in part) / len(part)) for part in parts]


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def smooth(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """An exponential moving average with bias correction over a tenth of the line."""
    keep = 1 - 1 / max(2.0, len(points) / 10)
    made, mean, weight = [], 0.0, 0.0
    for step, value in points:
        mean, weight = keep * mean + (1 - keep) * value, keep * weight + (1 - keep)
        made.append((step, mean / weight))
    return made


def figure(value: float) -> str:
    """A short number: 0.31, 12.4, 3.1k, 2e−05."""
    size = abs(value)
    if size >= 10_000:
        text = f"{value / 1000:.0f}k"
    elif size >= 100:
        text = f"{value:.0f}"
    elif size >= 10:
        text = f"{value:.1f}"
    else:
        text = "0" if value == 0 else f"{value:.2f}" if size >= 0.01 else f"{value:.0e}"
    return text.replace("-", "−")


def picture(curve: Curve, runs: Mapping[str, Rows]) -> str:
    """One figure with a line for each run, in the order of ``runs``; empty when none has the metric."""
    lines = {name: series(rows, curve.key) for name, rows in runs.items()}
    every = [point for points in lines.values() for point in points]
    if not every:
        return ""
    low, high = (0.0, 1.0) if curve.share else _range([value for _, value in every])
    first, last = min(step for step, _ in every), max(step for step, _ in every)
    scale = _Scale(first, last, low, high)
    drawn = "".join(_line(points, scale, index, name) for index, (name, points) in enumerate(lines.items()) if points)
    newest = figure(next(points[-1][1] for points in lines.values() if points))
    about = f'<span class="ev-muted">{escape(curve.about)}</span>' if curve.about else ""
    label = f"{curve.title} over the steps {first:.0f} to {last:.0f}; now {newest}"
    return (
        f'<figure class="cu-figure"><figcaption><strong>{escape(curve.title)}</strong> {about}<b>{newest}</b>'
        f'<details class="cu-help" data-k="help-{escape(curve.key)}"><summary aria-label="What is {escape(curve.title)}?">?'
        f"</summary><p>{escape(curve.meaning)}</p></details></figcaption>"
        f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{escape(label)}" data-curve '
        f'data-range="{first:g} {last:g} {low:g} {high:g}">{_axes(scale)}{drawn}'
        '<g class="cu-cross" hidden><line/><text/></g></svg></figure>'
    )


def _range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    return (0.0 if 0 <= low < room * 4 else low - room), high + room


@dataclass(frozen=True)
class _Scale:
    first: float
    last: float
    low: float
    high: float

    def x(self, step: float) -> float:
        width = WIDTH - LEFT - RIGHT
        return LEFT + (width * (step - self.first) / (self.last - self.first) if self.last > self.first else width / 2)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - self.low) / (self.high - self.low)


def _axes(scale: _Scale) -> str:
    parts = []
    for value in (scale.low, (scale.low + scale.high) / 2, scale.high):
        y = scale.y(value)
        parts.append(f'<line class="cu-grid" x1="{LEFT:g}" x2="{WIDTH - RIGHT:g}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="cu-text" x="{LEFT - 5:g}" y="{y + 3.5:.1f}" text-anchor="end">{figure(value)}</text>')
    steps = {scale.first: "start", scale.last: "end"} if scale.last > scale.first else {scale.first: "middle"}
    for step, anchor in steps.items():
        parts.append(
            f'<text class="cu-text" x="{scale.x(step):.1f}" y="{HEIGHT - 4:g}" text-anchor="{anchor}">{step:.0f}</text>'
        )
    return "".join(parts)


def _line(points: Sequence[tuple[float, float]], scale: _Scale, index: int, name: str) -> str:
    def path(some: Sequence[tuple[float, float]]) -> str:
        return " ".join(f"{scale.x(step):.1f},{scale.y(value):.1f}" for step, value in some)

    colour = f"cu-c{index % 6}"
    if len(points) == 1:
        x, y = path(points).split(",")
        return f'<circle class="{colour}" cx="{x}" cy="{y}" r="3" data-name="{escape(name)}"/>'
    raw = f'<polyline class="cu-raw {colour}" data-name="{escape(name)}" points="{path(points)}"/>'
    if len(points) <= SMOOTH_FROM:
        return raw.replace("cu-raw", "cu-line", 1)
    return f'{raw}<polyline class="cu-line {colour}" points="{path(smooth(points))}"/>'

"""Plots of a study as SVG files, with no library and no script; they are read on light and dark pages."""

from collections.abc import Mapping, Sequence
from html import escape

from tarl_app.training.study.plan import ARMS
from tarl_app.training.study.results import StudyResult

COLOURS = dict(zip(ARMS, ("#888888", "#b8860b", "#3b78c2", "#c2453b", "#7d4bb5", "#4a9a5b"), strict=True))
TEXT = "#777777"
TITLES = {"success": "Passed in training", "reward": "Reward", "entropy": "Entropy", "kl": "KL from the base"}
WIDTH, ROW = 640.0, 30.0
LEFT, RIGHT = 110.0, 20.0


def plots(result: StudyResult) -> dict[str, str]:
    """File name -> SVG: pass^1 of the arms under each condition, and the curves of training."""
    found = {}
    for condition in dict.fromkeys(one.condition for one in result.arms):
        rows = [one for one in result.arms if one.condition == condition]
        drawn = [(one.arm, one.passed, one.interval, one.each_seed) for one in rows]
        spans = [(n, p, (i.low, i.high) if i else (p, p), s) for n, p, i, s in drawn]
        found[f"passed-{condition}.svg"] = intervals(f"pass^1, {condition}", spans)
    lines = {key: {one.arm: one.curves[key] for one in result.practice if key in one.curves} for key in TITLES}
    if lines := {key: found_lines for key, found_lines in lines.items() if found_lines}:
        found["training.svg"] = curves(lines)
    return found


def intervals(title: str, rows: Sequence[tuple[str, float, tuple[float, float], Sequence[float]]]) -> str:
    """A point with its interval for each arm (name, value, interval, each seed), on an axis from 0 to 1."""
    height = 50 + ROW * len(rows)

    def x(share: float) -> float:
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    parts = [_text(LEFT, 18, title, "start", bold=True)]
    for tick in (0, 0.25, 0.5, 0.75, 1):
        parts.append(f'<path d="M{x(tick):.1f} 28V{height - 20:.1f}" stroke="{TEXT}" stroke-opacity=".3"/>')
        parts.append(_text(x(tick), height - 6, f"{tick:g}", "middle"))
    for number, (name, value, (low, high), seeds) in enumerate(rows):
        y, colour = 44 + ROW * number, COLOURS.get(name, TEXT)
        parts.append(_text(LEFT - 10, y + 4, name, "end"))
        parts.append(f'<path d="M{x(low):.1f} {y:.1f}H{x(high):.1f}" stroke="{colour}" stroke-width="3"/>')
        parts += [f'<circle cx="{x(one):.1f}" cy="{y + 8:.1f}" r="2" fill="{colour}"/>' for one in seeds]
        told = f"{name}: {value:.2f}, {low:.2f} to {high:.2f}"
        parts.append(
            f'<circle cx="{x(value):.1f}" cy="{y:.1f}" r="6" fill="{colour}"><title>{escape(told)}</title></circle>'
        )
        parts.append(_text(min(x(high) + 8, WIDTH - 36), y - 5, f"{value:.2f}", "start"))
    return _svg(WIDTH, height, title, parts)


def curves(lines: Mapping[str, Mapping[str, Sequence[float]]]) -> str:
    """One panel a metric, two beside one another, a line for each arm, step after step."""
    wide, high = WIDTH / 2, 190.0
    parts: list[str] = []
    for number, (key, arms) in enumerate(lines.items()):
        left, top = wide * (number % 2), high * (number // 2)
        parts.append(f'<g transform="translate({left:g} {top:g})">{_panel(TITLES[key], arms, wide, high)}</g>')
    rows = -(-len(lines) // 2)
    names = [arm for arm in ARMS if any(arm in arms for arms in lines.values())]
    for number, arm in enumerate(names):
        at = 30 + number * (WIDTH - 40) / len(names)
        parts.append(f'<path d="M{at:.1f} {high * rows + 10:.1f}h16" stroke="{COLOURS[arm]}" stroke-width="3"/>')
        parts.append(_text(at + 22, high * rows + 14, arm, "start"))
    return _svg(WIDTH, high * rows + 24, "Curves of training", parts)


def _panel(title: str, arms: Mapping[str, Sequence[float]], wide: float, high: float) -> str:
    every = [value for values in arms.values() for value in values]
    low, top = min(0.0, *every), max(*every, 1e-9)
    longest = max(map(len, arms.values()))

    def x(step: int) -> float:
        return 48 + (wide - 64) * (step / (longest - 1) if longest > 1 else 0.5)

    def y(value: float) -> float:
        return high - 30 - (high - 60) * (value - low) / (top - low)

    parts = [_text(48, 18, title, "start", bold=True)]
    for value in (low, (low + top) / 2, top):
        parts.append(f'<path d="M48 {y(value):.1f}H{wide - 16:.1f}" stroke="{TEXT}" stroke-opacity=".3"/>')
        parts.append(_text(43, y(value) + 4, f"{value:.2g}", "end"))
    parts += [_text(x(step), high - 12, str(step + 1), "middle") for step in sorted({0, longest - 1})]
    for arm, values in arms.items():
        points = " ".join(f"{x(step):.1f},{y(value):.1f}" for step, value in enumerate(values))
        shape = f'<polyline fill="none" stroke="{COLOURS[arm]}" stroke-width="2" points="{points}"/>'
        dot = f'<circle cx="{x(0):.1f}" cy="{y(values[0]):.1f}" r="3" fill="{COLOURS[arm]}"/>'
        parts.append(shape if len(values) > 1 else dot)
    return "".join(parts)


def _text(x: float, y: float, text: str, anchor: str, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{TEXT}" text-anchor="{anchor}"{weight}>{escape(text)}</text>'


def _svg(width: float, height: float, title: str, parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img"'
    return f'{head} aria-label="{escape(title)}" font-family="sans-serif" font-size="12">{"".join(parts)}</svg>\n'

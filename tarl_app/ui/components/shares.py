"""Shares with their intervals as HTML, the same on every tab."""

from tarl_app.evaluation.measures.intervals import Interval

FEW = 10
"""A share of fewer says so."""
SCROLLS = 'tabindex="0" role="group" aria-label="Table"'
"""Attributes of what a table scrolls in where it is too wide: keys reach it, too."""


def span(interval: Interval | None) -> str:
    """An interval of a share, in percent; empty without one."""
    return f'<span class="bo-span">{100 * interval.low:.0f} to {100 * interval.high:.0f}</span>' if interval else ""


def few(count: int, what: str = "task") -> str:
    """What a number of few says of itself; empty for many."""
    return f'<span class="bo-span">of {count} {what}{"s" if count > 1 else ""} only</span>' if 0 < count < FEW else ""


def share(value: float, interval: Interval | None, count: int, what: str = "task") -> str:
    """A share of ``count`` with its interval, in percent."""
    return f"{100 * value:.0f} %{span(interval)}{few(count, what)}"

"""The numbers of an evaluation, each with its unit, its interval and the key of its episodes.

The command line, the files and the page all show this list, so they cannot disagree.
"""

from collections.abc import Iterator
from typing import Literal

from tarl_app.core.types import Frozen
from tarl_app.evaluation.measures.intervals import Interval
from tarl_app.evaluation.measures.metrics import PARTS, Group, Metrics

Unit = Literal["share", "number", "count", "seconds", "usd"]
HEARD = {"right": "all heard right", "nearly": "nearly heard right", "badly": "badly heard"}


class Figure(Frozen):
    """One number. ``key`` selects its episodes (``selections``); ``of`` says out of how many, where that helps."""

    section: str
    name: str
    value: float
    unit: Unit
    key: str
    interval: Interval | None = None
    of: int | None = None

    @property
    def words(self) -> str:
        """The value for people: ``62.5%``, ``0.42 s``."""
        match self.unit:
            case "share":
                return f"{self.value:.1%}"
            case "seconds":
                return f"{self.value:.2f} s"
            case "usd":
                return f"${self.value:.2f}"
            case "count":
                return f"{self.value:.0f}"
            case "number":
                return f"{self.value:.2f}"

    @property
    def range_words(self) -> str:
        """The interval for people: ``50.0% to 75.0%``, ``0.12 to 1.40``; empty without one."""
        if self.interval is None:
            return ""
        low, high = self.interval.low, self.interval.high
        return f"{low:.1%} to {high:.1%}" if self.unit == "share" else f"{low:.2f} to {high:.2f}"


def figures(metrics: Metrics) -> tuple[Figure, ...]:
    """Every number, in the order in which it is shown."""
    return tuple(_all(metrics))


def _all(m: Metrics) -> Iterator[Figure]:
    for k, value in m.pass_hat.items():
        interval = m.intervals.get(k)
        yield Figure(
            section="Success", name=f"pass^{k}", value=value, unit="share", key="counted", interval=interval, of=m.tasks
        )
    if m.strict is not None:
        yield Figure(section="Success", name="pass^1, strict", value=m.strict, unit="share", key="counted", of=m.tasks)
    for group in m.groups:
        yield _group(group)
    yield Figure(section="Reward", name="Mean reward", value=m.mean_reward, unit="number", key="counted", of=m.episodes)
    yield Figure(section="Reward", name="Mean turn score", value=m.mean_turn_score, unit="number", key="counted")
    yield Figure(
        section="The −1",
        name="Episodes with a −1",
        value=m.deviation_rate,
        unit="share",
        key="deviation",
        interval=m.deviation_interval,
        of=m.episodes,
    )
    for turn, count in m.first_deviation.items():
        yield Figure(section="The −1", name=f"on agent turn {turn}", value=count, unit="count", key=f"first:{turn}")
    yield from _support(m)
    yield from _work(m)
    yield from _faults(m)
    yield from _ears(m)
    yield from _floor(m)
    for name, part in m.latency.items():
        for percentile, seconds in part.percentiles.items():
            label = f"{PARTS[name]}, {percentile} % of turns within"
            yield Figure(section="Time", name=label, value=seconds, unit="seconds", key="counted", of=part.turns)
    yield Figure(section="Cost", name="Agent, user and judge", value=m.cost_usd, unit="usd", key="all")
    yield Figure(section="Cost", name="The judge alone", value=m.judge_cost_usd, unit="usd", key="counted")
    yield Figure(section="Cost", name="The judge's time", value=m.judge_seconds, unit="seconds", key="counted")
    for stop, count in m.stops.items():
        yield Figure(section="How calls ended", name=stop.replace("_", " "), value=count, unit="count", key=f"stop:{stop}")
    apart = "Not counted as the agent's"
    failures = m.infrastructure_failures
    yield Figure(section=apart, name="Infrastructure failures", value=failures, unit="count", key="failure")
    yield Figure(section=apart, name="Faults of the simulated user", value=m.user_faults, unit="count", key="user_fault")
    drafts = "Drafts that the simulated user threw away"
    yield Figure(section=apart, name=drafts, value=m.user_drafts, unit="count", key="user_drafts")


def _group(group: Group) -> Figure:
    by, _, value = group.key.partition(":")
    section = {"kind": "By kind of task", "writes": "By number of changes needed"}[by]
    name = value.replace("_", " ")
    return Figure(
        section=section,
        name=name,
        value=group.passed,
        unit="share",
        key=group.key,
        interval=group.interval,
        of=group.tasks,
    )


def _support(m: Metrics) -> Iterator[Figure]:
    if m.support is None:
        return
    yield Figure(
        section="The −1",
        name="Unsupported per 100 agent turns",
        value=m.support.per_100,
        unit="number",
        key="unsupported",
        interval=Interval(low=m.support.low, high=m.support.high),
        of=m.support.turns,
    )


def _work(m: Metrics) -> Iterator[Figure]:
    work = "Work"
    yield Figure(section=work, name="Agent turns", value=m.mean_agent_turns, unit="number", key="counted")
    if m.calls:
        yield Figure(
            section=work,
            name="Calls refused by a tool",
            value=m.tool_errors / m.calls,
            unit="share",
            key="tool_errors",
            of=m.calls,
        )
    yield Figure(section=work, name="Unreadable calls", value=m.malformed_calls, unit="count", key="malformed")
    if m.refusals:
        kept = m.refusals_kept / m.refusals
        yield Figure(section=work, name="Refusals kept", value=kept, unit="share", key="refusals", of=m.refusals)


def _faults(m: Metrics) -> Iterator[Figure]:
    if (found := m.faults) is None:
        return
    section, hit = "Faults on purpose", found.episodes
    for kind, count in found.met.items():
        name = f"Calls that met {kind}"
        yield Figure(section=section, name=name, value=count / m.calls, unit="share", key="fault", of=m.calls)
    if found.passed_with is not None:
        name = "Passed, with a fault"
        yield Figure(section=section, name=name, value=found.passed_with, unit="share", key="fault", of=hit)
    if found.passed_without is not None:
        name, value = "Passed, without one", found.passed_without
        yield Figure(section=section, name=name, value=value, unit="share", key="no_fault", of=m.episodes - hit)


def _floor(m: Metrics) -> Iterator[Figure]:
    found, section = m.turn_taking, "Turn-taking"
    if found is None:
        return
    rates: tuple[tuple[str, float | None, Unit], ...] = (
        ("Response latency", found.response_latency, "seconds"),
        ("Response rate", found.response_rate, "share"),
        ("Yield latency", found.yield_latency, "seconds"),
        ("Interruptions suffered", found.interruptions, "count"),
        ("Interruptions meant", found.interruptions_meant, "count"),
        ("Yield rate", found.yield_rate, "share"),
        ("Turns that were cut off and went on", found.continued, "count"),
        ("Interruptions made, per turn", found.agent_interruption_rate, "number"),
        ("False interruptions", found.false_interruptions, "count"),
        ("Selectivity, back-channels", found.selectivity_backchannel, "share"),
    )
    for name, value, unit in rates:
        if value is not None:
            yield Figure(section=section, name=name, value=value, unit=unit, key="counted", of=found.calls)


def _ears(m: Metrics) -> Iterator[Figure]:
    if m.hearing is None:
        return
    found, section = m.hearing, "Hearing"
    rate = found.word_error_rate
    yield Figure(section=section, name="Word error rate", value=rate, unit="share", key="counted", of=found.words)
    yield Figure(
        section=section, name="Turns heard exactly", value=found.exact_turns, unit="share", key="heard:right", of=found.turns
    )
    for name, share in found.success.items():
        label = f"Success when {HEARD[name]}"
        yield Figure(section=section, name=label, value=share, unit="share", key=f"heard:{name}", of=found.episodes[name])

"""Two agents on the same tasks: the same simulated user and seeds, typed or spoken, alternating.

    result = head_to_head(versus("omni-mini", "scripted", limit=20), (parts_a, parts_b), folder)
    result.outcome.p_value

The two sides alternate episode by episode, so the results are paired at any moment. Episodes are kept one a line in a
file for each side; running the same comparison again continues it, with more tasks or trials if wanted. The agents are
not spoken: the simulated user reads their text.
"""

import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

from pydantic import model_validator

from tarl_app.core.domain import Domain
from tarl_app.core.errors import Cancelled
from tarl_app.core.types import AgentTurn, Episode, Frozen, StopReason, Task, ToolTurn, Turn, UserTurn
from tarl_app.evaluation.comparison.figures import Outcome, outcome
from tarl_app.evaluation.config import EvaluationConfig
from tarl_app.evaluation.evaluate import Parts, run_one
from tarl_app.evaluation.folder import claim, held, mend, stored
from tarl_app.evaluation.measures.metrics import Metrics, measure

Side = Literal["a", "b"]
SIDES: tuple[Side, Side] = ("a", "b")


class CompareConfig(Frozen):
    """Two measurements that differ in the agent alone. Raises ``ValidationError`` (a ``ValueError``) for any others."""

    a: EvaluationConfig
    b: EvaluationConfig

    @model_validator(mode="after")
    def _comparable(self) -> "CompareConfig":
        ours, theirs = (side.model_dump(exclude={"agent", "revision"}) for side in (self.a, self.b))
        if ours != theirs:
            raise ValueError("Both sides must be measured in the same way.")
        if (self.a.agent, self.a.revision) == (self.b.agent, self.b.revision):
            raise ValueError(f"{self.a.agent} cannot be compared with itself: choose two different agents.")
        return self

    @property
    def measured(self) -> dict[str, Any]:
        """What must stay the same in one folder."""
        return {"a": self.a.identity, "b": self.b.identity}


def versus(a: str, b: str, revision: Callable[[str], str] = lambda name: "", **fields: Any) -> CompareConfig:
    """The comparison of those agents; ``fields`` are ``EvaluationConfig``'s. Raises like ``CompareConfig``."""
    sides = [EvaluationConfig(agent=name, revision=revision(name), **fields) for name in (a, b)]
    return CompareConfig(a=sides[0], b=sides[1])


def folder_name(config: CompareConfig) -> str:
    """The folder's name for a comparison; limit and trials may grow within it."""
    digest = hashlib.sha256(json.dumps(config.measured, sort_keys=True).encode()).hexdigest()[:8]
    how = "spoken" if config.a.speech else "written"
    words = [config.a.agent, "vs", config.b.agent, config.a.domain, config.a.split, how, digest]
    return re.sub(r"[^A-Za-z0-9.+-]+", "-", "-".join(words)).strip("-.")[-150:].lstrip("-.")


@dataclass(frozen=True)
class CompareProgress:
    """How far a comparison is, after each episode: episodes of both sides, tasks passed by each, seconds."""

    done: int
    total: int
    passed_a: int
    passed_b: int
    seconds: float
    seconds_left: float


@dataclass(frozen=True)
class Pair:
    """The two episodes of one task and seed."""

    a: Episode
    b: Episode

    @property
    def task(self) -> Task:
        """What both were asked to do."""
        return self.a.task

    @property
    def counts(self) -> bool:
        """Whether neither failed for a reason that is not the agent's."""
        return self.a.counts and self.b.counts

    @property
    def parts_at(self) -> int | None:
        """The index of the first turn in which the two dialogues differ; None when they are the same."""
        return first_difference(self.a.turns, self.b.turns)


@dataclass(frozen=True)
class HeadToHead:
    """The results so far: the episodes of each side, in the order of (trial, task)."""

    config: CompareConfig
    folder: Path
    a: tuple[Episode, ...]
    b: tuple[Episode, ...]
    planned: int
    seconds: float = 0.0

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Both episodes of each (task, seed) that both sides have played."""
        theirs = {(one.task.id, one.seed): one for one in self.b}
        return tuple(Pair(one, theirs[one.task.id, one.seed]) for one in self.a if (one.task.id, one.seed) in theirs)

    @property
    def metrics(self) -> tuple[Metrics, Metrics]:
        """The numbers of each side, over the pairs that count."""
        valid = [pair for pair in self.pairs if pair.counts]
        return measure([pair.a for pair in valid]), measure([pair.b for pair in valid])

    @property
    def outcome(self) -> Outcome:
        """The paired numbers."""
        return outcome([(pair.a, pair.b) for pair in self.pairs if pair.counts])


def head_to_head(
    config: CompareConfig,
    parts: tuple[Parts, Parts],
    folder: Path,
    on_progress: Callable[[CompareProgress, HeadToHead], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> HeadToHead:
    """Plays the missing episodes in ``folder`` and returns all results.

    Raises:
        Cancelled: soon after ``cancelled()``; finished episodes are kept.
        ConfigError: the folder holds another comparison, or another process works in it.
    """
    started = time.monotonic()
    claim(folder, config.measured, {})
    with held(folder):
        for side in SIDES:
            mend(folder, _file(side))
        wanted = _wanted(config, parts[0].domain)
        known: dict[Side, Known] = {side: _known(folder, side) for side in SIDES}
        took: dict[Side, list[float]] = {side: [] for side in SIDES}
        for task, seed in wanted:
            for side, its, part in zip(SIDES, (config.a, config.b), parts, strict=True):
                if (task.id, seed) in known[side]:
                    continue
                if cancelled is not None and cancelled():
                    raise Cancelled("The comparison was stopped.")
                began = time.monotonic()
                episode = run_one(its, part, task, seed, cancelled)
                took[side].append(time.monotonic() - began)
                with (folder / _file(side)).open("a", encoding="utf-8") as file:
                    file.write(episode.model_dump_json() + "\n")
                known[side][task.id, seed] = episode
                if on_progress:
                    now = _result(config, folder, wanted, known, time.monotonic() - started)
                    on_progress(_progress(now, took), now)
        return _result(config, folder, wanted, known, time.monotonic() - started)


def played(config: CompareConfig, domain: Domain, folder: Path) -> HeadToHead:
    """The results of that comparison in a folder, without playing anything."""
    known: dict[Side, Known] = {side: _known(folder, side) for side in SIDES}
    return _result(config, folder, _wanted(config, domain), known, 0.0)


def first_difference(a: Sequence[Turn], b: Sequence[Turn]) -> int | None:
    """The index of the first turn that differs in what was said, called or answered; None for equal dialogues."""
    for index, (ours, theirs) in enumerate(zip(a, b, strict=False)):
        if _content(ours) != _content(theirs):
            return index
    return None if len(a) == len(b) else min(len(a), len(b))


def deed(turns: Sequence[Turn], index: int) -> str:
    """What happened in that turn, in one line: the calls with their arguments, or what was said."""
    if index >= len(turns):
        return "(ended)"
    turn = turns[index]
    if isinstance(turn, ToolTurn):
        return "; ".join(result.content for result in turn.results)
    if isinstance(turn, UserTurn):
        return turn.text
    calls = [f"{call.name}({', '.join(map(str, call.arguments.values()))})" for call in turn.tool_calls]
    return "; ".join(filter(None, [*calls, turn.malformed and "(unreadable call)", turn.text]))


def _content(turn: Turn) -> tuple[Any, ...]:
    if isinstance(turn, UserTurn):
        return ("user", turn.text)
    if isinstance(turn, AgentTurn):
        return ("agent", turn.text.strip(), [(call.name, call.arguments) for call in turn.tool_calls], turn.malformed)
    return ("tool", [(result.name, result.content) for result in turn.results])


Known = dict[tuple[str, int], Episode]


def _file(side: Side) -> str:
    return f"{side}.jsonl"


def _wanted(config: CompareConfig, domain: Domain) -> list[tuple[Task, int]]:
    tasks = domain.tasks(config.a.split)[: config.a.limit]
    return [(task, config.a.seed + trial) for trial in range(config.a.trials) for task in tasks]


def _known(folder: Path, side: Side) -> Known:
    found = stored(folder, _file(side))
    return {(one.task.id, one.seed): one for one in found if one.stop is not StopReason.FAILURE}


def _result(
    config: CompareConfig, folder: Path, wanted: Sequence[tuple[Task, int]], known: dict[Side, Known], seconds: float
) -> HeadToHead:
    def found(side: Side) -> tuple[Episode, ...]:
        return tuple(known[side][task.id, seed] for task, seed in wanted if (task.id, seed) in known[side])

    return HeadToHead(config, folder, found("a"), found("b"), len(wanted), seconds)


def _progress(now: HeadToHead, took: Mapping[Side, Sequence[float]]) -> CompareProgress:
    done, total = len(now.a) + len(now.b), 2 * now.planned
    passed = [sum(one.verdict is not None and one.verdict.passed for one in side) for side in (now.a, now.b)]
    left: dict[Side, int] = {"a": now.planned - len(now.a), "b": now.planned - len(now.b)}
    return CompareProgress(done, total, passed[0], passed[1], now.seconds, seconds_left(took, left))


def seconds_left(took: Mapping[Side, Sequence[float]], left: Mapping[Side, int]) -> float:
    """The calls that each side has left, times what its own calls took; as long as it has none, what the other's took.

    One side can be a hundred times as fast as the other.
    """
    means = {side: fmean(seconds) for side, seconds in took.items() if seconds}
    rest = max(means.values(), default=0.0)
    return sum(number * means.get(side, rest) for side, number in left.items())

"""Machine names in plain words."""

import json
from collections.abc import Iterable
from typing import Any

from tarl_app.core.domain import Labels
from tarl_app.core.errors import DomainError
from tarl_app.core.types import Change, Episode, Goal, StopReason, Task, ToolCall, ToolResult
from tarl_app.domains import labels_of, load_domain
from tarl_app.sandbox.verifier import DATABASE

_GOALS = {"lookup": "ask a question", "transfer": "speak to a person"}
_GROUPS = {"lookup": "Question", "several": "Several wishes", "refusal": "Not allowed", "fall_back": "Second choice"}
_STOPS = {
    StopReason.USER_DONE: "The customer hung up.",
    StopReason.TRANSFERRED: "The call was handed over to a person.",
    StopReason.LIMIT: "The call reached its limit of agent turns.",
    StopReason.CONTEXT: "The call became longer than the agent can remember; this is counted against the agent.",
    StopReason.USER_FAULT: "The simulated customer did not play its part; this is not counted against the agent.",
    StopReason.FAILURE: "The call ended because something in the app failed; this is not counted against the agent.",
}
_SCORES = {1: ("+1", "correct"), 0: ("0", "minor issue"), -1: ("−1", "major mistake")}


def shorten(text: str, limit: int) -> str:
    """The text in one line of at most ``limit`` characters, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut).rstrip(",.;:") + "…"


def plain(name: str) -> str:
    """``change_of_mind`` as ``Change of mind``."""
    return name.replace("_", " ").strip().capitalize()


def _goal(goal: Goal, labels: Labels) -> str:
    if goal.kind in ("lookup", "question") and goal.question:
        return f"ask: {shorten(goal.question, 60)}"
    return _GOALS.get(goal.kind) or labels.goal(goal)


def task_title(task: Task) -> str:
    """``Change the address, then ask a question``: what the customer wants, in one line."""
    if not task.verifiable:
        return "Free talk"
    labels = labels_of(task.domain)
    goals = [_goal(goal, labels) for goal in task.goals]
    title = ", then ".join(dict.fromkeys(goals)) or shorten(task.instruction, 60)
    return title[:1].upper() + title[1:]


def task_group(task: Task) -> str:
    """The heading under which the task is offered."""
    known = {**_GROUPS, **labels_of(task.domain).kinds}
    return known.get(task.kind, plain(task.kind.replace("-", " ")))


def caller(task: Task) -> str:
    """The customer's name, as far as the task tells it."""
    return labels_of(task.domain).caller(task)


def task_choices(tasks: Iterable[Task]) -> list[tuple[str, str]]:
    """(label, id) of every task, those of one group together; labels are unique."""
    ordered = sorted(tasks, key=lambda task: (task_group(task), task_title(task), task.id))
    labels: list[tuple[str, str]] = []
    used: set[str] = set()
    for task in ordered:
        label = " · ".join(filter(None, (task_group(task), task_title(task), caller(task))))
        label = f"{label} ({task.id})" if label in used else label
        used.add(label)
        labels.append((label, task.id))
    return labels


def stop_words(reason: StopReason) -> str:
    """How the call ended."""
    return _STOPS[reason]


def outcome(episode: Episode) -> str:
    """What the call came to, in a few words: what was done, told or refused; where the goal was missed, why."""
    verdict = episode.verdict
    if verdict is not None and not verdict.passed:
        failed = [check for check in verdict.checks if not check.passed]
        told = [check.detail or check.name for check in failed if check.name != DATABASE]
        told += ["the data are not as they should be"] if failed else []
        return shorten(told[0], 150).rstrip(".") if told else ""
    labels = labels_of(episode.task.domain)
    try:
        writes = load_domain(episode.task.domain).writes
    except DomainError:
        return ""
    done = [
        labels.outcome(call, _object(result)) or labels.tools.get(call.name, plain(call.name)).lower()
        for call, result in episode.calls
        if not result.is_error and writes(call.name)
    ]
    if not done and episode.stop is StopReason.TRANSFERRED:
        done = ["handed over to a person"]
    if not done and verdict is not None:
        done = [f"told the {fact.label.removeprefix('the ')}: {fact.value}" for fact in episode.task.must_tell[:2]]
    return "; ".join(dict.fromkeys(done)) or "nothing was changed"


def _object(result: ToolResult) -> dict[str, Any]:
    try:
        found = json.loads(result.content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def score_words(score: int) -> tuple[str, str]:
    """The badge and its meaning, for a score of -1, 0 or 1."""
    return _SCORES[score]


def in_words(value: Any) -> str:
    """Any JSON value in one line, without brackets."""
    if isinstance(value, list | tuple):
        return ", ".join(in_words(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{plain(str(key)).lower()} {in_words(one)}" for key, one in value.items())
    return str(value)


def call_words(call: ToolCall, labels: Labels) -> tuple[str, str]:
    """What the agent did and with what: ``("Opened the account", "ada_king_4821")``."""
    title = labels.tools.get(call.name, plain(call.name) or "An unnamed tool")
    return title, shorten(" · ".join(in_words(value) for value in call.arguments.values()), 90)


def result_words(result: ToolResult, labels: Labels) -> str:
    """The tool's answer in one line."""
    if result.is_error:
        return shorten(result.content.removeprefix("Error: "), 160)
    try:
        found = json.loads(result.content)
    except ValueError:
        found = result.content
    if isinstance(found, dict):
        facts = [_fact(key, found[key]) for key in labels.telling if key in found]
        return shorten(" · ".join(facts) or in_words(found), 120)
    if isinstance(found, list):
        return f"{len(found)} entries"
    return shorten(str(found), 120) or "done"


def _fact(key: str, value: Any) -> str:
    if key == "name" and isinstance(value, dict):
        return " ".join(str(part) for part in value.values())
    if isinstance(value, list | dict):
        return f"{len(value)} {key if len(value) != 1 else key.removesuffix('s')}"
    return str(value)


def changes_by_row(changes: Iterable[Change]) -> dict[str, list[tuple[str, str | None, str | None]]]:
    """Row in words -> (column in words, before, after); None stands for nothing."""
    rows: dict[str, list[tuple[str, str | None, str | None]]] = {}
    for change in changes:
        row = f"{plain(change.table).removesuffix('s')} {change.key}"
        rows.setdefault(row, []).append((plain(change.column), change.before, change.after))
    return rows


def episode_title(episode: Episode) -> str:
    """One line for the list of stored calls."""
    verdict = "not verified" if episode.verdict is None else "passed" if episode.verdict.passed else "failed"
    state = "not finished" if not episode.stop else verdict if episode.counts else "not counted"
    when = episode.created_at.astimezone().strftime("%d %b %H:%M")
    return f"{when} · {task_title(episode.task)} · {episode.agent} · {state} · {len(episode.agent_turns)} agent turns"

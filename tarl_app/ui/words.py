"""Machine names in the words of a customer-service manager."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tarl_app.core.types import Change, Episode, Goal, StopReason, Task, ToolCall, ToolResult

TOOLS = {
    "calculate": "Worked out a sum",
    "cancel_pending_order": "Cancelled the order",
    "exchange_delivered_order_items": "Asked for the exchange",
    "find_user_id_by_email": "Looked the customer up by e-mail",
    "find_user_id_by_name_zip": "Looked the customer up by name and zip code",
    "get_order_details": "Opened the order",
    "get_product_details": "Opened the product",
    "get_user_details": "Opened the customer's account",
    "list_all_product_types": "Listed the products",
    "modify_pending_order_address": "Changed where the order goes",
    "modify_pending_order_items": "Changed the items of the order",
    "modify_pending_order_payment": "Changed how the order is paid",
    "modify_user_address": "Changed the customer's address",
    "return_delivered_order_items": "Asked for the return",
    "think": "Made a note to itself",
    "transfer_to_human_agents": "Handed over to a person",
}
_GOALS = {
    "lookup": "ask a question",
    "cancel_order": "cancel an order",
    "return_items": "return {items}",
    "exchange_items": "exchange {items}",
    "modify_items": "change {items} in an order",
    "modify_payment": "pay another way",
    "modify_order_address": "send an order elsewhere",
    "modify_user_address": "change the address",
    "transfer": "speak to a person",
}
_GROUPS = {
    "lookup": "Question",
    "several": "Several wishes",
    "refusal": "Not allowed",
    "fall_back": "Second choice",
    "unknown_order": "Order number unknown",
    "modify_items": "Change of items",
    "modify_payment": "Change of payment",
    "modify_order_address": "Change of delivery",
    "modify_user_address": "Change of account",
}
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
    """``exchange_items`` as ``Exchange items``."""
    return name.replace("_", " ").strip().capitalize()


def _listed(parts: Iterable[str]) -> str:
    words = list(dict.fromkeys(parts))
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _items(choices: Iterable[Mapping[str, Any]]) -> str:
    products = [str(choice.get("product", "")).lower() for choice in choices]
    named = [f"{'an' if product[:1] in 'aeiou' else 'a'} {product}" for product in products if product]
    return _listed(named) if 0 < len(named) <= 2 else f"{len(named)} items" if named else "something"


def _goal(goal: Goal) -> str:
    if goal.kind in ("lookup", "question") and goal.question:
        return f"ask: {shorten(goal.question, 60)}"
    return _GOALS.get(goal.kind, plain(goal.kind).lower()).format(items=_items(goal.details.get("choices", ())))


def task_title(task: Task) -> str:
    """``Exchange a lamp, then cancel an order``: what the customer wants, in one line."""
    if not task.verifiable:
        return "Free talk"
    goals = [_goal(goal) for goal in task.goals]
    title = ", then ".join(dict.fromkeys(goals)) or shorten(task.instruction, 60)
    return title[:1].upper() + title[1:]


def task_group(task: Task) -> str:
    """The heading under which the task is offered."""
    return _GROUPS.get(task.kind, plain(task.kind.replace("-", " ")))


def caller(task: Task) -> str:
    """The customer's name, as far as the task tells it."""
    return " ".join(filter(None, (task.facts.get("first_name"), task.facts.get("last_name"))))


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


def call_words(call: ToolCall) -> tuple[str, str]:
    """What the agent did and with what: ``("Opened the order", "#W4821359")``."""
    title = TOOLS.get(call.name, plain(call.name) or "An unnamed tool")
    return title, shorten(" · ".join(in_words(value) for value in call.arguments.values()), 90)


def result_words(result: ToolResult) -> str:
    """The tool's answer in one line."""
    if result.is_error:
        return shorten(result.content.removeprefix("Error: "), 160)
    try:
        found = json.loads(result.content)
    except ValueError:
        found = result.content
    if isinstance(found, dict):
        telling = ("order_id", "user_id", "name", "status", "items", "variants", "orders")
        facts = [_fact(key, found[key]) for key in telling if key in found]
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
    state = verdict if episode.stop else "not finished"
    when = episode.created_at.astimezone().strftime("%d %b %H:%M")
    return f"{when} · {task_title(episode.task)} · {episode.agent} · {state} · {len(episode.agent_turns)} agent turns"

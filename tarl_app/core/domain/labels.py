"""Titles for a domain's machine names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tarl_app.core.types import Goal, Task, ToolCall


def _unnamed(goal: Goal) -> str:
    return goal.kind.replace("_", " ")


def _name(task: Task) -> str:
    return task.facts.get("name", "")


def _no_outcome(call: ToolCall, answer: Mapping[str, Any]) -> str:
    return ""


def _no_openers(task: Task) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True)
class Labels:
    """Titles for people; by default a name is shown with blanks for underscores.

    ``scene`` describes a call in a sentence or two. ``tools`` says what the agent did by a call ("Opened the account"),
    ``arguments`` what an argument or a fact of the customer is called, ``kinds`` under which heading a kind of task is
    offered. ``goal`` says what a customer wants ("change the address"), ``caller`` who calls, as far as the task tells
    it. ``telling`` are the most informative fields of a tool's answer, in this order. ``showpieces`` are the kinds of
    task for demonstrations, the shortest first. ``outcome`` says in a few words what a call that writes brought about, from
    the call and its answer ("order cancelled, $12.00 back"); empty if it has no words for it. ``openers`` are sentences with
    which a person can begin a task of free talk, each about records that exist.
    """

    scene: str = "A customer calls. A voice agent answers, and every one of its turns is judged in front of you."
    tools: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    goal: Callable[[Goal], str] = _unnamed
    caller: Callable[[Task], str] = _name
    telling: tuple[str, ...] = ("name", "status")
    showpieces: tuple[str, ...] = ()
    outcome: Callable[[ToolCall, Mapping[str, Any]], str] = _no_outcome
    openers: Callable[[Task], tuple[str, ...]] = _no_openers


PLAIN = Labels()
"""The default."""

"""Sentences with which a person can begin in free talk, from the ideas of its task."""

import re

from tarl_app.core.types import Task

_IDEA = re.compile(r"You could ([^.?!]+)\.")


def openers(task: Task) -> tuple[str, ...]:
    """One complete sentence for each idea: who calls, and what they want."""
    facts = task.facts
    who = f"Hi, this is {facts.get('first_name')} {facts.get('last_name')}, zip code {facts.get('zip')}."
    return tuple(f"{who} I would like to {_first(idea)}." for idea in _IDEA.findall(task.instruction))


def _first(idea: str) -> str:
    return idea.split(" or have ")[0].split(", which is not shipped yet,")[0].strip()

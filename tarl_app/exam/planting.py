"""Helpers for the planters of any domain: places, alterations that work, endings."""

from collections.abc import Callable, Iterable
from typing import Any

from tarl_app.core.domain import Say, Use
from tarl_app.core.types import ToolCall
from tarl_app.exam.script import Script

Alternatives = Callable[[Script, ToolCall, str], Iterable[Any]]
"""From a script, a call and the name of an argument to other values that it could have."""


def farewell(script: Script) -> bool:
    """Adds the customer's goodbye."""
    said, answered = script.rng.choice(script.wording.farewells)
    script.user(said).agent(answered)
    return True


def gold_write(script: Script) -> tuple[int, ToolCall] | None:
    """The place of the flawless dialogue's first write, and the write."""
    place = script.clean.write(script.domain)
    act = script.clean.steps[place].act if place is not None else None
    return (place, ToolCall(id="", name=act.name, arguments=act.arguments)) if place and isinstance(act, Use) else None


def report(script: Script, place: int) -> bool:
    """Says now what the flawless dialogue says after its write; then the farewell."""
    step = script.clean.steps[place + 2]
    script.agent(script.say(step) if isinstance(step.act, Say) else "")
    return farewell(script)


def says_instead(script: Script, text: str, *prefixes: str) -> bool:
    """Says this wrong text in place of the first act whose name has one of these prefixes; then the farewell."""
    place = script.clean.rule(*prefixes)
    if place is None:
        return False
    script.follow(place)
    script.agent(text, truth=-1)
    return farewell(script)


def altered(script: Script, call: ToolCall, names: Iterable[str], alternatives: Alternatives) -> ToolCall | None:
    """The call with one of these arguments replaced by another value with which it succeeds."""
    for name in names:
        for value in alternatives(script, call, name):
            other = call.model_copy(update={"arguments": {**call.arguments, name: value}})
            if script.domain.normalise(other) != script.domain.normalise(call) and script.works(other):
                return other
    return None

"""Helpers for the planters of any domain: places, alterations that work, endings."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tarl_app.core.domain import Say, Use
from tarl_app.core.types import ToolCall
from tarl_app.exam.script import Script

Others = Callable[[Script, Any], Iterable[Any]]
"""From a script and the value of an argument to other values that it could have."""


@dataclass(frozen=True)
class Alterations:
    """How the calls of a domain can be altered: by the name of an argument, the other values that it could have.

    ``look_ups``: by the name of an argument, what makes a look-up, unless that was made before, that shows its other values.
    """

    others: Mapping[str, Others]
    look_ups: Mapping[str, Callable[[Script], None]] = field(default_factory=dict)

    def call(self, script: Script, call: ToolCall, *names: str) -> ToolCall | None:
        """The call with one of these arguments replaced by something else that works."""
        for name in names:
            if name not in call.arguments or name not in self.others:
                continue
            for value in self.others[name](script, call.arguments[name]):
                other = call.model_copy(update={"arguments": {**call.arguments, name: value}})
                if script.domain.normalise(other) != script.domain.normalise(call) and script.works(other):
                    return other
        return None

    def write(self, script: Script, *names: str) -> bool:
        """Follows the dialogue to its write and makes it with one of these arguments replaced."""
        found = gold_write(script)
        if found is None:
            return False
        script.follow(found[0])
        for name in names:
            if name in found[1].arguments and name in self.look_ups:
                self.look_ups[name](script)
        other = self.call(script, found[1], *names)
        if other is None:
            return False
        script.agent("", other, truth=-1)
        return report(script, found[0])


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


def refused_write(script: Script, *names: str) -> ToolCall | None:
    """Follows the dialogue to a refusal: the write that is refused, among these tools, where it would work."""
    place = script.clean.rule("refuse")
    if place is None:
        return None
    wanted = [call for call in script.domain.unwanted(script.task) if call.name in names]
    script.follow(place)
    return next((call for call in wanted if script.works(call)), None)


def second_goal(script: Script) -> int | None:
    """The place after the customer's second wish, where there is one and it is fulfilled."""
    place = script.clean.rule("done_", "tell")
    if place is None or len(script.task.goals) < 2:
        return None
    following = script.clean.find(lambda step: step.turn.kind == "user", after=place)
    further = script.clean.rule("done_", "tell", "transfer", after=place + 1)
    return following + 1 if following is not None and further is not None else None

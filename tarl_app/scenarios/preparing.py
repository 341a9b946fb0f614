"""From a scenario to its task and domain; what it expects is checked against the domain's tools before it is played."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tarl_app.core.domain import Domain
from tarl_app.core.errors import ConfigError, DomainError
from tarl_app.core.types import Task, ToolCall, ToolSpec
from tarl_app.scenarios.model import Expectation, Scenario
from tarl_app.scenarios.reading import Place, Read, meant


@dataclass(frozen=True)
class Prepared:
    """A scenario that can be played."""

    read: Read
    task: Task
    domain: Domain

    @property
    def scenario(self) -> Scenario:
        """What the file says."""
        return self.read.scenario


def prepare(read: Read, find_task: Callable[[str], tuple[Task, Domain]], load_domain: Callable[[str], Domain]) -> Prepared:
    """The scenario with its task. Raises ``ConfigError``: each thing that cannot be, with file and line."""
    scenario = read.scenario
    try:
        if scenario.task:
            task, domain = find_task(scenario.task)
            if scenario.domain and scenario.domain != domain.name:
                raise ConfigError(read.fault(("domain",), f"the task is of the domain {domain.name!r}"))
        else:
            domain = load_domain(scenario.domain)
            task = _own_task(read, domain)
    except DomainError as error:
        raise ConfigError(read.fault(("task",) if scenario.task else ("domain",), str(error))) from error
    faults = [read.fault(place, text) for place, text in _faults(scenario, task, domain)]
    if faults:
        raise ConfigError("\n".join(faults))
    return Prepared(read, task, domain)


def _own_task(read: Read, domain: Domain) -> Task:
    """What the file says as a task: free talk where it has no gold calls."""
    scenario = read.scenario
    slug = re.sub(r"[^a-z0-9]+", "-", read.name.lower()).strip("-")[:60] or "call"
    known = " ".join(f"Your {name.replace('_', ' ')} is {value}." for name, value in scenario.facts.items())
    gold = [
        ToolCall(id=f"gold-{number}", name=one.name, arguments=fitted_all(one.arguments, domain.tool(one.name)))
        for number, one in enumerate(scenario.gold)
    ]
    return Task(
        id=f"{domain.name}-scenario-{slug}",
        domain=domain.name,
        split="dev" if gold else "free",
        kind="scenario",
        instruction=" ".join(part for part in (scenario.goal or " ".join(scenario.say), known) if part),
        facts=scenario.facts,
        gold=tuple(gold),
        seed=scenario.seed,
    )


def fitted_all(arguments: dict[str, Any], tool: ToolSpec | None) -> dict[str, Any]:
    """Arguments that are written as texts, in the types of the tool's schema."""
    schemas = tool.parameters.get("properties", {}) if tool else {}
    return {name: _fitted(value, schemas.get(name, {})) for name, value in arguments.items()}


def _fitted(value: Any, schema: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_fitted(one, schema.get("items", {})) for one in value]
    if isinstance(value, dict):
        inner = schema.get("properties", {})
        return {name: _fitted(one, inner.get(name, {})) for name, one in value.items()}
    kinds = {schema.get("type"), *(one.get("type") for one in schema.get("anyOf", ()))}
    text = str(value)
    if "boolean" in kinds and text in ("true", "false"):
        return text == "true"
    if "integer" in kinds and re.fullmatch(r"-?\d{1,15}", text):
        return int(text)
    if "number" in kinds and re.fullmatch(r"-?\d{1,15}(\.\d{1,9})?", text):
        return float(text)
    return None if "null" in kinds and text == "null" else value


def _faults(scenario: Scenario, task: Task, domain: Domain) -> Iterator[tuple[Place, str]]:
    """What cannot be, with its place."""
    tools = {tool.name: tool for tool in domain.tools}
    for number, one in enumerate(scenario.gold):
        yield from _call_faults(("gold", number), "name", one.name, ("arguments", one.arguments), tools)
    for number, expected in enumerate(scenario.expect):
        place: Place = ("expect", number)
        yield from _expectation_faults(place, expected, task, tools)
        answers = len(scenario.say)
        if answers and isinstance(expected.turn, int) and expected.turn > answers:
            yield (*place, "turn"), f"the customer says {answers} things here, so there is no answer {expected.turn}"


def _expectation_faults(
    place: Place, expected: Expectation, task: Task, tools: dict[str, ToolSpec]
) -> Iterator[tuple[Place, str]]:
    if expected.call is not None:
        yield from _call_faults(place, "call", expected.call, ("with", expected.arguments), tools)
    for name in (expected.no_call, *expected.calls_in_order):
        if name is not None and name not in tools:
            where = "no_call" if expected.no_call else "calls_in_order"
            yield (*place, where), f"there is no tool {name!r}{meant(name, tools)}"
    if not task.verifiable and (expected.passes is not None or expected.reward_at_least is not None):
        yield place, "nothing can be verified: give a task, or say which calls have to happen (gold)"


def _call_faults(
    place: Place, field: str, name: str, arguments: tuple[str, dict[str, Any]], tools: dict[str, ToolSpec]
) -> Iterator[tuple[Place, str]]:
    if name not in tools:
        yield (*place, field), f"there is no tool {name!r}{meant(name, tools)}"
        return
    known = tools[name].parameters.get("properties", {})
    for argument in arguments[1]:
        if argument not in known:
            yield (*place, arguments[0], argument), f"{name} has no argument {argument!r}{meant(argument, known)}"

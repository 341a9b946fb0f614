"""Damaged ideal paths, for the check of tasks: each has exactly one fault (``checks`` has the list)."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tarl_app.core.domain import Domain
from tarl_app.core.types import Episode, Task, ToldFact, ToolCall
from tarl_app.sandbox.playing import play

UNWANTED = "the write that the user was refused, or decided against"


@dataclass(frozen=True)
class Damage:
    """An episode with one fault, and the fault in words."""

    episode: Episode
    words: str


class Pools:
    """Values that occur in the tasks of a split, by where they occur: plausible replacements for one another."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._writes: dict[str, list[ToolCall]] = {}
        self._values: dict[str, list[str]] = {}
        self._texts: dict[str, list[str]] = {}
        for task in tasks:
            for call in task.gold:
                self._writes.setdefault(call.name, []).append(call)
                for name, value in call.arguments.items():
                    for part in value if isinstance(value, list) else [value]:
                        self._values.setdefault(name, []).append(str(part))
            for fact in task.must_tell:
                if fact.kind == "text":
                    self._texts.setdefault(_kind_of_label(fact), []).append(fact.value)

    def other_text(self, fact: ToldFact) -> str:
        """Another value that facts of this sort have."""
        return next((v for v in self._texts.get(_kind_of_label(fact), ()) if v != fact.value), f"un{fact.value}")

    def others(self, name: str) -> list[str]:
        """All values of an argument."""
        return self._values.get(name, [])

    def foreign_write(self, task: Task, domain: Domain) -> ToolCall | None:
        """A write of another user's task."""
        for name, calls in self._writes.items():
            mine = {json.dumps(call.arguments) for call in task.gold}
            for call in calls if domain.writes(name) else ():
                if json.dumps(call.arguments) not in mine:
                    return call
        return None


def damages(task: Task, domain: Domain, pools: Pools) -> Iterator[Damage]:
    """All damaged versions of the task's ideal path."""
    known = _known(task, domain)
    for place, call in enumerate(task.gold):
        if domain.writes(call.name):
            yield _played(task, domain, _without(task.gold, place), task.must_tell, f"left out {call.name}")
            for words, altered in _alterations(call, known, pools, domain):
                calls = (*task.gold[:place], altered, *task.gold[place + 1 :])
                yield _played(task, domain, calls, task.must_tell, f"{call.name} with {words}")
    yield from _further_writes(task, domain, pools)
    for place, fact in enumerate(task.must_tell):
        yield _played(task, domain, task.gold, _without(task.must_tell, place), f"not told: {fact.label}")
        wrong = fact.model_copy(update={"value": near_miss(fact, pools)})
        told = (*task.must_tell[:place], wrong, *task.must_tell[place + 1 :])
        yield _played(task, domain, task.gold, told, f"told {wrong.value} as {fact.label}")
    if task.must_transfer:
        calls = tuple(call for call in task.gold if call.name != domain.transfer_tool)
        yield _played(task, domain, calls, task.must_tell, "no transfer")


def _played(task: Task, domain: Domain, calls: Sequence[ToolCall], told: Sequence[ToldFact], words: str) -> Damage:
    return Damage(play(task, domain, calls, told), words)


def _without(values: tuple[Any, ...], place: int) -> tuple[Any, ...]:
    return (*values[:place], *values[place + 1 :])


# --- writes ---------------------------------------------------------------------------------------------------------------


def _alterations(call: ToolCall, known: list[str], pools: Pools, domain: Domain) -> Iterator[tuple[str, ToolCall]]:
    """The call with each argument replaced in turn, where the result is not equivalent."""
    for name, value in call.arguments.items():
        for altered in (
            _altered_list(name, value, known, pools) if isinstance(value, list) else [_other(name, value, known, pools)]
        ):
            changed = call.model_copy(update={"arguments": {**call.arguments, name: altered}})
            if domain.normalise(changed) != domain.normalise(call):
                yield f"{name} = {altered}", changed


def _altered_list(name: str, values: list[Any], known: list[str], pools: Pools) -> Iterator[list[Any]]:
    """One element replaced, one left out, one added, two swapped."""
    if not values:
        return
    other = _other(name, values[0], [v for v in known if v not in values], pools)
    yield [other, *values[1:]]
    yield [*values, other]
    if len(values) > 1:
        yield values[1:]
        yield values[::-1]


def _other(name: str, value: Any, known: list[str], pools: Pools) -> Any:
    """Another value of the same shape: from this user's own data, else from the split's tasks, else nearly the same."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if not isinstance(value, str):
        return None
    shape = _shape(value)
    found = [other for other in (*known, *pools.others(name)) if other != value and _shape(other) == shape]
    if shape in ("", "text"):
        found = [other for other in pools.others(name) if other.casefold() != value.casefold()]
    return found[0] if found else f"{value} 2"


def _shape(value: str) -> str:
    """The sort of a value: ids by prefix and length; all words are of one sort."""
    if re.fullmatch(r"[a-z]+(_[a-z]+)*_[0-9]{5,}", value):
        return "kind and number"
    if re.fullmatch(r"#?[A-Z]?[0-9]+", value):
        return re.sub("[0-9]", "0", value)
    return "text" if value else ""


def _known(task: Task, domain: Domain) -> list[str]:
    """Every text in the results of the domain's look-ups about the task: plausible wrong values."""
    environment = domain.rehearse()
    try:
        found: dict[str, None] = {}
        for call in domain.about(task):
            result = environment.call(call)
            if not result.is_error:
                found.update(dict.fromkeys(_texts(json.loads(result.content))))
        return list(found)
    finally:
        environment.close()


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value


def _further_writes(task: Task, domain: Domain, pools: Pools) -> Iterator[Damage]:
    """Additional writes, as far as the tools carry them out."""
    writes = [place for place, call in enumerate(task.gold) if domain.writes(call.name)]
    end = len(task.gold) - task.must_transfer
    first = writes[0] if writes else end
    further = [(end, f"{task.gold[place].name} twice", task.gold[place]) for place in writes]
    further += [(first, UNWANTED, call) for call in domain.unwanted(task)]
    foreign = pools.foreign_write(task, domain)
    further += [(end, "a write for another customer", foreign)] if foreign else []
    for place, words, call in further:
        damage = _played(task, domain, (*task.gold[:place], call, *task.gold[place:]), task.must_tell, words)
        if not damage.episode.calls[place][1].is_error:
            yield damage


# --- facts ----------------------------------------------------------------------------------------------------------------


def _kind_of_label(fact: ToldFact) -> str:
    return fact.label.split(" of ")[0]


def near_miss(fact: ToldFact, pools: Pools) -> str:
    """A value of the same type that is nearly right."""
    match fact.kind:
        case "money":
            return str(Decimal(fact.value) + 1)
        case "number":
            return str(Decimal(fact.value) + 1)
        case "id":
            return fact.value[:-1] + ("1" if fact.value[-1] != "1" else "2")
        case "date":
            return (date.fromisoformat(fact.value) + timedelta(days=1)).isoformat()
        case "text":
            return pools.other_text(fact)

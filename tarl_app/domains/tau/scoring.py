"""The verdict as the benchmark gives it, and a stricter one beside it.

An episode passes when its calls leave the same data as the task's own solution, and every output occurs in something that
the agent said: in small letters, without commas, as a part of a longer text if need be ("10" in "1060"). The strict verdict
wants the same data, and each output stated as what it is: a number, a sum, an id, a text (``language.told``). A call that
was cut off, since it was too long, passes neither.
"""

import re
from collections.abc import Iterable

from tarl_app.core.types import Change, Check, Episode, StopReason, ToldFact, ToolCall, Verdict
from tarl_app.domains.tau.tools.toolset import Toolset
from tarl_app.domains.tau.world import Base, World
from tarl_app.language.told import tells
from tarl_app.sandbox.tools.service_tools import TRANSFER

SAME_DATA = "The data is as after the benchmark's own calls"
_MOST_DIFFERENCES = 4


def played(base: Base, tools: Toolset, calls: Iterable[ToolCall]) -> World:
    """The data after these calls; a transfer changes nothing."""
    world = World(base)
    for call in calls:
        if call.name != TRANSFER:
            tools.call(world, call.name, call.arguments)
    return world


def fact_of(output: str) -> ToldFact:
    """An output as a typed fact."""
    kind = "text"
    if re.fullmatch(r"\d+\.\d+", output):
        kind = "money"
    elif re.fullmatch(r"\d{9,}", output):
        kind = "id"
    elif re.fullmatch(r"\d+", output):
        kind = "number"
    return ToldFact(label="output of the task", kind=kind, value=output)


def verdict(episode: Episode, base: Base, tools: Toolset) -> Verdict:
    """The verdict on an episode; recorded results are not read, the calls are made again."""
    wanted = played(base, tools, episode.task.gold)
    found = played(base, tools, calls_of(episode))
    same = found.changed() == wanted.changed()
    # As in the benchmark, words that accompany a call do not reach the customer.
    answers = [turn.text for _, turn in episode.agent_turns if not turn.tool_calls]
    said = [answer.lower().replace(",", "") for answer in answers]
    facts = episode.task.must_tell
    checks = [Check(name=SAME_DATA, passed=same, detail="" if same else differences(found, wanted))]
    for fact in facts:
        told = any(fact.value.lower() in text for text in said)
        detail = "" if told else f"The customer was never told this ({fact.value})."
        checks.append(Check(name=f"The customer was told: {fact.value}", passed=told, detail=detail))
    checks += cut_off(episode.stop)
    strict = same and not cut_off(episode.stop) and all(stated(fact, answers) for fact in facts)
    return Verdict(
        passed=all(check.passed for check in checks), checks=tuple(checks), changes=found.changes(), strict=strict
    )


def calls_of(episode: Episode) -> Iterable[ToolCall]:
    """What the agent has called until it handed the customer over, refused calls included: some change data nevertheless.

    Calls that broke down (``sandbox.faults``) were never made.
    """
    for call, result in episode.calls:
        if result.broke_down:
            continue
        yield call
        if call.name == TRANSFER and not result.is_error:
            return


def cut_off(stop: StopReason | None) -> list[Check]:
    """A failed check for an episode that did not come to its end; otherwise none."""
    too_long = stop in (StopReason.LIMIT, StopReason.CONTEXT)
    detail = "It was cut off, as it was too long."
    return [Check(name="The call came to its end", passed=False, detail=detail)] if too_long else []


def stated(fact: ToldFact, answers: Iterable[str]) -> bool:
    """Whether one of the answers states the fact as what it is."""
    # A whole number may be a sum: the benchmark does not say which.
    ways = (fact, fact.model_copy(update={"kind": "money"})) if fact.kind == "number" else (fact,)
    return any(tells(answer, way) for answer in answers for way in ways)


def differences(found: World, wanted: World) -> str:
    """In words, what the data is and what it should be."""
    mine, theirs = _cells(found.changes()), _cells(wanted.changes())
    places = [place for place in (mine | theirs) if mine.get(place) != theirs.get(place)]
    told = [f"{' '.join(place[:2])}, {place[2]}: {_cell(mine, place)} instead of {_cell(theirs, place)}" for place in places]
    more = f" and {len(told) - _MOST_DIFFERENCES} more" if len(told) > _MOST_DIFFERENCES else ""
    return "; ".join(told[:_MOST_DIFFERENCES]) + more + "."


def _cells(changes: Iterable[Change]) -> dict[tuple[str, str, str], str]:
    return {(one.table, one.key, one.column): one.after or "removed" for one in changes}


def _cell(cells: dict[tuple[str, str, str], str], place: tuple[str, str, str]) -> str:
    return repr(cells[place][:200]) if place in cells else "unchanged"

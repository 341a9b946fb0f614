"""The verdict by the rules of tau2-bench that are rules.

An episode passes when every part of the task's ``reward_basis`` that a rule can decide does: the data is as after the
reference calls (``DB``), each text occurs in something that the agent said (``COMMUNICATE``), each reference call was made
(``ACTION``). Assertions in words (``NL_ASSERTION``) are left to a judge that is a model: where a task has some, ``passed``
says no more than that nothing else is wrong, and ``strict`` is False.
"""

from tarl_app.core.types import Check, Episode, ToolCall, Verdict
from tarl_app.domains.tau.scoring import SAME_DATA, calls_of, cut_off, differences, played, stated
from tarl_app.domains.tau.tau2.copy import Criteria
from tarl_app.domains.tau.tools.toolset import Toolset
from tarl_app.domains.tau.world import Base

LEFT_TO_A_JUDGE = "No rule decides this; a judge that is a model can (--judge llm)."


def verdict(episode: Episode, criteria: Criteria, base: Base, tools: Toolset) -> Verdict:
    """The verdict on an episode; recorded results are not read, the calls are made again."""
    calls, basis = tuple(calls_of(episode)), criteria.reward_basis
    found, wanted = played(base, tools, calls), played(base, tools, episode.task.gold)
    said = [turn.text for _, turn in episode.agent_turns]
    checks: list[Check] = []
    if "DB" in basis and criteria.actions is not None:
        same = found.changed() == wanted.changed()
        checks.append(Check(name=SAME_DATA, passed=same, detail="" if same else differences(found, wanted)))
    if "COMMUNICATE" in basis:
        checks += [_told(text, said) for text in criteria.communicate_info or ()]
    if "ACTION" in basis:
        checks += [_called(act.name, act.arguments, act.compare_args, calls) for act in criteria.actions or ()]
    checks += cut_off(episode.stop)
    passed = all(check.passed for check in checks)
    strict = passed and all(stated(fact, said) for fact in episode.task.must_tell)
    open_ends = criteria.nl_assertions or () if "NL_ASSERTION" in basis else ()
    checks += [
        Check(name=f"For a judge: {words}", passed=True, detail=LEFT_TO_A_JUDGE, undecided=True) for words in open_ends
    ]
    return Verdict(passed=passed, checks=tuple(checks), changes=found.changes(), strict=strict and not open_ends)


def _told(text: str, said: list[str]) -> Check:
    told = any(text.lower() in one.lower().replace(",", "") for one in said)
    detail = "" if told else f"The customer was never told this ({text})."
    return Check(name=f"The customer was told: {text}", passed=told, detail=detail)


def _called(name: str, arguments: dict[str, object], counted: tuple[str, ...] | None, calls: tuple[ToolCall, ...]) -> Check:
    def fits(call: ToolCall) -> bool:
        names = call.arguments.keys() if counted is None else counted
        return call.name == name and _part(call.arguments, names) == _part(arguments, names)

    made = any(map(fits, calls))
    return Check(
        name=f"The tool {name} was called", passed=made, detail="" if made else f"Nobody called it with {arguments}."
    )


def _part(arguments: dict[str, object], names: object) -> dict[str, object]:
    return {name: value for name, value in arguments.items() if name in names}  # type: ignore[operator]

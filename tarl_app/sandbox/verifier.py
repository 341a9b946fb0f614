"""The rule-based verdict on an episode: the calls are replayed, and recorded results are not trusted.

An episode passes when its successful writes are exactly the gold ones, the database is as after the gold calls, the
facts that had to be told were told, and the customer was transferred if and only if the task demands it. A task may leave
open by which calls its state is reached (``Task.outcome``). Where tools act on a server of somebody else, nothing is
replayed, and the recorded results are all there is. Every check says in words what went wrong. The judges score how the
agent got there (authentication, confirmation).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tarl_app.core.domain import Domain, Effect
from tarl_app.core.fact_words import FactWords
from tarl_app.core.types import AgentTurn, Change, Check, Episode, Task, ToldFact, ToolCall, ToolResult, ToolTurn, Verdict
from tarl_app.language.told import tells

_MOST_DIFFERENCES = 4
NOTHING_ELSE = "Nothing else was changed"
"""The check that fails for a write that was not asked for."""
DATABASE = "The database is as it should be"
"""The check of the data themselves, whose detail is in words of tables and columns."""
ONLY_CALLS = "Only the calls were compared: what the server holds is not known here"
"""The undecided check of an episode whose tools act on somebody else's server."""


@dataclass(frozen=True)
class _Replay:
    """The outcome of a list of calls on a fresh environment."""

    results: tuple[ToolResult, ...]
    succeeded: tuple[ToolCall, ...]
    changes: tuple[Change, ...]
    transferred: bool


def verify(episode: Episode, domain: Domain) -> Verdict:
    """The verdict on a finished or unfinished episode of a verifiable task.

    Deterministic, and independent of the results and of any verdict recorded in the episode, except that a recorded success
    that cannot be repeated is a failed check of its own. A domain with rules of its own (``Domain.verdict``) decides itself.
    """
    if domain.verdict is not None:
        return domain.verdict(episode)
    task = episode.task
    claimed = tuple((call, result) for call, result in episode.calls if not result.is_error)
    made, wanted = [call for call, _ in claimed], [call for call in task.gold if domain.writes(call.name)]
    agent, gold = (_recorded(calls, domain) if domain.remote else _replay(calls, domain) for calls in (made, wanted))
    changeable = any(tool.writes for tool in domain.tools)
    checks = [
        *([] if domain.remote else _repeatable(claimed, agent)),
        *_gold_works(gold),
        *(_writes(agent, gold, task, domain) if changeable and task.outcome == "calls" else []),
        *([_database(agent, gold, domain)] if changeable and not domain.remote else []),
        *_forbidden(agent, task, domain),
        *_told(episode, domain),
        *_unsaid(episode),
        *([_transfer(agent, task)] if task.must_transfer or domain.transfer_tool else []),
        *_looked_up(agent, task, domain),
    ]
    if domain.remote:
        checks.append(Check(name=ONLY_CALLS, passed=True, undecided=True))
    return Verdict(passed=all(check.passed for check in checks), checks=tuple(checks), changes=agent.changes)


def _recorded(calls: Iterable[ToolCall], domain: Domain) -> _Replay:
    """The calls as if they had been replayed, for tools whose effects are not ours to repeat."""
    done = tuple(calls)
    return _Replay((), done, (), any(call.name == domain.transfer_tool for call in done))


def _replay(calls: Iterable[ToolCall], domain: Domain) -> _Replay:
    environment = domain.open()
    try:
        pairs = [(call, environment.call(call)) for call in calls]
        done = tuple(call for call, result in pairs if not result.is_error)
        return _Replay(tuple(result for _, result in pairs), done, environment.changes(), environment.transferred)
    finally:
        environment.close()


# --- the calls ----------------------------------------------------------------------------------------------------


def _repeatable(claimed: Sequence[tuple[ToolCall, ToolResult]], agent: _Replay) -> list[Check]:
    for (call, recorded), repeated in zip(claimed, agent.results, strict=True):
        if (recorded.content, recorded.is_error) != (repeated.content, repeated.is_error):
            detail = f"The recorded answer of {call.name} cannot be repeated: now it is {repeated.content[:200]!r}."
            return [Check(name="The record can be repeated", passed=False, detail=detail)]
    return [Check(name="The record can be repeated", passed=True)]


def _gold_works(gold: _Replay) -> list[Check]:
    return [
        Check(name="The task is sound", passed=False, detail=f"Its own call of {result.name} is refused: {result.content}")
        for result in gold.results
        if result.is_error
    ]


def _writes(agent: _Replay, gold: _Replay, task: Task, domain: Domain) -> list[Check]:
    """One check per gold write, and a failed one per write beyond them; their order does not matter."""
    extra = [call for call in agent.succeeded if domain.writes(call.name)]
    missing: list[ToolCall] = []
    checks: list[Check] = []
    for wanted in gold.succeeded:
        match = next((call for call in extra if _same(call, wanted, domain)), None)
        if match is None:
            missing.append(wanted)
        else:
            extra.remove(match)
            checks.append(Check(name=domain.describe(wanted).title, passed=True))
    checks += [_undone(wanted, extra, domain) for wanted in missing]
    checks += [_uncalled(call, task, domain) for call in extra]
    if not checks:
        checks.append(Check(name="Nothing was changed, as it should be", passed=True))
    return checks


def _same(call: ToolCall, other: ToolCall, domain: Domain) -> bool:
    return call.name == other.name and domain.normalise(call) == domain.normalise(other)


def _undone(wanted: ToolCall, extra: list[ToolCall], domain: Domain) -> Check:
    """A gold write that did not happen; if it was done with other arguments, that call is named and removed from
    ``extra``.
    """
    deed = domain.describe(wanted)
    other = next(
        (call for call in extra if call.name == wanted.name and domain.describe(call).subject == deed.subject), None
    )
    if other is None:
        return Check(name=deed.title, passed=False, detail=f"{_capital(deed.left_undone)}.")
    extra.remove(other)
    return Check(name=deed.title, passed=False, detail=_otherwise(deed, domain.describe(other)))


def _otherwise(wanted: Effect, done: Effect) -> str:
    return f"{_capital(done.done)}. It should have been: {wanted.participle}{wanted.how}."


def _uncalled(call: ToolCall, task: Task, domain: Domain) -> Check:
    asked = any(call.name == wanted.name and _same(call, wanted, domain) for wanted in task.gold)
    why = "more often than it was asked for" if asked else "although nobody asked for it"
    if call.name in task.must_not:
        why = "although the rules forbid it here"
    return Check(name=NOTHING_ELSE, passed=False, detail=f"{_capital(domain.describe(call).done)} {why}.")


def _forbidden(agent: _Replay, task: Task, domain: Domain) -> list[Check]:
    """The tools that must not be used, as far as they are not among the writes that are compared one by one."""
    compared = task.outcome == "calls"
    used = [call for call in agent.succeeded if call.name in task.must_not and not (compared and domain.writes(call.name))]
    extra = [call.name for call in used if not any(_same(call, gold, domain) for gold in task.gold)]
    return [
        Check(name=f"The tool {name} was not used", passed=False, detail=f"It was used, which the task forbids ({name}).")
        for name in dict.fromkeys(extra)
    ]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# --- the database ----------------------------------------------------------------------------------------------------


def _database(agent: _Replay, gold: _Replay, domain: Domain) -> Check:
    name = DATABASE
    found, wanted = _folded(agent.changes, domain), _folded(gold.changes, domain)
    if found == wanted:
        return Check(name=name, passed=True)
    differences = [
        f"{place[0]} {place[1]}, {place[2]}: {_state(found, place)} instead of {_state(wanted, place)}"
        for place in sorted(found.keys() | wanted.keys())
        if _state(found, place) != _state(wanted, place)
    ]
    more = f" and {len(differences) - _MOST_DIFFERENCES} more" if len(differences) > _MOST_DIFFERENCES else ""
    return Check(name=name, passed=False, detail="; ".join(differences[:_MOST_DIFFERENCES]) + more + ".")


_Place = tuple[str, str, str]  # table, row, column


def _folded(changes: Iterable[Change], domain: Domain) -> dict[_Place, str | None]:
    """The new values by place, None for removed ones; a difference in spelling only is not a change."""
    folded: dict[_Place, str | None] = {}
    for change in changes:
        before, after = (None if text is None else domain.fold(text) for text in (change.before, change.after))
        if before != after:
            folded[change.table, change.key, change.column] = after
    return folded


def _state(changes: Mapping[_Place, str | None], place: _Place) -> str:
    if place not in changes:
        return "unchanged"
    return "empty" if changes[place] is None else repr(changes[place])


# --- what was said ----------------------------------------------------------------------------------------------------


def _told(episode: Episode, domain: Domain) -> list[Check]:
    if not episode.task.must_tell:
        return []
    said = _said_after_looking(episode, domain)
    return [_told_one(fact, said, domain.fact_words) for fact in episode.task.must_tell]


def _told_one(fact: ToldFact, said: Sequence[str], known: FactWords) -> Check:
    passed = any(tells(text, fact, known) for text in (said[-1:] if fact.final else said))
    name = f"The customer was told the {fact.label.removeprefix('the ')}: {fact.value}"
    return Check(name=name, passed=passed, detail="" if passed else f"The customer was never told this ({fact.value}).")


def _unsaid(episode: Episode) -> list[Check]:
    """Words that must not be said, whole ones, in any spelling of capitals and blanks."""
    said = [" ".join(turn.text.casefold().split()) for _, turn in episode.agent_turns]
    checks: list[Check] = []
    for words in episode.task.must_not_say:
        pattern = rf"(?<!\w){re.escape(' '.join(words.casefold().split()))}(?!\w)"
        found = any(re.search(pattern, text) for text in said)
        detail = f"The agent said it: {words!r}." if found else ""
        checks.append(Check(name=f"The agent did not say {words!r}", passed=not found, detail=detail))
    return checks


def _said_after_looking(episode: Episode, domain: Domain) -> list[str]:
    """What the agent said; where the gold calls look something up, only what was said after a successful look-up."""
    looked = not any(_looks_up(call, domain) for call in episode.task.gold)
    said: list[str] = []
    calls: tuple[ToolCall, ...] = ()
    for turn in episode.turns:
        if isinstance(turn, ToolTurn):
            results = zip(calls, turn.results, strict=False)
            looked = looked or any(_looks_up(call, domain) and not result.is_error for call, result in results)
        if isinstance(turn, AgentTurn):
            calls = turn.tool_calls
            if looked and turn.text.strip():
                said.append(turn.text)
    return said


def _looks_up(call: ToolCall, domain: Domain) -> bool:
    if call.name in domain.scratch_tools or call.name == domain.transfer_tool:
        return False
    return domain.tool(call.name) is not None and not domain.writes(call.name)


def _transfer(agent: _Replay, task: Task) -> Check:
    if task.must_transfer:
        detail = (
            "" if agent.transferred else "The customer was not handed to a person, although only a person can help here."
        )
        return Check(name="The customer was handed to a person", passed=agent.transferred, detail=detail)
    detail = "The customer was handed to a person although this could be settled here." if agent.transferred else ""
    return Check(name="The customer was not sent away to a person", passed=not agent.transferred, detail=detail)


def _looked_up(agent: _Replay, task: Task, domain: Domain) -> list[Check]:
    """A task that demands no write, no fact and no transfer still demands its look-ups, so that doing nothing fails."""
    if task.must_tell or task.must_transfer or any(domain.writes(call.name) for call in task.gold):
        return []
    missing = [call.name for call in task.gold if not any(_same(call, done, domain) for done in agent.succeeded)]
    passed = bool(task.gold) and not missing
    detail = "" if passed else f"Nobody looked it up ({', '.join(missing) or 'the task demands nothing'})."
    return [Check(name="The agent looked into the matter", passed=passed, detail=detail)]

"""What an episode does not fulfil of what was expected: each failure says the turn, and what was found instead."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tarl_app.core.domain import Domain
from tarl_app.core.types import AgentTurn, Change, Episode, Timing, ToolCall, ToolTurn, Turn, UserTurn
from tarl_app.evaluation.reward import explain, judgement_of, trajectory_reward
from tarl_app.scenarios.model import ANY, EVERY, LAST, Expectation, State
from tarl_app.scenarios.patterns import asks, fold, matches, says

_SHOWN = 300  # characters of what was found


@dataclass(frozen=True)
class Answer:
    """What the agent said to the customer's n-th utterance (from 1), and after how many seconds.

    ``reply`` is until its words are there, ``sound`` until it is heard; None where that was not measured.
    """

    number: int
    text: str
    reply: float | None = None
    sound: float | None = None


@dataclass(frozen=True)
class Failure:
    """What was expected and not found; ``slow``: only too late, which fails a scenario where it is strict."""

    text: str
    slow: bool = False


def answers(turns: Sequence[Turn]) -> list[Answer]:
    """The agent's answers; what it says before the customer has spoken is answer 1, with the first one."""
    found: list[Answer] = []
    number, words, seconds, sound = 0, list[str](), 0.0, None
    for turn in (*turns, UserTurn(text="")):
        if isinstance(turn, UserTurn):
            if number and words:
                found.append(Answer(number, " ".join(words), seconds, sound))
            greeting = [] if number else words
            number, words, seconds, sound = number + 1, greeting, 0.0, None
        elif isinstance(turn, AgentTurn):
            timing = turn.timing or Timing()
            if timing.voice is not None and sound is None:
                sound = seconds + timing.voice
            seconds += 0.0 if words else timing.total or 0.0
            words += [turn.text.strip()] if turn.text.strip() else []
        elif not words:
            seconds += turn.seconds or 0.0
    return found


def failures(expected: Sequence[Expectation], episode: Episode, changes: Sequence[Change], domain: Domain) -> list[Failure]:
    """Those of all expectations. Raises ``ConfigError`` for a pattern that takes too long."""
    found = answers(episode.turns)
    return [
        failure
        for one in expected
        for failure in (*_turns(one, found), *_calls(one, episode, domain), *_end(one, episode, changes, domain, found))
    ]


# --- what was said ----------------------------------------------------------------------------------------------------


def _turns(expected: Expectation, found: Sequence[Answer]) -> Iterator[Failure]:
    positive = expected.says or expected.matches is not None or expected.asks is not None
    negative = expected.does_not_say or expected.does_not_match is not None
    if positive:
        yield from _said(expected, found)
    if negative:
        yield from _unsaid(expected, found)
    yield from _times(expected, found)


def _chosen(expected: Expectation, found: Sequence[Answer]) -> Sequence[Answer]:
    if expected.turn in (ANY, EVERY):
        return found
    if expected.turn == LAST:
        return found[-1:]
    return [one for one in found if one.number == expected.turn]


def _where(expected: Expectation) -> str:
    return {ANY: "any answer", EVERY: "every answer", LAST: "the last answer"}.get(
        str(expected.turn), f"answer {expected.turn}"
    )


def _said(expected: Expectation, found: Sequence[Answer]) -> Iterator[Failure]:
    chosen = _chosen(expected, found)
    lacking = [_lacking(expected, one.text) for one in chosen]
    if chosen and (not all(lacking) if expected.turn == ANY else not any(lacking)):
        return
    if expected.turn == ANY:
        what = "; ".join(_wants(expected))
        heard = " / ".join(f"answer {one.number}: {_short(one.text, 120)}" for one in found[-4:])
        yield Failure(f"any answer: {what}; no answer does{f': {heard}' if heard else ': the agent said nothing'}")
        return
    if not chosen:
        yield Failure(f"{_where(expected)}: {'; '.join(_wants(expected))}; there is no such answer{_heard(found)}")
    for one, lacks in zip(chosen, lacking, strict=True):
        if lacks:
            yield Failure(f"answer {one.number}: {'; '.join(lacks)}; it is: {_short(one.text)}")


def _heard(found: Sequence[Answer]) -> str:
    return f": the agent answered {len(found)} times, the last time {_short(found[-1].text)}" if found else ""


def _wants(expected: Expectation) -> list[str]:
    wanted = [f"says {words!r}" for words in expected.says]
    wanted += [f"matches {expected.matches!r}"] if expected.matches is not None else []
    return wanted + ([_question(expected.asks)] if expected.asks is not None else [])


def _question(words: str) -> str:
    return "asks something" if fold(words) == "true" else f"asks about {words!r}"


def _lacking(expected: Expectation, text: str) -> list[str]:
    lacks = [f"does not say {words!r}" for words in expected.says if not says(text, words)]
    if expected.matches is not None and not matches(expected.matches, text):
        lacks.append(f"does not match {expected.matches!r}")
    if expected.asks is not None and not asks(text, expected.asks):
        lacks.append("asks nothing" if fold(expected.asks) == "true" else f"does not ask about {expected.asks!r}")
    return lacks


def _unsaid(expected: Expectation, found: Sequence[Answer]) -> Iterator[Failure]:
    for one in _chosen(expected, found):
        said = [f"says {words!r}" for words in expected.does_not_say if says(one.text, words)]
        if expected.does_not_match is not None and matches(expected.does_not_match, one.text):
            said.append(f"matches {expected.does_not_match!r}")
        if said:
            yield Failure(f"answer {one.number}: {'; '.join(said)}, which it should not; it is: {_short(one.text)}")


def _times(expected: Expectation, found: Sequence[Answer]) -> Iterator[Failure]:
    for name, most in (("reply", expected.reply_within), ("sound", expected.sound_within)):
        if most is None:
            continue
        for one in _chosen(expected, found):
            took: float | None = getattr(one, name)
            words = "its words came" if name == "reply" else "its first sound came"
            if took is None:
                yield Failure(f"answer {one.number}: {words} at no time that was measured", slow=not expected.strict)
            elif took > most:
                yield Failure(f"answer {one.number}: {words} after {took:.2f} s, not within {most:g} s", not expected.strict)


# --- what was called --------------------------------------------------------------------------------------------------


def _calls(expected: Expectation, episode: Episode, domain: Domain) -> Iterator[Failure]:
    made = [(index, call, ok) for index, call, ok in _made(episode)]
    if expected.no_call is not None:
        for index, call, ok in made:
            if call.name == expected.no_call:
                yield Failure(f"turn {index}: {_call(call)} was called, which should not be{'' if ok else ' (it failed)'}")
    if expected.call is not None:
        yield from _count(expected, expected.call, made)
    if expected.calls_in_order:
        done = [call.name for _, call, ok in made if ok]
        rest = iter(done)
        missing = next((name for name in expected.calls_in_order if name not in rest), None)
        if missing is not None:
            order = ", ".join(expected.calls_in_order)
            yield Failure(f"calls in the order {order}: {missing} is not where it should be; found: {_list(done)}")


def _made(episode: Episode) -> Iterator[tuple[int, ToolCall, bool]]:
    """Every call with the index of its turn, and whether it succeeded."""
    for index, turn in enumerate(episode.turns):
        after = episode.turns[index + 1] if index + 1 < len(episode.turns) else None
        if isinstance(turn, AgentTurn):
            results = after.results if isinstance(after, ToolTurn) else ()
            for place, call in enumerate(turn.tool_calls):
                yield index, call, place < len(results) and not results[place].is_error


def _count(expected: Expectation, name: str, made: Sequence[tuple[int, ToolCall, bool]]) -> Iterator[Failure]:
    """Calls that succeeded, with these arguments among theirs."""
    same = [(index, call, ok) for index, call, ok in made if call.name == name]
    fits = [call for _, call, ok in same if ok and alike(expected.arguments, call.arguments)]
    exact = expected.times
    least = exact if exact is not None else expected.at_least if expected.at_least is not None else 1
    if expected.at_most is not None and expected.at_least is None:
        least = 0
    most = exact if exact is not None else expected.at_most
    if least <= len(fits) and (most is None or len(fits) <= most):
        return
    wanted = _times_over(least) if exact is not None else f"at most {_times_over(most or 0)}"
    if exact is None and len(fits) < least:
        wanted = f"at least {_times_over(least)}"
    given = ", ".join(f"{key}={value}" for key, value in expected.arguments.items())
    found = "; ".join(f"turn {index}: {_call(call)}{'' if ok else ' failed'}" for index, call, ok in same[-4:])
    others = found or f"it was never called; calls: {_list([call.name for _, call, _ in made])}"
    yield Failure(f"{name}({given}) should succeed {wanted}, and did {_times_over(len(fits))}; found: {others}")


def alike(expected: Any, found: Any) -> bool:
    """Whether a value is what is written: texts in any capitals and blanks, numbers as numbers, of a mapping the parts
    that are named.
    """
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(key in found and alike(one, found[key]) for key, one in expected.items())
    if isinstance(expected, list):
        same = isinstance(found, list) and len(expected) == len(found)
        return same and all(map(alike, expected, found))
    if found is None or isinstance(found, bool):
        return str(expected) == {None: "null", True: "true", False: "false"}[found]
    if isinstance(found, int | float):
        try:
            return float(expected) == float(found)
        except (ValueError, OverflowError):
            return False
    return isinstance(found, str) and fold(str(expected)) == fold(found)


# --- what came of it --------------------------------------------------------------------------------------------------


def _end(
    expected: Expectation, episode: Episode, changes: Sequence[Change], domain: Domain, found: Sequence[Answer]
) -> Iterator[Failure]:
    if expected.state is not None:
        yield from _state(expected.state, changes, domain)
    if expected.unchanged and changes:
        told = "; ".join(f"{one.table} {one.key}, {one.column}: {one.before!r} -> {one.after!r}" for one in changes[:4])
        yield Failure(f"nothing should be changed, and this was: {told}")
    verdict = episode.verdict
    if expected.passes is not None and (verdict is not None and verdict.passed) != expected.passes:
        wrong = "; ".join(one.detail or one.name for one in (verdict.checks if verdict else ()) if not one.passed)
        told = f"the verifier should pass it, and does not: {_cut(wrong)}"
        yield Failure(told if expected.passes else "the verifier passes it, and should not")
    reward = trajectory_reward(episode)
    if expected.reward_at_least is not None and reward < expected.reward_at_least:
        yield Failure(f"the reward should be {expected.reward_at_least:g} at least, and is {explain(episode)}")
    judgement = judgement_of(episode)
    if expected.no_deviation:
        scores = judgement.scores if judgement else ()
        yield from (Failure(f"turn {one.turn}: a -1 by the judge: {_cut(one.reason)}") for one in scores if one.score == -1)
    if expected.ends is not None and episode.stop != expected.ends:
        yield Failure(f"the call should end as {expected.ends}, and ended as {episode.stop}")
    count = len(found)
    if expected.answers_at_most is not None and count > expected.answers_at_most:
        yield Failure(f"the agent should answer {expected.answers_at_most} times at most, and answered {count} times")
    if expected.answers_at_least is not None and count < expected.answers_at_least:
        yield Failure(f"the agent should answer {expected.answers_at_least} times at least, and answered {count} times")


def _state(expected: State, changes: Sequence[Change], domain: Domain) -> Iterator[Failure]:
    place = f"{expected.table} {expected.row}, {expected.column}"
    here = [one for one in changes if (one.table, one.key, one.column) == (expected.table, expected.row, expected.column)]
    if not here:
        others = "; ".join(f"{one.table} {one.key}, {one.column}" for one in changes[:6])
        yield Failure(f"{place} should be {expected.value!r}, and was not changed; changed: {others or 'nothing'}")
    elif here[0].after is None or domain.fold(here[0].after) != domain.fold(expected.value):
        yield Failure(f"{place} should be {expected.value!r}, and is {here[0].after!r}")


def _call(call: ToolCall) -> str:
    return _short(f"{call.name}({', '.join(f'{key}={value}' for key, value in call.arguments.items())})")


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[-12:]) or "none"


def _times_over(count: int) -> str:
    return ("not at all", "once", "twice")[count] if count < 3 else f"{count} times"


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} ..."


def _short(text: str, longest: int = _SHOWN) -> str:
    line = " ".join(text.split())
    return f"'{line if len(line) <= longest else line[:longest] + ' ...'}'" if text else "''"

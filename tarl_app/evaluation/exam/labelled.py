"""Judges on calls that a careful reader has labelled turn by turn, where nothing was planted.

A file has one call a line, as JSON:

    turns            the turns of an ``Episode``
    scores           turn -> -1, 0 or 1, for every agent turn
    first_deviation  the turn with the -1, or null; without it, it is taken from ``scores``
    task, domain     optional; a task that is not known here is judged as free talk
    passed           optional: whether the task was fulfilled
    case             optional: its name
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from tarl_app.core import documents
from tarl_app.core.domain import Domain
from tarl_app.core.errors import ConfigError, DocumentError, DomainError
from tarl_app.core.protocols import Judge
from tarl_app.core.types import AgentTurn, Episode, Frozen, StopReason, Task, ToolTurn, Turn, Verdict
from tarl_app.domains import DOMAINS, free_task, get_task, load_domain
from tarl_app.evaluation.exam.grade import Share

Score = Literal[-1, 0, 1]
NEEDED = ("turns", "scores")
LARGEST = 50_000_000
"""Most bytes of a file of cases."""


class _Line(Frozen):
    turns: tuple[Turn, ...]
    scores: dict[int, Score]
    first_deviation: int | None = None
    case: str | int = ""
    task: str = ""
    domain: str = ""
    passed: bool | None = None


class LabelledCase(Frozen):
    """One call with a reader's scores by turn; ``expected`` is the turn with the -1."""

    name: str
    domain: str
    episode: Episode
    scores: dict[int, Score]
    expected: int | None


class LabelledResult(Frozen):
    """What a judge made of one call."""

    case: LabelledCase
    given: dict[int, Score]
    reason: str
    """The judge's reason for its -1, or for the expected turn."""
    seconds: float

    @property
    def found(self) -> int | None:
        """The turn that the judge scored -1."""
        return next((turn for turn, score in sorted(self.given.items()) if score == -1), None)

    @property
    def distance(self) -> int | None:
        """How many agent turns lie between the two -1s; None where either is missing."""
        if self.found is None or self.case.expected is None:
            return None
        order = sorted(self.case.scores)
        return abs(order.index(self.found) - order.index(self.case.expected))

    @property
    def equal(self) -> int:
        """How many turns have the reader's score."""
        return sum(self.given.get(turn) == score for turn, score in self.case.scores.items())


def read_cases(path: Path, domain: str) -> tuple[LabelledCase, ...]:
    """The cases of a file; ``domain`` is that of calls that name none.

    Raises:
        ConfigError: there is no such file, or a line is not such a case; names the line.
    """
    try:
        text = documents.read_bytes(path, LARGEST).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError, DocumentError) as error:
        raise ConfigError(f"The cases in {path} cannot be read: {_why(error)}.") from error
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not lines:
        raise ConfigError(f"{path} holds no cases. Write one call a line, as JSON.")
    return tuple(_case(line, f"{path}, line {number}", domain, number) for number, line in lines)


def _why(error: Exception) -> str:
    return "there is no such file" if isinstance(error, FileNotFoundError) else str(error).rstrip(".")


def _case(line: str, place: str, domain: str, number: int) -> LabelledCase:
    try:
        value = documents.parse_json(line)
    except DocumentError as error:
        raise ConfigError(f"{place}: {error}") from error
    missing = [key for key in NEEDED if not isinstance(value, dict) or key not in value]
    if missing:
        raise ConfigError(f"{place}: the key{'s' * (len(missing) > 1)} {' and '.join(missing)} must be there.")
    try:
        read = _Line.model_validate({key: value[key] for key in _Line.model_fields if key in value})
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(f"{place}: {'.'.join(map(str, first['loc']))}: {first['msg']}.") from error
    agents = {index for index, turn in enumerate(read.turns) if isinstance(turn, AgentTurn)}
    if agents != read.scores.keys():
        odd = min(agents ^ read.scores.keys())
        raise ConfigError(f"{place}: every agent turn needs a score, and no other turn may have one; see turn {odd}.")
    marked = [turn for turn, score in read.scores.items() if score == -1]
    expected = read.first_deviation if "first_deviation" in value else min(marked, default=None)
    if marked != ([] if expected is None else [expected]):
        raise ConfigError(f"{place}: the -1 in scores must be at first_deviation, and nowhere else.")
    task = _task(read, domain, place)
    name = str(read.case) if read.case != "" else str(number)
    return LabelledCase(
        name=name, domain=task.domain, episode=_episode(name, read, task), scores=read.scores, expected=expected
    )


def _task(read: _Line, domain: str, place: str) -> Task:
    """The case's task; a free one where it is not known here."""
    named = read.domain or next((one for one in DOMAINS if read.task.startswith(f"{one}-")), domain)
    try:
        return get_task(named, read.task) if read.task else free_task(named)
    except DomainError as error:
        if named not in DOMAINS:
            raise ConfigError(f"{place}: {error}") from error
        return free_task(named)


def _episode(name: str, read: _Line, task: Task) -> Episode:
    last = read.turns[-1] if read.turns else None
    transfer = load_domain(task.domain).transfer_tool
    handed_over = isinstance(last, ToolTurn) and any(one.name == transfer and not one.is_error for one in last.results)
    stop = StopReason.TRANSFERRED if handed_over else StopReason.USER_DONE
    # The world may have changed since the call, so that it is not replayed: its own word counts.
    verdict = Verdict(passed=read.passed) if read.passed is not None else None
    return Episode(
        id=f"case-{name}", task=task, agent="labelled", user="labelled", turns=read.turns, stop=stop, verdict=verdict
    )


def judge_labelled(cases: Iterable[LabelledCase], judge_of: Callable[[Domain], Judge]) -> tuple[LabelledResult, ...]:
    """A judge's scores of every case; ``judge_of`` makes the judge of a domain, once each."""
    judges: dict[str, Judge] = {}
    results: list[LabelledResult] = []
    for case in cases:
        if case.domain not in judges:
            judges[case.domain] = judge_of(load_domain(case.domain))
        judgement = judges[case.domain].judge(case.episode)
        given: dict[int, Score] = {score.turn: score.score for score in judgement.scores}
        place = next((turn for turn, score in given.items() if score == -1), case.expected)
        reason = next((score.reason for score in judgement.scores if score.turn == place), "")
        results.append(LabelledResult(case=case, given=given, reason=reason, seconds=judgement.seconds))
    return tuple(results)


def labelled_report(judge: str, results: Sequence[LabelledResult]) -> dict[str, Any]:
    """One object of plain values: shares over the cases, and a row for each."""
    faulty = [one for one in results if one.case.expected is not None]
    clean = [one for one in results if one.case.expected is None]
    turns = sum(len(one.case.scores) for one in results)
    return {
        "judge": judge,
        "cases": len(results),
        "right_turn": _share(sum(one.distance == 0 for one in faulty), len(faulty)),
        "within_one": _share(sum(one.distance is not None and one.distance <= 1 for one in faulty), len(faulty)),
        "turns_equal": _share(sum(one.equal for one in results), turns),
        "false_minus_one": _share(sum(one.found is not None for one in clean), len(clean)),
        "seconds_per_case": round(sum(one.seconds for one in results) / max(1, len(results)), 5),
        "by_case": [_row(one) for one in results],
    }


def _share(count: int, of: int) -> dict[str, float]:
    return {"count": count, "of": of, "share": round(Share(count=count, of=of).value, 4)}


def _row(one: LabelledResult) -> dict[str, Any]:
    return {
        "case": one.case.name,
        "domain": one.case.domain,
        "task": one.case.episode.task.id,
        "expected": one.case.expected,
        "found": one.found,
        "right": one.found == one.case.expected,
        "equal": one.equal,
        "turns": len(one.case.scores),
        "reason": one.reason,
    }


def labelled_text(report: dict[str, Any]) -> str:
    """The same for people."""
    names = {
        "right_turn": "-1 at the right turn",
        "within_one": "within one turn",
        "turns_equal": "turns equal",
        "false_minus_one": "false -1",
    }
    lines = [f"judge {report['judge']}: {report['cases']} labelled calls"]
    for key, name in names.items():
        lines.append(f"  {name:<22} {report[key]['share']:6.1%} ({report[key]['count']} of {report[key]['of']})")
    lines.append(f"  per call               {report['seconds_per_case']:.3f} s")
    for row in report["by_case"]:
        places = f"expected {_place(row['expected'])}, found {_place(row['found'])}"
        mark = "right" if row["right"] else "WRONG"
        lines.append(
            f"    {row['case']:<6} {row['task']:<18} {places:<30} {mark}  {row['equal']} of {row['turns']} turns equal"
        )
    return "\n".join(lines)


def _place(turn: int | None) -> str:
    return "none" if turn is None else str(turn)

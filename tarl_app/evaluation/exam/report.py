"""A judge's grades as one JSON object and as text, and where they are kept.

TARL_HOME/exams/<judge>-<domain>-<split>/   report.json, cases.jsonl (every case with the judge's scores)
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tarl_app.core import documents
from tarl_app.core.domain import ExamSplit
from tarl_app.core.errors import ConfigError, DocumentError
from tarl_app.evaluation.exam.grade import Grade, Graded, Share, confusion, grade, worst
from tarl_app.evaluation.measures.intervals import Interval
from tarl_app.exam.generate import CONDITIONS
from tarl_app.jobs.launch import PROCESS, read_json, write_json

REPORT = "report.json"
CASES = "cases.jsonl"
RIGHT_TURN = 0.95
FALSE_ACCUSATIONS = 0.01
"""Targets: the least share of faults found at the right turn, the largest share of flawless episodes with a -1."""
REFUSAL = "correct refusal"


def as_json(judge: str, domain: str, split: ExamSplit, graded: Sequence[Graded]) -> dict[str, Any]:
    """One object of plain values."""
    whole = grade(graded)
    conditions = {name: [one for one in graded if one.case.condition == name] for name in CONDITIONS}
    return {
        "judge": judge,
        "domain": domain,
        "split": split,
        "episodes": whole.episodes,
        "found_at_right_turn": round(whole.found_at_right_turn.value, 4),
        "false_minus_one": round(whole.false_minus_one.value, 4),
        "turn_accuracy": round(whole.turn_accuracy.value, 4),
        "kappa": round(whole.kappa, 4),
        "precision": round(whole.precision.value, 4),
        "recall": round(whole.recall.value, 4),
        "position_error": round(whole.position_error, 3),
        "intervals": intervals(whole),
        "missed": whole.missed,
        "unanswered": whole.unanswered,
        "confusion": confusion(graded),
        "faulty_episodes": whole.found_at_right_turn.of,
        "flawless_episodes": whole.false_minus_one.of,
        "cost_usd_per_episode": round(whole.cost_usd, 6),
        "seconds_per_episode": round(whole.seconds, 5),
        "by_fault": {name: _row(part) for name, part in by_fault(graded).items()},
        "by_condition": {name: _row(part) for name, part in conditions.items() if part},
        "targets": {"found_at_right_turn": RIGHT_TURN, "false_minus_one": FALSE_ACCUSATIONS},
        "worst": [_case(one) for one in worst(graded)],
        "made": datetime.now(UTC).isoformat(),
    }


def intervals(whole: Grade) -> dict[str, list[float] | None]:
    """The 95 % interval of each number: Wilson's for shares of episodes, bootstrapped over episodes for shares of
    turns.
    """
    found = {
        "found_at_right_turn": whole.found_at_right_turn.interval,
        "false_minus_one": whole.false_minus_one.interval,
        "precision": whole.precision.interval,
        "turn_accuracy": whole.turn_accuracy_interval,
        "kappa": whole.kappa_interval,
    }
    return {name: [round(one.low, 4), round(one.high, 4)] if one else None for name, one in found.items()}


def by_fault(graded: Sequence[Graded]) -> dict[str, list[Graded]]:
    """The cases by kind of fault; flawless ones by whether a refusal was demanded."""
    found: dict[str, list[Graded]] = {}
    for one in graded:
        name = one.case.fault or (REFUSAL if one.case.refusal else "flawless")
        found.setdefault(name, []).append(one)
    return found


def _row(part: Sequence[Graded]) -> dict[str, Any]:
    got = grade(part)
    row: dict[str, Any] = {"episodes": got.episodes, "turn_accuracy": round(got.turn_accuracy.value, 4)}
    if got.found_at_right_turn.of:
        row |= {"found_at_right_turn": round(got.found_at_right_turn.value, 4), "missed": got.missed}
    if got.false_minus_one.of:
        row["false_minus_one"] = round(got.false_minus_one.value, 4)
    return row


def _case(one: Graded) -> dict[str, Any]:
    case = one.case
    return {
        "id": case.id,
        "fault": case.fault,
        "planter": case.planter,
        "condition": case.condition,
        "planted": case.planted,
        "found": one.found,
        "unanswered": bool(one.unanswered),
        "reason": one.reason,
    }


def as_text(report: dict[str, Any], whole: Grade) -> str:
    """The same for people."""
    examined = f"judge {report['judge']}, {report['domain']}, {report['split'].replace('_', ' ')} split"
    lines = [
        f"{examined}: {report['episodes']} episodes",
        f"  -1 at the right turn   {_share(whole.found_at_right_turn)}   (target at least {RIGHT_TURN:.0%})",
        f"  false -1               {_share(whole.false_minus_one)}   (target at most {FALSE_ACCUSATIONS:.0%})",
        f"  precision of the -1    {_share(whole.precision)}",
        f"  turn accuracy          {_share(whole.turn_accuracy, whole.turn_accuracy_interval)}",
        f"  kappa with the truth   {whole.kappa:.3f}{_range(whole.kappa_interval)}",
        f"  position error         {whole.position_error:.2f} agent turns; {whole.missed} faults without any -1",
        f"  per episode            ${whole.cost_usd:.4f}, {whole.seconds:.3f} s",
    ]
    if whole.unanswered:
        lines.append(f"  no usable answer       to {whole.unanswered} episodes")
    for true, given in report["confusion"].items():
        told = ", ".join(f"{count} as {score}" for score, count in given.items())
        lines.append(f"    turns that are {true:>2}: scored {told}")
    for name, row in report["by_fault"].items():
        told = f"found {row['found_at_right_turn']:.0%}" if "found_at_right_turn" in row else ""
        told = told or f"false -1 {row['false_minus_one']:.1%}"
        lines.append(f"    {name:<28} {told:<16} of {row['episodes']}")
    for name, row in report["by_condition"].items():
        parts = {"found": row.get("found_at_right_turn"), "false -1": row.get("false_minus_one")}
        told = ", ".join(f"{what} {value:.1%}" for what, value in parts.items() if value is not None)
        lines.append(f"    {name:<28} {told}")
    return "\n".join(lines)


def _share(share: Share, interval: Interval | None = None) -> str:
    return f"{share.value:6.1%} ({share.count} of {share.of}){_range(interval or share.interval)}"


def _range(interval: Interval | None) -> str:
    return f", 95 % interval {interval.low:.3f} to {interval.high:.3f}" if interval else ""


def name_of(report: Mapping[str, Any]) -> str:
    """The name of an exam's folder; reports of earlier versions name no domain."""
    parts = (report.get("judge"), report.get("domain"), report.get("split"))
    return "-".join(str(part) for part in parts if part)


def keep(root: Path, report: dict[str, Any], graded: Sequence[Graded]) -> Path:
    """Writes the report and the cases below ``root``; returns their folder."""
    folder = root / name_of(report)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CASES).write_text("".join(one.model_dump_json() + "\n" for one in graded), encoding="utf-8")
    write_json(folder / REPORT, report)
    return folder


def unfinished(folder: Path) -> bool:
    """Whether an exam was started there in the background, and no report has been written since."""
    with suppress(OSError):
        started = (folder / PROCESS).stat().st_mtime_ns
        with suppress(OSError):
            return (folder / REPORT).stat().st_mtime_ns < started
        return True
    return False


def kept_reports(root: Path) -> tuple[dict[str, Any], ...]:
    """Every report that was kept, by judge and split."""
    return tuple(found for path in sorted(root.glob(f"*/{REPORT}")) if (found := read_json(path)))


def kept_cases(folder: Path) -> Iterator[Graded]:
    """The cases of a kept exam, without lines that cannot be read. Raises ``ConfigError`` when none can."""
    path = folder / CASES
    found = False
    with suppress(OSError):
        for line in path.read_bytes().splitlines():
            with suppress(DocumentError, ValidationError):
                one = Graded.model_validate(documents.parse_json(line))
                found = True
                yield one
    if not found:
        raise ConfigError(f"{path.parent.name} holds no exam. Run `python -m tarl_app judge exam` again.")

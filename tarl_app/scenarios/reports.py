"""Results of scenarios as text, as one JSON object, and as JUnit XML."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tarl_app.core.errors import ConfigError
from tarl_app.core.process.system_errors import in_one_sentence
from tarl_app.core.types import AgentTurn, Episode, UserTurn
from tarl_app.scenarios.play import Result, Trial

PASSED, FAILED, ERROR = 0, 1, 2
"""Exit status."""


def status(results: Sequence[Result]) -> int:
    """0: all passed; 1: one failed; 2: one could not be played."""
    if any(one.error for one in results):
        return ERROR
    return PASSED if all(one.passed for one in results) else FAILED


def as_lines(result: Result) -> Iterator[str]:
    """A scenario for people: its outcome, and each failure."""
    of = len(result.trials)
    scenario = result.prepared.scenario
    badge = "error " if result.error else "ok    " if result.passed else "FAILED"
    share = (
        f" ({result.count} of {of} trials" + (f", {scenario.pass_rate:.0%} needed" if scenario.pass_rate < 1 else "") + ")"
    )
    yield f"{badge} {result.name}{share if of > 1 else ''}, {result.seconds:.1f} s"
    for number, trial in enumerate(result.trials, start=1):
        yield from (f"         {line}" for line in _trial_lines(trial, number if of > 1 else 0))


def _trial_lines(trial: Trial, number: int) -> Iterator[str]:
    which = f"trial {number} (seed {trial.seed}): " if number else ""
    if trial.error:
        yield f"{which}{trial.error}"
    for one in trial.failed:
        yield f"{which}{one.text}"
    for one in trial.slow:
        yield f"{which}slow, which fails nothing: {one.text}"


def as_json(results: Sequence[Result], agent: str) -> dict[str, Any]:
    """One object of plain values."""
    return {
        "agent": agent,
        "passed": sum(one.passed for one in results),
        "failed": sum(not one.passed and not one.error for one in results),
        "errors": sum(bool(one.error) for one in results),
        "status": status(results),
        "scenarios": [_scenario(one) for one in results],
    }


def _scenario(result: Result) -> dict[str, Any]:
    return {
        "name": result.name,
        "file": str(result.prepared.read.path),
        "task": result.prepared.task.id,
        "passed": result.passed,
        "pass_rate": round(result.rate, 4),
        "needed": result.prepared.scenario.pass_rate,
        "error": result.error or None,
        "seconds": round(result.seconds, 3),
        "trials": [
            {
                "seed": one.seed,
                "passed": one.passed,
                "failures": [failure.text for failure in one.failed],
                "slow": [failure.text for failure in one.slow],
                "reply_seconds": [answer.reply and round(answer.reply, 3) for answer in one.answers],
                "sound_seconds": [answer.sound and round(answer.sound, 3) for answer in one.answers],
                "episode": one.episode.id if one.episode else None,
            }
            for one in result.trials
        ],
    }


# --- JUnit ------------------------------------------------------------------------------------------------------------


def write_junit(results: Sequence[Result], agent: str, path: Path) -> None:
    """A test suite a file, a test case a scenario. Raises ``ConfigError`` where it cannot be written."""
    root = ET.Element("testsuites", name=_xml(f"scenarios with {agent}"))
    for file in dict.fromkeys(one.prepared.read.path for one in results):
        mine = [one for one in results if one.prepared.read.path == file]
        suite = ET.SubElement(
            root,
            "testsuite",
            name=_xml(str(file)),
            tests=str(len(mine)),
            failures=str(sum(not one.passed and not one.error for one in mine)),
            errors=str(sum(bool(one.error) for one in mine)),
            time=f"{sum(one.seconds for one in mine):.3f}",
        )
        for one in mine:
            _case(suite, one, str(file.with_suffix("")).replace("/", "."))
    ET.indent(root)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {in_one_sentence(error) or error.strerror}.") from error


def _case(suite: ET.Element, result: Result, group: str) -> None:
    case = ET.SubElement(suite, "testcase", name=_xml(result.name), classname=_xml(group), time=f"{result.seconds:.3f}")
    told = ET.SubElement(case, "properties")
    facts = {"trials": len(result.trials), "pass_rate": round(result.rate, 4), "task": result.prepared.task.id}
    for name, value in facts.items():
        ET.SubElement(told, "property", name=name, value=_xml(str(value)))
    lines = [line for number, one in enumerate(result.trials, start=1) for line in _trial_lines(one, number)]
    if not result.passed:
        first = next((line for line in lines if "slow, which" not in line), "")
        kind = "error" if result.error else "failure"
        ET.SubElement(case, kind, message=_xml(first), type=kind).text = _xml("\n".join(lines))
    bad = next((one.episode for one in result.trials if not one.passed and one.episode), None)
    if bad is not None:
        ET.SubElement(case, "system-out").text = _xml("\n".join(_transcript(bad)))
    elif lines:
        ET.SubElement(case, "system-out").text = _xml("\n".join(lines))


def _transcript(episode: Episode) -> Iterator[str]:
    for index, turn in enumerate(episode.turns):
        if isinstance(turn, UserTurn):
            yield f"{index:>3} customer  {turn.text}"
        elif isinstance(turn, AgentTurn):
            if turn.text:
                yield f"{index:>3} agent     {turn.text}"
            yield from (f"{index:>3} agent     > {call.name} {call.arguments}" for call in turn.tool_calls)
        else:
            yield from (f"{index:>3} tool      {result.content[:300]}" for result in turn.results)


_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _xml(text: str) -> str:
    """The text without the characters that XML cannot hold."""
    return _NO_XML.sub("?", text)

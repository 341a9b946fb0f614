"""Reads a run's directory: its configuration, status, metrics, sampled episodes, log and checkpoints.

Training writes these files (``training.runs.run_folder``); the page and the command line only read them, here. A line
that is still being written, or was truncated by a full disk, is skipped. A run may have been copied from anywhere, so
its files are not trusted: they are read by ``documents``, and paths that lead out of the run's folder are not followed.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tarl_app.core import documents
from tarl_app.core.errors import DocumentError, SpeechError
from tarl_app.core.sound import audio
from tarl_app.core.types import Episode

CONFIG = "config.yaml"
METRICS = "metrics.jsonl"
SAMPLES = "samples.jsonl"
HELD_OUT = "held_out.jsonl"
"""One row a task that is never practised and measurement: ``step`` (completed steps), ``task``, ``kind``, ``passed``,
``reward``."""
LOG = "log.txt"
CHECKPOINTS = "checkpoints"
AUDIO = "audio"
STEP = re.compile("[0-9]{1,9}")
LONGEST_MESSAGE = 1000
"""Characters of a message that are shown."""
LONGEST_TAIL = 2_000_000
"""Bytes read from the end of a file of samples."""


@dataclass(frozen=True)
class Sample:
    """A sampled rollout: the step it was drawn at, its reward, and the arithmetic of that reward in words.

    ``given``: agent turns that the expert took before the policy continued (a head start).
    """

    step: int
    reward: float
    explained: str
    episode: Episode
    given: int = 0


@dataclass(frozen=True)
class Checkpoint:
    """A saved agent of a run."""

    step: int
    folder: Path


def read_config(folder: Path) -> dict[str, Any]:
    """The run's configuration; empty when it cannot be read."""
    try:
        found = documents.read_yaml(folder / CONFIG)
    except (OSError, DocumentError):
        return {}
    return found if isinstance(found, dict) else {}


def readable(folder: Path) -> bool:
    """Whether its configuration can be read, and says anything."""
    return _readable(folder / CONFIG, _stamp(folder / CONFIG))


@lru_cache(maxsize=256)
def _readable(path: Path, _stamp: tuple[int, int]) -> bool:
    return bool(read_config(path.parent))


def base(folder: Path) -> str:
    """The agent that the run started from; empty when its configuration does not say."""
    return _base(folder / CONFIG, _stamp(folder / CONFIG))


@lru_cache(maxsize=256)
def _base(path: Path, _stamp: tuple[int, int]) -> str:
    return str(read_config(path.parent).get("base") or "")


def bases(runs: Path) -> tuple[str, ...]:
    """The agents that the runs below that folder started from, each once."""
    found = (base(path.parent) for path in sorted(runs.glob(f"*/{CONFIG}")) if not path.parent.name.startswith("."))
    return tuple(dict.fromkeys(name for name in found if name))


def metrics(folder: Path) -> tuple[dict[str, Any], ...]:
    """One row a step, in order; of a step that was repeated after a kill only the newer row. Values are numbers."""
    return _metrics(folder / METRICS, _stamp(folder / METRICS))


@lru_cache(maxsize=64)
def _metrics(path: Path, _stamp: tuple[int, int]) -> tuple[dict[str, Any], ...]:
    rows: dict[int, dict[str, Any]] = {}
    for row in documents.read_rows(path):
        numbers = {key: value for key, value in row.items() if type(value) in (int, float)}
        if isinstance(step := numbers.get("step"), int):
            rows.pop(step, None)
            rows[step] = numbers
    return tuple(rows[step] for step in sorted(rows))


def held_out(folder: Path) -> dict[int, dict[str, bool]]:
    """Completed steps -> task that is never practised -> whether it was passed, in the order of steps."""
    return _held_out(folder / HELD_OUT, _stamp(folder / HELD_OUT))


@lru_cache(maxsize=64)
def _held_out(path: Path, _stamp: tuple[int, int]) -> dict[int, dict[str, bool]]:
    found: dict[int, dict[str, bool]] = {}
    for row in documents.read_rows(path):
        step, task, passed = row.get("step"), row.get("task"), row.get("passed")
        if type(step) is int and isinstance(task, str) and isinstance(passed, bool):
            found.setdefault(step, {})[task] = passed
    return dict(sorted(found.items()))


def samples(folder: Path, newest: int = 8) -> tuple[Sample, ...]:
    """The newest sampled rollouts, newest first. Sounds that only the run has are copied to the audio folder."""
    return _samples(folder / SAMPLES, _stamp(folder / SAMPLES), newest)


@lru_cache(maxsize=16)
def _samples(path: Path, _stamp: tuple[int, int], newest: int) -> tuple[Sample, ...]:
    found = []
    for row in reversed([*documents.read_rows(path, LONGEST_TAIL)]):
        try:
            reward, explained = float(row.get("reward", 0.0)), str(row.get("explained", ""))
            step, given = int(row["step"]), int(row.get("given", 0))
            episode = Episode.model_validate(row["episode"])
            found.append(Sample(step, reward, explained, episode, given))
        except (LookupError, TypeError, ArithmeticError, ValueError, ValidationError):
            continue
        for ref in episode.sounds:
            with suppress(SpeechError, OSError):  # said in words at least
                audio.bring(ref, path.parent / AUDIO)
        if len(found) == newest:
            break
    return tuple(found)


def log_tail(folder: Path, lines: int = 40) -> str:
    """The last lines of the log."""
    try:
        text = documents.read_tail(folder / LOG, 400 * lines).decode("utf-8", "replace")
    except (OSError, DocumentError):
        return ""
    return "\n".join(text.replace("\r", "\n").splitlines()[-lines:])


def last_error(folder: Path) -> str:
    """The last error in the log: our own line, or the last line of a traceback; empty without one."""
    for line in reversed(log_tail(folder, 200).splitlines()):
        if line.startswith("error: "):
            return line.removeprefix("error: ")
        name = line.split(":", 1)[0]
        if name.endswith(("Error", "Exception", "Interrupt", "Exit")) and " " not in name:
            return line
    return ""


def checkpoints(folder: Path) -> tuple[Checkpoint, ...]:
    """The complete checkpoints, in the order of their steps."""
    found, inside = [], folder.resolve()
    for config in (folder / CHECKPOINTS).glob("step-*/config.json"):
        number = config.parent.name.removeprefix("step-")
        if STEP.fullmatch(number) and config.resolve().is_relative_to(inside):
            found.append(Checkpoint(int(number), config.parent))
    return tuple(sorted(found, key=lambda one: one.step))


def checkpoint_folders(runs: Path) -> dict[str, Path]:
    """Every run's checkpoints as agents: ``NAME@STEP`` -> folder, a run's newest first."""
    found: dict[str, Path] = {}
    for folder in sorted(path for path in runs.glob("*") if not path.name.startswith(".")):
        found |= {f"{folder.name}@{one.step}": one.folder for one in reversed(checkpoints(folder))}
    return found


def one_line(value: Any) -> str:
    """A text on one line, without control characters for terminals; empty for anything else."""
    text = " ".join(value.split()) if isinstance(value, str) else ""
    return "".join(one for one in text if one.isprintable())[:LONGEST_MESSAGE]


def _stamp(path: Path) -> tuple[int, int]:
    """Changes whenever the file does: its size and time of change; zeros when it is not there."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns

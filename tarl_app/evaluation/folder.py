"""The folder of one evaluation: configuration, one JSON episode a line, progress, and the process that works on it.

    config.json     what is measured; another configuration is refused in the same folder
    plan.json       how much of it: limit, trials
    episodes.jsonl  one episode a line, appended as they end
    null.jsonl, gold.jsonl   the two controls on the same tasks
    status.json     state, counts, time left, cost: replaced as a whole, so a reader never sees half of it
    report.json, report.csv, report.md   written at the end

One process at a time works in a folder; the page only reads. ``process.json`` and ``log.txt``, of an evaluation that the
page started, are ``tarl_app.jobs.launch``'s.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from pydantic import ValidationError

from tarl_app.core.errors import ConfigError, JobError
from tarl_app.core.process.system_errors import advice
from tarl_app.core.types import Episode
from tarl_app.jobs import launch, liveness
from tarl_app.jobs.launch import STATUS, in_words, read_json, write_json

EPISODES = "episodes.jsonl"
CONFIG = "config.json"
PLAN = "plan.json"
__all__ = [
    "CONFIG",
    "EPISODES",
    "PLAN",
    "STATUS",
    "claim",
    "held",
    "mend",
    "read_json",
    "readable",
    "stored",
    "told",
    "why",
    "write_json",
]


def claim(folder: Path, config: Mapping[str, Any], defaults: Mapping[str, Any]) -> None:
    """Writes the configuration beside the results, or compares it with the one that is there.

    ``defaults`` are the values of fields that an older folder does not have.

    Raises:
        ConfigError: the folder holds results of another configuration, or cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(in_words(error, folder)) from error
    theirs = {**defaults, **(read_json(folder / CONFIG) or config)}
    differing = [f"{name} {theirs.get(name)!r} -> {config[name]!r}" for name in config if theirs.get(name) != config[name]]
    if differing:
        raise ConfigError(
            f"{folder.name} holds results of another configuration ({'; '.join(differing)}). "
            "Choose another --name, or remove the folder."
        )
    if not (folder / CONFIG).exists():
        try:
            write_json(folder / CONFIG, config)
        except OSError as error:
            raise ConfigError(in_words(error, folder)) from error


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Locks the folder for this process.

    Raises:
        ConfigError: another process is working in it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise ConfigError(f"Another process is already working in {folder.name}. Wait for it, or stop it first.") from error
    try:
        with liveness.held(folder):  # unless it was started in the background with the lock
            yield
    finally:
        lock.release()


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """Within the context, system errors are explained in words and written to the status file.

    Raises:
        JobError: the disk is full, or something else cannot be written.
    """
    try:
        yield
    except OSError as error:
        if not advice(error):
            raise
        text = why(error, folder)
        if read_json(folder / STATUS).get("state", "failed") != "failed":
            with suppress(JobError):
                launch.set_state(folder, "failed", text)
        raise JobError(text) from error


def why(error: BaseException, folder: Path) -> str:
    """The error for the status file: in words where a person can do something about it."""
    if isinstance(error, OSError) and advice(error):
        return launch.in_words(error, Path(error.filename or folder))
    return f"{type(error).__name__}: {error}"


def stored(folder: Path, name: str = EPISODES) -> Iterator[Episode]:
    """The episodes of an evaluation's folder; a partial last line (after a crash, or while being written) is skipped.

    Raises:
        ConfigError: a whole line is not an episode.
    """
    path = folder / name
    if not path.exists():
        return
    data = path.read_bytes()
    for number, line in enumerate(data[: data.rfind(b"\n") + 1].splitlines(), start=1):
        try:
            yield Episode.model_validate_json(line)
        except ValidationError as error:
            raise ConfigError(
                f"{folder.name}/{name}, line {number} is not an episode. Remove the line, or use another name."
            ) from error


def readable(folder: Path, name: str = EPISODES) -> tuple[tuple[Episode, ...], int]:
    """The episodes that can be read, and the number of complete lines that are not episodes."""
    try:
        data = (folder / name).read_bytes()
    except OSError:
        return (), 0
    found, broken = [], 0
    for line in data[: data.rfind(b"\n") + 1].splitlines():
        try:
            found.append(Episode.model_validate_json(line))
        except ValidationError:
            broken += 1
    return tuple(found), broken


def mend(folder: Path, name: str = EPISODES) -> None:
    """Removes a last line that a crash truncated; the caller must hold the folder's lock."""
    path = folder / name
    if not path.exists():
        return
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        with path.open("r+b") as file:
            file.truncate(whole)

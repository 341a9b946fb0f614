"""All evaluations for the page: their progress, results and episodes; starting and stopping them.

Nothing is kept in memory: the state is read from a folder's ``status.json`` and from whether its process is alive, also
after a reload and a restart of the app.
"""

import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from filelock import FileLock
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)

from tarl_app.core.errors import ConfigError, JobError, TarlError
from tarl_app.core.types import Episode
from tarl_app.evaluation.config import EvaluationConfig, folder_name
from tarl_app.evaluation.controls import stored_controls
from tarl_app.evaluation.folder import CONFIG, EPISODES, PLAN, STATUS, claim, read_json, readable, write_json
from tarl_app.evaluation.measures.metrics import Metrics, measure
from tarl_app.evaluation.report import DUPLEX
from tarl_app.evaluation.selections import select
from tarl_app.jobs import launch
from tarl_app.jobs.launch import Launcher, LocalLauncher

LIVE = ("queued", "starting", "running")
MOST_LIVE = 32
"""Most evaluations that run or wait at once; each waiting one is a process too."""
ODD = (TarlError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError)
"""Exceptions for episodes that are valid but were not written by this program."""


class Status(BaseModel):
    """The content of ``status.json``; a value of a wrong type counts as missing."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: str = "stopped"
    message: str = ""
    step: int = Field(default=0, ge=0)
    steps: int = Field(default=0, ge=0)
    passed: int = Field(default=0, ge=0)
    failures: int = Field(default=0, ge=0)
    seconds_left: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    cost_usd: float = Field(default=0.0, ge=0, allow_inf_nan=False)

    @field_validator("*", mode="wrap")
    @classmethod
    def _or_default(cls, value: Any, check: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        try:
            return check(value)
        except ValidationError:
            return cls.model_fields[str(info.field_name)].default


@dataclass(frozen=True)
class Row:
    """One evaluation as it is now."""

    name: str
    folder: Path
    config: EvaluationConfig
    state: str
    """queued, starting, running, stopped, finished, failed, or interrupted: its process died without a message."""
    status: dict[str, Any]
    """The fields of ``Status``."""

    @property
    def live(self) -> bool:
        """Whether a process works on it, or waits for its turn."""
        return self.state in LIVE

    @property
    def metrics(self) -> Metrics:
        """The numbers so far, of the episodes that can be read."""
        return _measured(self.folder, _stamp(self.folder / EPISODES))[0]

    @property
    def unreadable(self) -> int:
        """Number of lines that are not episodes, and of episodes that cannot be measured; both are left out."""
        return _measured(self.folder, _stamp(self.folder / EPISODES))[1]

    @property
    def controls(self) -> dict[str, Metrics]:
        """The null agent's and the gold agent's numbers; empty before the first end."""
        return _controls(self.folder, _stamp(self.folder / "gold.jsonl"))


class Board:
    """The evaluations below one folder; safe to use from any thread and any process."""

    def __init__(self, root: Path, launcher: Launcher | None = None) -> None:
        """``launcher``: how an evaluation is started in the background."""
        self.root, self.launcher = root, launcher or LocalLauncher()

    def rows(self) -> tuple[Row, ...]:
        """Every evaluation, live ones first, then the newest."""
        found = [row for path in self.root.glob(f"*/{CONFIG}") if (row := self._read(path.parent)) is not None]
        return tuple(sorted(found, key=lambda row: (not row.live, -_stamp(row.folder / STATUS)[1], row.name)))

    def row(self, name: str) -> Row:
        """The evaluation of that name; raises ``ConfigError``."""
        found = next((row for row in self.rows() if row.name == name), None)
        if found is None:
            raise ConfigError(f"There is no evaluation named {name!r} any more.")
        return found

    def episodes(self, name: str, key: str) -> tuple[Episode, ...]:
        """The episodes behind a number; ``null`` and ``gold`` are the controls'. Raises ``ConfigError``."""
        folder = self.row(name).folder
        return stored_controls(folder)[key] if key in ("null", "gold") else select(_newest(folder), key)

    def start(self, config: EvaluationConfig, workers: int = 1) -> Row:
        """Starts or continues it in the background; it waits for its turn. Raises ``ConfigError``, ``JobError``."""
        return self.start_all([config], workers)[0]

    def start_all(self, configs: Sequence[EvaluationConfig], workers: int = 1) -> tuple[Row, ...]:
        """Starts several, one after the other, if all of them may wait.

        Raises:
            ConfigError: one is running already or belongs to another configuration, or too many are waiting.
            JobError: a process cannot be started.
        """
        with self._lock():
            waiting = sum(row.live for row in self.rows())
            if waiting + len(configs) > MOST_LIVE:
                told = f"{waiting} evaluations are going on or waiting, and {MOST_LIVE} may at once"
                raise ConfigError(f"{told}: wait for some of them, or stop them first.")
            return tuple(self._start(config, workers) for config in configs)

    def _start(self, config: EvaluationConfig, workers: int) -> Row:
        name = folder_name(config)
        folder = self.root / name
        try:
            claim(folder, config.measured, {field: one.default for field, one in EvaluationConfig.model_fields.items()})
            if self.row(name).live:
                raise ConfigError(f"{name} is going on already.")
            write_json(folder / PLAN, {"limit": config.limit, "trials": config.trials})
        except OSError as error:
            raise JobError(launch.in_words(error, folder)) from error
        launch.set_state(folder, "queued")
        self.launcher.start(folder, command(config, name, workers), time.time())
        return self.row(name)

    def stop(self, name: str) -> None:
        """Stops it; finished episodes are kept, and starting it again continues. Raises ``ConfigError``."""
        row = self.row(name)
        if not row.live:
            raise ConfigError(f"{name} is {row.state}, so there is nothing to stop.")
        process = read_json(row.folder / launch.PROCESS)
        launch.record(row.folder, {**process, "stop": time.time()})
        self.launcher.stop(row.folder, force=False)

    def _lock(self) -> AbstractContextManager[Any]:
        """A lock, so that simultaneous clicks are counted one after the other."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(launch.in_words(error, self.root)) from error
        return FileLock(self.root / ".lock", timeout=60)

    def _read(self, folder: Path) -> Row | None:
        try:
            config = EvaluationConfig.model_validate({**read_json(folder / CONFIG), **read_json(folder / PLAN)})
        except ValidationError:
            return None
        status, process = _status(folder), read_json(folder / launch.PROCESS)
        state = status["state"]
        if state in LIVE and not self.launcher.alive(folder):
            state = "stopped" if process.get("stop") else "interrupted"
        return Row(folder.name, folder, config, state, status)


def _status(folder: Path) -> dict[str, Any]:
    return Status.model_validate(read_json(folder / STATUS)).model_dump()


def command(config: EvaluationConfig, name: str, workers: int) -> Sequence[str]:
    """The command line that measures this in that folder."""
    given = {
        "agent": config.agent,
        "domain": config.domain,
        "split": config.split,
        "limit": config.limit,
        "trials": config.trials,
        "phrasings": config.phrasings,
        "user": config.user,
        "judge": config.judge,
        "seed": config.seed,
        "max-agent-turns": config.max_agent_turns,
        "guard": config.guard,
        "customer": config.customer,
        "workers": workers,
        "name": name,
        **({"voice": config.voice, "channel": config.channel} if config.speech else {}),
        **({name.replace("_", "-"): getattr(config, name) for name in DUPLEX} if config.duplex else {}),
    }
    options = [part for key, value in given.items() if value not in (None, "") for part in (f"--{key}", str(value))]
    speech = ["--speech", "duplex"] if config.duplex else ["--speech"] if config.speech else []
    return [sys.executable, "-m", "tarl_app", "evaluate", *speech, *options]


def _newest(folder: Path) -> Iterable[Episode]:
    """The episodes of a folder; of a repeated one only the last."""
    return {episode.id: episode for episode in readable(folder)[0]}.values()


@lru_cache(maxsize=64)
def _measured(folder: Path, _stamp: tuple[int, int]) -> tuple[Metrics, int]:
    found, broken = readable(folder)
    metrics, odd = _measure(tuple({episode.id: episode for episode in found}.values()))
    return metrics, broken + odd


@lru_cache(maxsize=64)
def _controls(folder: Path, _stamp: tuple[int, int]) -> dict[str, Metrics]:
    return {name: _measure(played)[0] for name, played in stored_controls(folder).items() if played}


def _measure(episodes: Sequence[Episode]) -> tuple[Metrics, int]:
    """The numbers, and how many episodes are left out, such as those of an unknown domain."""
    with suppress(*ODD):
        return measure(episodes), 0
    sound = [one for one in episodes if _measurable(one)]
    return measure(sound), len(episodes) - len(sound)


def _measurable(episode: Episode) -> bool:
    with suppress(*ODD):
        measure([episode])
        return True
    return False


def _stamp(path: Path) -> tuple[int, int]:
    """Changes whenever the file does; zeros when it is not there."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns

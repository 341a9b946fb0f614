"""Every evaluation there is, as the page sees it: how far, what came out, which episodes; and starting and stopping them.

Nothing is kept in memory: a folder's ``status.json`` and whether its process lives say the truth, after a reload and after a
restart of the app.
"""

import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tarl_app import launch
from tarl_app.errors import ConfigError, JobError
from tarl_app.evaluation.controls import stored_controls
from tarl_app.evaluation.evaluate import EvaluationConfig, folder_name
from tarl_app.evaluation.folder import CONFIG, EPISODES, PLAN, STATUS, claim, read_json, stored, write_json
from tarl_app.evaluation.metrics import Metrics, measure
from tarl_app.evaluation.selections import select
from tarl_app.launch import Launcher, LocalLauncher
from tarl_app.types import Episode

LIVE = ("queued", "starting", "running")


@dataclass(frozen=True)
class Row:
    """One evaluation as it is now."""

    name: str
    folder: Path
    config: EvaluationConfig
    state: str
    """queued, starting, running, stopped, finished, failed, or interrupted: its process died without a word."""
    status: dict[str, Any]

    @property
    def live(self) -> bool:
        """Whether a process works on it, or waits for its turn."""
        return self.state in LIVE

    @property
    def metrics(self) -> Metrics:
        """The numbers so far."""
        return _measured(self.folder, _stamp(self.folder / EPISODES))

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
        """Starts it in the background, or goes on with it; it waits for its turn. Raises ``ConfigError``, ``JobError``."""
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
        """Stops it; what is finished is kept, and starting it again goes on. Raises ``ConfigError``."""
        row = self.row(name)
        if not row.live:
            raise ConfigError(f"{name} is {row.state}, so there is nothing to stop.")
        process = read_json(row.folder / launch.PROCESS)
        launch.record(row.folder, {**process, "stop": time.time()})
        self.launcher.stop(row.folder, force=False)

    def _read(self, folder: Path) -> Row | None:
        try:
            config = EvaluationConfig.model_validate({**read_json(folder / CONFIG), **read_json(folder / PLAN)})
        except ValidationError:
            return None
        status, process = read_json(folder / STATUS), read_json(folder / launch.PROCESS)
        state = str(status.get("state", "stopped"))
        if state in LIVE and not self.launcher.alive(folder):
            state = "stopped" if process.get("stop") else "interrupted"
        return Row(folder.name, folder, config, state, status)


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
        "workers": workers,
        "name": name,
        **({"voice": config.voice, "channel": config.channel} if config.speech else {}),
    }
    options = [part for key, value in given.items() if value not in (None, "") for part in (f"--{key}", str(value))]
    return [sys.executable, "-m", "tarl_app", "evaluate", *(["--speech"] if config.speech else []), *options]


def _newest(folder: Path) -> Iterable[Episode]:
    """The episodes of a folder; of one that was tried again, the last."""
    return {episode.id: episode for episode in stored(folder)}.values()


@lru_cache(maxsize=64)
def _measured(folder: Path, _stamp: tuple[int, int]) -> Metrics:
    return measure(tuple(_newest(folder)))


@lru_cache(maxsize=64)
def _controls(folder: Path, _stamp: tuple[int, int]) -> dict[str, Metrics]:
    return {name: measure(played) for name, played in stored_controls(folder).items() if played}


def _stamp(path: Path) -> tuple[int, int]:
    """Changes whenever the file does; zeros when it is not there."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns

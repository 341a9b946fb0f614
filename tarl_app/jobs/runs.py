"""Background runs: create, start, stop, resume, duplicate, delete. A run is a directory and a detached process.

Nothing is kept in memory: a run's state is read from its ``status.json`` and from whether its process is alive (it
holds a lock on the folder: ``liveness``). So any process that reads the directory sees the same, also after a reload of
the page or a restart of the app.

    queued -> starting -> running -> stopping -> stopped -> (resume) queued ...
                                 \\-> finished | failed | interrupted (its process died without a message)
    damaged: its files cannot be read, and no process works on it
"""

import os
import platform
import re
import secrets
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import yaml
from filelock import FileLock, Timeout

from tarl_app.core.errors import JobError
from tarl_app.jobs import launch, run_record
from tarl_app.jobs.launch import Launcher, LocalLauncher, read_json
from tarl_app.jobs.liveness import hold, pid_of
from tarl_app.jobs.run_state import LIVE, State, damage, whole

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,80}")
LEAVING = 60.0
"""Seconds for which a process may take to exit after it has written its final status."""
LONGEST_WAIT = 60.0
"""Seconds for which one process waits for another one that changes the runs."""
LEAST_FREE = 0.2e9
"""Free bytes required on the disk before a run is created."""


@dataclass(frozen=True)
class Run:
    """A run as it is now."""

    name: str
    folder: Path
    state: State
    step: int
    steps: int
    message: str
    created: float
    """Seconds since the epoch."""
    process: Mapping[str, Any]
    """What ``process.json`` holds; empty before the first start."""

    @property
    def live(self) -> bool:
        """Whether a process works on it, or waits for its turn."""
        return self.state in LIVE

    def as_json(self) -> dict[str, Any]:
        """For ``runs show --json``."""
        rows = run_record.metrics(self.folder)
        return {
            **{"name": self.name, "state": self.state, "step": self.step, "steps": self.steps, "message": self.message},
            "folder": str(self.folder),
            "pid": self.process.get("pid"),
            "checkpoints": [f"{self.name}@{one.step}" for one in run_record.checkpoints(self.folder)],
            "metrics": rows[-1] if rows else {},
        }


class Runs:
    """The runs below one folder; safe to use from any thread and any process."""

    def __init__(self, root: Path, launchers: Sequence[Launcher] = (), train: Sequence[str] = ()) -> None:
        """``launchers``: where runs may be computed, the first by default. ``train``: the command that trains."""
        self.root = root
        self.launchers = {one.name: one for one in launchers or (LocalLauncher(),)}
        self._train = tuple(train) or (sys.executable, "-m", "tarl_app", "train")

    # --- looking ------------------------------------------------------------------------------------------------------

    def list(self) -> tuple[Run, ...]:
        """Every run, the newest first."""
        names = (path.parent.name for path in self.root.glob(f"*/{run_record.CONFIG}") if NAME.fullmatch(path.parent.name))
        return tuple(sorted((self._read(name) for name in names), key=lambda run: (-run.created, run.name)))

    def get(self, name: str) -> Run:
        """The run of that name; raises ``JobError``."""
        if not NAME.fullmatch(name) or not (self.root / name / run_record.CONFIG).is_file():
            known = ", ".join(run.name for run in self.list()) or "none yet"
            raise JobError(f"There is no run {name!r}. Runs: {known}.")
        return self._read(name)

    def _read(self, name: str) -> Run:
        """Reads a run whose files may have been edited or copied incompletely."""
        folder = self.root / name
        status, process = read_json(folder / launch.STATUS), read_json(folder / launch.PROCESS)
        wrong, step, steps = damage(folder), whole(status.get("step")), whole(status.get("steps"))
        state: State = next((one for one in get_args(State) if one == status.get("state")), "created")
        if state in LIVE:
            state = self._truth(state, folder, process)
        if wrong and state not in LIVE:
            state = "running" if self._launcher(process).alive(folder) else "damaged"
        try:
            created = (folder / run_record.CONFIG).stat().st_mtime
        except OSError:
            created = 0.0
        return Run(name, folder, state, step, steps, wrong or run_record.one_line(status.get("message")), created, process)

    def _truth(self, state: State, folder: Path, process: Mapping[str, Any]) -> State:
        asked = process.get("stop")
        if self._launcher(process).alive(folder):
            return "stopping" if asked else state
        return "stopped" if asked else "interrupted"

    def _launcher(self, process: Mapping[str, Any]) -> Launcher:
        """The launcher of the run; the first one if ``process.json`` is missing or names none, since its lock still
        works.
        """
        return self.launchers.get(str(process.get("launcher"))) or next(iter(self.launchers.values()))

    def computing(self) -> tuple[str, ...]:
        """The runs that other processes of this machine compute now."""
        here = (run for run in self.list() if run.process.get("host") == platform.node())
        return tuple(
            run.name for run in here if run.live and run.state != "queued" and run.process.get("pid") != os.getpid()
        )

    def wait(self, name: str, seconds: float | None = None) -> Run:
        """Waits until no process works on the run any more (at most that long); raises ``JobError``."""
        end = time.monotonic() + seconds if seconds is not None else None
        while (run := self.get(name)).live or self._lives(run):
            if end is not None and time.monotonic() > end:
                raise JobError(f"{name} is still {run.state} after {seconds:.0f} s.")
            time.sleep(0.1)
        return run

    def _let_it_leave(self, name: str) -> None:
        """Waits for the process of a run that has written its final status."""
        if not self.get(name).live:
            self.wait(name, LEAVING)

    def _lives(self, run: Run) -> bool:
        return self._launcher(run.process).alive(run.folder)

    # --- changing -----------------------------------------------------------------------------------------------------

    def create(self, name: str, config: Mapping[str, Any]) -> Run:
        """Creates a run without starting it: its folder with ``config.yaml``, which contains its name.

        Raises ``JobError``.
        """
        name = name or self.free_name("run")
        _require_name(name)
        folder, fresh = self.root / name, self.root / f".new-{secrets.token_hex(4)}"
        with self._lock():
            if folder.exists():
                raise JobError(f"There is a run {name!r} already. Choose another name, or resume it.")
            launch.require_writable(self.root, LEAST_FREE)
            try:
                fresh.mkdir(parents=True)
                (fresh / run_record.CONFIG).write_text(
                    yaml.safe_dump({**config, "name": name}, sort_keys=False), encoding="utf-8"
                )
                fresh.rename(folder)
            except OSError as error:
                shutil.rmtree(fresh, ignore_errors=True)
                raise JobError(launch.in_words(error, self.root)) from error
        return self.get(name)

    def start(self, name: str, launcher: str = "") -> Run:
        """Starts a new run, or resumes one that is not finished; it waits while its device is busy. Raises ``JobError``."""
        chosen = self.launchers.get(launcher or next(iter(self.launchers)))
        if chosen is None:
            raise JobError(f"Runs cannot be started by {launcher!r}. There are: {', '.join(self.launchers)}.")
        self._let_it_leave(name)
        with self._lock():
            run = self.get(name)
            if run.live or self._lives(run):
                raise JobError(f"{name} is {run.state} already.")
            if run.state == "damaged":
                raise JobError(f"{name} cannot be started. {run.message}")
            if run.state == "finished":
                raise JobError(f"{name} is finished. Duplicate it with more steps to train on.")
            launch.set_state(run.folder, "queued")
            what = [str(run.folder / run_record.CONFIG), "--name", name] if run.state == "created" else ["--resume", name]
            try:
                chosen.start(run.folder, [*self._train, *what], time.time())
            except JobError as error:
                launch.set_state(run.folder, "failed", str(error))
                raise
        return self.get(name)

    def stop(self, name: str, force: bool = False) -> Run:
        """Asks a live run to write its state and end; asked again, or with ``force``, it is ended at once."""
        with self._lock():
            run = self.get(name)
            if not run.live:
                raise JobError(f"{name} is {run.state}, so there is nothing to stop.")
            again = bool(run.process.get("stop"))
            launch.record(run.folder, {**run.process, "stop": time.time()})
            self._launcher(run.process).stop(run.folder, force or again)
        return self.get(name)

    def delete(self, name: str) -> None:
        """Removes a run that no process works on, with its checkpoints; raises ``JobError``."""
        self._let_it_leave(name)
        with self._lock():
            run = self.get(name)
            if run.live or self._lives(run):
                raise JobError(f"{name} is {run.state}. Stop it before deleting it.")
            gone = self.root / f".deleted-{secrets.token_hex(4)}"  # so that a kill meanwhile leaves no partial run
            try:
                run.folder.rename(gone)
            except OSError as error:
                raise JobError(f"{run.folder} cannot be deleted: {error.strerror or error}.") from error
        shutil.rmtree(gone, ignore_errors=True)

    def check(self, name: str) -> None:
        """Whether a run of that name could be created now; raises ``JobError``, and changes nothing."""
        _require_name(name)
        launch.require_writable(self.root, LEAST_FREE)
        if (self.root / name).exists():
            raise JobError(f"There is a run {name!r} already. Choose another name, or resume it.")

    def duplicate(self, name: str, as_name: str = "", **changes: Any) -> Run:
        """A new run with the configuration of that one, and these changes; not started. Raises ``JobError``."""
        config = {**run_record.read_config(self.get(name).folder), **changes}
        return self.create(as_name or self.free_name(name), config)

    def free_name(self, like: str) -> str:
        """A name that no run has: ``like-2``, ``like-3``, ..."""
        stem = re.sub(r"-\d+$", "", like)
        taken = {path.name for path in self.root.glob("*")}
        return next(name for name in (stem, *(f"{stem}-{n}" for n in range(2, 10_000))) if name not in taken)

    # --- in the foreground --------------------------------------------------------------------------------------------

    def adopt(self, name: str, device: str = "local") -> Run:
        """Makes this process the one that works on the run, unless it was started for that; raises ``JobError``."""
        with self._lock():
            run = self.get(name)
            if pid_of(run.process) == os.getpid():
                return run
            if run.live or self._lives(run):
                raise JobError(f"{name} is {run.state} in another process (pid {run.process.get('pid')}).")
            try:
                hold(run.folder)  # for as long as this process lives
                launch.hold_device(self.root, device)  # if it is free: a run in the foreground does not wait
            except OSError as error:
                raise JobError(launch.in_words(error, run.folder)) from error
            launch.record(run.folder, {**launch.describe(os.getpid()), "device": device, "ticket": time.time()})
        return self.get(name)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.root / ".lock", timeout=LONGEST_WAIT)
            lock.acquire()
        except Timeout as error:
            raise JobError(f"Another process is changing the runs in {self.root}. Wait until it is done.") from error
        except OSError as error:
            raise JobError(launch.in_words(error, self.root)) from error
        try:
            yield
        finally:
            lock.release()


def _require_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise JobError(f"{name!r} cannot be a run's name: use letters, digits, '.', '_', '+' and '-', at most 80.")

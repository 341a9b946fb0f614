"""Starts a command as a detached process that waits for its turn, and says later whether that process still lives.

The queue has no keeper: a started command is first a small process that waits until the device is free, and then *becomes*
the command (``exec``), so that its pid stays and the kernel frees the device when it ends, however it ends. The app that
started it may be killed at any moment.

    process.json   {"pid", "started", "host", "launcher", "device", "ticket", "threads", "stop"}   stop: when it was asked to
"""

import fcntl
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import psutil

from tarl_app.errors import JobError
from tarl_app.settings import settings

PROCESS = "process.json"
STATUS = "status.json"
LOG = "log.txt"
LOCKS = ".devices"
POLL = 0.3
"""Seconds between two looks of a waiting run at the device."""
SAME_START = 2.0
"""Seconds by which two readings of one process's start may differ: the clock of the machine is corrected at times."""
NICE = 5
"""How much a run stands back behind the page."""
THREAD_VARIABLES = ("TARL_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


class Launcher(Protocol):
    """Where runs are computed: this machine, or some day a cluster."""

    name: str

    def start(self, folder: Path, command: Sequence[str], ticket: float) -> None:
        """Starts the command for that run's folder and writes ``process.json``; raises ``JobError``."""
        ...

    def alive(self, process: Mapping[str, Any]) -> bool:
        """Whether what ``process.json`` speaks of still runs."""
        ...

    def stop(self, process: Mapping[str, Any], force: bool) -> None:
        """Asks it to stop; with ``force`` ends it and all it started, at once."""
        ...


class LocalLauncher:
    """Detached processes on this machine, one at a time on its ``device``."""

    name = "local"

    def __init__(self, device: str = "local", threads: int = 1) -> None:
        """``threads``: CPU threads that a run may use."""
        self.device, self.threads = device, threads

    def start(self, folder: Path, command: Sequence[str], ticket: float) -> None:
        """Starts the command in a process group of its own, its output going to ``log.txt``; see ``Launcher``."""
        share = dict.fromkeys(THREAD_VARIABLES, str(self.threads))
        waiter = [sys.executable, "-m", "tarl_app.launch", str(folder), self.device, repr(ticket), *command]
        try:
            with (folder / LOG).open("ab") as log:
                process = subprocess.Popen(
                    waiter,
                    cwd=Path(__file__).parent.parent,
                    env={**os.environ, **share},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        except OSError as error:
            raise JobError(f"The run cannot be started: {in_words(error, folder)}") from error
        threading.Thread(target=process.wait, daemon=True).start()  # else it would stay as a zombie after its end
        record(folder, {**describe(process.pid), "device": self.device, "ticket": ticket, "threads": self.threads})

    def alive(self, process: Mapping[str, Any]) -> bool:
        """By pid and start time, so that another process with the same number is not taken for it."""
        if process.get("host") != platform.node():
            return False
        try:
            found = psutil.Process(int(process["pid"]))
            same = abs(found.create_time() - float(process["started"])) <= SAME_START
            return same and found.status() != psutil.STATUS_ZOMBIE
        except (psutil.Error, KeyError, TypeError, ValueError):
            return False

    def stop(self, process: Mapping[str, Any], force: bool) -> None:
        """SIGTERM to the process, or SIGKILL to its whole group."""
        if not self.alive(process):
            return
        try:
            if force and os.getpgid(int(process["pid"])) == int(process["pid"]):
                os.killpg(int(process["pid"]), signal.SIGKILL)
            else:
                os.kill(int(process["pid"]), signal.SIGKILL if force else signal.SIGTERM)
        except ProcessLookupError:
            return  # it has just ended by itself
        except PermissionError as error:
            raise JobError(f"Process {process['pid']} belongs to another user; stop it from there.") from error


def divide(threads: int) -> tuple[int, int]:
    """Threads of the page and of a run beside it: the page keeps a quarter, and each at least one."""
    page = max(1, threads // 4)
    return page, max(1, threads - page)


def describe(pid: int) -> dict[str, Any]:
    """What ``process.json`` says of a process of this machine."""
    try:
        started = psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        started = time.time()
    return {"pid": pid, "started": started, "host": platform.node(), "launcher": LocalLauncher.name, "stop": None}


# --- files ------------------------------------------------------------------------------------------------------------


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Writes the file at once or not at all; raises ``OSError``."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(value, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_json(path: Path) -> dict[str, Any]:
    """The object in the file; empty when there is none, or nothing that can be read."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def record(folder: Path, process: Mapping[str, Any]) -> None:
    """Writes ``process.json``; raises ``JobError``."""
    try:
        write_json(folder / PROCESS, process)
    except OSError as error:
        raise JobError(in_words(error, folder)) from error


def set_state(folder: Path, state: str, message: str = "") -> None:
    """Writes ``status.json``, keeping its step and steps; raises ``JobError``."""
    before = read_json(folder / STATUS)
    now = datetime.now(UTC).isoformat()
    steps = {"step": before.get("step", 0), "steps": before.get("steps", 0)}
    try:
        write_json(folder / STATUS, {**steps, "state": state, "message": message, "updated": now})
    except OSError as error:
        raise JobError(in_words(error, folder)) from error


def in_words(error: OSError, folder: Path) -> str:
    """What happened to a file, and what to do."""
    place = next((one for one in (folder, *folder.parents) if one.exists()), Path("/"))
    free = shutil.disk_usage(place).free / 1e9
    return (
        f"{folder} cannot be written ({error.strerror or error}; {free:.1f} GB free). "
        "Free some space, delete old runs, or set TARL_HOME to another disk."
    )


# --- waiting ----------------------------------------------------------------------------------------------------------


def turns(root: Path) -> tuple[Path, tuple[Path, ...]]:
    """Where the locks of devices lie for the jobs below ``root``, and below which folders the jobs are that share them.

    One machine computes one thing at a time: what is trained, measured and examined in one home takes turns.
    """
    here = settings()
    shared = (here.runs, here.evaluations, here.exams)
    alike = root.resolve() in [one.resolve() for one in shared]
    return (here.home, shared) if alike else (root, (root,))


def hold_device(root: Path, device: str) -> int | None:
    """Takes the device for as long as this process (and what it becomes) lives; None when another run has it."""
    locks = turns(root)[0] / LOCKS
    locks.mkdir(parents=True, exist_ok=True)
    handle = os.open(locks / device, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    os.set_inheritable(handle, True)
    return handle


def ahead(folder: Path, device: str, ticket: float) -> list[str]:
    """The names of the runs of that device that were started before and still live."""
    local = LocalLauncher()
    found = []
    for path in (path for root in turns(folder.parent)[1] for path in root.glob(f"*/{PROCESS}")):
        process = read_json(path)
        earlier = process.get("device") == device and float(process.get("ticket", 0.0)) < ticket
        if earlier and path.parent != folder and local.alive(process):
            found.append(path.parent.name)
    return sorted(found)


def main(arguments: Sequence[str]) -> None:
    """``FOLDER DEVICE TICKET COMMAND...``: waits for the device, then becomes the command."""
    folder, device, ticket, command = Path(arguments[0]), arguments[1], float(arguments[2]), list(arguments[3:])

    def stopped(*_: Any) -> None:
        set_state(folder, "stopped", "Stopped before it began.")
        sys.exit(0)

    signal.signal(signal.SIGTERM, stopped)
    told: list[str] | None = None
    while (waits_for := ahead(folder, device, ticket)) or hold_device(folder.parent, device) is None:
        if waits_for != told:
            told = waits_for
            set_state(folder, "queued", f"Waits for {', '.join(told)}." if told else "Waits for the device.")
        time.sleep(POLL)
    set_state(folder, "starting")
    os.nice(NICE)
    os.execv(command[0], command)  # noqa: S606 - the command is ours, a list, and never passes a shell


if __name__ == "__main__":
    main(sys.argv[1:])

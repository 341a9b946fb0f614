"""Starts a command as a detached process that waits for its turn, and checks later whether it is alive.

The queue has no manager process: a started command is first a small process that waits until the device is free, and
then *becomes* the command (``exec``), so that its pid stays and the kernel frees the device when it ends, however it
ends. The app that started it may be killed at any moment.

    process.json   {"pid", "started", "boot", "host", "launcher", "device", "ticket", "threads", "stop"}
    .alive         locked for as long as the run's process lives (docs/decisions/liveness.md)
"""

import errno
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
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from tarl_app.core import documents
from tarl_app.core.errors import DocumentError, JobError
from tarl_app.core.paths import ROOT
from tarl_app.core.process.system_errors import FULL, advice
from tarl_app.core.settings import settings
from tarl_app.jobs.liveness import held, is_held, lock, pid_of, start_of

PROCESS = "process.json"
STATUS = "status.json"
LOG = "log.txt"
LOCKS = ".devices"
POLL = 0.3
"""Seconds between two checks of a waiting run for the device."""
NICE = 5
"""Niceness of a run relative to the page."""
THREAD_VARIABLES = ("TARL_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


class Launcher(Protocol):
    """Starts and stops runs on this machine or elsewhere."""

    name: str

    def start(self, folder: Path, command: Sequence[str], ticket: float) -> None:
        """Starts the command for that run's folder and writes ``process.json``; raises ``JobError``."""
        ...

    def alive(self, folder: Path) -> bool:
        """Whether the process of that run's folder is alive."""
        ...

    def stop(self, folder: Path, force: bool) -> None:
        """Asks it to stop; with ``force`` kills it and its children at once. Raises ``JobError``."""
        ...


class LocalLauncher:
    """Detached processes on this machine, one at a time on its ``device``."""

    name = "local"

    def __init__(self, device: str = "local", threads: int = 1) -> None:
        """``threads``: CPU threads that a run may use."""
        self.device, self.threads = device, threads

    def start(self, folder: Path, command: Sequence[str], ticket: float) -> None:
        """Starts the command in a process group of its own, its output going to ``log.txt``; see ``Launcher``.

        The process inherits the lock, so there is no moment at which it does not count as alive.
        """
        share = dict.fromkeys(THREAD_VARIABLES, str(self.threads))
        waiter = [sys.executable, "-m", "tarl_app.jobs.launch", str(folder), self.device, repr(ticket), *command]
        try:
            with held(folder) as handle, (folder / LOG).open("ab") as log:
                process = subprocess.Popen(
                    waiter,
                    cwd=ROOT,
                    env={**os.environ, **settings().inherited, **share},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    pass_fds=() if handle is None else (handle,),
                )
        except OSError as error:
            raise JobError(f"The run cannot be started: {in_words(error, folder)}") from error
        threading.Thread(target=process.wait, daemon=True).start()  # else it would stay as a zombie after its end
        record(folder, {**describe(process.pid), "device": self.device, "ticket": ticket, "threads": self.threads})

    def alive(self, folder: Path) -> bool:
        """Checked by the lock that it holds, and without locks by pid and start; neither depends on the clock."""
        return is_held(folder) or pid_of(read_json(folder / PROCESS)) is not None

    def stop(self, folder: Path, force: bool) -> None:
        """SIGTERM to the process, or SIGKILL to its whole group."""
        process = read_json(folder / PROCESS)
        pid = pid_of(process)
        if pid is None:
            if is_held(folder):
                raise JobError(f"{folder.name} is computed on {process.get('host') or 'another machine'}; stop it there.")
            return
        try:
            if force and os.getpgid(pid) == pid:
                os.killpg(pid, signal.SIGKILL)
            else:
                os.kill(pid, signal.SIGKILL if force else signal.SIGTERM)
        except ProcessLookupError:
            return  # it has just ended by itself
        except PermissionError as error:
            raise JobError(f"Process {pid} belongs to another user; stop it from there.") from error


def divide(threads: int) -> tuple[int, int]:
    """Threads of the page and of a run beside it: the page keeps a quarter, and each at least one."""
    page = max(1, threads // 4)
    return page, max(1, threads - page)


def describe(pid: int) -> dict[str, Any]:
    """The content of ``process.json`` for a process of this machine."""
    boot, started = start_of(pid) or ("", 0.0)
    told = {"pid": pid, "started": started, "boot": boot, "host": platform.node()}
    return {**told, "launcher": LocalLauncher.name, "stop": None}


# --- files ------------------------------------------------------------------------------------------------------------


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Writes the file atomically; raises ``OSError``."""
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


def tell_json(path: Path, value: Mapping[str, Any]) -> None:
    """Like ``write_json``; on a full disk it overwrites the existing file in place. Raises ``OSError``.

    So the status of a run can be read even after the disk was full: it fits into the block of the previous one.
    """
    try:
        write_json(path, value)
    except OSError as error:
        if error.errno not in FULL or not path.is_file():
            raise
        with path.open("r+b", buffering=0) as file:
            file.write(json.dumps(value).encode().ljust(os.fstat(file.fileno()).st_size))  # at once: no reader sees half
            os.fsync(file.fileno())


def read_json(path: Path) -> dict[str, Any]:
    """The object in the file; empty when there is none, or when it cannot be read (``documents``)."""
    try:
        value = documents.read_json(path)
    except (OSError, DocumentError):
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
        tell_json(folder / STATUS, {**steps, "state": state, "message": message, "updated": now})
    except OSError as error:
        raise JobError(in_words(error, folder)) from error


def in_words(error: OSError, folder: Path) -> str:
    """What happened to a file, and what to do."""
    told = advice(error) or "Free some space, delete old runs, or set TARL_HOME to another disk."
    return f"{folder} cannot be written ({error.strerror or error}; {_free(folder)}). {told}"


def _free(folder: Path) -> str:
    for place in (folder, *folder.parents):
        with suppress(OSError):  # not there, or nobody may look
            return f"{shutil.disk_usage(place).free / 1e9:.1f} GB free"
    return "nobody knows how much is free"


def require_writable(folder: Path, least_free: float = 0.0) -> None:
    """Raises ``JobError`` when a folder of that name could not be created or written now; changes nothing."""
    if "\0" in str(folder):
        raise JobError(f"{str(folder)!r} is no name of a folder.")
    try:
        place = next((one for one in (folder, *folder.parents) if one.exists()), Path("/"))
        if not place.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if not os.access(place, os.W_OK | os.X_OK) or os.statvfs(place).f_flag & os.ST_RDONLY:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        if shutil.disk_usage(place).free < least_free:
            raise OSError(errno.ENOSPC, "the disk is nearly full")
    except OSError as error:
        raise JobError(in_words(error, folder)) from error


# --- waiting ----------------------------------------------------------------------------------------------------------


def turns(root: Path) -> tuple[Path, tuple[Path, ...]]:
    """The folder of the device locks for the jobs below ``root``, and the folders of the jobs that share them.

    Training, evaluations and exams of one home take turns.
    """
    here = settings()
    shared = (here.runs, here.evaluations, here.exams)
    alike = root.resolve() in [one.resolve() for one in shared]
    return (here.home, shared) if alike else (root, (root,))


def hold_device(root: Path, device: str) -> int | None:
    """Takes the device for the lifetime of this process (across ``exec``); None when another run has it."""
    locks = turns(root)[0] / LOCKS
    locks.mkdir(parents=True, exist_ok=True)
    handle = lock(locks / device)
    if handle is not None:
        os.set_inheritable(handle, True)
    return handle


def ahead(folder: Path, device: str, ticket: float) -> list[str]:
    """The names of the runs of that device that were started before and are still alive."""
    local = LocalLauncher()
    found = []
    for path in (path for root in turns(folder.parent)[1] for path in root.glob(f"*/{PROCESS}")):
        process = read_json(path)
        theirs = process.get("ticket")
        earlier = process.get("device") == device and isinstance(theirs, int | float) and theirs < ticket
        if earlier and path.parent != folder and local.alive(path.parent):
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

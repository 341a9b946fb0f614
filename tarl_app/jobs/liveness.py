"""Whether a run's process is alive: it holds a lock on the run's folder, which the kernel releases however it ends.

No clock is involved, so setting the clock makes no run look dead (docs/decisions/liveness.md). On a file system without
locks the pid is checked, with the boot id and the start time in kernel ticks.
"""

import errno
import fcntl
import os
import platform
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

ALIVE = ".alive"
BOOT = Path("/proc/sys/kernel/random/boot_id")
LOCKING = 0.3
"""Seconds for which a lock is tried: others may hold it briefly while they check it."""
TAKEN = (errno.EWOULDBLOCK, errno.EACCES)


def pid_of(process: Mapping[str, Any]) -> int | None:
    """The pid in ``process.json`` if that process of this machine is alive: boot id, pid and start have to match."""
    pid = process.get("pid")
    if type(pid) is not int or pid <= 0 or process.get("host") != platform.node():
        return None
    return pid if start_of(pid) == (process.get("boot"), process.get("started")) else None


def start_of(pid: int) -> tuple[str, float] | None:
    """The boot id and the start in kernel ticks, which do not change when the clock is set.

    None: there is no such process, or it is a zombie.
    """
    try:
        found = psutil.Process(pid)
        if found.status() == psutil.STATUS_ZOMBIE:
            return None
        if not psutil.LINUX:
            return "", found.create_time()  # the kernel's own record, which does not change
        told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return BOOT.read_text(encoding="ascii").strip(), float(told.rpartition(")")[2].split()[19])  # field 22, in ticks
    except (psutil.Error, OSError, OverflowError):
        return None


# --- the lock of who lives --------------------------------------------------------------------------------------------


@contextmanager
def held(folder: Path) -> Iterator[int | None]:
    """The lock of the run's folder, for this process and those that inherit the handle; None when another one has it.

    Raises:
        OSError: the folder cannot be written.
    """
    handle = hold(folder)
    try:
        yield handle
    finally:
        if handle is not None:
            os.close(handle)  # a process that inherited it keeps the lock


def hold(folder: Path) -> int | None:
    """Takes the lock until this process ends or closes the handle; None when another one has it. Raises ``OSError``."""
    return lock(folder / ALIVE, LOCKING)


def is_held(folder: Path) -> bool:
    """Whether a living process has the lock of that run's folder."""
    try:
        handle = os.open(folder / ALIVE, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in TAKEN  # others: this file system has no locks
    finally:
        os.close(handle)
    return False


def lock(path: Path, seconds: float = 0.0) -> int | None:
    """Opens and locks the file until the handle is closed, at the latest when its last process ends.

    None: another process holds the lock and has not released it within so many seconds. On a file system without locks
    the handle is returned without a lock. Raises ``OSError``: the file cannot be made.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    end = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in TAKEN:
                return handle
            if time.monotonic() >= end:
                os.close(handle)
                return None
            time.sleep(0.01)
        else:
            return handle

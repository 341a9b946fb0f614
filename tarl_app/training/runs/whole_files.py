"""Atomic writes of files and folders, whatever ends the writing process."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def disk_is_full(error: BaseException) -> OSError | None:
    """The error of a full disk (or quota, or limit), if it is one; safetensors reports it only in its message."""
    if isinstance(error, OSError) and error.errno in FULL:
        return error
    if isinstance(error, SafetensorError):
        return next((OSError(code, os.strerror(code)) for code in FULL if f"(os error {code})" in str(error)), None)
    return None


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """A new directory that gets its name once it is complete and on the disk; a failed attempt leaves nothing."""
    temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=".writing-"))
    try:
        yield temporary
        for file in temporary.iterdir():
            sync(file)
        _rename(temporary, target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _rename(temporary: Path, target: Path) -> None:
    """Renames a complete directory atomically."""
    if target.exists():  # the same step, done again after a kill
        shutil.rmtree(target)
    temporary.chmod(0o755)
    temporary.rename(target)
    sync(target.parent)


def replace_file(path: Path, content: str | Iterable[bytes]) -> None:
    """Replaces the file's content atomically, synced to the disk."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.writelines([content.encode()] if isinstance(content, str) else content)
        sync(temporary)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def sync(path: Path) -> None:
    """Syncs it to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""The seal of an assembled base: which files it has, how large they are, and their sha256, written when all are on the disk.

At each start the sizes are compared, which a truncated file does not pass; the half gigabyte is read again only on demand.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from tarl_app.core import documents
from tarl_app.core.errors import DocumentError

PREFIX = "omni-mini-base-"
SEAL = "assembled.json"


def seal(folder: Path) -> None:
    """Puts all files in the folder on the disk, and then the seal. Raises ``OSError``."""
    files = {}
    for path in sorted(folder.iterdir()):
        sync(path)
        files[path.name] = [path.stat().st_size, _sha256(path)]
    (folder / SEAL).write_text(json.dumps(files, indent=1), encoding="utf-8")
    sync(folder / SEAL)
    sync(folder)


def trouble(folder: Path, content: bool = False) -> str:
    """Why the folder is not what was sealed; empty if it is. With ``content`` every byte is read and compared."""
    try:
        sealed = documents.read_json(folder / SEAL)
        if not isinstance(sealed, dict) or not sealed:
            return f"{SEAL} names no files"
        for name, (size, sha256) in sealed.items():
            path = folder / Path(name).name
            found = path.stat().st_size
            if found != size:
                return f"{name} has {found:,} bytes instead of {size:,}"
            if content and _sha256(path) != sha256:
                return f"{name} has another sha256 than when it was written"
    except OSError as error:
        return f"{Path(error.filename or SEAL).name}: {error.strerror}"
    except (DocumentError, TypeError, ValueError):
        return f"{SEAL} cannot be read"
    return ""


def bases(cache: Path) -> Iterator[Path]:
    """The assembled bases below the cache."""
    return (path for path in sorted(cache.glob(f"{PREFIX}*")) if path.is_dir())


def sync(path: Path) -> None:
    """Waits until the disk has a file's bytes, or a folder's names. Raises ``OSError``."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

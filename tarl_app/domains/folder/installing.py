"""Puts a folder where the app finds it (``TARL_HOME/domains/NAME``), and removes it from there.

``domain.json`` has the digest of every file. A folder whose files are not those that were added is not loaded: above all, no
``tools.py`` runs that nobody has added.
"""

import json
import re
import shutil
from hashlib import sha256
from pathlib import Path

from tarl_app.core.documents import read_bytes, read_json, replace_folder
from tarl_app.core.domain import Domain
from tarl_app.core.errors import ConfigError, DocumentError, DomainError
from tarl_app.core.settings import settings
from tarl_app.domains.folder.loading import Folder, read_folder
from tarl_app.domains.folder.tools import seed

FORMAT = "folder"
MANIFEST = "domain.json"
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_NAME = 40
_RESERVED = frozenset(("train", "dev", "test", "free"))


def name_for(path: Path, name: str = "") -> str:
    """The domain's name: the given one, or the folder's. Raises ``ConfigError``."""
    chosen = name or re.sub(r"[^a-z0-9]+", "-", path.resolve().name.lower()).strip("-")
    if not _NAME.fullmatch(chosen) or len(chosen) > _LONGEST_NAME or _RESERVED & set(chosen.split("-")):
        raise ConfigError(
            f"{chosen!r} cannot be a domain's name: give one with --name, of small letters, digits and hyphens, "
            f"without the words {', '.join(sorted(_RESERVED))}."
        )
    return chosen


def install(folder: Folder, shipped: tuple[str, ...]) -> Path:
    """Puts it in its place, or in the place of a former one. Raises ``ConfigError`` for a name that is taken."""
    target = settings().domains / folder.name
    if folder.name in shipped or (target.exists() and format_of(target) != FORMAT):
        raise ConfigError(f"There is another sort of domain named {folder.name!r} already: choose another name with --name.")
    manifest = {"format": FORMAT, "files": {name: sha256(data).hexdigest() for name, data in folder.files.items()}}
    replace_folder(target, {**folder.files, MANIFEST: json.dumps(manifest, indent=2).encode()})
    return target


def format_of(path: Path) -> str:
    """The format of an imported domain; empty where it is damaged."""
    try:
        told = read_json(path / MANIFEST)
        return str(told["format"])
    except (OSError, DocumentError, KeyError, TypeError):
        return ""


def remove(name: str) -> None:
    """Deletes a folder that was added. Raises ``DomainError`` for any other name."""
    target = settings().domains / name
    if not _NAME.fullmatch(name) or format_of(target) != FORMAT or target.is_symlink():
        raise DomainError(f"There is no folder named {name!r} that was added: `python -m tarl_app domain list` shows them.")
    shutil.rmtree(target)


def _digest(path: Path) -> str:
    return sha256(read_bytes(path, seed.LARGEST)).hexdigest()


def load(path: Path, name: str) -> Domain:
    """The domain in a folder that was added; raises ``DomainError``."""
    again = "add its folder again (`python -m tarl_app domain add FOLDER`)"
    try:
        files = read_json(path / MANIFEST)["files"]
        told = {str(file): str(digest) for file, digest in files.items()}
        changed = [file for file, digest in told.items() if _digest(path / file) != digest]
    except (OSError, DocumentError, KeyError, TypeError, AttributeError) as error:
        raise DomainError(f"The domain {name!r} is damaged ({MANIFEST}): {again}.") from error
    unknown = [one.name for one in path.iterdir() if one.name not in (*told, MANIFEST)]
    if changed or unknown:
        first = (changed or unknown)[0]
        raise DomainError(f"The file {first} of the domain {name!r} is not the one that was added: {again}.")
    folder = read_folder(path, name, installed=True)
    if folder.problems or folder.domain is None:
        first = next(iter(folder.problems.in_order()), "")
        raise DomainError(f"The domain {name!r} cannot be used ({first}): correct it, and {again}.")
    return folder.domain

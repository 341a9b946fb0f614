"""The domains by name; each is loaded on first use.

Those of this project are in a table. Others were imported (``python -m tarl_app import``) or added (``domain add``): a
folder under ``TARL_HOME/domains`` with a file ``domain.json`` that names its format.
"""

from collections.abc import Callable
from pathlib import Path
from typing import cast, get_args

from tarl_app.core.documents import read_json
from tarl_app.core.domain import Domain, Labels, Split
from tarl_app.core.domain.labels import PLAIN
from tarl_app.core.errors import DocumentError, DomainError
from tarl_app.core.process.once import once
from tarl_app.core.settings import settings
from tarl_app.core.types import Task


def _retail() -> Domain:
    from tarl_app.domains.retail.domain import retail

    return retail()


def _math() -> Domain:
    from tarl_app.domains.math.domain import math

    return math()


def _airline() -> Domain:
    from tarl_app.domains.airline.domain import airline

    return airline()


def _tau(folder: Path, name: str) -> Domain:
    from tarl_app.domains.tau.domain import tau

    return tau(folder, name)


def _tau2(folder: Path, name: str) -> Domain:
    from tarl_app.domains.tau.tau2.domain import tau2

    return tau2(folder, name)


def _folder(folder: Path, name: str) -> Domain:
    from tarl_app.domains.folder.installing import load

    return load(folder, name)


DOMAINS: dict[str, Callable[[], Domain]] = {"retail": _retail, "math": _math, "airline": _airline}
"""Name -> constructor. Entries may be added and removed at run time, as by tests."""
DEFAULT_DOMAIN = next(iter(DOMAINS))
"""The default domain."""
FORMATS: dict[str, Callable[[Path, str], Domain]] = {
    "tau-bench": _tau,
    "tau2-bench": _tau2,
    "folder": _folder,
}
"""Format of an imported domain -> its constructor, from its folder and name."""
_MANIFEST = "domain.json"


def domain_names() -> tuple[str, ...]:
    """Every domain: those of the table, then imported ones."""
    return (*DOMAINS, *(name for name in _imported() if name not in DOMAINS))


def _imported() -> dict[str, Path]:
    try:
        folders = sorted(settings().domains.iterdir())
    except OSError:
        return {}
    return {path.name: path for path in folders if path.name[0] != "." and (path / _MANIFEST).is_file()}


def load_domain(name: str) -> Domain:
    """The domain of that name, built once in a process; raises ``DomainError`` for an unknown or a damaged one."""
    make = DOMAINS.get(name)
    if make is not None:
        return _built(make)
    folder = _imported().get(name)
    if folder is None:
        raise DomainError(f"There is no domain named {name!r}. There are: {', '.join(sorted(domain_names()))}.")
    return _read(folder, (folder / _MANIFEST).stat().st_mtime_ns)


@once
def _read(folder: Path, _: int) -> Domain:
    """The imported domain; the time of its manifest tells apart an import that replaced it."""
    try:
        told = read_json(folder / _MANIFEST)
        make = FORMATS[told["format"]]
    except (OSError, DocumentError, KeyError, TypeError) as error:
        raise DomainError(f"The domain {folder.name!r} is damaged ({_MANIFEST}): import it again.") from error
    return make(folder, folder.name)


@once
def _built(make: Callable[[], Domain]) -> Domain:
    # Cached by constructor and not by name, since another constructor under the same name is another domain.
    return make()


def labels_of(name: str) -> Labels:
    """The domain's labels; the default ones for an unknown domain, as in an episode from elsewhere."""
    try:
        return load_domain(name).labels
    except DomainError:
        return PLAIN


def free_task(domain: str, seed: int = 0) -> Task:
    """A task of the split "free": a customer to play and suggestions, without anything to verify.

    Raises ``DomainError``.
    """
    make = load_domain(domain).free
    if make is None:
        raise DomainError(f"The domain {domain!r} has no free talk.")
    return make(seed)


def get_task(domain: str, task_id: str) -> Task:
    """The task of that id, such as "retail-test-017" or "retail-free-3"; raises ``DomainError`` when there is none."""
    split, _, number = task_id.removeprefix(f"{domain}-").rpartition("-")
    if split == "free" and number.isascii() and number.isdigit() and len(number) < 10:
        return free_task(domain, int(number))
    if split in get_args(Split):
        for task in load_domain(domain).tasks(cast(Split, split)):
            if task.id == task_id:
                return task
    raise DomainError(f"There is no task {task_id!r} in the domain {domain!r}.")

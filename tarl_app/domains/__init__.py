"""The domains by name; each is imported on first use."""

from collections.abc import Callable
from typing import cast, get_args

from tarl_app.core.domain import Domain, Labels, Split
from tarl_app.core.domain.labels import PLAIN
from tarl_app.core.errors import DomainError
from tarl_app.core.once import once
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


DOMAINS: dict[str, Callable[[], Domain]] = {"retail": _retail, "math": _math, "airline": _airline}
"""Name -> constructor. Entries may be added and removed at run time, as by tests."""
DEFAULT_DOMAIN = next(iter(DOMAINS))
"""The default domain."""


def load_domain(name: str) -> Domain:
    """The domain of that name, built once in a process; raises ``DomainError`` for an unknown one."""
    make = DOMAINS.get(name)
    if make is None:
        raise DomainError(f"There is no domain named {name!r}. There are: {', '.join(sorted(DOMAINS))}.")
    return _built(make)


@once
def _built(make: Callable[[], Domain]) -> Domain:
    # Cached by constructor and not by name, since another constructor under the same name is another domain.
    return make()


def labels_of(name: str) -> Labels:
    """The domain's labels; the default ones for an unknown domain, as in an episode from elsewhere."""
    return load_domain(name).labels if name in DOMAINS else PLAIN


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

"""The domains by name; each is imported when it is first asked for."""

from collections.abc import Callable
from functools import cache

from tarl_app.errors import DomainError
from tarl_app.sandbox.domain import Domain


def _retail() -> Domain:
    from tarl_app.sandbox.domains.retail.domain import retail

    return retail()


DOMAINS: dict[str, Callable[[], Domain]] = {"retail": _retail}
"""Name -> constructor."""


@cache
def load_domain(name: str) -> Domain:
    """The domain of that name, built once in a process; raises ``DomainError`` for an unknown one."""
    if name not in DOMAINS:
        raise DomainError(f"There is no domain named {name!r}. There are: {', '.join(sorted(DOMAINS))}.")
    return DOMAINS[name]()

"""``functools.cache`` for values that are costly to make and used by many threads."""

from collections.abc import Callable
from functools import cache, wraps
from threading import RLock
from typing import ParamSpec, TypeVar

from tarl_app.core.process.garbage import uncollected

P = ParamSpec("P")
T = TypeVar("T")


def once(make: Callable[P, T]) -> Callable[P, T]:
    """Computes each value once in a process; threads that ask for it meanwhile wait.

    With ``cache`` alone, a hundred conversations that begin together would build a hundred databases. No garbage is
    collected meanwhile: what is made is kept.
    """
    lock = RLock()

    @cache
    def kept(*arguments: P.args, **options: P.kwargs) -> T:
        with uncollected():
            return make(*arguments, **options)

    @wraps(make)
    def get(*arguments: P.args, **options: P.kwargs) -> T:
        with lock:
            return kept(*arguments, **options)

    return get

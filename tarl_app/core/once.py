"""``functools.cache`` for values that are costly to make and used by many threads."""

from collections.abc import Callable
from functools import cache, wraps
from threading import RLock
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def once(make: Callable[P, T]) -> Callable[P, T]:
    """Computes each value once in a process; threads that ask for it meanwhile wait.

    With ``cache`` alone, a hundred conversations that begin together would build a hundred databases.
    """
    kept, lock = cache(make), RLock()

    @wraps(make)
    def get(*arguments: P.args, **options: P.kwargs) -> T:
        with lock:
            return kept(*arguments, **options)

    return get

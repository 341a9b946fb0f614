"""Texts of a dialogue are read again and again: by each rule of a judge, and at each of its turns."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

Read = TypeVar("Read")
MOST = 256
"""Texts for which a function's results are kept."""
LONGEST = 20_000
"""Characters of a text whose result is kept, to bound the memory."""


def remembered(read: Callable[[str], Read]) -> Callable[[str], Read]:
    """Keeps what a function of a text returned for the last ``MOST`` texts; texts over ``LONGEST`` are read anew.

    The function must depend on nothing but its text, and its result must not be changed by who receives it.
    """
    kept = lru_cache(maxsize=MOST)(read)

    @wraps(read)
    def known(text: str) -> Read:
        return kept(text) if len(text) <= LONGEST else read(text)

    return known

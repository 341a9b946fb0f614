"""Reads untrusted files for display: what cannot be shown is hidden, without affecting the rest."""

import logging
from collections.abc import Callable
from typing import TypeVar

log = logging.getLogger(__name__)
T = TypeVar("T")
MOST_TOLD = 200
"""Most faults that are logged; a page that polls would otherwise fill the log with one of them."""
_told: set[tuple[str, str]] = set()


def attempt(what: str, make: Callable[[], T]) -> T | None:
    """The result of ``make``; None on any error, which is logged once."""
    try:
        return make()
    except Exception as error:  # any: a file may be from an older version, another program, or edited by hand
        fault = (what, type(error).__name__)
        if fault not in _told and len(_told) < MOST_TOLD:
            _told.add(fault)
            log.warning("%s cannot be shown", what, exc_info=True)
        return None


def section(what: str, make: Callable[[], list[tuple[str, str]]]) -> list[tuple[str, str]]:
    """Items (key, html); one sentence in their place when they cannot be made.

    ``what`` is shown, and must not come from a file.
    """
    made = attempt(what, make)
    told = f"{what} cannot be shown: something in its folder cannot be read. The terminal shows more."
    return [("unreadable", f'<p class="no-text" role="alert">{told}</p>')] if made is None else made

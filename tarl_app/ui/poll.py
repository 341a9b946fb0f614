"""The results of people's votes, read in a separate thread, so that a locked store does not block the page."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from tarl_app.core.errors import StorageError
from tarl_app.core.types import Vote
from tarl_app.evaluation.comparison.votes import Standing, standings

WAIT = 0.5
"""Seconds that a page waits for the votes, if the last read was in time."""


class Poll:
    """Reads in one thread for all callers; safe to use from any thread."""

    def __init__(self, votes: Callable[[], Iterable[Vote]]) -> None:
        self._votes = votes
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="votes")
        self._next: Future[tuple[Standing, ...]] | None = None
        self._slow = False
        self._lock = threading.Lock()

    def table(self) -> tuple[Standing, ...]:
        """Every agent that was voted on, as of now. Raises ``StorageError`` when that takes too long or cannot be read."""
        with self._lock:
            if self._next is None or self._next.running() or self._next.done():
                self._next = self._pool.submit(self._read)
            asked, wait = (
                self._next,
                0.0 if self._slow else WAIT,
            )  # not started yet: it will see the current votes
        try:
            return asked.result(wait)
        except TimeoutError:
            self._slow = True
            raise StorageError("The votes are still being read: look again in a moment.") from None

    def _read(self) -> tuple[Standing, ...]:
        found = standings(self._votes())
        self._slow = False
        return found

"""What people's votes say, read beside the page: a store that another program holds must not hold up everybody's page."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from tarl_app.core.errors import StorageError
from tarl_app.core.types import Vote
from tarl_app.evaluation.comparison.votes import Standing, standings

WAIT = 0.5
"""Seconds that a page waits for the votes, where they were read in time before."""


class Poll:
    """Reads in one thread of its own, however many ask; safe to use from any thread."""

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
            asked, wait = self._next, 0.0 if self._slow else WAIT  # one that has not begun yet will see what is there now
        try:
            return asked.result(wait)
        except TimeoutError:
            self._slow = True
            raise StorageError("The votes are still being read: look again in a moment.") from None

    def _read(self) -> tuple[Standing, ...]:
        found = standings(self._votes())
        self._slow = False
        return found

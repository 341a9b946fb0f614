"""Bounds the calls that are answered at once. Others wait in order, and see how many are before them."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tarl_app.core.errors import Cancelled, ConversationError

LINES = 16
"""Most calls that are answered at once."""
WAITING = 48
"""Most calls that may wait for a line; each has a sleeping thread."""
LOOK = 0.1
"""Seconds between two checks whether a waiting call was stopped."""
FULL = "Too many people are calling just now. Nothing was sent: please try again in a few minutes."


class Lines:
    """The lines; safe to use from any thread."""

    def __init__(self, lines: int = LINES, waiting: int = WAITING) -> None:
        self._free, self._most = lines, waiting
        self._queue: deque[object] = deque()
        self._changed = threading.Condition()

    @property
    def waiting(self) -> int:
        """How many calls wait for a line."""
        with self._changed:
            return len(self._queue)

    def require_room(self) -> None:
        """Raises ``ConversationError`` when the queue is full."""
        with self._changed:
            if not self._free and len(self._queue) >= self._most:
                raise ConversationError(FULL)

    @contextmanager
    def line(self, cancelled: threading.Event, tell: Callable[[int], None]) -> Iterator[None]:
        """Takes a line, waiting if there is none; ``tell`` receives the number of calls before, whenever it changes.

        Raises:
            Cancelled: ``cancelled`` was set while it waited.
            ConversationError: too many wait already.
        """
        self._take(cancelled, tell)
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify_all()

    def _take(self, cancelled: threading.Event, tell: Callable[[int], None]) -> None:
        me, told = object(), -1
        with self._changed:
            if self._free and not self._queue:
                self._free -= 1
                return
            if len(self._queue) >= self._most:
                raise ConversationError(FULL)
            self._queue.append(me)
        try:
            while True:
                with self._changed:
                    before = self._queue.index(me)
                    if before == 0 and self._free:
                        self._free -= 1
                        return
                    if before == told:
                        self._changed.wait(LOOK)
                if cancelled.is_set():
                    raise Cancelled("The call was stopped before a line was free.")
                if before != told:
                    tell(before)
                    told = before
        finally:
            with self._changed:
                self._queue.remove(me)
                self._changed.notify_all()

"""Rate limits for votes."""

import threading
import time
from collections import deque
from collections.abc import Callable

from tarl_app.core.errors import ConversationError

SPAN = 600.0
"""Length of the time window in seconds."""
OF_ONE = 30
"""Most votes of one visitor in the window: one every twenty seconds."""
OF_ALL = 300
"""Most votes of all visitors in the window, since one visitor can return under another identity."""
TOO_FAST = "Votes come faster here than two calls can be read: this one was not counted. Try again in some minutes."


class Ballot:
    """Counts the votes of the last minutes; safe to use from any thread, and never larger than ``OF_ALL`` votes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._votes: deque[tuple[float, str]] = deque()
        self._lock = threading.Lock()

    def admit(self, visitor: str) -> None:
        """Counts one vote of that visitor. Raises ``ConversationError`` when there were too many."""
        with self._lock:
            now = self._clock()
            while self._votes and self._votes[0][0] <= now - SPAN:
                self._votes.popleft()
            if len(self._votes) >= OF_ALL or sum(who == visitor for _, who in self._votes) >= OF_ONE:
                raise ConversationError(TOO_FAST)
            self._votes.append((now, visitor))

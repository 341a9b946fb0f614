"""Time as it passes on the line."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class SoundClock:
    """Real time, in which stretches where nobody computes are skipped, and what the caller's side computes is left out.

    So a computation on the agent's side takes as long in the call as it took on this machine, and silence takes no time.
    """

    def __init__(self) -> None:
        self._offset = -time.perf_counter()

    def __call__(self) -> float:
        """Seconds since the call began."""
        return time.perf_counter() + self._offset

    def skip_to(self, seconds: float) -> None:
        """Nothing happens until then."""
        self._offset += max(0.0, seconds - self())

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """What is computed within is not part of the call."""
        before = self()
        try:
            yield
        finally:
            self._offset += before - self()

"""Limits of the service, for all clients and for each."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from tarl_app.service.problems import Problem

_CLIENTS = 4096
"""Clients whose pace is remembered; the one that was away longest is forgotten first."""


@dataclass(frozen=True)
class Limits:
    """What may be asked for.

    ``environments`` exist at once, ``each`` of them for one client. One that nobody has used for ``idle`` seconds is
    ended; a client may ask for up to ``longest`` seconds, and no environment lives for more than ``life``. A client makes
    ``rate`` requests a second, ``burst`` of them at once. ``speaking`` requests make or hear speech at once.
    """

    environments: int = 256
    each: int = 64
    idle: float = 600.0
    longest: float = 3600.0
    life: float = 6 * 3600.0
    rate: float = 200.0
    burst: int = 400
    speaking: int = 2
    patience: float = 30.0
    """Seconds for which a request waits for its turn to speak."""


class Pace:
    """Limits each client's requests a second (token bucket); safe to use from any thread."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # client -> (when, requests left then)
        self._lock = threading.Lock()

    def admit(self, client: str) -> None:
        """Counts one request. Raises ``Problem`` 429 when there were too many."""
        with self._lock:
            now = self._clock()
            when, left = self._buckets.pop(client, (now, float(self._burst)))
            left = min(float(self._burst), left + (now - when) * self._rate)
            self._buckets[client] = (now, max(0.0, left - 1.0))
            if len(self._buckets) > _CLIENTS:
                self._buckets.popitem(last=False)
        if left < 1.0:
            told = f"More than {self._rate:g} requests a second came from here: try again in a second."
            raise Problem(429, "too_fast", told, wait=1)

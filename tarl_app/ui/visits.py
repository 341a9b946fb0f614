"""Everybody who has the page open."""

import secrets
import threading
import time

from tarl_app.ui.services import Services
from tarl_app.ui.visit import Visit

IDLE = 3600.0
"""Seconds after which a visit that nobody uses is closed, should its tab not have said good-bye."""


class Visits:
    """The visits by the id of their tab; safe to use from any thread."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._visits: dict[str, Visit] = {}
        self._lock = threading.Lock()

    def of(self, tab: str) -> Visit:
        """The visit of that tab; a new one for a tab not seen before, or away for long."""
        with self._lock:
            self._sweep()
            visit = self._visits.setdefault(tab, Visit(self.services))
            visit.used = time.monotonic()
            return visit

    def with_key(self, key: str) -> Visit | None:
        """The visit that has this key."""
        with self._lock:
            return next((visit for visit in self._visits.values() if secrets.compare_digest(visit.key, key)), None)

    def leave(self, tab: str) -> None:
        """That tab was closed or reloaded."""
        with self._lock:
            visit = self._visits.pop(tab, None)
        if visit is not None:
            visit.leave()

    def __len__(self) -> int:
        return len(self._visits)

    def _sweep(self) -> None:
        now = time.monotonic()
        for tab, visit in [*self._visits.items()]:
            if not visit.busy and now - visit.used > IDLE:
                del self._visits[tab]
                visit.leave()

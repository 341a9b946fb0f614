"""The environments by their private ids: whoever knows an id may use it, so that ids are never listed or logged."""

import logging
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from tarl_app.core.errors import TarlError
from tarl_app.service.calls import SandboxCall
from tarl_app.service.limits import Limits
from tarl_app.service.problems import Problem

log = logging.getLogger(__name__)
_REMEMBERED = 4096
"""Ids of environments that are gone, as digests, so that a late client is told so."""
LEFT = "The agent's client left the call, and its environment expired."


@dataclass
class _Entry:
    call: SandboxCall
    client: str
    idle: float  # seconds
    ends: float  # no later than this
    used: float

    def expires(self) -> float:
        return min(self.used + self.idle, self.ends)


class Registry:
    """Safe to use from any thread; expired environments are ended when anything is asked for."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits, self._clock = limits, clock
        self._entries: dict[str, _Entry] = {}
        self._gone: OrderedDict[str, None] = OrderedDict()
        self._making: list[str] = []  # clients whose environments are being made
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """How many there are, expired ones included that nobody has asked for."""
        with self._lock:
            return len(self._entries)

    def create(self, client: str, idle: float, make: Callable[[str], SandboxCall]) -> SandboxCall:
        """Makes an environment under a new id. Raises ``Problem`` 429 or 503 when there are too many."""
        self.sweep()
        with self._lock:
            self._require_room(client)
            self._making.append(client)
        try:
            call = make(secrets.token_urlsafe(24))
        finally:
            with self._lock:
                self._making.remove(client)
        with self._lock:
            now = self._clock()
            self._entries[call.id] = _Entry(call, client, min(idle, self._limits.longest), now + self._limits.life, now)
        return call

    def find(self, id: str) -> SandboxCall:  # noqa: A002
        """The environment, whose time begins anew. Raises ``Problem`` 404, or 410 for one that is gone."""
        self.sweep()
        with self._lock:
            entry = self._entries.get(id)
            if entry is not None:
                entry.used = self._clock()
                return entry.call
            gone = _digest(id) in self._gone
        if gone:
            raise Problem(410, "expired", "This environment is gone, dropped or expired: create another one.")
        raise Problem(404, "not_found", "There is no environment with this id.")

    def seconds_left(self, id: str) -> float:  # noqa: A002
        """After so many seconds without use it expires; 0 for one that is gone."""
        with self._lock:
            entry = self._entries.get(id)
            return max(0.0, entry.expires() - self._clock()) if entry else 0.0

    def drop(self, id: str) -> None:  # noqa: A002
        """Ends and forgets it. Raises ``Problem`` like ``find``."""
        call = self.find(id)
        with self._lock:
            self._forget(id)
        call.close()

    def sweep(self) -> None:
        """Ends what has expired; the calls that were begun are stored."""
        with self._lock:
            now = self._clock()
            expired = [entry.call for entry in self._entries.values() if entry.expires() <= now]
            for call in expired:
                self._forget(call.id)
        self._abandon(expired)

    def close(self) -> None:
        """Ends all of them, as when they expire."""
        with self._lock:
            calls = [entry.call for entry in self._entries.values()]
            for call in calls:
                self._forget(call.id)
        self._abandon(calls)

    def _require_room(self, client: str) -> None:
        if len(self._entries) + len(self._making) >= self._limits.environments:
            told = f"There are {self._limits.environments} environments already, which is the most: try again later."
            raise Problem(503, "full", told, wait=30)
        own = sum(entry.client == client for entry in self._entries.values()) + self._making.count(client)
        if own >= self._limits.each:
            told = f"You have {own} environments, which is the most for one client: drop one (DELETE), or wait."
            raise Problem(429, "too_many", told, wait=30)

    def _forget(self, id: str) -> None:  # noqa: A002
        if self._entries.pop(id, None) is not None:
            self._gone[_digest(id)] = None
            if len(self._gone) > _REMEMBERED:
                self._gone.popitem(last=False)

    def _abandon(self, calls: list[SandboxCall]) -> None:
        for call in calls:
            try:
                call.abandon(LEFT)
            except TarlError as error:
                log.warning("An expired call could not be stored: %s", error)
            except Exception:  # a bug, which whoever asks for something else now is not to hear of
                log.exception("An expired call could not be ended")


def _digest(id: str) -> str:  # noqa: A002
    return sha256(id.encode("utf-8", "surrogatepass")).hexdigest()

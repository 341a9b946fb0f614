"""All open tabs."""

import secrets
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from tarl_app.core.errors import ConversationError
from tarl_app.ui.calls.live_call import LiveCall
from tarl_app.ui.calls.party import Party
from tarl_app.ui.services import Services

IDLE = 900.0
"""Seconds without a heartbeat after which a tab's state is deleted.

An open page sends one every few seconds, at least once a minute in a background tab.
"""
ALONE = 90.0
"""Seconds without a heartbeat after which a running call is stopped."""
MOST = 128
"""Most tabs; one more replaces the least recently used one."""
CROWDED = "Too many people are here just now: please try again in a few minutes."
Parties = dict[type[Party], Party]
P = TypeVar("P", bound=Party)


class LiveCalls:
    """The call and the comparison of each tab, by the tab's id. Safe to use from any thread."""

    def __init__(self, services: Services, most: int = MOST) -> None:
        self.services = services
        self._most = most
        self._tabs: dict[str, Parties] = {}
        self._lock = threading.Lock()

    def of(self, tab: str) -> LiveCall:
        """The visit of that tab; a new one for a tab not seen before, or away for long. Raises ``ConversationError``."""
        return self.party(tab, LiveCall, lambda: LiveCall(self.services))

    def party(self, tab: str, kind: type[P], make: Callable[[], P]) -> P:
        """The tab's call or comparison of that kind. Raises ``ConversationError`` when all tabs are busy."""
        gone = self._sweep()
        try:
            with self._lock:
                if tab not in self._tabs and len(self._tabs) >= self._most:
                    gone.append(self._least_used())
                parties = self._tabs.setdefault(tab, {})
                found = parties.get(kind)
                if not isinstance(found, kind):
                    found = parties[kind] = make()
                found.used = time.monotonic()
                return found
        finally:
            _leave(gone)

    def known(self, tab: str) -> LiveCall | None:
        """The visit of that tab if there is one; counts as a heartbeat."""
        with self._lock:
            parties = self._tabs.get(tab, {})
            for party in parties.values():
                party.used = time.monotonic()
            live_call = parties.get(LiveCall)
            return live_call if isinstance(live_call, LiveCall) else None

    def with_key(self, key: str) -> LiveCall | None:
        """The visit that has this key."""
        with self._lock:
            given = key.encode("utf-8", "replace")  # comparing text with other characters than ASCII raises an error
            return next((one for one in self._all() if secrets.compare_digest(one.key.encode(), given)), None)

    def leave(self, tab: str) -> None:
        """That tab was closed or reloaded."""
        with self._lock:
            gone = self._tabs.pop(tab, None)
        if gone is not None:
            _leave([gone])

    def park(self, seconds: float) -> None:
        """Called when the app ends: stops running steps and stores every call.

        A step that has not ended after ``seconds`` is not waited for; its call is stored as it stands.
        """
        with self._lock:
            live_calls, gone = self._all(), [*self._tabs.values()]
            self._tabs.clear()
        _leave(gone)
        end = time.monotonic() + seconds
        for live_call in live_calls:
            while live_call.conversation is not None and time.monotonic() < end:
                time.sleep(0.02)
            if live_call.conversation is not None:
                live_call.keep()

    def sweep(self) -> None:
        """Deletes unused tabs, and stops calls that nobody watches."""
        _leave(self._sweep())

    def __len__(self) -> int:
        return len(self._all())

    def _all(self) -> list[LiveCall]:
        return [live_call for parties in self._tabs.values() for party in parties.values() for live_call in party.live_calls]

    def _sweep(self) -> list[Parties]:
        now, gone = time.monotonic(), []
        with self._lock:
            for tab, parties in [*self._tabs.items()]:
                busy = [party for party in parties.values() if party.busy]
                if not busy and now - max(party.used for party in parties.values()) > IDLE:
                    gone.append(self._tabs.pop(tab))
            alone = [
                one for parties in self._tabs.values() for one in parties.values() if one.busy and now - one.used > ALONE
            ]
        for party in alone:
            party.stop()
        return gone

    def _least_used(self) -> Parties:
        """Removes and returns the least recently used idle tab."""
        idle = {tab: parties for tab, parties in self._tabs.items() if not any(one.busy for one in parties.values())}
        if not idle:
            raise ConversationError(CROWDED)
        return self._tabs.pop(min(idle, key=lambda tab: max(one.used for one in idle[tab].values())))


def _leave(gone: list[Parties]) -> None:
    """Frees tabs outside the lock, since their calls are stored."""
    for parties in gone:
        for party in parties.values():
            party.leave()

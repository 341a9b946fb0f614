"""Spoken sentences for a visitor's page: in memory, the newest only, under unguessable names."""

import secrets
import threading
from collections import OrderedDict, deque
from collections.abc import Iterable

from tarl_app.core.sound.audio import Audio

KEPT = 64
"""Most sentences of one visitor; an agent turn has a handful."""
MOST_BYTES = 64 << 20
"""Most bytes of all visitors together, twenty minutes of speech; then the oldest are removed."""


class Shelf:
    """The sentences of all visitors; safe to use from any thread."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.bytes = 0
        """Bytes that are kept now."""
        self._most = most_bytes
        self._waves: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, name: str, wave: bytes) -> None:
        """Adds it, and removes the oldest if there is no room."""
        with self._lock:
            self._waves[name] = wave
            self.bytes += len(wave)
            while self.bytes > self._most:
                self.bytes -= len(self._waves.popitem(last=False)[1])

    def get(self, name: str) -> bytes | None:
        """The sentence of that name; None if it was removed."""
        with self._lock:
            return self._waves.get(name)

    def drop(self, names: Iterable[str]) -> None:
        """Removes these."""
        with self._lock:
            for name in names:
                self.bytes -= len(self._waves.pop(name, b""))


SHELF = Shelf()
"""The shelf of this process."""


class Pieces:
    """One visitor's sentences: filled by the conversation's thread, read by the web server's."""

    def __init__(self, prefix: str, shelf: Shelf = SHELF) -> None:
        """``prefix``: prefix of the URLs."""
        self._prefix, self._shelf = prefix, shelf
        self._names: deque[str] = deque()
        self._lock = threading.Lock()

    def publish(self, sound: Audio) -> str:
        """Keeps the sound and returns its URL."""
        name = secrets.token_urlsafe(8)
        with self._lock:
            self._names.append(name)
            self._shelf.put(name, sound.wav())
            while len(self._names) > KEPT:
                self._shelf.drop([self._names.popleft()])
        return self._prefix + name

    def get(self, name: str) -> bytes | None:
        """The WAV bytes of that sentence; None if it was removed, is another visitor's, or never existed."""
        with self._lock:
            return self._shelf.get(name) if name in self._names else None

    def clear(self) -> None:
        """Removes all."""
        with self._lock:
            self._shelf.drop(self._names)
            self._names.clear()

"""Spoken sentences that a visitor's page is about to play: in memory, the newest only, under names nobody can guess."""

import secrets
import threading
from collections import OrderedDict

from tarl_app.audio import Audio

KEPT = 64
"""Sentences; an agent turn has a handful."""


class Pieces:
    """Filled by the conversation's thread, read by the web server's."""

    def __init__(self, prefix: str) -> None:
        """``prefix``: what the URLs begin with."""
        self._prefix = prefix
        self._waves: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def publish(self, sound: Audio) -> str:
        """Keeps the sound and returns its URL."""
        name = secrets.token_urlsafe(8)
        with self._lock:
            self._waves[name] = sound.wav()
            while len(self._waves) > KEPT:
                self._waves.popitem(last=False)
        return self._prefix + name

    def get(self, name: str) -> bytes | None:
        """The WAV bytes of that sentence; None for one that is forgotten or never was."""
        with self._lock:
            return self._waves.get(name)

    def clear(self) -> None:
        """Forgets all."""
        with self._lock:
            self._waves.clear()

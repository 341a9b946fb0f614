"""A queue for speech synthesis: a few sentences at a time, in order of request; speech without a listener is dropped.

Each sentence takes memory (Kokoro: 440 MB for fifteen seconds of sound, kept by its runtime) and CPU time, so every
engine has a ``Pool`` and takes a seat in it for each sentence. Other callers wait; each has at most one sentence
waiting. They leave the queue when nobody listens any more (``until``), or after too long a wait (``patient``).
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from tarl_app.core.errors import Cancelled, SpeechError
from tarl_app.core.sound.audio import Audio
from tarl_app.language.text_normalization.spoken_form import sentences, speakable

LONGEST_TEXT = 4_000
"""Most characters of one text: about four minutes."""
MOST_WAITING = 60_000
"""Most characters that wait for one engine, of all callers together: an hour of speech."""
PATIENCE = 30.0
"""Seconds for which the answer of a live call waits for its voice; then it is shown in writing only."""

_LOOK = 0.1  # seconds between two checks whether anybody still listens


def _never() -> bool:
    return False


_gone: ContextVar[Callable[[], bool]] = ContextVar("gone", default=_never)
_patience: ContextVar[float | None] = ContextVar("patience", default=None)


@contextmanager
def until(gone: Callable[[], bool]) -> Iterator[None]:
    """Within the context, synthesis raises ``Cancelled`` before its next sentence once ``gone()`` is true."""
    token = _gone.set(gone)
    try:
        yield
    finally:
        _gone.reset(token)


def patient(pieces: Iterator[Audio], seconds: float) -> Iterator[Audio]:
    """The pieces; raises ``SpeechError`` where one of them waits for longer than ``seconds`` to be computed."""
    while True:
        token = _patience.set(seconds)  # does not apply to the caller's code between two pieces
        try:
            piece = next(pieces, None)
        finally:
            _patience.reset(token)
        if piece is None:
            return
        yield piece


def parts(text: str) -> list[str]:
    """The sentences of a text as they are spoken. Raises ``SpeechError`` for a text that is too long."""
    if len(text) > LONGEST_TEXT:
        raise SpeechError(f"This text has {len(text):,} characters; {LONGEST_TEXT:,} are read aloud at most. Shorten it.")
    return sentences(speakable(text))


class Pool:
    """The seats of one engine; safe to use from any thread."""

    def __init__(self, at_once: int = 1, most_waiting: int = MOST_WAITING) -> None:
        """``at_once`` sentences are computed together; ``most_waiting`` characters may wait."""
        self._free, self._most = max(1, at_once), most_waiting
        self._queue: deque[object] = deque()
        self._waiting = 0  # characters
        self._changed = threading.Condition()

    @property
    def waiting(self) -> int:
        """How many wait for a seat."""
        return len(self._queue)

    @property
    def free(self) -> int:
        """How many seats nobody has."""
        return self._free

    @contextmanager
    def seat(self, sentence: str) -> Iterator[None]:
        """A seat for the time in which the sentence is computed; first come, first served.

        Raises:
            Cancelled: nobody listens any more (``until``).
            SpeechError: too much is waiting already, or this has waited for too long (``patient``).
        """
        self._take(len(sentence))
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify_all()

    def _take(self, size: int) -> None:
        gone, patience, me, since = _gone.get(), _patience.get(), object(), time.monotonic()
        with self._changed:
            if self._queue and self._waiting + size > self._most:
                raise _busy()
            self._queue.append(me)
            self._waiting += size
            try:
                while True:
                    if gone():
                        raise Cancelled("The turn was stopped.")
                    if self._free and self._queue[0] is me:
                        self._free -= 1
                        return
                    if patience is not None and time.monotonic() - since > patience:
                        raise _busy()
                    self._changed.wait(_LOOK)
            finally:
                self._queue.remove(me)
                self._waiting -= size
                self._changed.notify_all()


def _busy() -> SpeechError:
    return SpeechError("The voice is busy with other calls: this is in writing only. Its sound returns when they are fewer.")

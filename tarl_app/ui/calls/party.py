"""A call or a comparison of a tab, and how the page follows it until it is idle."""

import asyncio
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Protocol

from tarl_app.core.errors import TarlError
from tarl_app.ui.components.values import joined

if TYPE_CHECKING:
    from tarl_app.ui.calls.live_call import LiveCall

FRAME = 0.06
"""Seconds between two updates of the page while something is running."""
CLICKS = 8
"""Most clicks of one visitor that may wait; further ones are ignored."""
_ACTING = ThreadPoolExecutor(32, "acting")
"""Reading a sound or building an agent must not hold up other visitors."""
Frames = AsyncIterator[dict[Any, Any]]


class Party(ABC):
    """A call or a comparison; it is followed by one event of the page at a time."""

    def __init__(self) -> None:
        self.notice = ""
        self.used = time.monotonic()
        """Time of the page's last heartbeat."""
        self.followed = False
        """Whether an event of the page is following it."""
        self.overpainted = False
        """Whether an older frame may have reached the page after the newest one."""
        self.steps = 0
        """How many steps are over: one may begin and end between two looks."""
        self._turnstile = threading.Lock()  # held while acting, so that simultaneous clicks run one after the other
        self._clicks: deque[object] = deque()  # those that wait, in their order

    @property
    @abstractmethod
    def live_calls(self) -> "tuple[LiveCall, ...]":
        """The calls that belong to it."""

    @property
    @abstractmethod
    def busy(self) -> bool:
        """Whether a step is running."""

    @property
    @abstractmethod
    def active(self) -> bool:
        """Whether a step is running, or events are still to be shown."""

    @property
    def watched(self) -> bool:
        """Whether the page goes on following it."""
        return self.active

    @property
    def crowded(self) -> bool:
        """Whether so many clicks wait that another one is ignored."""
        return len(self._clicks) >= CLICKS

    @abstractmethod
    def advance(self) -> bool:
        """Shows due events; True when there may be something new to paint."""

    @abstractmethod
    def rest(self) -> None:
        """Synchronises the screen with the calls once everything is shown."""

    @abstractmethod
    def stop(self) -> None:
        """Stops the running step."""

    @abstractmethod
    def leave(self) -> None:
        """Ends the visit: stops the running step, stores the calls, and soon frees everything."""

    def attempt(self, action: Callable[[], dict[Any, Any] | None]) -> dict[Any, Any]:
        """Runs the action; a refusal becomes the notice."""
        with self._turnstile:
            return self._attempt(action)

    def _attempt(self, action: Callable[[], dict[Any, Any] | None]) -> dict[Any, Any]:
        try:
            return action() or {}
        except TarlError as error:
            self.notice = str(error)
            return {}

    async def attempt_beside(self, action: Callable[[], dict[Any, Any] | None]) -> dict[Any, Any]:
        """``attempt`` in another thread, which is taken only when it is this click's turn."""
        if self.crowded:
            return {}
        click = object()
        self._clicks.append(click)
        try:
            while self._clicks[0] is not click or not self._turnstile.acquire(blocking=False):
                await asyncio.sleep(FRAME / 4)
        finally:
            self._clicks.remove(click)

        def act() -> dict[Any, Any]:
            try:
                return self._attempt(action)
            finally:
                self._turnstile.release()

        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(_ACTING, act))


class Painter(Protocol):
    """Computes updates relative to what it has painted."""

    def changed(self) -> dict[Any, Any]:
        """Updates of what differs from what was painted last."""
        ...


async def act(party: Party, action: Callable[[], dict[Any, Any] | None], paint: Callable[[], Painter]) -> Frames:
    """Runs the action, paints the changes, and follows the party until it is idle, unless another event follows it
    already.

    ``action`` may return updates of its own, painted when it succeeds; ``paint`` makes a painter that has painted nothing.
    """
    painter = paint()
    extra = await party.attempt_beside(action)
    yield joined(painter.changed(), extra)
    if party.followed and party.watched:
        party.overpainted = True  # the follower's newest frame may be older than this one, and arrive after it
        return
    async with aclosing(follow(party, painter, paint)) as found:
        async for changes in found:
            yield changes


async def follow(party: Party, painter: Painter, paint: Callable[[], Painter]) -> AsyncGenerator[dict[Any, Any], None]:
    """Paints changes until the party is idle."""
    party.followed = True
    try:
        seen = party.active, party.steps
        while party.watched:
            await asyncio.sleep(FRAME)
            party.used = time.monotonic()
            new = party.advance()
            if seen != (party.active, party.steps):
                seen, new = (party.active, party.steps), True
                party.rest()
            if party.overpainted:
                party.overpainted, new, painter = False, True, paint()
            if new and (changes := painter.changed()):
                yield changes
    finally:
        party.followed = False
    party.rest()
    if changes := painter.changed():  # Gradio refuses an empty frame
        yield changes

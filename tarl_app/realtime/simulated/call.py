"""A whole call of a simulated caller, over a real session and with real sound."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace

from tarl_app.conversation import Event, LiveConversation
from tarl_app.conversation.voice import stop_if
from tarl_app.core.protocols import UserSimulator
from tarl_app.core.sound.audio import Audio
from tarl_app.core.types import Episode, TurnTaking
from tarl_app.realtime.call.parts import Parts
from tarl_app.realtime.session import Session
from tarl_app.realtime.simulated.caller import Caller
from tarl_app.realtime.simulated.clock import SoundClock
from tarl_app.realtime.simulated.handset import Handset
from tarl_app.users.floor import Floor

_LOOK = 0.004  # seconds between two looks at an agent that is at work
_LONGEST = 1_800.0  # seconds of one call
_CLOSING = 60.0  # seconds for the conversation's thread to end


class Line:
    """The conversation of one call, as a session's ``Shared``."""

    def __init__(self, make: Callable[[Callable[[Event], None]], LiveConversation]) -> None:
        """``make`` makes it, with what is to be told of its events."""
        self._on_event: Callable[[Event], None] = lambda event: None
        self.conversation = make(self._tell)

    def _tell(self, event: Event) -> None:
        self._on_event(event)

    def floor(self) -> AbstractContextManager[None]:
        """Nobody else works on it."""
        return nullcontext()

    def join(self, on_event: Callable[[Event], None]) -> LiveConversation:
        """The conversation."""
        self._on_event = on_event
        return self.conversation

    def leave(self) -> None:
        """Nothing: whoever made it closes it."""


@dataclass(frozen=True)
class Outcome:
    """A call that is over; ``latencies`` and ``seconds`` as the caller had them, on the clock of the call."""

    episode: Episode
    latencies: tuple[float, ...]
    seconds: float


def hold_call(
    parts: Parts,
    make: Callable[[Callable[[Event], None]], LiveConversation],
    user: UserSimulator,
    floor: Floor,
    say: Callable[[str], Audio],
    cancelled: Callable[[], bool] = lambda: False,
) -> Outcome:
    """The call from its first word to the verdict.

    ``parts``: the agent's ears and voice; ``make``: the conversation; ``say``: the caller's voice. Raises what ``user`` and
    ``say`` raise, and ``Cancelled`` soon after ``cancelled()``.
    """
    line = Line(make)
    line.conversation.caller = f"{user.name}, full duplex"
    stopped = threading.Event()

    def hold() -> Outcome:
        def over() -> bool:
            return stopped.is_set() or cancelled()

        return asyncio.run(_hold(replace(parts, shared=line), line.conversation, user, floor, say, over))

    try:
        with ThreadPoolExecutor(1, thread_name_prefix="duplex call") as own:  # the caller may have an event loop itself
            try:
                return own.submit(hold).result()
            finally:
                stopped.set()
    finally:
        line.conversation.close()


async def _hold(
    parts: Parts,
    conversation: LiveConversation,
    user: UserSimulator,
    floor: Floor,
    say: Callable[[str], Audio],
    cancelled: Callable[[], bool],
) -> Outcome:
    clock = SoundClock()
    with ThreadPoolExecutor(2, thread_name_prefix="duplex") as pool:
        session = Session(parts, pool, clock)
        try:
            with _closing(session):
                handset = Handset(session, clock)
                with clock.stopped():  # models are loaded
                    await handset.open()
                    while session.computing:
                        await asyncio.sleep(_LOOK)
                caller = Caller(user, floor, say, handset, clock)
                while conversation.episode.stop is None and not caller.over and clock() < _LONGEST:
                    stop_if(cancelled, "The call was stopped.")
                    await _pass_time(session, handset, clock)
                    await handset.follow()
                    caller.act(session.computing)
                if conversation.episode.stop is None:
                    await handset.send("tarl.hang_up")
                    while session.computing:
                        await asyncio.sleep(_LOOK)
        finally:
            end = clock() + _CLOSING
            while not session.call.over and clock() < end:
                await asyncio.sleep(_LOOK)
    episode = conversation.episode
    taken = caller.counted(episode.turn_taking or TurnTaking())
    return Outcome(episode.model_copy(update={"turn_taking": taken}), tuple(caller.latencies), clock())


@contextmanager
def _closing(session: Session) -> Iterator[None]:
    try:
        yield
    finally:
        session.close()


async def _pass_time(session: Session, handset: Handset, clock: SoundClock) -> None:
    """Until the next piece of sound is complete, or for a moment while the agent's side computes."""
    left = handset.due - clock()
    if left <= 0:
        await handset.hear()
    elif session.computing:
        await asyncio.sleep(min(left, _LOOK))
    else:
        await asyncio.sleep(0)  # what was computed last is told first
        if not session.computing:
            clock.skip_to(handset.due)

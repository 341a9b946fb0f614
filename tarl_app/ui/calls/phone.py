"""A visitor's live call as a connection of ``/v1/realtime`` works on it: the same conversation that the page shows."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tarl_app.conversation import Event, LiveConversation, Scored, Stopped
from tarl_app.conversation.events import Rewound
from tarl_app.core.errors import ConversationError, SpeechError
from tarl_app.core.protocols import SpeechToText
from tarl_app.speech import Voice

if TYPE_CHECKING:
    from tarl_app.realtime.call.parts import Parts
    from tarl_app.ui.calls.live_call import LiveCall
    from tarl_app.ui.calls.live_calls import LiveCalls

PICKING_UP = 15.0
"""Seconds that a page is given to open a connection."""
MOST_WRITTEN = 8
"""Most typed messages that wait to be sent over a connection."""
OVER = "This call goes on elsewhere or has ended: press the microphone to talk again."


class Phone:
    """One connection's hold on a call. A later connection, or a new call, takes its place."""

    def __init__(self, live_call: "LiveCall", conversation: LiveConversation) -> None:
        self._live_call, self.conversation = live_call, conversation
        self._on_event: Callable[[Event], None] | None = None
        self.working = False
        """Whether this connection has the floor."""
        self.over = False

    @contextmanager
    def floor(self) -> Iterator[None]:
        """Waits until the page's own step is over. Raises ``ConversationError`` once the call is over."""
        with self._live_call.worker.floor():
            if self.over or self._live_call.conversation is not self.conversation:
                raise ConversationError(OVER)
            self.working = True
            try:
                yield
            finally:
                self.working = False

    def join(self, on_event: Callable[[Event], None]) -> LiveConversation:
        """The call's conversation; its events are told from now on."""
        self._on_event = on_event
        return self.conversation

    def leave(self) -> None:
        """The connection is gone."""
        self._live_call.line.leave(self)

    def tell(self, event: Event) -> None:
        """Passes on what belongs to the connection: all of its own work, and of the page's what concerns it too."""
        if self._on_event is not None and (self.working or isinstance(event, Scored | Stopped | Rewound)):
            self._on_event(event)


class Line:
    """By what a visitor's page is connected with its live call."""

    def __init__(self, live_call: "LiveCall", clock: Callable[[], float]) -> None:
        self._live_call, self._clock = live_call, clock
        self.phone: Phone | None = None
        """The connection, while there is one."""
        self.written: tuple[tuple[str, str], ...] = ()
        """Ids and texts that the page is to send over it."""
        self._called = -PICKING_UP

    @property
    def working(self) -> bool:
        """Whether the connection has the floor."""
        return self.phone is not None and self.phone.working

    @property
    def awaited(self) -> bool:
        """Whether something may come over a connection at any time."""
        return self.phone is not None or self._clock() - self._called < PICKING_UP

    def call(self) -> None:
        """The page is about to open a connection. Raises ``ConversationError`` where there is no open call."""
        self._live_call.require_talking()
        self._live_call.hand_back()  # whoever talks takes over from the simulator
        self._called = self._clock()

    def pick_up(self) -> Phone:
        """A new connection, in place of an earlier one. Raises ``ConversationError`` where there is no open call."""
        conversation = self._live_call.require_talking()
        self.drop()
        self._live_call.hand_back()
        self.phone = Phone(self._live_call, conversation)
        return self.phone

    def write(self, text: str) -> None:
        """The page is to send this."""
        self.written = (*self.written, (secrets.token_hex(8), text))[-MOST_WRITTEN:]

    def tell(self, event: Event) -> None:
        """Passes an event of the conversation on."""
        if (phone := self.phone) is not None:
            phone.tell(event)

    def leave(self, phone: Phone) -> None:
        """That connection is gone; what it has begun, such as to note what was heard, it may still complete."""
        if self.phone is phone:
            self._called = -PICKING_UP
            self.drop()
            phone.over = False

    def drop(self) -> None:
        """The connection, if any, has no part in the call any more."""
        phone, self.phone, self.written = self.phone, None, ()
        if phone is not None:
            phone.over = True
            phone.conversation.full = self._live_call.full


def visit(live_calls: "LiveCalls", key: str) -> "Callable[[], Parts] | None":
    """What opens the call of the visit with that key; None for an unknown key."""
    live_call = live_calls.with_key(key)
    return None if live_call is None else lambda: parts_of(live_call)


def parts_of(live_call: "LiveCall") -> "Parts":
    """The call as a connection's; raises ``ConversationError`` where there is none, or it has ended."""
    from tarl_app.realtime.call.parts import Parts

    services, held = live_call.services, live_call.line.pick_up()
    conversation = held.conversation
    episode = conversation.episode

    def voice(_: str) -> Voice:
        found = services.voice()
        if found is None:
            raise SpeechError(f"{services.readiness.why_not(('voice',))} The answers can be read meanwhile.")
        return found

    def hearing() -> SpeechToText:
        found = services.ears()
        if found is None:
            raise SpeechError(f"{services.readiness.why_not(('hearing',))} Please type for now.")
        return found

    return Parts(
        name=episode.agent,
        task=episode.task,
        domain=conversation.domain,
        agent=lambda _: conversation.agent,  # pyright: ignore - it is not used
        voice=voice,
        hearing=hearing,
        hears=services.hears(episode.agent),
        guard=episode.guard,
        shared=held,
    )

"""A visitor's live call as a connection of ``/v1/realtime`` works on it: the same conversation that the page shows."""

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
            if self.over:
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
        self._live_call.hung_up(self)

    def tell(self, event: Event) -> None:
        """Passes on what belongs to the connection: all of its own work, and of the page's what concerns it too."""
        if self._on_event is not None and (self.working or isinstance(event, Scored | Stopped | Rewound)):
            self._on_event(event)


def visit(live_calls: "LiveCalls", key: str) -> "Callable[[], Parts] | None":
    """What opens the call of the visit with that key; None for an unknown key."""
    live_call = live_calls.with_key(key)
    return None if live_call is None else lambda: parts_of(live_call)


def parts_of(live_call: "LiveCall") -> "Parts":
    """The call as a connection's; raises ``ConversationError`` where there is none, or it has ended."""
    from tarl_app.realtime.call.parts import Parts

    services, held = live_call.services, live_call.pick_up()
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

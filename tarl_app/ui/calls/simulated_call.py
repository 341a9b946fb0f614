"""A visitor's call while the simulator is the customer: watched, paused, stepped through, handed back."""

from abc import abstractmethod
from collections.abc import Callable

from tarl_app.conversation import Conversation, LiveConversation
from tarl_app.core.errors import ConversationError, TarlError
from tarl_app.ui.calls.screen import Waiting
from tarl_app.ui.calls.shown_call import ShownCall
from tarl_app.ui.calls.worker import Worker
from tarl_app.ui.models import BACKGROUNDS, Chosen
from tarl_app.ui.services import Services

LOOK = 0.05
"""Seconds between two looks at whether somebody waits."""


class SimulatedCall(ShownCall):
    """What the simulator does in a call."""

    worker: Worker

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.aloud = True
        self.simulated = False  # the simulator is the customer
        self.paused = False  # it waits
        self._stepping = False  # it waits again after the next exchange
        self.fast = False  # it does not wait until it is heard
        self._sounds = ("", "clean")  # the customer's voice and background
        self.chosen = Chosen()  # simulator and judge, from the next call on

    @abstractmethod
    def require_open(self) -> LiveConversation:
        """The live call, while it rests and can go on; raises ``ConversationError``."""

    @abstractmethod
    def prepare(self, conversation: Conversation, paced: bool) -> None:
        """A step begins; ``paced`` when the simulator speaks."""

    @abstractmethod
    def forgotten(self) -> bool:
        """Whether nobody watches the call; its step is then stopped."""

    @abstractmethod
    def say_to_visitor(self, notice: str) -> None:
        """Shows a sentence."""

    def simulate(self) -> None:
        """The simulator is the customer from here on, until the call ends or ``hand_back``."""
        conversation = self.require_open()
        self.simulated = True
        try:
            self.worker.start(lambda: self._simulate(conversation))
        except ConversationError:
            self.simulated = False
            raise

    def hand_back(self) -> None:
        """The visitor is the customer again, after the current turn."""
        self.simulated = False
        self.go_on()

    def pause(self) -> None:
        """The simulator's call waits, in the middle of a sentence."""
        if not self.simulated or self.screen is None:
            raise ConversationError("Only a call of the simulator can wait: let it take over first.")
        self.paused, self._stepping = True, False
        self.screen.pause()

    def go_on(self) -> None:
        """After ``pause``."""
        self.paused = False
        if self.screen is not None:
            self.screen.go_on()

    def step(self) -> None:
        """One exchange by the simulator: the customer speaks, and the agent answers; then it waits."""
        if not self.simulated:
            self.simulate()
        self._stepping = True
        self.go_on()

    def sound_like(self, voice: str, background: str) -> None:
        """The customer's voice and background, from their next turn on. Raises ``ConversationError`` for unknown names."""
        if voice not in {name for _, name in self.services.voices} or background not in {name for _, name in BACKGROUNDS}:
            raise ConversationError("There is no such voice or background: choose one from the list.")
        self._sounds = (voice, background)

    def hurry(self, fast: bool) -> None:
        """As fast as possible, without the agent's voice; or so that both are heard, from the next turn on."""
        self.fast = fast
        if self.screen is not None:
            self.screen.hurry(fast)

    def tell_if_slow(self, conversation: Conversation) -> None:
        """Offers text where an answer took too long to begin to sound."""
        spoken = next((turn for _, turn in reversed(conversation.episode.agent_turns) if turn.text.strip()), None)
        seconds = (spoken.timing.voice if spoken and spoken.timing else None) or 0.0
        if seconds > self.services.slow_voice:
            took = f"The answer took {seconds:.0f} s to begin: this machine is slow for voice just now."
            self.say_to_visitor(f"{took} Take the tick from “Voice on”, and calls go on by text at once.")

    def _dress(self, conversation: Conversation) -> None:
        """What was chosen since the customer's last turn."""
        conversation.voice = self.services.voice() if self.aloud and not self.fast else None
        if self.services.dress is not None and conversation.user is not None:
            try:
                self.services.dress(conversation.user, *self._sounds)
            except TarlError as error:
                self.say_to_visitor(f"The customer keeps their voice. {error}")

    def _simulate(self, conversation: Conversation) -> None:
        self.prepare(conversation, paced=True)
        spoken = self.aloud and self.services.voice() is not None
        conversation.user = self.services.user_of(conversation.episode.agent, conversation.episode.task, spoken, self.chosen)
        try:
            while self.simulated and conversation.episode.stop is None:
                self.post(Waiting("The customer is speaking…"))
                self._dress(conversation)
                conversation.step(self.worker.cancel.is_set)
                self.tell_if_slow(conversation)
                self._wait_for_screen()
                self._wait_for_visitor(conversation)
            if self.worker.cancel.is_set() and conversation.episode.stop is None:  # between steps: nothing to undo
                self.say_to_visitor("Stopped. The call is still open: go on yourself, or let the simulator take over.")
        finally:
            self.simulated = self._stepping = False
            self.go_on()
            conversation.user = None

    def _wait_for_visitor(self, conversation: Conversation) -> None:
        """While it is paused; a step ends in a pause once it has been heard."""

        def waits(what: Callable[[], bool]) -> bool:
            return what() and self.simulated and conversation.episode.stop is None and not self.forgotten()

        while waits(lambda: self._stepping and self.screen is not None and not self.screen.quiet):
            self.worker.cancel.wait(LOOK)
        if self._stepping and self.simulated:
            self.pause()
        while waits(lambda: self.paused):
            self.worker.cancel.wait(LOOK)

    def _wait_for_screen(self) -> None:
        """The conversation is never more than one user turn ahead of what is heard."""
        while self.simulated and self.screen is not None and self.screen.ahead:
            if self.worker.cancel.wait(LOOK) or self.forgotten():
                return

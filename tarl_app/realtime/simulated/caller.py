"""Who calls: speaks when it is their turn, and now and then when it is not."""

from collections.abc import Callable
from typing import Any

from tarl_app.core.protocols import UserSimulator
from tarl_app.core.sound.audio import Audio
from tarl_app.core.sound.silence import trimmed
from tarl_app.core.types import AgentTurn, Turn, TurnTaking, UserTurn
from tarl_app.realtime.simulated.clock import SoundClock
from tarl_app.realtime.simulated.handset import Handset, Message
from tarl_app.users.floor import Floor, Plan, with_pause

_FIRST = 0.5  # seconds before the caller's first word
_PATIENCE = 8.0  # seconds of silence after which the caller says it again
_SOFT = 0.25  # seconds at the end of an utterance
_MOST_REPEATS = 2  # after which they hang up


class Caller:
    """The words are the simulator's; when they are said is decided here, on the clock of the call."""

    def __init__(
        self, user: UserSimulator, floor: Floor, say: Callable[[str], Audio], handset: Handset, clock: SoundClock
    ) -> None:
        """``say``: the caller's voice, with what the line does to it."""
        self._user, self._floor, self._say, self._handset, self._clock = user, floor, say, handset, clock
        self._turns: list[Turn] = []  # as the caller knows them
        self._next = _FIRST  # when to speak, if nobody else does
        self._waits = False  # for an answer
        self._last: Audio | None = None
        self._answered = ""  # the response that was completed last
        self._responses: list[str] = []  # those since the last utterance
        self._since = 0.0  # the end of the last utterance
        self._repeats = 0
        self._plans: dict[str, Plan] = {}
        self._backchannel: bool | None = None  # the agent has yielded to the last one
        self._talks = False  # an utterance is under way
        self._noted: set[str] = set()
        self.over = False
        """Whether the caller hangs up."""
        self.latencies: list[float] = []
        """Seconds from the end of each utterance to the first sound of its answer."""
        self._cuts: bool | None = None  # the agent has yielded to the last interruption
        self.interruptions = self.heeded = self.backchannels = self.yielded = self.talked_over = 0

    def counted(self, found: TurnTaking) -> TurnTaking:
        """With what only the caller knows."""
        return found.model_copy(
            update={
                "agent_interruptions": self.talked_over,
                "interruptions_meant": self.interruptions,
                "interruptions_yielded": self.heeded,
                "backchannels": self.backchannels,
                "backchannels_kept": self.backchannels - self.yielded,
            }
        )

    def act(self, computing: bool) -> None:
        """Decides what happens now; ``computing``: the agent's side is at work."""
        self._look()
        handset, now = self._handset, self._clock()
        if handset.speaking:
            return
        if self._talks:
            self._talks, self._since, self._waits = False, now, True
        if (message := handset.sounding) is not None:
            self._listen(message, computing)
        elif not handset.playing and not computing:
            if self._waits:
                self._wait(now)
            elif now >= self._next:
                self._speak()

    def _look(self) -> None:
        """At what has come."""
        handset = self._handset
        events, handset.events = handset.events, []
        for event in events:
            self._take(event)
        message = handset.sounding
        if message is not None and message.played and message.response not in self._noted:
            self._noted.add(message.response)
            if self._goes_on:
                self.talked_over += 1
            elif self._waits and self._since:
                self.latencies.append(message.begun - self._since)

    @property
    def _goes_on(self) -> bool:
        """Whether the caller is not at the end of an utterance; what sounds softly at the end may be none for the agent."""
        return self._talks and self._handset.left > _SOFT

    def _take(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "input_audio_buffer.speech_started" if self._backchannel is False:
                self.yielded, self._backchannel = self.yielded + 1, True
            case "input_audio_buffer.speech_started" if self._cuts is False:
                self.heeded, self._cuts = self.heeded + 1, True
            case "response.created" if not self._goes_on:
                self._responses.append(event["response"]["id"])
            case "response.done" if event["response"]["status"] != "cancelled" and not self._goes_on:
                self._answered = event["response"]["id"]
            case _:
                pass

    def _listen(self, message: Message, computing: bool) -> None:
        """While the agent speaks, once it is known how long."""
        if computing or message.response != self._answered or not self._waits:
            return
        name = message.response
        if name not in self._plans:
            self._plans[name] = self._floor.plan(message.text, message.came / 1000)
        plan, played = self._plans[name], message.played / 1000
        if plan.backchannel is not None and played >= plan.backchannel:
            self._plans[name] = Plan()
            self.backchannels, self._backchannel = self.backchannels + 1, False
            with self._clock.stopped():
                self._handset.say(trimmed(self._say(self._floor.backchannel)))
        elif plan.interrupt is not None and played >= plan.interrupt:
            self._plans[name] = Plan()
            self._understand()
            if self._speak(again=False):
                self.interruptions, self._cuts = self.interruptions + 1, False

    def _wait(self, now: float) -> None:
        """The answer is over, or does not come."""
        if self._answered and self._said():
            self._understand()
            self._next = now + self._floor.reaction
        elif now - self._since > _PATIENCE:
            self._repeats += 1
            self.over = self._repeats > _MOST_REPEATS or self._last is None
            if not self.over and self._last is not None:
                self._utter(self._last)

    def _said(self) -> list[Message]:
        return [one for one in self._handset.messages.values() if one.response in self._responses and one.came]

    def _understand(self) -> None:
        """The caller takes the agent's words in: also those that they are about to cut, as they guess the rest."""
        if text := " ".join(words for one in self._said() if (words := one.words if one.cut else one.text)):
            self._turns.append(AgentTurn(text=text))
        self._waits, self._answered, self._repeats = False, "", 0

    def _speak(self, again: bool = True) -> bool:
        """The next utterance; whether there is one. ``again``: it may have a pause in it."""
        with self._clock.stopped():
            turn = self._user.speak(tuple(self._turns))
            if turn is None or not turn.text.strip():
                self.over = turn is None
                self._next = self._clock()
                return False
            self._turns.append(UserTurn(text=turn.text))
            parts, pause = self._floor.parts(turn.text) if again else ([turn.text], 0.0)
            self._utter(with_pause([trimmed(self._say(part)) for part in parts], pause))
        return True

    def _utter(self, sound: Audio) -> None:
        self._last, self._talks, self._backchannel, self._cuts = sound, True, None, None
        self._answered, self._responses = "", []
        self._handset.say(sound)

"""THE loop: user turn -> agent turn -> tool turn -> agent turn ... for page, simulator, evaluation and training.

    conversation = Conversation(task, domain, agent, user=ScriptedUser(task, seed=0), judge=judge)
    episode = conversation.run()                 # the simulator speaks until it hangs up
    conversation.say(UserTurn(text="Hello"))     # or a person speaks, and the agent works until it answers

Nothing that anybody *says* ends a conversation: there are no stop markers. It ends when the user hangs up, when a transfer
succeeds, at the limit of agent turns or of the agent's context, or with a failure of the infrastructure or of the simulated
user, which is data on the episode.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from uuid import uuid4

from tarl_app.core.audio import Audio, Recorder
from tarl_app.core.characters import whole
from tarl_app.core.domain import Domain
from tarl_app.core.errors import Cancelled, ConversationError, DialogueTooLong, SoundTooLong, TarlError, UserFault
from tarl_app.core.human_feedback import with_thumb
from tarl_app.core.protocols import Agent, Judge, UserSimulator
from tarl_app.core.types import (
    AgentTurn,
    Episode,
    Judgement,
    StopReason,
    Task,
    Timing,
    ToolCall,
    ToolResult,
    ToolTurn,
    Turn,
    TurnScore,
    UserTurn,
    Verdict,
)
from tarl_app.sandbox.verifier import verify
from tarl_app.speech import Voice
from tarl_app.speech.phrases import Speaking
from tarl_app.speech.pool import until

MALFORMED = (
    "Error: this tool call could not be read. Write one JSON object with the keys name and arguments between "
    '<tool_call> and </tool_call>, such as <tool_call>{"name": "think", "arguments": {"thought": "..."}}</tool_call>'
)


_LOOK = 0.05  # seconds between two looks at whether what was spoken has been heard


@dataclass(frozen=True)
class TextPiece:
    """A piece of the agent's spoken text while it is generated."""

    text: str


@dataclass(frozen=True)
class TurnAdded:
    """A turn is complete, its sound included; ``index`` is its place in ``Episode.turns``."""

    index: int
    turn: Turn


@dataclass(frozen=True)
class SpeechPiece:
    """One spoken phrase of the agent turn that will be ``turns[index]``; its text may still be growing."""

    index: int
    audio: Audio


@dataclass(frozen=True)
class Scored:
    """A judge's new or changed score of one agent turn."""

    score: TurnScore


@dataclass(frozen=True)
class Rewound:
    """The dialogue now has ``length`` turns: an undo, or a turn that was cancelled."""

    length: int


@dataclass(frozen=True)
class Noted:
    """Something beside the dialogue went wrong (the voice, the judge); the conversation goes on."""

    text: str


@dataclass(frozen=True)
class Stopped:
    """The conversation has ended; ``verdict`` is None for free talk."""

    reason: StopReason
    verdict: Verdict | None


Event = TextPiece | TurnAdded | SpeechPiece | Scored | Rewound | Noted | Stopped


@dataclass
class _Speech:
    """How far one agent turn has been spoken."""

    speaking: Speaking
    began: float
    sound: Recorder = field(default_factory=Recorder)
    first: float | None = None  # seconds from ``began`` until the first sound
    seconds: float = 0.0  # spent on speaking so far
    failed: bool = False


def _never() -> bool:
    return False


def _cut(judgement: Judgement, length: int) -> Judgement:
    return judgement.model_copy(update={"scores": tuple(score for score in judgement.scores if score.turn < length)})


class Conversation:
    """One task, one environment, one dialogue.

    Calls are not re-entrant: one step at a time. Raises ``ConversationError`` for a step that is not possible now and
    ``Cancelled`` when ``cancelled()`` became true; the dialogue and the database are then as before the step.
    """

    def __init__(
        self,
        task: Task,
        domain: Domain,
        agent: Agent,
        user: UserSimulator | None = None,
        judge: Judge | None = None,
        voice: Voice | None = None,
        on_event: Callable[[Event], None] | None = None,
        max_agent_turns: int = 30,
        seed: int = 0,
        id: str | None = None,  # noqa: A002
    ) -> None:
        self.domain, self.agent, self.judge, self.voice = domain, agent, judge, voice
        self.user = user  # settable: the simulator may take over from a person, and hand back
        self.max_agent_turns = max_agent_turns
        self.notes: tuple[str, ...] = ()
        self.full: Callable[[], bool] = _never  # settable: whether so much speech waits to be heard that no more is made
        self._emit: Callable[[Event], None] = on_event or (lambda event: None)
        self._environment = domain.open()
        self._base = Episode(id=id or uuid4().hex, task=task, agent=agent.name, user="", seed=seed)
        self._turns: list[Turn] = []
        self._speakers: list[str] = []  # one for each user turn
        self._judgement: Judgement | None = None
        self._people: tuple[Judgement, ...] = ()  # thumbs
        self._stop: StopReason | None = None
        self._failure: str | None = None
        self._verdict: Verdict | None = None

    @property
    def episode(self) -> Episode:
        """The episode so far, frozen."""
        speakers = dict.fromkeys(self._speakers) or [self.user.name if self.user else "human"]
        update = {
            "user": " + ".join(speakers),
            "turns": tuple(self._turns),
            "stop": self._stop,
            "failure": self._failure,
            "verdict": self._verdict,
            "judgements": (*self._people, *((self._judgement,) if self._judgement else ())),
        }
        return self._base.model_copy(update=update)

    def say(self, turn: UserTurn, cancelled: Callable[[], bool] | None = None) -> Episode:
        """A person speaks; then the agent works until it answers without calling a tool."""
        return self._answer(turn, "human", cancelled or _never)

    def step(self, cancelled: Callable[[], bool] | None = None) -> Episode:
        """The simulator speaks, and the agent works; or the simulator hangs up."""
        self._require_open()
        if self.user is None:
            raise ConversationError("There is no simulator in this conversation: set `user`, or speak with `say`.")
        try:
            with until(cancelled or _never):
                turn = self.user.speak(tuple(self._turns))
        except Cancelled:
            raise
        except UserFault as error:
            self._end(StopReason.USER_FAULT, f"user simulator: {error}")
            return self.episode
        except TarlError as error:
            self._end(StopReason.FAILURE, f"user simulator: {error}")
            return self.episode
        if turn is None:
            self._end(StopReason.USER_DONE)
            return self.episode
        return self._answer(turn, self.user.name, cancelled or _never)

    def run(self, cancelled: Callable[[], bool] | None = None) -> Episode:
        """Steps until the conversation has stopped."""
        while self._stop is None:
            if (cancelled or _never)():
                raise Cancelled("The conversation was stopped.")
            self.step(cancelled)
        return self.episode

    def undo(self) -> UserTurn:
        """Removes the last user turn and all that followed, and rebuilds the database; to retry, say it again."""
        for index in range(len(self._turns) - 1, -1, -1):
            turn = self._turns[index]
            if isinstance(turn, UserTurn):
                self._rewind(index)
                return turn
        raise ConversationError("Nobody has said anything yet: there is nothing to undo.")

    def rate(self, turn: int, up: bool) -> Episode:
        """A person's thumb on ``turns[turn]``; the same thumb once more takes it back. Possible after the end as well."""
        if not (0 <= turn < len(self._turns) and isinstance(self._turns[turn], AgentTurn)):
            raise ConversationError("Only what the agent said or did can be rated.")
        self._people = with_thumb(self._people, turn, up)
        return self.episode

    def finish(self) -> Verdict | None:
        """The person hangs up; the verdict, or None for free talk."""
        if self._stop is None:
            self._end(StopReason.USER_DONE)
        return self._verdict

    def close(self) -> None:
        """Frees the database; the episode stays readable."""
        self._environment.close()

    def _require_open(self) -> None:
        if self._stop is not None:
            raise ConversationError(f"This conversation has ended ({self._stop}): undo the last turn, or begin a new one.")

    def _answer(self, turn: UserTurn, speaker: str, cancelled: Callable[[], bool]) -> Episode:
        self._require_open()
        before = len(self._turns)
        try:
            self._speakers.append(speaker)
            self._add(turn)
            with until(cancelled):
                self._work(cancelled)
        except BaseException:  # cancelled, or a bug: either way the dialogue must stay consistent with the database
            self._rewind(before)
            raise
        return self.episode

    def _work(self, cancelled: Callable[[], bool]) -> None:
        """The agent's turns and its tools' until it answers, or the conversation stops."""
        while True:
            if len(self.episode.agent_turns) >= self.max_agent_turns:
                return self._end(StopReason.LIMIT)
            try:
                turn = self._agent_turn(cancelled)
            except Cancelled:
                raise
            except DialogueTooLong as error:
                return self._end(StopReason.CONTEXT, f"agent: {error}")
            except TarlError as error:
                return self._end(StopReason.FAILURE, f"agent: {error}")
            self._add(turn)
            if not turn.tool_calls and turn.malformed is None:
                self._score()
                return None
            started = time.perf_counter()
            results = self._use_tools(turn)
            self._add(ToolTurn(results=results, seconds=time.perf_counter() - started))
            self._score()
            if any(result.name == self.domain.transfer_tool and not result.is_error for result in results):
                return self._end(StopReason.TRANSFERRED)

    def _agent_turn(self, cancelled: Callable[[], bool]) -> AgentTurn:
        if cancelled():
            raise Cancelled("The turn was stopped.")
        started = time.perf_counter()
        speech = _Speech(Speaking(self.voice), started) if self.voice else None

        def on_text(piece: str) -> None:
            piece = whole(piece)
            self._emit(TextPiece(piece))
            if speech:
                self._speak(speech, speech.speaking.write(piece), cancelled)

        try:
            turn = self.agent.reply(tuple(self._turns), on_text, cancelled)
            if cancelled():
                raise Cancelled("The turn was stopped.")
            timing = turn.timing or Timing(total=time.perf_counter() - started)
            if speech and timing.total is not None:  # the agent's own time
                timing = timing.model_copy(update={"total": timing.total - speech.seconds})
            turn = turn.model_copy(update={"timing": timing})
            return self._spoken(turn, speech, cancelled) if speech and turn.text.strip() else turn
        finally:
            if speech:
                speech.sound.close()

    def _speak(self, speech: _Speech, sounds: Iterator[Audio], cancelled: Callable[[], bool], waits: bool = False) -> None:
        """Speaks while the agent waits: beside it both would be slower (docs/decisions/speaking-early.md).

        Where enough waits to be heard, it ``waits`` for that, or leaves the rest for the next time: who still writes must
        not be held up for long, as it may hold the model.
        """
        if speech.failed:
            return
        started = time.perf_counter()
        try:
            while self._room(cancelled, waits) and (sound := next(sounds, None)) is not None:
                speech.first = speech.first or time.perf_counter() - speech.began
                speech.sound.add(sound)
                self._emit(SpeechPiece(len(self._turns), sound))
                if cancelled():
                    raise Cancelled("The turn was stopped.")
        except Cancelled:
            raise
        except TarlError as error:
            speech.failed = not isinstance(error, SoundTooLong)  # what was spoken of a long answer is kept
            self._note(f"voice: {error}")
        finally:
            speech.seconds += time.perf_counter() - started

    def _room(self, cancelled: Callable[[], bool], waits: bool) -> bool:
        """Whether more speech is to be made now."""
        while waits and self.full():
            if cancelled():
                raise Cancelled("The turn was stopped.")
            time.sleep(_LOOK)
        return waits or not self.full()

    def _spoken(self, turn: AgentTurn, speech: _Speech, cancelled: Callable[[], bool]) -> AgentTurn:
        self._speak(speech, speech.speaking.finish(turn.text), cancelled, waits=True)
        if speech.failed or speech.sound.empty:
            return turn
        try:
            kept = speech.sound.keep()
        except TarlError as error:
            self._note(f"voice: {error}")
            return turn
        timing = (turn.timing or Timing()).model_copy(update={"voice": speech.first})
        return turn.model_copy(update={"audio": kept, "timing": timing})

    def _use_tools(self, turn: AgentTurn) -> tuple[ToolResult, ...]:
        results = [self._environment.call(call) for call in turn.tool_calls]
        if turn.malformed is not None:
            results.append(ToolResult(call_id="malformed", name="", content=MALFORMED, is_error=True))
        return tuple(results)

    def _score(self) -> str:
        """Has the judge look; why it could not, if so."""
        if self.judge is None:
            return ""
        try:
            judgement = self.judge.judge(self.episode)
        except TarlError as error:
            self._note(f"judge: {error}")
            return f"judge: {error}"
        known = set(self._judgement.scores) if self._judgement else set()
        self._judgement = judgement
        for score in judgement.scores:
            if score not in known:
                self._emit(Scored(score))
        return ""

    def _add(self, turn: Turn) -> None:
        self._turns.append(turn)
        self._emit(TurnAdded(len(self._turns) - 1, turn))

    def _note(self, text: str) -> None:
        self.notes += (whole(text),)
        self._emit(Noted(whole(text)))

    def _end(self, reason: StopReason, failure: str | None = None) -> None:
        self._stop, self._failure = reason, whole(failure) if failure else failure
        if self._base.task.verifiable:
            self._verdict = verify(self.episode, self.domain)
        unjudged = self._score()  # the end itself can complete a judgement
        if unjudged and self.episode.counts:  # without its scores it has no reward
            self._stop, self._failure = StopReason.FAILURE, unjudged
        self._emit(Stopped(self._stop, self._verdict))

    def _rewind(self, length: int) -> None:
        """Cuts the dialogue and replays the calls that remain, so that the database agrees with it."""
        self._turns = self._turns[:length]
        self._speakers = self._speakers[: sum(isinstance(turn, UserTurn) for turn in self._turns)]
        self._stop = self._failure = self._verdict = None
        self._people = tuple(cut for one in self._people if (cut := _cut(one, length)).scores)
        if self._judgement:
            self._judgement = one if (one := _cut(self._judgement, length)).scores else None
        self._environment.close()
        self._environment = self.domain.open()
        for call in self._calls():
            self._environment.call(call)
        self._emit(Rewound(length))

    def _calls(self) -> Iterator[ToolCall]:
        for turn in self._turns:
            if isinstance(turn, AgentTurn):
                yield from turn.tool_calls

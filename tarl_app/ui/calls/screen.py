"""What one visitor sees of a call that runs in another thread.

The conversation runs ahead; its events are held here until they are due, so that text, verdicts and sound are in sync:
the agent's answer is not shown while the simulated customer is still being heard, and the customer does not interrupt.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tarl_app.conversation import Event, Noted, Rewound, Scored, SpeechPiece, Stopped, TextPiece, TurnAdded
from tarl_app.core.ears import worded
from tarl_app.core.sound.audio import Audio
from tarl_app.core.types import AgentTurn, Change, Episode, Judgement, Turn, TurnScore, UserTurn
from tarl_app.ui.episode_view import SOUND

GAP = 0.25
"""Seconds of silence between two speakers."""
MOST_UNHEARD = 30.0
"""Most seconds of speech that are made ahead of playback."""
SILENT = 1.0
"""Seconds without a sound after which the page says that one is being made."""
MAKING = "The voice is being made…"
FORGOTTEN = 60.0
"""Seconds without a request after which the call counts as unwatched."""


@dataclass(frozen=True)
class Changed:
    """The database now differs from its start by ``changes``."""

    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Waiting:
    """What the app is doing, in words; empty when it is not waiting for anything."""

    text: str


ScreenEvent = Event | Changed | Waiting


@dataclass(frozen=True)
class Sound:
    """One sound for the page to play."""

    id: str
    url: str
    who: str


class Screen:
    """A queue of events, and the state after those already due. Filled by one thread, read by another."""

    def __init__(
        self,
        episode: Episode,
        publish: Callable[[Audio], str],
        clock: Callable[[], float] = time.monotonic,
        pause: float = 0.5,
    ) -> None:
        """``publish`` makes a sound available to this visitor and returns its URL.

        ``pause``: seconds between a turn without sound and the next one while the simulator is the customer.
        """
        self.episode, self.changes = episode, ()
        self.live = self.waiting = self.note = ""
        self.sounds: list[Sound] = []
        self._paced = False  # True while the simulator speaks for the customer
        self._muted = self._fast = self._aloud = False
        self._told, self._live_since = "", 0.0  # at the last look; when the words of ``live`` began
        self._spoken = 0
        self._publish, self._clock, self._pause = publish, clock, pause
        self._queue: deque[ScreenEvent] = deque()
        self._lock = threading.Lock()
        self._user_until = self._all_until = 0.0
        self._paused: float | None = None  # since when
        self._unheard = 0.0  # seconds of speech in the queue
        self._looked = clock()

    def post(self, event: ScreenEvent) -> None:
        """Takes an event of the conversation."""
        with self._lock:
            self._queue.append(event)
            self._unheard += _seconds(event)

    def begin(self, paced: bool, aloud: bool = False) -> None:
        """A step begins; ``paced`` when the simulator speaks for the customer, ``aloud`` when the agent has a voice."""
        self._paced, self._muted, self._looked = paced, False, self._clock()
        self._aloud = aloud

    def hush(self) -> None:
        """Stops playback, and shows all waiting events at once."""
        self.sounds, self._paused = [], None
        self._paced, self._muted = False, True
        self._user_until = self._all_until = 0.0

    def hurry(self, fast: bool) -> None:
        """Everything is shown as soon as it is there, and nothing is played; or it is paced by what is heard again."""
        self._fast = fast
        if fast:
            self.sounds = []
            self._user_until = self._all_until = 0.0

    def pause(self) -> None:
        """Nothing that waits is shown until ``go_on``; the page pauses its playback."""
        if self._paused is None:
            self._paused = self._clock()

    def go_on(self) -> None:
        """After a pause, everything is due by as much later."""
        if self._paused is not None:
            waited, self._paused = self._clock() - self._paused, None
            self._user_until, self._all_until = self._user_until + waited, self._all_until + waited

    @property
    def told(self) -> str:
        """What the app is doing, in words; also that the voice of words that stand there already is being made."""
        unheard = self._aloud and not (self._muted or self._fast) and self._paused is None and bool(self.live.strip())
        late = unheard and self._clock() >= max(self._all_until, self._live_since) + SILENT
        return self.waiting or (MAKING if late else "")

    @property
    def quiet(self) -> bool:
        """Whether everything has been shown and heard."""
        return self.drained and self._paused is None and self._clock() >= self._all_until

    @property
    def ahead(self) -> bool:
        """Whether there is a user turn that is not shown yet."""
        with self._lock:
            return any(isinstance(event, TurnAdded) and isinstance(event.turn, UserTurn) for event in self._queue)

    @property
    def full(self) -> bool:
        """Whether enough speech waits to be played."""
        return self._unheard > MOST_UNHEARD

    @property
    def forgotten(self) -> bool:
        """Whether the call is unwatched, because its page is gone."""
        return self._clock() - self._looked > FORGOTTEN

    @property
    def drained(self) -> bool:
        """Whether every event has been applied."""
        return not self._queue

    def apply_due(self, everything: bool = False) -> bool:
        """Applies the events that are due (or all, at once and silently); True when there is anything new to be shown."""
        changed, self._looked = False, self._clock()
        while event := self._next(everything):
            self._apply(event, silent=everything or self._muted or self._fast)
            changed = True
        before, self._told = self._told, self.told
        return changed or before != self._told

    def sync(self, episode: Episode) -> None:
        """Takes the conversation's episode once its step is over."""
        self.apply_due(everything=True)
        self.episode, self.live, self.waiting = episode, "", ""

    def _next(self, everything: bool) -> ScreenEvent | None:
        with self._lock:
            due = self._paused is None and bool(self._queue) and self._clock() >= self._due(self._queue[0])
            if self._queue and (everything or due):
                event = self._queue.popleft()
                self._unheard = self._unheard - _seconds(event) if self._queue else 0.0
                return event
        return None

    def _due(self, event: ScreenEvent) -> float:
        if not self._paced or self._fast or isinstance(event, Rewound):
            return 0.0
        customer = isinstance(event, TurnAdded) and isinstance(event.turn, UserTurn)
        return self._all_until if customer or isinstance(event, Stopped) else self._user_until

    def _apply(self, event: ScreenEvent, silent: bool) -> None:
        match event:
            case TextPiece(text):
                self._live_since = self._live_since if self.live else self._clock()
                self.live, self.waiting = self.live + text, ""
            case SpeechPiece(index, audio):
                if not silent:
                    self._speak(f"a{index}", self._publish(audio), "agent", audio.seconds)
            case TurnAdded(_, turn):
                self.live = ""
                self.episode = self.episode.model_copy(update={"turns": (*_worded(self.episode.turns, turn), turn)})
                if isinstance(turn, UserTurn):
                    self._customer(turn, silent)
                elif isinstance(turn, AgentTurn):
                    self.waiting = "Using the tools…" if turn.tool_calls or turn.malformed else ""
                else:
                    self.waiting = "The agent is thinking…"
                if self._paced and not silent and not (isinstance(turn, AgentTurn | UserTurn) and turn.audio):
                    self._user_until = max(self._user_until, self._clock() + self._pause)
                    self._all_until = max(self._all_until, self._user_until)
            case Scored(score):
                self.episode = self.episode.model_copy(update={"judgements": _with(self.episode.judgements, score)})
            case Rewound(length):
                self.live = self.waiting = ""
                self.episode = cut(self.episode, length)
            case Noted(text):
                self.note = text
            case Changed(changes):
                self.changes = changes
            case Waiting(text):
                self.waiting = text
            case Stopped(reason, verdict):
                self.live = self.waiting = ""
                self.episode = self.episode.model_copy(update={"stop": reason, "verdict": verdict})

    def _customer(self, turn: UserTurn, silent: bool) -> None:
        self.waiting = "The agent is thinking…"
        if self._paced and not silent and turn.audio:  # a person's own recording is not played back to them
            self._speak(f"u{len(self.episode.turns)}", SOUND + turn.audio.path, "customer", turn.audio.seconds)
            self._user_until = self._all_until

    def _speak(self, name: str, url: str, who: str, seconds: float) -> None:
        self._spoken += 1
        self.sounds.append(Sound(f"{self.episode.id}-{name}-{self._spoken}", url, who))
        self._all_until = max(self._all_until, self._clock()) + seconds + GAP


def _worded(turns: tuple[Turn, ...], reply: Turn) -> tuple[Turn, ...]:
    if not turns or not isinstance(reply, AgentTurn):
        return turns
    return (*turns[:-1], worded(turns[-1], reply))


def _seconds(event: ScreenEvent) -> float:
    return event.audio.seconds if isinstance(event, SpeechPiece) else 0.0


def cut(episode: Episode, length: int) -> Episode:
    """The episode truncated to ``length`` turns."""
    judgements = tuple(
        one.model_copy(update={"scores": tuple(score for score in one.scores if score.turn < length)})
        for one in episode.judgements
    )
    turns = episode.turns[:length]
    return episode.model_copy(
        update={"turns": turns, "judgements": judgements, "stop": None, "failure": None, "verdict": None}
    )


def _with(judgements: Iterable[Judgement], score: TurnScore) -> tuple[Judgement, ...]:
    *others, newest = judgements or (Judgement(judge="", scores=()),)
    scores = {one.turn: one for one in (*newest.scores, score)}
    return (*others, newest.model_copy(update={"scores": tuple(scores[turn] for turn in sorted(scores))}))

"""One visitor's live comparison: the same messages to two agents, each in its own call with its own database."""

import logging
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from tarl_app.core.domain import Domain
from tarl_app.core.errors import ConversationError, TarlError
from tarl_app.core.types import Task, UserTurn, Vote, VoteChoice
from tarl_app.evaluation.comparison.compare import Pair
from tarl_app.ui.calls.live_call import LiveCall
from tarl_app.ui.calls.live_calls import LiveCalls
from tarl_app.ui.calls.party import Party
from tarl_app.ui.calls.spoken_turn import heard
from tarl_app.ui.components import inputs
from tarl_app.ui.services import Services

log = logging.getLogger(__name__)
LETTERS = ("A", "B")


class SideBySide(Party):
    """Two visits, left and right. They answer one after the other: one model computes at a time, and one voice speaks."""

    def __init__(self, left: LiveCall, right: LiveCall, services: Services, rng: random.Random | None = None) -> None:
        """``rng`` shuffles the sides."""
        super().__init__()
        self.sides, self.services = (left, right), services
        self.plan: tuple[Task, str, str] | None = None  # task and agents of the next calls
        self.agents: tuple[str, str] | None = None  # left and right, once the calls have begun
        self.owner = not services.public  # whether the visitor may start background work
        self.blind = False
        self.vote: Vote | None = None
        self.messages = 0
        self.waiting = ""
        self.replay: Pair | None = None
        self.shown = 0  # turns of the replayed episodes that are shown
        self.showing = object()  # changes with each replay, so that two of the same pair differ
        self._working = False
        self._leaving = False
        self._rng = rng or random.SystemRandom()
        self._cancel = threading.Event()
        self._lock = threading.Lock()

    # --- state ---

    @property
    def live_calls(self) -> tuple[LiveCall, ...]:
        """The two calls."""
        return self.sides

    @property
    def key(self) -> str:
        """A secret that identifies this visitor."""
        return self.sides[0].key

    @property
    def busy(self) -> bool:
        """Whether an agent is still answering."""
        return self._working or any(side.busy for side in self.sides)

    @property
    def active(self) -> bool:
        """Whether an agent is still answering, or events are still to be shown."""
        return self._working or any(side.active for side in self.sides)

    @property
    def open(self) -> bool:
        """Whether a message can be sent to at least one of the agents, or begin the calls."""
        ready = any(side.open for side in self.sides) if self.agents else self.plan is not None
        return ready and self.replay is None

    @property
    def hear(self) -> bool:
        """Whether both agents are given the sound itself."""
        return self.plan is not None and all(self.services.hears(agent) for agent in self.plan[1:])

    @property
    def named(self) -> bool:
        """Whether the names may be shown."""
        return not self.blind or self.vote is not None

    @property
    def can_vote(self) -> bool:
        """Whether both have answered something and nobody has voted yet."""
        answered = all(side.conversation and side.conversation.episode.agent_turns for side in self.sides)
        return self.agents is not None and answered and not self.active and self.vote is None and self.replay is None

    # --- the two calls ---

    def pick(self, task: Task, a: str, b: str, blind: bool) -> None:
        """Sets up the calls that the next message begins. Nothing is loaded before that.

        Raises:
            ConversationError: both are the same agent, or an agent is still answering.
        """
        self._require_idle()
        if a == b:
            raise ConversationError("Choose two different agents: an agent cannot be compared with itself.")
        self.back_to_live()
        self.plan, self.blind = (task, a, b), blind
        self.agents, self.vote, self.messages, self.notice = None, None, 0, ""
        for side in self.sides:
            side.hush()

    def speak(self, aloud: bool) -> None:
        """Voice on or off, from the next answer on; off silences at once."""
        for side in self.sides:
            side.aloud = aloud
            if not aloud:
                side.hush()

    def say(self, text: str) -> None:
        """The visitor typed. Raises ``ConversationError`` for a text that cannot be sent."""
        turn = UserTurn(text=inputs.message(text))
        self._work(lambda: turn)

    def say_aloud(self, data: bytes | Path) -> None:
        """The visitor spoke: a sound file or its bytes. Raises ``SpeechError`` for one that cannot be used."""
        sound = inputs.recording(data)
        hear = self.hear
        self._work(lambda: heard(self.services, self._domain(), sound, hear, self._doing))

    def stop(self) -> None:
        """Stops the running answers; the message is removed on both sides."""
        self._cancel.set()
        for side in self.sides:
            if side.busy:
                side.stop()

    def cast(self, choice: VoteChoice) -> None:
        """The visitor's vote, after which the names are shown. Raises ``ConversationError`` when it is too early."""
        if self.vote is not None:
            raise ConversationError("You have voted on these two calls. Press New to compare again.")
        episodes = [side.conversation.episode for side in self.sides if side.conversation]
        if not self.can_vote or self.agents is None:
            raise ConversationError("Say something to both agents first; then choose the better one.")
        vote = Vote(
            id=uuid4().hex,
            a=self.agents[0],
            b=self.agents[1],
            choice=choice,
            task=episodes[0].task.id,
            blind=self.blind,
            messages=self.messages,
            episodes=(episodes[0].id, episodes[1].id),
        )
        self.services.ballot.admit(self.key)
        self.services.votes.save(vote)
        self.vote, self.notice = vote, ""
        for side in self.sides:
            side.keep()

    def rest(self) -> None:
        """Synchronises the screens with the calls once the answers are shown."""
        for side in self.sides:
            side.rest()

    def advance(self) -> bool:
        """Shows due events on both sides; True when there may be something new to paint."""
        for side in self.sides:
            side.advance()
        return True

    def leave(self) -> None:
        """Ends the visit: both calls are stopped, stored and freed."""
        self._leaving = True
        self.stop()
        for side in self.sides:
            side.leave()

    # --- replay ---

    def show(self, pair: Pair, turns: int) -> None:
        """Shows the first ``turns`` turns of two stored episodes instead of the live calls."""
        self._require_idle()
        self.replay, self.shown, self.notice = pair, turns, ""
        self.showing = object()
        for side, episode in zip(self.sides, (pair.a, pair.b), strict=True):
            side.show_stored(episode)

    def back_to_live(self) -> None:
        """Leaves the replay."""
        self.replay = None
        for side in self.sides:
            side.back_to_live()

    # --- the worker thread ---

    def _work(self, make: Callable[[], UserTurn]) -> None:
        with self._lock:
            self._require_idle()
            if self._leaving:
                raise ConversationError("This page was closed.")
            if not self.open:
                raise ConversationError("Both calls have ended: press New to compare again.")
            self._cancel.clear()
            self.notice, self._working = "", True
            try:
                name = f"duel-{self.sides[0].key[:6]}"
                threading.Thread(target=self._guard, args=(make,), name=name, daemon=True).start()
            except RuntimeError as error:  # the machine has no thread left
                self._working = False
                raise ConversationError("The app has too much to do just now: please try again in a minute.") from error

    def _guard(self, make: Callable[[], UserTurn]) -> None:
        """Sends a message; any error becomes a notice, and both calls remain usable."""
        try:
            turn = make()
            if self.agents is None:
                self._begin()
            self._tell(turn)
        except TarlError as error:
            self.notice = str(error)
        except Exception as error:  # a bug must not take the page down: it is logged, and named to the visitor
            log.exception("a message of a comparison failed")
            self.notice = f"Something broke inside the app ({type(error).__name__}); the calls are as they were."
        finally:
            self.waiting = ""
            self._working = False

    def _begin(self) -> None:
        """Begins two new calls; if blind, the sides are shuffled.

        Raises ``TarlError`` when an agent is not available.
        """
        assert self.plan is not None
        task, *order = self.plan
        if self.blind:
            self._rng.shuffle(order)
        for letter, side, agent in zip(LETTERS, self.sides, order, strict=True):
            self.waiting = f"Calling {letter}…"
            side.begin(task, agent)
        self.agents = (order[0], order[1])

    def _tell(self, turn: UserTurn) -> None:
        told: list[tuple[LiveCall, int]] = []
        for letter, side in zip(LETTERS, self.sides, strict=True):
            if self._cancel.is_set():
                break
            if side.open:
                self.waiting = f"{letter} is answering…"
                told.append((side, _turns(side)))
                side.send(turn)
                while side.busy:
                    time.sleep(0.02)
        if not self._cancel.is_set():
            self.messages += 1
            return
        for side, before in told:  # a stopped answer was removed already; remove the complete one
            if _turns(side) > before:
                side.undo()
        self.notice = "Stopped. Your message was taken back on both sides."

    def _domain(self) -> Domain:
        return self.services.domain_of(self.plan[0]) if self.plan else self.services.domain

    def _doing(self, text: str) -> None:
        self.waiting = text

    def _require_idle(self) -> None:
        if self.busy:
            raise ConversationError("The agents are still answering: wait, or press Stop.")


def _turns(side: LiveCall) -> int:
    return len(side.conversation.episode.turns) if side.conversation else 0


class SideBySides:
    """The comparisons by the id of their tab."""

    def __init__(self, live_calls: LiveCalls, rng: random.Random | None = None) -> None:
        """``rng`` decides which agent is on the left; the system's by default."""
        self.live_calls, self._rng = live_calls, rng

    def of(self, tab: str) -> SideBySide:
        """The comparison of that tab; a new one for a tab not seen before, or away for long."""
        services = self.live_calls.services
        return self.live_calls.party(
            tab, SideBySide, lambda: SideBySide(LiveCall(services), LiveCall(services), services, self._rng)
        )

    def leave(self, tab: str) -> None:
        """That tab was closed or reloaded."""
        self.live_calls.leave(tab)

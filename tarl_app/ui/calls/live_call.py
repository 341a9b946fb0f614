"""One visitor's private conversation, used by at most one thread, and freed with the visit."""

import secrets
import time
from collections.abc import Callable
from pathlib import Path

from tarl_app.conversation import Conversation, Event, LiveConversation, SpeechPiece, TurnAdded
from tarl_app.core.errors import ConversationError, TarlError
from tarl_app.core.human_feedback import with_thumb
from tarl_app.core.sound.audio import Audio
from tarl_app.core.types import Task, ToolTurn, UserTurn
from tarl_app.evaluation.reward import judgement_of
from tarl_app.sandbox.verifier import verify
from tarl_app.ui.calls.phone import Line
from tarl_app.ui.calls.screen import Changed, Screen, Waiting
from tarl_app.ui.calls.sentences import Sentences
from tarl_app.ui.calls.simulated_call import SimulatedCall
from tarl_app.ui.calls.spoken_turn import heard
from tarl_app.ui.calls.voiced import Voiced
from tarl_app.ui.calls.worker import Worker
from tarl_app.ui.components import inputs
from tarl_app.ui.components.pieces import Pieces
from tarl_app.ui.services import Services
from tarl_app.ui.verdict_view import AGREED, objection


class LiveCall(SimulatedCall):
    """One visitor's call. Methods that start work return at once; ``busy`` tells whether it is still running."""

    def __init__(self, services: Services, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock`` gives seconds, by which what is shown is paced."""
        super().__init__(services)
        self._clock = clock
        self.key = secrets.token_urlsafe(16)  # secret that gives access to this visitor's sounds
        self.conversation: LiveConversation | None = None
        self.line = Line(self, clock)
        self._sentences = Sentences(services)
        self.voiced = Voiced()
        self.pieces = Pieces(f"tarl/piece/{self.key}/")
        name = f"call-{self.key[:6]}"
        self.worker = Worker(name, services.lines, self.say_to_visitor, self._wait, self._over, self._leave_call)

    # --- state ---

    @property
    def live_calls(self) -> tuple["LiveCall", ...]:
        """Itself."""
        return (self,)

    @property
    def busy(self) -> bool:
        """Whether a step is running."""
        return self.worker.busy

    @property
    def active(self) -> bool:
        """Whether a step is running, or events are still to be shown."""
        return self.busy or (self.screen is not None and not self.screen.drained)

    @property
    def open(self) -> bool:
        """Whether there is a live call that has not ended."""
        return self.conversation is not None and self.stored is None and self.conversation.episode.stop is None

    @property
    def watched(self) -> bool:
        """Whether the page follows it: also between the turns of a call by a connection, which come by themselves."""
        return self.active or self.line.awaited

    @property
    def sentences(self) -> tuple[str, ...]:
        """What the visitor could say now, to click; nothing while somebody else has the floor."""
        if self.conversation is None or not self.open or self.simulated or self.active:
            return ()
        return self._sentences.of(self.conversation.episode)

    # --- calls ---

    def begin(self, task: Task, agent: str) -> None:
        """Begins a new call; the previous one is stored if anything was said in it.

        Raises ``TarlError`` without the agent.
        """
        self.worker.require_idle()
        services = self.services
        domain = services.domain_of(task)
        if why := services.untrained(agent, domain.name):
            raise ConversationError(f"{why} Choose another agent, or a task of another domain.")
        made = LiveConversation(
            task,
            domain,
            services.agent_of(agent, task, self.chosen),
            judge=services.judge_of(domain, self.chosen),
            on_event=self._on_event,
            guard=services.guard_of(agent, self.chosen),
        )
        made.full = self.full
        self._leave_call()
        self.conversation, self.stored, self.notice, self.served_by = made, None, "", agent
        self.screen = Screen(made.episode, self.pieces.publish, self._clock, services.pause)
        self.screen.hurry(self.fast)
        self.own.add(made.episode.id)
        self.hush()

    def say(self, text: str) -> None:
        """The visitor typed. Raises ``ConversationError`` for a text that cannot be sent.

        With a connection the page sends it over that, so that the answer is heard, and can be interrupted, as the others.
        """
        if self.line.phone is not None and not self.simulated:
            self.require_talking()
            self.line.write(inputs.message(text))
            return
        self.send(UserTurn(text=inputs.message(text)))

    def send(self, turn: UserTurn) -> None:
        """Sends an existing turn, such as the same one to both sides of a comparison."""
        if self.simulated:  # the visitor takes over, after the turn under way
            conversation = self.require_talking()
            self.hand_back()
            self.worker.then(lambda: self._answer(conversation, turn))
            return
        conversation = self.require_open()
        self.worker.start(lambda: self._answer(conversation, turn))

    def keep(self) -> None:
        """Stores the call as it stands."""
        self._store(finished_only=False)

    def say_aloud(self, data: bytes | Path) -> None:
        """The visitor spoke: a sound file or its bytes. Raises ``SpeechError`` for one that cannot be used."""
        conversation = self.require_open()
        sound = inputs.recording(data)
        self.worker.start(lambda: self._hear(conversation, sound))

    def undo(self) -> UserTurn:
        """Removes the last user turn and all that followed, and returns it."""
        self.worker.require_idle()
        if self.conversation is None or self.screen is None or self.stored is not None:
            raise ConversationError("Nobody has said anything yet: there is nothing to undo.")
        turn = self.conversation.undo()
        self.hush()
        self.screen.sync(self.conversation.episode)
        self._follow_database()
        self.screen.apply_due(everything=True)
        self.notice = ""
        return turn

    def rate(self, turn: int, up: bool, why: str = "") -> None:
        """A thumb on an agent turn of the shown call, and its reason. Raises ``ConversationError``, ``StorageError``."""
        self.worker.require_idle()
        if self.stored is not None:
            judgements = with_thumb(self.stored.judgements, turn, up, why)
            self.stored = self.stored.model_copy(update={"judgements": judgements})
            self.services.store.save(self.stored)
        elif self.conversation is not None and self.screen is not None:
            self.screen.sync(self.conversation.rate(turn, up, why))
            self._store(finished_only=True)

    def answer_verdict(self, turn: int, pick: str) -> None:
        """The visitor agrees with the verdict on that turn (``agree``), or objects (a place in ``OBJECTIONS``)."""
        judgement = judgement_of(self.episode) if self.episode else None
        verdict = next((one for one in judgement.scores if one.turn == turn), None) if judgement else None
        if verdict is None:
            return
        up = verdict.score > 0
        if pick == "agree":
            self.rate(turn, up, AGREED)
        elif (place := inputs.index(pick)) is not None and (why := objection(up, place)):
            self.rate(turn, not up, why)

    def retry(self) -> None:
        """Lets the agent answer the last user turn again."""
        turn = self.undo()
        conversation = self.require_open()
        self.worker.start(lambda: self._answer(conversation, turn))

    def hang_up(self) -> None:
        """Ends the call; a running step is stopped first."""
        conversation = self.conversation
        if conversation is None or conversation.episode.stop is not None:
            raise ConversationError("There is no call to end.")
        if self.busy:
            self.worker.then(conversation.finish)
            self.stop()
        else:
            self.worker.start(conversation.finish, answers=False)

    def stop(self) -> None:
        """Stops the running step; the unfinished turn is removed."""
        self.simulated = self.paused = False
        if not self.line.working:  # otherwise the page cancels, and tells how much was heard
            self.worker.cancel.set()
        else:
            self.overpainted = True  # the page has to learn it
        self.hush()

    def rest(self) -> None:
        """Synchronises the screen with the conversation once a step is over and shown."""
        if self.conversation is not None and self.screen is not None and not self.active:
            self.screen.sync(self.conversation.episode)

    def leave(self) -> None:
        """Ends the visit: stops the running step, stores the call, and soon frees everything."""
        self.worker.leave()

    # --- the worker thread ---

    def _over(self) -> None:
        self.simulated = False
        self.steps += 1
        self._store(finished_only=True)

    def _wait(self, before: int) -> None:
        """Called while all lines are taken."""
        queue = f"{before} {'call is' if before == 1 else 'calls are'} before yours" if before else "yours is the next call"
        self.post(Waiting(f"Everybody is busy: {queue}…"))

    def say_to_visitor(self, notice: str) -> None:
        """See ``SimulatedCall``."""
        self.notice = notice

    def _answer(self, conversation: Conversation, turn: UserTurn) -> None:
        self.prepare(conversation, paced=False)
        conversation.say(turn, self.worker.cancel.is_set)
        self.tell_if_slow(conversation)

    def _hear(self, conversation: Conversation, sound: Audio) -> None:
        hears = self.services.hears(conversation.episode.agent)
        turn = heard(self.services, conversation.domain, sound, hears, lambda doing: self.post(Waiting(doing)))
        self.voiced.add(turn)
        self._answer(conversation, turn)

    def prepare(self, conversation: Conversation, paced: bool) -> None:
        """See ``SimulatedCall``."""
        conversation.voice = self.services.voice() if self.aloud else None
        if self.screen is not None:
            self.screen.begin(paced, aloud=conversation.voice is not None)

    def _on_event(self, event: Event) -> None:
        if not (self.line.working and isinstance(event, SpeechPiece)):  # that one is sent over the connection
            self.post(event)
        self.line.tell(event)
        if self.line.working and isinstance(event, TurnAdded) and isinstance(event.turn, UserTurn):
            self.voiced.add(event.turn)
        self.forgotten()
        if isinstance(event, TurnAdded) and isinstance(event.turn, ToolTurn):
            self._follow_database()

    def full(self) -> bool:
        """Whether no more speech should be made until some has been heard."""
        return not self.forgotten() and self.screen is not None and self.screen.full

    def forgotten(self) -> bool:
        """See ``SimulatedCall``."""
        if self.busy and self.screen is not None and self.screen.forgotten:
            self.stop()
            return True
        return False

    def _follow_database(self) -> None:
        """Replays the calls so far, so that the page shows their changes during the call."""
        if self.conversation is not None:
            episode, domain = self.conversation.episode, self.conversation.domain
            wrote = any(domain.writes(call.name) and not result.is_error for call, result in episode.calls)
            self.post(Changed(verify(episode, domain).changes if wrote else ()))

    # --- endings ---

    def _store(self, finished_only: bool) -> None:
        episode = self.conversation.episode if self.conversation else None
        if episode is None or not episode.agent_turns or (finished_only and episode.stop is None):
            return
        try:
            self.services.store.save(episode)
        except TarlError as error:
            self.notice = f"This call could not be stored. {error}"
            return
        self.list_stored()

    def _leave_call(self) -> None:
        try:
            self._store(finished_only=False)
        finally:  # freed even if it could not be stored
            self.line.drop()
            if self.conversation is not None:
                self.conversation.close()
            self.conversation = None
            self.pieces.clear()

    def require_open(self) -> LiveConversation:
        """See ``SimulatedCall``."""
        self.worker.require_idle()
        return self.require_talking()

    def require_talking(self) -> LiveConversation:
        """The live call, while it can go on; raises ``ConversationError``."""
        if self.conversation is None or self.stored is not None:
            raise ConversationError("There is no call yet: begin a new one.")
        if self.conversation.episode.stop is not None:
            raise ConversationError("This call has ended: undo the last turn, or begin a new one.")
        return self.conversation

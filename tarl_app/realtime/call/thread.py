"""The conversation of one connection, in a thread of its own: jobs are done in order, and told as facts."""

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from queue import SimpleQueue

from tarl_app.conversation import LiveConversation
from tarl_app.core.errors import AgentError, Cancelled, ConversationError, SpeechError, TarlError
from tarl_app.core.protocols import HearsAhead
from tarl_app.core.sound import audio
from tarl_app.core.sound.audio import Audio
from tarl_app.core.types import AgentTurn, StopReason, TurnTaking, UserTurn
from tarl_app.language.spoken.unfinished import completeness
from tarl_app.realtime.call import facts
from tarl_app.realtime.call.asked import Asked
from tarl_app.realtime.call.joining import Earlier
from tarl_app.realtime.call.messages import Messages
from tarl_app.realtime.call.parts import Parts
from tarl_app.realtime.call.telling import Telling
from tarl_app.realtime.call.transcripts import Transcripts
from tarl_app.realtime.call.understood import Understood
from tarl_app.realtime.wire.config import Config

log = logging.getLogger(__name__)
Job = Callable[[], None]
_UNSTOPPABLE = 0.15
"""Seconds for which a pause has to last on before a recogniser is begun that cannot be stopped when more comes."""
NO_SPEECH = "No words were heard: check the microphone, or speak a little louder."


class Call:
    """The methods return at once; what they lead to is told by ``tell``, from the thread."""

    def __init__(
        self,
        parts: Parts,
        config: Config,
        tell: Callable[[facts.Fact], None],
        full: Callable[[], bool],
        undecided: Callable[[], bool],
        name: str,
    ) -> None:
        """``full``: whether enough speech waits to be sent, so that no more is to be made. ``undecided``: whether the
        caller speaks and may interrupt, so that nothing is to be written yet.
        """
        self._parts, self._tell, self._full, self._undecided = parts, tell, full, undecided
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._ahead = threading.Event()  # set: what is being heard ahead is not wanted any more
        self._conversation: LiveConversation | None = None
        self._unheard = False
        self.turn_taking: TurnTaking | None = None  # settable: what is stored of it with the call
        self._transcripts = Transcripts(parts)
        self._understood = Understood(self._transcripts, tell)
        self._messages = Messages(self._understood)
        on_answer = lambda: self._understood.by_agent(self._open_conversation)  # noqa: E731
        self._telling = Telling(tell, self._messages.places, on_answer)
        self._silence: float | None = None  # after the last message that was spoken
        self._undone = 0  # jobs that are not done yet
        self._counting = threading.Lock()
        self._thread = threading.Thread(target=self._work, name=f"realtime-{name[-6:]}", daemon=True)
        self._thread.start()
        self._do(lambda: self._open(config))

    # --- jobs -----------------------------------------------------------------------------------------------------------

    def configure(self, config: Config, begun: bool) -> None:
        """Another configuration: before the dialogue has begun also with other tools."""
        self._do(lambda: self._instruct(config) if begun else self._open(config))

    def say(self, item: str, turn: UserTurn | AgentTurn) -> None:
        """A message that was written."""
        self._do(lambda: self._messages.add(item, turn))

    def say_aloud(self, item: str, sound: Audio, silence: float | None = None, before: Earlier | None = None) -> None:
        """A message that was spoken, and the seconds of silence after which it was over; it may go on with the turn
        ``before``, whose answer nobody has heard.
        """
        self._do(lambda: self._listen(item, sound, silence, before))

    def hear_ahead(self, spoken: float, sound: Audio, before: Earlier | None = None) -> None:
        """Hears what may become the next message; ``facts.Overheard`` tells what the words say."""
        self.drop_ahead()
        dropped = self._ahead = threading.Event()
        self._do(lambda: self._hear_ahead(spoken, sound, before, dropped))

    def drop_ahead(self) -> None:
        """More comes: what was heard ahead is not all."""
        self._ahead.set()

    def give_result(self, call_id: str, output: str) -> None:
        """The result of a call that the client made."""
        self._do(lambda: self._messages.give_result(call_id, output))

    def forget(self, item: str) -> None:
        """A message is deleted that was not answered yet."""
        self._do(lambda: self._messages.forget(item))

    def respond(self, asked: Asked) -> None:
        """The agent answers what was said."""
        self._do(lambda: self._respond(asked))

    def leave_out(self, item: str) -> None:
        """A message is no part of the conversation."""
        self._do(lambda: self._messages.leave_out(item))

    def keep_heard(self, item: str, text: str, milliseconds: float | None = None) -> None:
        """Of an assistant's message only this was heard; its sound is cut as well where a duration is given."""
        self._do(lambda: self._messages.keep_heard(self._open_conversation, item, text, milliseconds))

    def finish(self) -> None:
        """The caller hangs up."""
        self._do(self._finish)

    def close(self) -> None:
        """After the jobs under way: stores the episode, frees everything, and ends the thread."""
        if self._parts.shared is not None:
            self._parts.shared.leave()
        self._do(self._close)
        self._jobs.put(None)

    @property
    def waiting(self) -> int:
        """How many jobs wait."""
        return self._jobs.qsize()

    @property
    def idle(self) -> bool:
        """Whether no job waits or is being done."""
        return self._undone == 0

    @property
    def over(self) -> bool:
        """Whether everything is freed."""
        return not self._thread.is_alive()

    # --- the thread -----------------------------------------------------------------------------------------------------

    def _do(self, job: Job) -> None:
        with self._counting:
            self._undone += 1
        self._jobs.put(job)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._try(job)
            with self._counting:
                self._undone -= 1

    def _try(self, job: Job) -> None:
        try:
            with self._floor():
                job()
        except TarlError as error:
            self._tell(facts.Noted(str(error)))
        except Exception as error:  # a bug: it must not leave a client without an answer
            log.exception("a job of a realtime call failed")
            self._tell(facts.Broken(type(error).__name__))

    def _floor(self) -> AbstractContextManager[None]:
        return self._parts.shared.floor() if self._parts.shared is not None else nullcontext()

    def _open(self, config: Config) -> None:
        if self._parts.shared is not None:  # its tools are the sandbox's, whatever the client sends
            self._conversation = self._parts.shared.join(self._telling.event)
            self._conversation.full, self._conversation.undecided = self._full, self._undecided
            return
        if self._conversation is not None:
            self._conversation.close()
            self._conversation = None
        parts, domain = self._parts, self._parts.domain_of(config)
        foreign = parts.foreign(config)
        made = LiveConversation(
            parts.task_of(config),
            domain,
            parts.agent(domain),
            judge=None if foreign else parts.judge,
            on_event=self._telling.event,
            guard="off" if foreign else parts.guard,
        )
        made.calls_elsewhere = bool(config.tools)
        made.full, made.undecided = self._full, self._undecided
        self._conversation = made
        self._telling.calls_elsewhere = bool(config.tools)

    def _instruct(self, config: Config) -> None:
        if self._parts.follows:
            self._open_conversation.agent = self._parts.agent(self._parts.domain_of(config))

    @property
    def _open_conversation(self) -> LiveConversation:
        if self._conversation is None:
            raise ConversationError("The agent could not be set up: connect again.")
        return self._conversation

    def _listen(self, item: str, sound: Audio, silence: float | None, before: Earlier | None) -> None:
        """Stores the sound; an agent that does not hear is given its transcript."""
        self._silence = silence
        if before is not None and (place := self._messages.open_again(before, self._conversation)) is not None:
            turn = self._open_conversation.episode.turns[place]
            self._understood.join(item, before.item, turn.text if isinstance(turn, UserTurn) else "")
            sound = before.with_more(sound)
        try:
            kept = audio.save(sound)
            if self._parts.hears:
                self._messages.add(item, UserTurn(text="", audio=kept))
                return
            text = self._transcripts.of(sound, kept.path)
            self._understood.tell(item, text, sound.seconds)
        except SpeechError as error:
            self._tell(facts.Transcribed(item, "", 0.0, str(error)))
            text = ""
        if text:
            self._messages.add(item, UserTurn(text=text, heard=text, audio=kept))
        else:
            self._unheard = True

    def _hear_ahead(self, spoken: float, sound: Audio, before: Earlier | None, dropped: threading.Event) -> None:
        conversation = self._conversation
        if dropped.is_set() or conversation is None or conversation.episode.stop is not None:
            return
        place = self._messages.open_again(before, conversation) if before is not None else None
        if before is not None and place is not None:
            sound = before.with_more(sound)

        def overheard(text: str) -> None:
            self._tell(facts.Overheard(spoken, completeness(text, self._parts.domain.spoken)))

        try:
            if not self._parts.hears:
                if dropped.wait(_UNSTOPPABLE):
                    return
                overheard(self._transcripts.ahead(sound))
            elif isinstance(agent := conversation.agent, HearsAhead):
                turns = (*conversation.episode.turns[:place], *self._messages.waiting)
                agent.hear_ahead(turns, sound, overheard, dropped.is_set)
        except (Cancelled, SpeechError, AgentError):  # it is only tried; what is wrong is told when it is answered
            return

    def _respond(self, asked: Asked) -> None:
        code = failure = ""
        try:
            conversation = self._open_conversation
            self._messages.deliver(conversation, self._telling.calls_elsewhere)
            conversation.transcription = self._transcripts.seconds
            self._telling.begin(asked.id, asked.config.output, asked.started)
            if conversation.episode.stop is None:
                conversation.voice = self._parts.voice(asked.config.voice) if asked.spoken else None
                conversation.respond(asked.cancelled.is_set)
            episode = conversation.episode
            if episode.stop not in (None, StopReason.TRANSFERRED, StopReason.USER_DONE):
                code, failure = "conversation_ended", episode.failure or "The call has reached its limit of turns."
        except Cancelled:
            pass
        except TarlError as error:
            code, failure = ("no_speech", NO_SPEECH) if self._unheard else ("agent_failed", str(error))
        except Exception as error:
            log.exception("a response failed")
            code, failure = "server_error", f"Something broke inside the app ({type(error).__name__})."
        finally:
            self._unheard = False
        timed = self._telling.timed(self._transcripts.seconds, self._silence)
        self._tell(facts.Finished(asked.id, timed, code, failure))
        if asked.goes_on and asked.cancelled.is_set():  # its words will be told with those that follow
            self._telling.end()
            return
        self._note_times(timed)
        self._telling.end()
        self._transcripts.seconds = self._silence = None
        if self._conversation is not None:
            self._understood.by_recogniser(self._conversation)

    def _note_times(self, timed: facts.Timed) -> None:
        place = self._telling.first
        turn = self._open_conversation.episode.turns[place] if place is not None else None
        if place is not None and isinstance(turn, AgentTurn) and turn.timing is not None:
            found = {"end_of_turn": timed.end_of_turn, "response_latency": timed.response_latency}
            timing = turn.timing.model_copy(update=found)
            self._open_conversation.amend(place, turn.model_copy(update={"timing": timing}))

    def _finish(self) -> None:
        conversation = self._open_conversation
        if conversation.episode.stop is None:
            conversation.finish()

    def _close(self) -> None:
        conversation, self._conversation = self._conversation, None
        if conversation is None:
            return
        conversation.turn_taking = self.turn_taking
        if self._parts.shared is not None:
            return
        try:
            foreign = conversation.episode.task.id != self._parts.task.id
            if self._parts.keep is not None and conversation.episode.agent_turns and not foreign:
                self._parts.keep(conversation.episode)
        finally:
            conversation.close()

"""One environment of the service: a task that an agent outside plays with the simulated customer."""

import base64
import binascii
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tarl_app.conversation import Conversation
from tarl_app.core.domain import Domain
from tarl_app.core.protocols import EpisodeStore, Judge, UserSimulator
from tarl_app.core.sound import audio
from tarl_app.core.types import (
    AgentTurn,
    AudioRef,
    Change,
    Episode,
    Guards,
    Judgement,
    Task,
    ToolCall,
    ToolResult,
    ToolTurn,
    UserTurn,
)
from tarl_app.sandbox.faults import NO_FAULTS, Faults
from tarl_app.service.problems import Problem

LONGEST_SPEECH = 120.0
"""Most seconds of one utterance of an agent."""


class SandboxCall:
    """Steps are made one at a time; safe to use from any thread.

    A call that has ended is stored at once. If that fails the step raises ``StorageError``, the call is kept, and the
    next request tries again.
    """

    def __init__(
        self,
        id: str,  # noqa: A002
        task: Task,
        domain: Domain,
        user: UserSimulator,
        judge: Judge,
        store: EpisodeStore,
        *,
        agent: str,
        spoken: bool = False,
        seed: int = 0,
        max_turns: int = 30,
        guard: Guards = "off",
        faults: Faults = NO_FAULTS,
    ) -> None:
        self.id, self.task, self.domain, self.spoken = id, task, domain, spoken
        self._conversation = Conversation(
            task, domain, agent, user, judge, max_agent_turns=max_turns, seed=seed, guard=guard, faults=faults
        )
        self._store, self._stored, self._closed = store, False, False
        self._changes: tuple[Change, ...] = ()
        self._lock = threading.Lock()

    @property
    def episode(self) -> Episode:
        """The call so far. It is read without waiting for a step that is under way."""
        return self._conversation.episode

    def use(self, name: str, arguments: dict[str, Any], text: str = "", call_id: str = "") -> ToolResult:
        """The agent calls one tool, perhaps with words. Raises ``ConversationError`` when the call has ended."""
        with self._step():
            self._require_open()
            made = ToolCall(id=call_id or f"call-{len(self.episode.calls) + 1}", name=name, arguments=arguments)
            self._conversation.act(AgentTurn(text=text, tool_calls=(made,)))
            answer = next(turn for turn in reversed(self.episode.turns) if isinstance(turn, ToolTurn))
            return answer.results[0]

    def say(self, text: str, sound: AudioRef | None = None) -> UserTurn | None:
        """The agent says something; what the customer answers, None if the call has ended.

        An empty text is for the beginning alone, to hear the customer's first words. Raises ``ConversationError``.
        """
        with self._step():
            self._require_open()
            turns = self.episode.turns
            if text.strip():
                self._conversation.act(AgentTurn(text=text, audio=sound))
            elif turns and not (isinstance(turns[-1], AgentTurn) and not turns[-1].tool_calls):
                raise Problem(409, "not_now", "It is the agent's turn: say something to the customer, or call a tool.")
            if self.episode.stop is None:
                self._conversation.step()
            last = self.episode.turns[-1] if self.episode.turns else None
            return last if isinstance(last, UserTurn) and len(self.episode.turns) > len(turns) else None

    def finish(self) -> Episode:
        """The call is over; once more is harmless."""
        with self._step():
            self._conversation.finish()
        return self.episode

    def abandon(self, why: str) -> None:
        """Nobody will go on: what was done is stored as a call that does not count, unless nothing was. Frees all."""
        with self._lock:
            if self._closed:
                return
            try:
                if self.episode.stop is None and self.episode.agent_turns:
                    self._conversation.abandon(why)
                self._keep()
            finally:
                self._closed = True
                self._conversation.close()

    def close(self) -> None:
        """Forgets a call that goes on; one that has ended is stored already, or stored now."""
        with self._lock:
            if not self._closed:
                self._closed = True
                try:
                    self._keep()
                finally:
                    self._conversation.close()

    def changes(self) -> tuple[Change, ...]:
        """The readable difference between the environment's database and a fresh one."""
        with self._lock:
            return self._conversation.tools.changes()

    def judgement(self) -> Judgement | None:
        """The judge's turn scores so far."""
        judgements = self.episode.judgements
        return judgements[-1] if judgements else None

    @contextmanager
    def _step(self) -> Iterator[None]:
        with self._lock:
            if self._closed:
                raise Problem(410, "expired", "This environment is gone: create another one.")
            self._keep()
            yield
            self._keep()

    def _require_open(self) -> None:
        if (stop := self.episode.stop) is not None:
            raise Problem(409, "ended", f"This call has ended ({stop}): create another environment.")

    def _keep(self) -> None:
        if self.episode.stop is not None and not self._stored:
            self._store.save(self.episode)
            self._stored = True


def heard_sound(data: str) -> audio.Audio:
    """A sound file in base64, decoded in a process of its own.

    Raises:
        Problem: it is not base64.
        SpeechError: it is no sound, or too long.
    """
    try:
        raw = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise Problem(422, "invalid", "The sound is not base64: send the bytes of a WAV file in base64.") from None
    return audio.decode(raw, "The agent's speech", longest=LONGEST_SPEECH, apart=True)

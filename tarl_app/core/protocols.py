"""Exchangeable parts: one Protocol for each part that has two implementations or more."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Protocol, runtime_checkable

from tarl_app.core.sound.audio import Audio
from tarl_app.core.spoken import PLAIN_SPEECH, Spoken
from tarl_app.core.types import AgentTurn, Change, Episode, Judgement, ToolCall, ToolResult, ToolSpec, Turn, UserTurn, Vote


class Agent(Protocol):
    """One agent in one conversation; heavy models are shared, this object is light and may cache between turns."""

    @property
    def name(self) -> str:
        """Shown on the page and stored with the episode."""
        ...

    def reply(
        self,
        turns: Sequence[Turn],
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> AgentTurn:
        """The next agent turn for the dialogue so far, which ends with a user or tool turn.

        ``on_text`` receives pieces of the spoken text (never of a tool call) as they are generated. The dialogue may be
        shorter than at the last call (undo). Raises ``Cancelled`` soon after ``cancelled()`` becomes true, ``AgentError``
        when no answer can be had.
        """
        ...


@runtime_checkable
class HearsAhead(Protocol):
    """An agent that can listen to what a person has said so far, while they may still go on."""

    def hear_ahead(
        self,
        turns: Sequence[Turn],
        sound: Audio,
        on_words: Callable[[str], None],
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        """Hears a sound as if it were the next user turn after ``turns``, and reads the dialogue with it.

        ``on_words`` is given what was recognised as soon as it is known. A ``reply`` to these turns and this sound then uses
        what was computed; any other one forgets it. Raises ``Cancelled`` soon after ``cancelled()`` becomes true, and
        ``AgentError`` when the sound cannot be heard.
        """
        ...


class UserSimulator(Protocol):
    """One simulated user in one conversation."""

    @property
    def name(self) -> str:
        """Shown on the page and stored with the episode."""
        ...

    def speak(self, turns: Sequence[Turn]) -> UserTurn | None:
        """The user's next turn, or None when the user hangs up. Depends on ``turns`` and the seed alone."""
        ...


class Judge(Protocol):
    """Scores every agent turn of a (possibly unfinished) episode."""

    @property
    def name(self) -> str:
        """Shown on the page and stored with the episode."""
        ...

    def judge(self, episode: Episode) -> Judgement:
        """One score per agent turn so far, at most one of them -1."""
        ...


class SpeechToText(Protocol):
    """Speech recognition."""

    @property
    def name(self) -> str:
        """Shown on the page and stored with the episode."""
        ...

    def transcribe(self, audio: Audio, spoken: Spoken = PLAIN_SPEECH) -> str:
        """What was said, with the ids of ``spoken`` in written form; empty for silence.

        Raises ``SpeechError`` for sound that is too long.
        """
        ...


class TextToSpeech(Protocol):
    """Speech synthesis."""

    @property
    def name(self) -> str:
        """The engine's name."""
        ...

    @property
    def voices(self) -> tuple[str, ...]:
        """The voices it has."""
        ...

    def stream(self, text: str, voice: str) -> Iterator[Audio]:
        """The text spoken, sentence by sentence, ids and e-mails clearly. Raises ``SpeechError`` for an unknown voice."""
        ...


class Environment(Protocol):
    """One task's private database and callable tools; single-use."""

    @property
    def tools(self) -> tuple[ToolSpec, ...]:
        """What can be called."""
        ...

    @property
    def transferred(self) -> bool:
        """Whether the agent has handed the user over to a person."""
        ...

    def call(self, call: ToolCall) -> ToolResult:
        """Runs one call; never raises for bad names or arguments (the result says ``Error: ...``)."""
        ...

    def changes(self) -> tuple[Change, ...]:
        """The readable difference between this database and a fresh one."""
        ...

    def close(self) -> None:
        """Frees the database."""
        ...


class EpisodeStore(Protocol):
    """Keeps finished episodes."""

    def save(self, episode: Episode) -> None:
        """Stores or replaces the episode under its id."""
        ...

    def get(self, episode_id: str) -> Episode:
        """Raises ``StorageError`` when there is none."""
        ...

    def list(self, limit: int = 100, agent: str | None = None, only: Collection[str] | None = None) -> Iterable[Episode]:
        """The newest first; of that agent, and among those ids, where given. Calls that cannot be read are left out.

        Raises:
            StorageError: nothing can be read.
        """
        ...

    def delete(self, episode_id: str) -> None:
        """Forgets the episode; a missing one is not an error."""
        ...


class VoteStore(Protocol):
    """Keeps what people chose between two agents."""

    def save(self, vote: Vote) -> None:
        """Stores or replaces the vote under its id."""
        ...

    def list(self, limit: int = 10_000) -> Iterable[Vote]:
        """The newest first."""
        ...

    def delete(self, vote_id: str) -> None:
        """Forgets the vote; a missing one is not an error."""
        ...

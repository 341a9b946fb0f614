"""What the thread of a conversation tells the session; ``response`` and ``item`` are ids of the protocol."""

from dataclasses import dataclass

from tarl_app.core.types import AgentTurn, StopReason, ToolCall, ToolResult, TurnScore, Verdict
from tarl_app.language.spoken.unfinished import Completeness


@dataclass(frozen=True)
class Wrote:
    """A piece of the text of an assistant's message."""

    response: str
    item: str
    text: str


@dataclass(frozen=True)
class Spoke:
    """A sound of an assistant's message, encoded as pieces of base64, and the phrase that it is the first sound of."""

    response: str
    item: str
    sound: tuple[str, ...]
    milliseconds: float
    phrase: str


@dataclass(frozen=True)
class Said:
    """An assistant's message is complete."""

    response: str
    item: str
    turn: AgentTurn


@dataclass(frozen=True)
class Asked:
    """The client is to make a call."""

    response: str
    item: str
    call: ToolCall


@dataclass(frozen=True)
class Ran:
    """A call that is made on this side; ``result`` is None while it is made."""

    response: str
    call: ToolCall
    result: ToolResult | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Judged:
    """A judge's score of an agent turn; ``item`` is its message, if it has one."""

    score: TurnScore
    item: str | None


@dataclass(frozen=True)
class Noted:
    """Something beside the dialogue failed, such as the voice or the judge."""

    text: str


@dataclass(frozen=True)
class Transcribed:
    """What a user's message was understood as; ``failure`` says why there is no transcript."""

    item: str
    text: str
    seconds: float
    failure: str = ""


@dataclass(frozen=True)
class Joined:
    """A user's message goes on with the one before: both are one turn, which was understood as ``text``."""

    item: str
    before: str
    text: str


@dataclass(frozen=True)
class Overheard:
    """What the words say that were understood of a turn until the pause after ``spoken``; the caller may still go on."""

    spoken: float
    completeness: Completeness


@dataclass(frozen=True)
class Timed:
    """Where the time of a response went, in seconds; None where that part did not happen."""

    end_of_turn: float | None = None
    transcription: float | None = None
    hearing: float | None = None
    first_token: float | None = None
    tools: float | None = None
    first_sound: float | None = None
    total: float | None = None
    response_latency: float | None = None


@dataclass(frozen=True)
class Finished:
    """The thread is done with a response; ``failure`` says why it failed, ``code`` in a word."""

    response: str
    timed: Timed
    code: str = ""
    failure: str = ""


@dataclass(frozen=True)
class Ended:
    """The conversation has ended; the verdict is None for free talk."""

    reason: StopReason
    verdict: Verdict | None


@dataclass(frozen=True)
class Broken:
    """A bug in the conversation's thread."""

    name: str


Fact = Wrote | Spoke | Said | Asked | Ran | Judged | Noted | Transcribed | Joined | Overheard | Finished | Ended | Broken

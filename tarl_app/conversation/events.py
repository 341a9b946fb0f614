"""Events of a conversation, in the order in which they happen."""

from dataclasses import dataclass

from tarl_app.core.sound.audio import Audio
from tarl_app.core.types import StopReason, Turn, TurnScore, Verdict


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
    """One spoken phrase of the agent turn that will be ``turns[index]``; its text may still be growing.

    ``phrase`` are its words; empty for a further sound of the same phrase.
    """

    index: int
    audio: Audio
    phrase: str = ""


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
    """Something beside the dialogue failed (the voice, the judge); the conversation continues."""

    text: str


@dataclass(frozen=True)
class Stopped:
    """The conversation has ended; ``verdict`` is None for free talk."""

    reason: StopReason
    verdict: Verdict | None


Event = TextPiece | TurnAdded | SpeechPiece | Scored | Rewound | Noted | Stopped

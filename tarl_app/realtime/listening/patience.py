"""How long a silence ends a turn of ``semantic_vad``, by the voice and by the words (docs/decisions/turn-taking.md)."""

from dataclasses import dataclass
from typing import Literal

from tarl_app.language.spoken.unfinished import Completeness

Eagerness = Literal["low", "medium", "high", "auto"]
HINT, ASK, PAUSE = 0.09, 0.12, 0.2
"""Seconds of silence after which the words so far are asked for, after which the model of prosody is, and after which a turn
can end at the earliest. The model computes for as long as lies between the last two.
"""
_SOUNDS_FINISHED, _MAY_BE = 0.8, 0.2


@dataclass(frozen=True)
class Patience:
    """Seconds of silence that end a turn, for one eagerness."""

    finished: float = PAUSE
    """Voice and words say that it is over."""
    until_words: float = 0.5
    """The voice says so, and the words are not known yet: they may say otherwise."""
    doubtful: float = 1.0
    """The voice says that it goes on, the words do not."""
    more: float = 1.5
    """The words say that there may be more: digits, or the rest of a sentence."""
    without_words: float = 1.5
    """The voice says that it goes on, and the words are not known."""
    unfinished: float = 4.0
    """The words say that it goes on; the protocol's longest time."""
    without_model: float = 0.8
    """There is no model of prosody, and the words do not tell."""


_MEDIUM = Patience()
PATIENCE: dict[Eagerness, Patience] = {
    "low": Patience(0.5, 1.0, 2.0, 2.5, 3.0, 8.0, 1.2),
    "medium": _MEDIUM,
    "auto": _MEDIUM,
    "high": Patience(PAUSE, PAUSE, 0.6, 0.8, 0.8, 2.0, 0.5),
}


def silence_for(eagerness: Eagerness, probability: float | None, words: Completeness | None) -> float:
    """Seconds of silence that end the turn; ``probability`` and ``words`` are None where they are not known (yet)."""
    chosen = PATIENCE[eagerness]
    if words == "unfinished":
        return chosen.unfinished
    if words == "more":
        return chosen.more
    if probability is None:
        return PAUSE if words == "finished" else chosen.without_model
    if words == "finished":
        return chosen.finished if probability >= _MAY_BE else min(chosen.until_words, chosen.doubtful)
    if probability >= _SOUNDS_FINISHED:
        return chosen.until_words if words is None else chosen.finished
    return chosen.without_words if words is None else chosen.doubtful

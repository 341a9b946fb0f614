"""How a simulated caller takes turns aloud: hesitates, back-channels and interrupts, at set rates and from a seed."""

from dataclasses import dataclass
from random import Random

import numpy as np
import numpy.typing as npt

from tarl_app.core.sound.audio import Audio
from tarl_app.core.types import Frozen

BACKCHANNELS = ("Mm-hmm.", "Okay.", "Right.", "I see.", "Uh-huh.")
"""What a listener says on top of a speaker who is to go on."""
_FEWEST_WORDS = 5  # of an utterance in which the caller may hesitate
_PAUSE = (0.5, 1.2)  # seconds of a hesitation
_REACTION = (0.2, 0.6)  # seconds between the agent's last word and the caller's first
_EARLIEST, _LEFT = 1.0, 1.2  # seconds of a message before a back-channel, and after its beginning


class Manner(Frozen):
    """Rates between 0 and 1."""

    interrupts: float = 0.2
    """Of the agent's messages, those that the caller does not hear to the end."""
    backchannels: float = 0.3
    """Of the agent's messages, those on top of which the caller says "mm-hmm"."""
    hesitates: float = 0.3
    """Of the caller's utterances of five words and more, those with a pause in the middle."""


@dataclass(frozen=True)
class Plan:
    """What the caller does while one message of the agent is heard; times in seconds of its sound."""

    backchannel: float | None = None
    interrupt: float | None = None


class Floor:
    """One caller's; every decision follows from the seed and from how many there were before."""

    def __init__(self, manner: Manner, seed: str) -> None:
        self._manner, self._random = manner, Random(seed)

    @property
    def reaction(self) -> float:
        """Seconds until the caller answers."""
        return self._random.uniform(*_REACTION)

    @property
    def backchannel(self) -> str:
        """What to say on top of the agent."""
        return self._random.choice(BACKCHANNELS)

    def plan(self, text: str, seconds: float) -> Plan:
        """For a message of those words and so much sound.

        What is asked is heard before it is answered: a message with a question is interrupted in its last quarter at the
        earliest.
        """
        talks, cuts, at, share = (self._random.random() for _ in range(4))
        backchannel = interrupt = None
        if cuts < self._manner.interrupts:
            interrupt = seconds * (0.75 + 0.2 * share if "?" in text else 0.3 + 0.5 * share)
        elif talks < self._manner.backchannels and seconds > _EARLIEST + _LEFT:
            backchannel = _EARLIEST + at * (seconds - _EARLIEST - _LEFT)
        return Plan(backchannel, interrupt)

    def parts(self, text: str) -> tuple[list[str], float]:
        """The utterance as it is said in one go or in two, and the seconds of silence between."""
        words = text.split()
        chance, place, pause = self._random.random(), self._random.uniform(0.3, 0.7), self._random.uniform(*_PAUSE)
        if len(words) < _FEWEST_WORDS or chance >= self._manner.hesitates:
            return [text], 0.0
        at = max(1, round(place * len(words)))
        return [" ".join(words[:at]).rstrip(".,;:!?") + ",", " ".join(words[at:])], pause


def with_pause(sounds: list[Audio], seconds: float) -> Audio:
    """The sounds, of one rate, with so much silence between them."""
    silence: npt.NDArray[np.float32] = np.zeros(round(seconds * sounds[0].rate), dtype=np.float32)
    pieces = [piece for sound in sounds for piece in (sound.samples, silence)][:-1]
    return Audio(np.concatenate(pieces), sounds[0].rate)

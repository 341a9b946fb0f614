"""A turn that was taken for finished and goes on before anything of its answer was heard: one turn in two items."""

from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from tarl_app.core.sound.audio import Audio
from tarl_app.language.consent import fold


@dataclass(frozen=True)
class Earlier:
    """The item of a turn that was over, and its sound, with that of the turns that it went on with."""

    item: str
    sound: Audio

    def with_more(self, sound: Audio) -> Audio:
        """Its sound and then that one, which has the same rate."""
        return Audio(np.concatenate([self.sound.samples, sound.samples]), sound.rate)


def remainder(whole: str, before: str) -> str:
    """The words of ``whole`` after those that ``before`` says, however they were understood there.

    A recogniser may write the beginning otherwise once it knows the end: the words in common tell where the end begins.
    """
    words, known = whole.split(), [fold(word).strip(" .,;:!?") for word in before.split()]
    if not known:
        return whole
    matcher = SequenceMatcher(None, known, [fold(word).strip(" .,;:!?") for word in words], autojunk=False)
    last = [block for block in matcher.get_matching_blocks() if block.size]
    if not last:
        return " ".join(words[len(known) :])
    end = last[-1]
    return " ".join(words[end.b + end.size + len(known) - end.a - end.size :])

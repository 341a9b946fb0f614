"""CTC decoding: letter probabilities -> text, by the best path or by prefix beam search with a character model.

The model counts what customers say, as a character n-gram with Witten-Bell smoothing (Chen and Goodman 1998, "An empirical
study of smoothing techniques for language modeling"). All digits are one letter to it, so it knows how long a number
is, and nothing of which. The search is that of Hannun et al. 2014, "First-pass large vocabulary continuous speech
recognition using bi-directional recurrent DNNs" (arXiv 1408.2873), with letters for words.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import nlargest
from itertools import pairwise

import numpy as np
import numpy.typing as npt

_EDGE = "\n"
"""Stands before and after a text."""
_DIGITS = str.maketrans("123456789", "0" * 9)
_NEVER = -1e9
_REMEMBERED = 1 << 18
"""Probabilities that a model keeps."""

Written = tuple[str, list[int]]
"""A text, and the frame in which each of its letters begins."""


class CharacterModel:
    """How likely a letter is after those before it."""

    def __init__(self, texts: Iterable[str], order: int = 9) -> None:
        """Counts what is in ``texts``; a letter is looked at with at most ``order`` - 1 before it."""
        self.order = order
        counts: dict[str, dict[str, int]] = {}
        for text in texts:
            line = f"{_EDGE}{text.translate(_DIGITS)}{_EDGE}"
            for place in range(1, len(line)):
                letter = line[place]
                for start in range(max(0, place - order + 1), place + 1):
                    after = counts.setdefault(line[start:place], {})
                    after[letter] = after.get(letter, 0) + 1
        self._counts = {context: (after, sum(after.values())) for context, after in counts.items()}
        self._known = len(self._counts.get("", ({}, 0))[0]) + 1  # one more, for what was never seen
        self._probability = lru_cache(_REMEMBERED)(self._smoothed)

    def logprob(self, before: str, letter: str) -> float:
        """Natural logarithm of the probability of ``letter`` (``"\\n"``: the end) after the text ``before``."""
        context = f"{_EDGE}{before}"[1 - self.order :] if self.order > 1 else ""
        probability = self._probability(context.translate(_DIGITS), letter.translate(_DIGITS))
        return math.log(probability / 10 if letter.isdigit() else probability)

    def _smoothed(self, context: str, letter: str) -> float:
        after, total = self._counts.get(context, ({}, 0))
        lower = self._probability(context[1:], letter) if context else 1 / self._known
        return (after.get(letter, 0) + len(after) * lower) / (total + len(after)) if after else lower


def best_path(best: Sequence[int], letters: str) -> Written:
    """The text of the most likely class of each frame; the blank is the class after the last letter."""
    blank = len(letters)
    found = [
        (letters[letter], frame)
        for frame, (before, letter) in enumerate(pairwise((blank, *best)))
        if letter not in (before, blank)
    ]
    return _without_spaces("".join(letter for letter, _ in found), [frame for _, frame in found])


@dataclass
class _Prefix:
    """A text that the frames so far may say; log-probabilities of the paths that end in the blank and in its last letter."""

    language: float
    frames: tuple[int, ...]
    blank: float = _NEVER
    letter: float = _NEVER

    @property
    def heard(self) -> float:
        return _add(self.blank, self.letter)


def beam_search(
    logprobs_FK: npt.NDArray[np.floating],
    letters: str,
    model: CharacterModel,
    width: int = 16,
    weight: float = 0.6,
    bonus: float = 1.0,
    least: float = -9.0,
    most: int = 8,
) -> Written:
    """The text that is most likely by what is heard and by what is usually said.

    Args:
        logprobs_FK: for each frame the log-probabilities of the letters and, last, of the blank.
        letters: the classes.
        model: what is usually said.
        width: texts that are kept from frame to frame.
        weight: of the model's log-probabilities.
        bonus: for each letter, against the preference for short texts.
        least: letters with a lower log-probability in a frame are not looked at there.
        most: no more letters than these likeliest of a frame are; it bounds the time that a noise can take.
    """
    blank, place_of = len(letters), {letter: place for place, letter in enumerate(letters)}
    texts = {"": _Prefix(0.0, (), blank=0.0)}
    for frame, logprobs in enumerate(logprobs_FK.tolist()):
        best = nlargest(most, range(blank), key=logprobs.__getitem__)
        likely = [(letters[place], logprobs[place]) for place in best if logprobs[place] > least]
        following: dict[str, _Prefix] = {}
        for text, prefix in texts.items():
            heard = prefix.heard
            same = following.setdefault(text, _Prefix(prefix.language, prefix.frames))
            same.blank = _add(same.blank, heard + logprobs[blank])
            if text:
                same.letter = _add(same.letter, prefix.letter + logprobs[place_of[text[-1]]])
            for letter, logprob in likely:
                before = prefix.blank if text.endswith(letter) else heard
                longer = following.get(text + letter)
                if longer is None:
                    known = texts.get(text + letter)
                    longer = following[text + letter] = (
                        _Prefix(known.language, known.frames)
                        if known is not None
                        else _Prefix(prefix.language + weight * model.logprob(text, letter) + bonus, (*prefix.frames, frame))
                    )
                longer.letter = _add(longer.letter, before + logprob)
        kept = sorted(following, key=lambda text: -(following[text].heard + following[text].language))[:width]
        texts = {text: following[text] for text in kept}
    end = {text: one.heard + one.language + weight * model.logprob(text, _EDGE) for text, one in texts.items()}
    text = max(end, key=lambda one: end[one])
    return _without_spaces(text, list(texts[text].frames))


def _without_spaces(text: str, frames: list[int]) -> Written:
    begin, end = len(text) - len(text.lstrip(" ")), len(text.rstrip(" "))
    return text[begin:end], frames[begin:end]


def _add(one: float, other: float) -> float:
    """log(exp(one) + exp(other))."""
    high, low = (one, other) if one > other else (other, one)
    return high if low <= _NEVER else high + math.log1p(math.exp(low - high))

"""Finding expected words in a sound by what a CTC head says of its letters, whatever else was said.

A recogniser writes down one text; a name that it has hardly ever met is then a few letters off, and how likely the right
one was is lost. Word spotting looks for each expected phrase anywhere in the sound instead (Andrusenko et al. 2024, "Fast
context-biasing for CTC and transducer ASR models with CTC-based word spotter", arXiv 2406.07096). Upper and lower case
are one letter here, and what separates letters is one class with the blank, so a name is found spelled ("R-A-O"), too.
"""

import string
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from tarl_app.language.spoken.spelling import letters_by_words

_LETTERS = string.ascii_lowercase
_GAP = len(_LETTERS)
"""The class of the blank, of spaces and of punctuation."""
_DIGIT = _GAP + 1
_LEAST = -12.0
"""Log-probability at least, relative to the likeliest class of a frame: one bad frame does not rule a word out."""
_WRITTEN = -4.0
"""The same for letters of a text, which may be misspelled or misheard by somebody else's recogniser."""
_BY_WORDS = 4.0
"""Nats: among words for letters ("B as in Robert") a phrase in the sound counts for less than one of those letters."""
_NEVER = -1e9
_KEPT = 64

Scores = npt.NDArray[np.float32]


def plain(phrase: str) -> str:
    """The letters of a phrase, small: what is looked for."""
    return "".join(letter for letter in phrase.casefold() if letter in _LETTERS)


def class_scores(logprobs_FK: npt.NDArray[np.floating], letters: str) -> Scores:
    """Log-probabilities of ``letters`` and, last, the blank -> those of a to z, gap, digit; the likeliest is 0: [F, 28]."""
    members: list[list[int]] = [[] for _ in range(_DIGIT + 1)]
    for place, letter in enumerate(letters):
        small = letter.casefold()
        members[_LETTERS.index(small) if small in _LETTERS else _DIGIT if letter.isdigit() else _GAP].append(place)
    members[_GAP].append(len(letters))
    table = logprobs_FK.astype(np.float32)
    nothing = np.full(len(table), _NEVER, np.float32)
    columns = [np.logaddexp.reduce(table[:, own], axis=1) if own else nothing for own in members]
    merged = np.stack(columns, axis=1)
    return np.maximum(merged - merged.max(axis=1, keepdims=True, initial=_NEVER), _LEAST)


def written_scores(text: str) -> Scores:
    """A text as scores: each character certain, but for what a misspelling costs, with a gap after each."""
    classes = [
        _LETTERS.index(small) if small in _LETTERS else _DIGIT if small.isdigit() else _GAP for small in text.casefold()
    ]
    table = np.full((2 * len(classes), _DIGIT + 1), _WRITTEN, np.float32)
    table[np.arange(0, len(table), 2), classes] = 0
    table[1::2, _GAP] = 0
    return table


def spot(scores_FC: Scores, phrases: Sequence[str]) -> Scores:
    """How well each of P ``phrases`` (small letters, ``plain``) fits anywhere in the frames, [P].

    That is the log-probability of CTC's best path through the phrase, begun and ended in any frame, relative to the best
    path there: 0 where the phrase is what is heard. All phrases are followed at once.
    """
    lengths_P = np.array([len(phrase) for phrase in phrases], np.int64)
    places = 2 * int(lengths_P.max(initial=1)) - 1  # a letter, a gap, a letter, ...
    classes_PS = np.full((len(phrases), places), _GAP)
    no_skip_PS = np.zeros((len(phrases), places), bool)  # a gap cannot be skipped between two equal letters
    no_skip_PS[:, 1::2] = True
    for row, phrase in enumerate(phrases):
        for index, letter in enumerate(phrase):
            classes_PS[row, 2 * index] = _LETTERS.index(letter)
            no_skip_PS[row, 2 * index] = index > 0 and letter == phrase[index - 1]
    path_PS = np.full(classes_PS.shape, _NEVER, np.float32)
    step_PS, skip_PS = np.full_like(path_PS, _NEVER), np.full_like(path_PS, _NEVER)
    best_P = np.full(len(phrases), _NEVER, np.float32)
    rows_P, ends_P = np.arange(len(phrases)), np.maximum(0, 2 * (lengths_P - 1))
    for scores_C in scores_FC:
        step_PS[:, 1:] = path_PS[:, :-1]
        step_PS[:, 0] = 0  # it may begin here
        skip_PS[:, 2:] = path_PS[:, :-2]
        skip_PS[no_skip_PS] = _NEVER
        path_PS = np.maximum(np.maximum(path_PS, step_PS), skip_PS) + scores_C[classes_PS]
        best_P = np.maximum(best_P, path_PS[rows_P, ends_P])
    return best_P


class Recognition:
    """What a sound was taken for: the text, and how likely each letter is in each frame."""

    def __init__(self, text: str, scores_FC: Scores | None = None) -> None:
        """``scores_FC`` are ``class_scores``; None: of the text."""
        self.text = text
        self._scores = written_scores(text) if scores_FC is None else scores_FC
        letters = letters_by_words(text, heard=True)
        self._letters = None if letters == text else written_scores(letters)
        self._found = lru_cache(_KEPT)(self._spot)

    def _spot(self, phrases: tuple[str, ...]) -> Scores:
        found = spot(self._scores, phrases)
        return found if self._letters is None else np.maximum(found - _BY_WORDS, spot(self._letters, phrases))

    def spot(self, phrases: tuple[str, ...]) -> Scores:
        """See ``spot``; remembered."""
        return self._found(phrases)

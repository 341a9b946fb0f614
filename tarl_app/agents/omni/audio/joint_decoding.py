"""Joint CTC/attention decoding: words as Whisper's decoder hears them, ids, digits and spelled names as the CTC head does.

Watanabe et al. 2017, "Hybrid CTC/attention architecture for end-to-end speech recognition", score every hypothesis by both.
Here each of the two writes one text; where their words differ, both versions are scored by both, and by the n-gram of what
customers say, and the better one is kept. That takes two passes of the decoder and not one for each hypothesis.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from rapidfuzz.distance import Levenshtein

from tarl_app.agents.omni.audio.attention_decoder import LONGEST, States
from tarl_app.agents.omni.audio.ctc_decoder import CharacterModel, Written
from tarl_app.language.spoken.inverse_text_normalization import normalise_heard

ATTENTION, LANGUAGE, LETTER, PREFERENCE = 3.0, 0.4, 0.5, 4.0
"""Weights of the decoder's and the n-gram's log-probabilities (that of the CTC head is 1), what a letter more is worth, and
what the decoder's version has ahead. Chosen on 160 sentences in one voice; any near them do as well
(docs/decisions/omni-mini-hearing.md)."""
_GAP = 0.6
"""What a word without counterpart costs in the alignment; two different words cost their distance, at most 1."""
_ID = re.compile(r"@|(?:\d\D*){3}")
"""An id, a zip or an e-mail: the decoder, which writes English, has no say in it."""
_PUNCTUATION = ".,!?"


class WordDecoder(Protocol):
    """What ``attention_decoder.AttentionDecoder`` does."""

    def write(self, states: States) -> str:
        """The likeliest text."""
        ...

    def word_scores(self, states: States, texts: Sequence[str]) -> list[list[float]]:
        """The log-probability of each word of each text, given the words before it."""
        ...


@dataclass(frozen=True)
class _Part:
    """Neighbouring words of both texts; ``same``: they are the same word."""

    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    same: bool


def joint_text(
    logprobs_FK: npt.NDArray[np.floating],
    states: States,
    text: str,
    letters: str,
    language: CharacterModel,
    decoder: WordDecoder,
) -> str:
    """The text with the words that the decoder hears better.

    Args:
        logprobs_FK: log-probabilities of ``letters`` and, last, the blank, for each frame.
        states: the encoder's, [T, width].
        text: what the CTC head and the n-gram took the sound for.
    """
    if not text or len(states) > LONGEST:
        return text
    other = writable(decoder.write(states), letters)
    parts = _aligned(text.split(), other.split())
    differing = [number for number, part in enumerate(parts) if not part.same]
    if not other or not differing:
        return text
    ids = {number for number in differing if _ID.search(" ".join(parts[number].ours))}
    texts = [_joined(parts, ()), *(_joined(parts, (number,)) for number in differing)]
    heard = ctc_scores(logprobs_FK, texts, letters)
    usual = [_usual(one, language) for one in texts]
    attended = _attended(parts, differing, decoder, states) if len(ids) < len(differing) else [0.0] * len(differing)
    taken = []
    for place, number in enumerate(differing, 1):
        gain = heard[place] - heard[0] + LANGUAGE * (usual[place] - usual[0]) + LETTER * (len(texts[place]) - len(texts[0]))
        if number not in ids:
            gain += ATTENTION * attended[place - 1] + PREFERENCE
        if gain > 0:
            taken.append(number)
    return _joined(parts, taken) or text


def writable(text: str, letters: str) -> str:
    """A text of another recogniser in the form and the characters of the CTC head."""
    found = normalise_heard(text).replace("&", " and ").replace("%", " percent")
    return " ".join("".join(letter for letter in found if letter in letters).split())


def ctc_scores(logprobs_FK: npt.NDArray[np.floating], texts: Sequence[str], letters: str) -> list[float]:
    """The log-probability of each text by all of its CTC paths."""
    place_of = {letter: place for place, letter in enumerate(letters)}
    targets = [[place_of[letter] for letter in text] for text in texts]
    frames, classes = logprobs_FK.shape
    losses = torch.nn.functional.ctc_loss(
        torch.from_numpy(np.ascontiguousarray(logprobs_FK, np.float32))[:, None].expand(frames, len(texts), classes),
        torch.tensor([letter for target in targets for letter in target], dtype=torch.long),
        torch.full((len(texts),), frames),
        torch.tensor([len(target) for target in targets]),
        blank=len(letters),
        reduction="none",
    )
    return (-losses).tolist()


def placed(logprobs_FK: npt.NDArray[np.floating], text: str, letters: str) -> Written:
    """The text, with the frame in which each letter begins on the best CTC path that says it.

    A text with more letters than the frames can hold is spread over them.
    """
    blank, place_of = len(letters), {letter: place for place, letter in enumerate(letters)}
    classes = [blank]
    for letter in text:
        classes += [place_of[letter], blank]
    own_FS = logprobs_FK[:, classes]
    skips_S = np.array([s > 1 and c not in (blank, classes[s - 2]) for s, c in enumerate(classes)])
    best_S = np.full(len(classes), -np.inf)
    best_S[:2] = own_FS[0, :2]
    came_FS = np.zeros(own_FS.shape, np.int8)
    for frame in range(1, len(own_FS)):
        step_S = np.concatenate([[-np.inf], best_S[:-1]])
        skip_S = np.where(skips_S, np.concatenate([[-np.inf, -np.inf], best_S[:-2]])[: len(best_S)], -np.inf)
        came_FS[frame] = np.argmax([best_S, step_S, skip_S], axis=0)
        best_S = np.max([best_S, step_S, skip_S], axis=0) + own_FS[frame]
    state = len(classes) - 1 - int(len(classes) > 1 and best_S[-2] > best_S[-1])
    if not np.isfinite(best_S[state]):
        return text, [min(len(own_FS) - 1, number * len(own_FS) // max(1, len(text))) for number in range(len(text))]
    frames = [0] * len(text)
    for frame in range(len(own_FS) - 1, -1, -1):
        if state % 2:
            frames[state // 2] = frame
        state -= int(came_FS[frame, state])
    return text, frames


def _usual(text: str, language: CharacterModel) -> float:
    return sum(language.logprob(text[:place], letter) for place, letter in enumerate(text)) + language.logprob(text, "\n")


def _attended(parts: Sequence[_Part], differing: Sequence[int], decoder: WordDecoder, states: States) -> list[float]:
    """By how much the decoder prefers its own words in each differing part, each side given its own words before."""
    ours, theirs = decoder.word_scores(states, [_joined(parts, ()), _joined(parts, differing)])
    gains, at, there = [], 0, 0
    for number, part in enumerate(parts):
        own, other = len(part.ours), len(part.theirs) if number in differing else len(part.ours)
        if number in differing:
            gains.append(sum(theirs[there : there + other]) - sum(ours[at : at + own]))
        at, there = at + own, there + other
    return gains


def _joined(parts: Sequence[_Part], taken: Sequence[int]) -> str:
    return " ".join(word for number, part in enumerate(parts) for word in (part.theirs if number in taken else part.ours))


def _aligned(ours: Sequence[str], theirs: Sequence[str]) -> list[_Part]:
    """Both texts, word beside word: the same words, one word for another, or a word beside which others are missing."""
    plain = [[word.lower().strip(_PUNCTUATION) for word in words] for words in (ours, theirs)]
    costs = np.zeros((len(ours) + 1, len(theirs) + 1))
    costs[1:, 0] = _GAP * np.arange(1, len(ours) + 1)
    costs[0, 1:] = _GAP * np.arange(1, len(theirs) + 1)
    steps: dict[tuple[int, int], tuple[int, int]] = {}
    for i in range(len(ours) + 1):
        for j in range(len(theirs) + 1):
            ways = []
            if i and j:
                apart = Levenshtein.normalized_distance(plain[0][i - 1], plain[1][j - 1])
                ways.append((costs[i - 1, j - 1] + apart, (1, 1)))
            if i:
                ways.append((costs[i - 1, j] + _GAP, (1, 0)))
            if j:
                ways.append((costs[i, j - 1] + _GAP, (0, 1)))
            if ways:
                costs[i, j], steps[i, j] = min(ways)
    pairs: list[_Part] = []
    i, j = len(ours), len(theirs)
    while i or j:
        up, left = steps[i, j]
        same = bool(up and left) and plain[0][i - 1] == plain[1][j - 1]
        pairs.append(_Part(tuple(ours[i - up : i]), tuple(theirs[j - left : j]), same))
        i, j = i - up, j - left
    return _merged(pairs[::-1])


def _merged(pairs: Sequence[_Part]) -> list[_Part]:
    """A word without counterpart joins the differing one beside it: "a lot" for "alot" is one decision."""
    parts: list[_Part] = []
    open_gap = False  # whether the last part is a word without counterpart and nothing else
    for pair in pairs:
        gap = not (pair.ours and pair.theirs)
        if parts and not pair.same and not parts[-1].same and (gap or open_gap):
            parts[-1] = _Part(parts[-1].ours + pair.ours, parts[-1].theirs + pair.theirs, same=False)
            open_gap = False
        else:
            parts.append(pair)
            open_gap = gap
    return parts

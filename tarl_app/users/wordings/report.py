"""Counts and compares sets of wordings: distinct sentences, n-grams, and sentences that two sets nearly share."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from tarl_app.core.domain import Wordings

NEAREST = 0.2
"""Normalised edit distance below which two sentences count as the same."""
_WORD = re.compile(r"\{\w+\}|[\w']+")


@dataclass(frozen=True)
class Counted:
    """One rule of one set: distinct sentences, words, and n-grams of words."""

    rule: str
    sentences: int
    registers: int
    words: int
    bigrams: int
    trigrams: int


def sentences(registers: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """All sentences of a rule, each once whatever its capitals."""
    return tuple({plain(text): text for text in chain.from_iterable(registers.values())}.values())


def plain(text: str) -> str:
    """The sentence as it is compared: small letters, single spaces."""
    return " ".join(text.lower().split())


def count(wordings: Wordings) -> list[Counted]:
    """One row for each rule, in alphabetical order."""
    return [_counted(rule, wordings[rule]) for rule in sorted(wordings)]


def _counted(rule: str, registers: Mapping[str, tuple[str, ...]]) -> Counted:
    texts = sentences(registers)
    words = [_WORD.findall(text.lower()) for text in texts]
    grams = [len({tuple(one[at : at + n]) for one in words for at in range(len(one) - n + 1)}) for n in (1, 2, 3)]
    return Counted(rule, len(texts), len(registers), *grams)


def shared(one: Wordings, other: Wordings, nearest: float = NEAREST) -> Iterator[tuple[str, str, str, str]]:
    """Pairs of sentences of two sets that are nearer than ``nearest``: (rule, sentence, rule of the other, sentence)."""
    mine, theirs = _rows(one), _rows(other)
    far = nearest - 1e-9
    texts = [[plain(text) for _, text in rows] for rows in (mine, theirs)]
    distances = process.cdist(*texts, scorer=Levenshtein.normalized_distance, score_cutoff=far, dtype=np.float32)
    for row, column in np.argwhere(distances <= far):
        yield *mine[row], *theirs[column]


def _rows(wordings: Wordings) -> list[tuple[str, str]]:
    return [(rule, text) for rule in sorted(wordings) for text in sentences(wordings[rule])]

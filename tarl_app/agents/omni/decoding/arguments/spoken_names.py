"""Whose name was said: whole names of two lexicons, first and last, by how they sound.

Speech recognisers find names by a bias towards words that are expected (Zhao et al. 2019, "Shallow-fusion end-to-end
contextual biasing"); here those are a domain's lexicons, and the model chooses among the likeliest.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from tarl_app.agents.omni.audio.keyword_spotting import Recognition, plain

A_LETTER = 2.5  # nats that finding one more letter of a name is worth, against shorter names
_IN_A_ROW = 3.0  # nats that it is worth when first and last name follow one another
_LIKELIEST = 15  # first names, and last names, that are looked for as whole names
_UNCALLED = -1.6  # nats a letter: a name that is less like what was heard was not said
DOUBT = 1.0
"""Nats: what is less likely than the best by more is not offered."""
OFFERED = 4
"""Whole names that are offered for one that was heard."""


@dataclass(frozen=True)
class Name:
    """Somebody who may have spoken."""

    first: str
    last: str
    score: float


def likely_names(heard: Sequence[Recognition], first: tuple[str, ...], last: tuple[str, ...]) -> list[Name]:
    """Whole names by how much speaks for them in all that was heard, the likeliest first; those that were not said are out.

    A name is found wherever its letters fit, spelled or not, first and last name apart or in a row. Each utterance adds
    what it says for a name, so that one that was said twice beats another that something else once sounded like.
    """
    small = tuple(plain(name) for name in (*first, *last))
    length_N = np.array([len(name) for name in small])
    gain_RN = np.array([np.maximum(0, one.spot(small) + A_LETTER * length_N) for one in heard])
    total_N = gain_RN.sum(axis=0)
    firsts = np.argsort(-total_N[: len(first)], kind="stable")[:_LIKELIEST]
    lasts = np.argsort(-total_N[len(first) :], kind="stable")[:_LIKELIEST] + len(first)
    pairs = [(int(one), int(other)) for one in firsts for other in lasts]
    rows = tuple(name for one, other in pairs for name in (small[one] + small[other], small[other] + small[one]))
    length_W2 = np.array([len(row) for row in rows]).reshape(-1, 2)
    score_W = np.zeros(len(pairs))
    likest_W = np.full(len(pairs), -np.inf)
    for gain_N, one in zip(gain_RN, heard, strict=True):
        fit_W2 = one.spot(rows).reshape(-1, 2)
        gain_W2 = np.maximum(0, fit_W2 + A_LETTER * length_W2)
        apart_W = np.array([gain_N[i] + gain_N[j] for i, j in pairs])
        score_W += np.maximum(apart_W, np.where(gain_W2.max(axis=1) > 0, gain_W2.max(axis=1) + _IN_A_ROW, 0))
        single_N = one.spot(small)
        apart = np.array([single_N[i] + single_N[j] for i, j in pairs])
        likest_W = np.maximum(likest_W, np.maximum(fit_W2.max(axis=1), apart) / length_W2[:, 0])
    return [
        Name(first[pairs[k][0]], last[pairs[k][1] - len(first)], float(score_W[k]))
        for k in np.argsort(-score_W, kind="stable")
        if likest_W[k] >= _UNCALLED
    ]


def offered_names(found: Sequence[Name], refused: Collection[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The likeliest names but those that were ``refused`` (``plain`` letters), as long as they are about as likely."""
    left = [name for name in found if (plain(name.first), plain(name.last)) not in refused]
    return tuple((name.first, name.last) for name in left[:OFFERED] if name.score >= left[0].score - DOUBT)

"""Known words in typed text, also with a slip of the finger."""

import re
from collections.abc import Iterable

from rapidfuzz.distance import OSA

_SHORT, _LONG = 6, 9
"""Letters from which one slip is forgiven, and two."""


def tokens(text: str) -> list[str]:
    """The words and numbers of a text, in lower case."""
    return re.findall(r"[a-z0-9]+(?:'[a-z]+)?", text.lower().replace("’", "'"))


def same(word: str, known: str) -> bool:
    """Whether a word is a known one, its plural, or that with a slip."""
    if known in (word, f"{word}s") or word in (f"{known}s", f"{known}es"):
        return True
    slips = 0 if len(known) < _SHORT else 1 if len(known) < _LONG else 2
    return slips > 0 and word[:1] == known[:1] and OSA.distance(word, known, score_cutoff=slips) <= slips


def places(text: str, known: str) -> list[int]:
    """Where the words of a known name stand together in a text, as numbers of tokens."""
    said, wanted = tokens(text), tokens(known)
    return [
        at
        for at in range(len(said) - len(wanted) + 1)
        if wanted and all(same(word, other) for word, other in zip(said[at:], wanted, strict=False))
    ]


def named(text: str, known: Iterable[str]) -> list[str]:
    """The known names that stand in a text, in the order in which they do."""
    found = [(at[0], name) for name in known if (at := places(text, name))]
    return [name for _, name in sorted(found)]


def repaired(text: str, known: Iterable[str]) -> str:
    """The text in lower case with slips in these words put right: "cancle my oder" with ``cancel`` and ``order``."""
    words = sorted(known)

    def put_right(found: re.Match[str]) -> str:
        word = found[0]
        if word in words or len(word) < _SHORT - 1:
            return word
        return next((one for one in words if len(one) >= _SHORT - 1 and word[0] == one[0] and _slip(word, one)), word)

    return re.sub(r"[a-z]+", put_right, text.lower())


def _slip(word: str, known: str) -> bool:
    """One letter left out, doubled or put in the wrong place; another letter may be another word."""
    return OSA.distance(word, known) == 1 and (len(word) != len(known) or sorted(word) == sorted(known))

"""One form of a text: dashes, blanks and quotes, marks of emphasis, British and American spelling."""

import re
from functools import lru_cache

from tarl_app.language.told import tables

LONGEST = 20_000
"""Characters of a text that are read; the rest counts as not told."""

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SIGNS = (
    _FULL_WIDTH
    | str.maketrans(dict.fromkeys(tables.DASHES, "-"))
    | str.maketrans(dict.fromkeys(tables.SPACES, " "))
    | str.maketrans(dict.fromkeys(tables.APOSTROPHES, "'"))
    | str.maketrans(dict.fromkeys(tables.INVISIBLE))
)
_EMPHASIS = re.compile(r"[*~]+|(?<![^\W_])_+|_+(?![^\W_])")
_SPELLINGS = tuple((re.compile(pattern), put) for pattern, put in tables.SPELLINGS)


def plain(text: str) -> str:
    """The text with one kind of dash, blank and apostrophe, and without emphasis; ``LONGEST`` characters at most."""
    return _EMPHASIS.sub(" ", text[:LONGEST].translate(_SIGNS))


@lru_cache(maxsize=8192)
def spelling(word: str) -> str:
    """A lower-case word in the one form that stands for both spellings: ``cancelled`` and ``canceled`` are the same."""
    if word in tables.WORDS_SPELLED_TWICE:
        return tables.WORDS_SPELLED_TWICE[word]
    for pattern, put in _SPELLINGS:
        word = pattern.sub(put, word)
    return word

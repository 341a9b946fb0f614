"""What was heard beside what was said, as HTML, with the words that differ marked."""

import re
from difflib import SequenceMatcher
from html import escape

_BARE = re.compile(r"[^\w@#$%']+")


def same(said: str, heard: str) -> bool:
    """Whether both are the same words, whatever their case and punctuation."""
    return _words(said) == _words(heard)


def marked(said: str, heard: str) -> str:
    """``heard`` with a mark on every run of words that were not said so; ``said`` words that are missing leave a gap."""
    parts, known = heard.split(), [_bare(word) for word in said.split()]
    pieces: list[str] = []
    for kind, a, b, start, end in SequenceMatcher(None, known, [_bare(word) for word in parts], False).get_opcodes():
        words = escape(" ".join(parts[start:end]))
        missing = escape(" ".join(said.split()[a:b]))
        if kind == "equal":
            pieces.append(words)
        elif start == end:
            pieces.append(f'<mark title="not heard: {missing}">…</mark>')
        else:
            pieces.append(f'<mark title="{f"said: {missing}" if missing else "not said"}">{words}</mark>')
    return " ".join(pieces)


def _bare(word: str) -> str:
    return _BARE.sub("", word).casefold() or word


def _words(text: str) -> list[str]:
    return [bare for word in text.split() if (bare := _BARE.sub("", word).casefold())]

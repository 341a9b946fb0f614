"""Parts of what somebody types: clauses that each say one thing, and words that are denied."""

import re

_BREAK = re.compile(
    r"(?<=[.?!;])\s+|\n+|\s*;\s*|(?<!\d),?\s+(?=(?:and|but|oh|btw)\b)"
    r"|,\s+(?=(?:plus|also|then|by the way|besides|next to that|in addition|on top of|furthermore|moreover|second(?:ly)?"
    r"|another thing|apart from)\b)"
    r"|\s+-+\s+|\.{2,}\s*",
    re.I,
)
_DENIAL = (
    r"\b(?:no need|(?:(?:do|does|did|is|was|would|should|are|were)(?:n't|nt| not))|never|rather than|without|instead of"
    r"|not|no)"
)
_LINK = (
    r"(?:\s+(?:want|need|wish|like|asking|asked|ask|trying|to|it|be|you|me|for|the|a|any|that|them|my|going|get"
    r"|have|by))*"
)
_DENIED = re.compile(rf"{_DENIAL}\b(?!\s+(?:longer|more)\b)(?:\s+(?!and\b|but\b|just\b|only\b)[\w'-]+){{1,3}}", re.I)


def clauses(text: str) -> list[str]:
    """The clauses of a text, in their order: sentences, divided again before "and", "but", "also" ..."""
    return [part for part in (piece.strip(" ,;-") for piece in _BREAK.split(text)) if part]


def without_denied(text: str, words: str) -> str:
    """The text without these ``words`` (a pattern) where they are denied: "I don't want it cancelled"."""
    return re.sub(rf"{_DENIAL}\b{_LINK}\s+(?:{words})", " ", text.replace("’", "'"), flags=re.I)


def affirmed(text: str) -> str:
    """The text without the words that follow a denial: "not the blue one, the red one" is ", the red one"."""
    return _DENIED.sub(" ", text.replace("’", "'"))


_ADDED = re.compile(r"\b(?:also|another thing|one more|too|as well|second(?:ly)?|after that|then|besides|plus)\b", re.I)
_RATHER = re.compile(r"\b(?:instead|rather|actually|forget|never ?mind|leave)\b", re.I)


def adds(text: str) -> bool:
    """Whether what is asked for comes on top of what was asked for before: "and also ..."."""
    return _ADDED.search(text) is not None and _RATHER.search(text) is None

"""Whether a value at a place in a text is stated, or asked, denied, doubted or left open.

Reading is by clause: a "not" reaches back to the last comma, so "No, it's cancelled." states and "it is not cancelled"
does not. Rules over plain text; an unknown form counts as a statement.
"""

import re
from bisect import bisect_right

from tarl_app.language.told import tables

FARTHEST = 400
"""Characters before a value in which its clause is searched."""
_NEAR = 30
REACH = 7
"""Number of words that a "not" reaches."""

_SENTENCE = re.compile(r"[.!?…]+[\"')\]]*(?=\s)|\n+|;")
_BOUNDARY = re.compile(tables.BOUNDARIES, re.IGNORECASE)
_WORD = re.compile(r"[\w']+")
_NEGATOR = re.compile(tables.NEGATORS)
_FINITE = re.compile(tables.FINITE)
_NO_DENIAL = re.compile(rf"\b(?:{tables.NO_DENIAL}|(?:not|\w+n't) {tables.NOT_NEGATED})\b")
_CONTINUES = re.compile(tables.CONTINUES)
_DENIED_AFTER = re.compile(tables.DENIED_AFTER)
_LIMITS = re.compile(tables.LIMITS)
_LIMITED = re.compile(tables.LIMITED)
_INSTEAD = re.compile(tables.INSTEAD)
_DOUBT = re.compile(tables.DOUBT)
_CONDITION = re.compile(rf"{tables.CONDITION}|{tables.WISH}")
_UNREAL = re.compile(tables.UNREAL)
_PARTICLES = rf"(?:{tables.PARTICLES}\b[,.!]?\s+)*"
_INVERTED = re.compile(rf"\s*{_PARTICLES}(?!may\b){tables.ASKS} {tables.ASKED}\b[^,:]*")
_ASKING = re.compile(
    rf"(?:^\s*|[,:()]\s*|\s-+\s|\b(?:and|but|so|or)\s+){_PARTICLES}(?!which (?:is|was|has|are|were)\b)"
    rf"(?P<start>(?:{tables.ASKS}|{tables.QUESTION_WORDS})\b)"
    rf"|\b(?P<inner>{tables.ASKS} (?:i|you|we|there)\b|(?:anything|something|what) else\b)"
)
_CHECK = re.compile(rf"[,-]\s*(?:and )?{tables.CHECKS}\s*\?+$")


class Stated:
    """A text whose places can be checked for stance; ``text`` is in lower case."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._ends = [found.end() for found in _SENTENCE.finditer(text)]
        self._questions: dict[int, tuple[int, int]] = {}

    def says(self, start: int, end: int, state: bool = False) -> bool:
        """Whether the value at that place is stated; a ``state`` must also be neither in the future nor wished for."""
        first, last = self._sentence(start)
        if first not in self._questions:
            self._questions[first] = _question(self.text[first:last])
        asked_from, asked_to = self._questions[first]
        if asked_from <= start - first < asked_to:
            return False
        before = self.text[max(first, start - FARTHEST) : start]
        clause = _clause_before(before)
        if _denied(clause, state) or _DENIED_AFTER.match(self.text, end) or _DOUBT.search(clause):
            return False
        if _CONTINUES.match(clause) and _denied(re.sub(r"[,;:]", " ", before), state):
            return False
        if _INSTEAD.search(before.rstrip()):
            return False
        return not (state and (_CONDITION.search(clause) or _UNREAL.search(re.sub(r"\s+", " ", clause))))

    def is_limit(self, start: int, end: int) -> bool:
        """Whether the number at that place only limits the one that is meant: "more than 8", "at least 8"."""
        return (
            _LIMITS.search(self.text, max(0, start - _NEAR), start) is not None or _LIMITED.match(self.text, end) is not None
        )

    def _sentence(self, start: int) -> tuple[int, int]:
        place = bisect_right(self._ends, start)
        return self._ends[place - 1] if place else 0, self._ends[place] if place < len(self._ends) else len(self.text)


def _clause_before(before: str) -> str:
    ends = [found.end() for found in _BOUNDARY.finditer(before)]
    return before[ends[-1] :] if ends else before


def _question(sentence: str) -> tuple[int, int]:
    """Which part of a sentence asks; without a question mark it is its first clause, where that is inverted."""
    whole = len(sentence)
    if not sentence.rstrip("\"')] \n").endswith("?"):
        inverted = _INVERTED.match(sentence)
        return (0, inverted.end()) if inverted else (whole, whole)
    if _INVERTED.match(sentence) or _CHECK.search(sentence.rstrip()):
        return 0, whole
    found = _ASKING.search(sentence)
    return (found.start("start" if found["start"] else "inner"), whole) if found else (0, whole)


def _denied(clause: str, state: bool) -> bool:
    words = _WORD.findall(_NO_DENIAL.sub(" ", clause))[-REACH:]
    for place in range(len(words) - 1, -1, -1):
        if _NEGATOR.fullmatch(words[place]):
            beside = place == len(words) - 1 or words[-1] == "of"
            if state or beside or words[place] not in tables.NEGATES_NOUNS:
                return True
        if _FINITE.fullmatch(words[place]):
            return place > 0 and words[place - 1] in ("never", "neither", "nor")
    return False

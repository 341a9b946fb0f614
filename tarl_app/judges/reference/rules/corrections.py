"""Rules about corrections: what a customer puts right is taken over, neither thrown away nor read back wrong again."""

import re

from tarl_app.core.domain.judging import Finding
from tarl_app.core.types import AgentTurn
from tarl_app.judges.reference import words
from tarl_app.judges.reference.evidence import Evidence
from tarl_app.judges.reference.results import WORD, value_words
from tarl_app.language import clauses, consent
from tarl_app.language.spoken.numerals import in_digits

OPEN_QUESTION = re.compile(
    r"\bwhat (?:should|shall|would you like me to|do you want me to) (?:i )?(?:change|do)\b|"
    r"\bwhat would you (?:like|prefer) instead\b|\bhow would you rather\b|\bwhat do i put instead\b|"
    r"\bwhat (?:is|was) wrong\b"
)
BARE = re.compile(
    r"\b(?:no|nope|nah|not|don't|do not|right|wrong|that|thats|that's|is|it|this|isn't|please|thanks|wait|stop|hold|on|i|"
    r"never|mind|forget|leave|cancel|actually|sorry|hm+|um+|uh+|well|oh|want|changed?|my|rather|keep|as|are|they|the|"
    r"everything|about|to|better|sleep|me|think)\b"
)
"""Words of a refusal that says nothing about what is wanted instead."""
AGAINST = re.compile(rf"{consent.NO.pattern}|\b(?:just|only|take out)\b")
"""Words by which a customer objects to what was read back."""
WHICH = re.compile(r"\b(?:what|which|how|who|where|when)\b")
SHORT = 2
"""Letters of a word that is too short to be a value."""
WEAK = frozenset({"one", "yes", "payment", "1"})
"""Values that also stand for other things: "the red one"."""
CONTENT = 3
"""Fewest further words that make a refusal a correction."""


def _corrects(evidence: Evidence) -> bool:
    """Whether the customer's last words, after a proposal, say what should be different."""
    last = evidence.heard[-1] if evidence.heard else ""
    if not _checks(evidence.last_text) or consent.says_yes(last) or not AGAINST.search(last):
        return False
    stated = " ".join(part for part in consent.sentences(last) if not part.endswith("?"))
    return len(re.findall(r"[\w#'-]+", BARE.sub(" ", stated))) >= CONTENT


def dropped(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """A correction is not answered by asking what should be corrected."""
    if turn.tool_calls or not _corrects(evidence):
        return None
    if OPEN_QUESTION.search(consent.fold(turn.text)):
        return 0, "asked what to change, which the customer had just said"
    return None


def refused_again(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """What the customer has corrected is not read back unchanged."""
    if turn.tool_calls or not _corrects(evidence) or not words.reads_back(turn.text):
        return None
    if consent.fold(turn.text) == consent.fold(evidence.last_text) and not words.REPEAT.search(evidence.heard[-1]):
        return -1, "read back the same again, although the customer had corrected it"
    return None


def lost(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """What is read back after a correction is not what was read back before: it has what the customer named, or something
    new.

    A value is a number, or a word of the data.
    """
    last = evidence.heard[-1] if evidence.heard else ""
    if turn.tool_calls or not (_checks(evidence.last_text) and _checks(turn.text)):
        return None
    if consent.says_yes(last) or not AGAINST.search(last):
        return None
    wanted = " ".join(part for part in consent.sentences(clauses.affirmed(last)) if not part.endswith("?"))
    data = frozenset[str]().union(*(value_words(one.content) for one in evidence.results))
    before = _values(evidence.last_text, data)
    named, again = _values(wanted, data) - WEAK, _values(turn.text, data)
    if named and again and again <= before and not named & again:
        return -1, f"read back the same again, although the customer had corrected it to '{max(named, key=len)}'"
    return None


def _checks(text: str) -> bool:
    """Whether a text reads a change back for a yes; "which card should I use?" does not."""
    asked = [one for one in consent.sentences(text) if one.endswith("?")]
    return words.reads_back(text) and not any(WHICH.search(one) for one in asked)


def _values(text: str, data: frozenset[str]) -> set[str]:
    """The numbers of a text, and its words that stand in the data."""
    found = WORD.findall(in_digits(consent.fold(text)))
    return {one for one in found if one.isdigit() or (len(one) > SHORT and one in data)}

"""Rules about corrections: what a customer puts right is taken over, neither thrown away nor read back wrong again."""

import re

from tarl_app.core.domain.judging import Finding
from tarl_app.core.types import AgentTurn
from tarl_app.judges.reference import words
from tarl_app.judges.reference.evidence import Evidence
from tarl_app.language import consent

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
CONTENT = 3
"""Fewest further words that make a refusal a correction."""


def _corrects(evidence: Evidence) -> bool:
    """Whether the customer's last words, after a proposal, say what should be different."""
    last = evidence.heard[-1] if evidence.heard else ""
    if not words.reads_back(evidence.last_text) or consent.says_yes(last):
        return False
    if not re.search(r"\b(?:no|nope|not|\w+n't|wrong|instead|just|only|rather|take out)\b", last):
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

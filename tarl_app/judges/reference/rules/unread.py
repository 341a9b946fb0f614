"""The rule about states that were never looked up: nobody can say how a thing stands that they have not opened."""

import re

from tarl_app.core.domain.judging import Finding
from tarl_app.core.types import AgentTurn
from tarl_app.judges.reference.evidence import Evidence
from tarl_app.judges.reference.rules.promises import statements
from tarl_app.judges.reference.rules.subject import subjects
from tarl_app.language import consent, told

LINK = re.compile(
    r"\b(?:is|as|been|still|currently|was|status:?)\s+(?:(?:now|currently|already|still|in|marked|shown|as|status)\s+)*['\"]?$"
)
"""Words before a state that is stated and not only mentioned."""
SURE = re.compile(r"\b(?:your|yours|it|it's|its|they|they're|everything|all|both)\b")
"""Words of a sentence about the customer's own thing; a rule about all things has none of them."""
OPEN = re.compile(r"\?|\b(?:if|once|when|whenever|until|unless|not|only|would|could|might|may|should|whether|sorry)\b|n't\b")


def unread_state(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """The state of a thing is told after it was read, or the customer has said it themselves."""
    if turn.tool_calls or not evidence.judging.topics:
        return None
    for sentence in statements(turn.text):
        if OPEN.search(sentence) or not (state := _state(evidence, sentence)):
            continue
        named = evidence.ids_in(sentence) & (evidence.owners.keys() | evidence.states.keys() | evidence.said_ids)
        if not named and not SURE.search(sentence):
            continue
        about = named or subjects(evidence) or _things_said(evidence)
        read = evidence.states.keys() & about if about else evidence.states.keys()
        if not read and not _said(evidence, state):
            return -1, f"told the customer how it stands ('{state}') without having looked it up"
    return None


def _state(evidence: Evidence, sentence: str) -> str:
    """The state that a sentence tells of a thing; empty for none."""
    for topic in evidence.judging.topics:
        for value, before in told.stated(sentence, topic, evidence.domain.fact_words):
            if LINK.search(before):
                return value
    words = evidence.judging.words.states
    found = re.search(rf"\b(?:{words})\b", sentence) if words else None
    return found[0] if found else ""


def _said(evidence: Evidence, state: str) -> bool:
    """Whether the customer has stated it themselves; a question states nothing."""
    stated = [part for heard in evidence.heard for part in consent.sentences(heard) if not part.endswith("?")]
    return any(state in one or told.names(one, state, evidence.domain.fact_words) for one in stated)


def _things_said(evidence: Evidence) -> set[str]:
    """The ids that the customer has said and no look-up of the customer has used."""
    return evidence.said_ids - evidence.forms_in(evidence.customer or "").keys()

"""Rules about the subject: what is told, proposed or looked up is about what the customer speaks of.

The customer's subject are the ids that they said, and in a task also those of its goals. A customer who knows no id, or
speaks of another thing than before, leaves it to the agent to find out which is meant.
"""

import re

from tarl_app.core.domain.judging import Finding
from tarl_app.core.types import AgentTurn, ToolCall, ToolResult
from tarl_app.judges.reference import words
from tarl_app.judges.reference.evidence import Evidence
from tarl_app.judges.reference.results import contents
from tarl_app.language import consent, told

ELSEWHERE = re.compile(
    r"\b(?:other|another|both|(?<!in )all|every|each|any|second|next|else|some|which|forgot|forgotten|lost|orders|trips|"
    r"bookings|reservations|(?:don't|do not) (?:know|have|remember)|not sure|can't (?:remember|recall|find)|find it|"
    r"look it up)\b"
)
"""Words by which a customer leaves the subject open, or speaks of more than one."""


def subjects(evidence: Evidence) -> set[str]:
    """The ids of the customer's own things that the customer has said."""
    return evidence.said_ids & evidence.owners.keys() - evidence.forms_in(evidence.customer or "").keys()


def _strayed(evidence: Evidence, identifier: str) -> bool:
    """Whether this thing of the customer's is another one than the customer speaks of."""
    if identifier not in evidence.owners or identifier in evidence.said_ids or identifier in evidence.wanted_ids:
        return False
    if identifier in evidence.forms_in(evidence.customer or ""):
        return False
    if any(identifier in evidence.ids_in(str(call.arguments)) for call in evidence.written):
        return False
    named = [one for one in evidence.heard if evidence.ids_in(one) & evidence.owners.keys()]
    if not named:
        return False
    if evidence.task.verifiable:
        # A goal whose ids the customer has not said may be about anything.
        return bool(subjects(evidence) & evidence.wanted_ids)
    since = evidence.heard[evidence.heard.index(named[-1]) :]
    return not any(ELSEWHERE.search(one) for one in since)


def other_subject(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """Facts that are told, and changes that are proposed, are about what the customer named."""
    if turn.tool_calls or evidence.unidentified:
        return None
    proposal = words.reads_back(turn.text)
    for sentence in consent.sentences(turn.text):
        named = evidence.ids_in(sentence) & evidence.owners.keys()
        if len(named) != 1 or not (proposal or _tells(evidence, sentence)):
            continue
        one = named.pop()
        if _strayed(evidence, one):
            meant = ", ".join(sorted(evidence.forms.get(found, found) for found in subjects(evidence)))
            return -1, f"told the customer about {evidence.forms.get(one, one)}, but they had named {meant}"
    return None


def told_of_another(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """Money that is told without saying of what is not only in the data of a thing that the customer had not named."""
    if turn.tool_calls or evidence.unidentified or words.asks_on(turn.text) or evidence.written:
        return None
    if evidence.ids_in(turn.text) & evidence.owners.keys() or words.declines(turn.text):
        return None
    known = told.cents_in(evidence.said) | evidence.policy_amounts
    for amount in sorted(told.cents_in(turn.text) - known - {0}):
        homes = [_things_in(evidence, one) for one in evidence.results if amount in _amounts(evidence, one)]
        if not homes or not all(len(one) == 1 and _strayed(evidence, *one) for one in homes):
            continue
        other = min(homes[0])
        named = evidence.forms.get(other, other)
        return -1, f"told the customer ${amount / 100:.2f}, which belongs to {named}; they had named something else"
    return None


def _things_in(evidence: Evidence, result: ToolResult) -> set[str]:
    """The ids of the customer's own things in a result."""
    found = contents(result.content, evidence.judging.ids or told.forms_in).forms.keys() & evidence.owners.keys()
    return found - evidence.forms_in(evidence.customer or "").keys()


def _amounts(evidence: Evidence, result: ToolResult) -> frozenset[int]:
    return contents(result.content, evidence.judging.ids or told.forms_in).amounts


def _tells(evidence: Evidence, sentence: str) -> bool:
    """Whether a sentence states money or a state."""
    if words.ASKS.search(sentence):
        return False
    topics = evidence.judging.topics
    return bool(told.cents_in(sentence)) or any(told.stated(sentence, one, evidence.domain.fact_words) for one in topics)


def other_look_up(evidence: Evidence, call: ToolCall, result: ToolResult | None) -> Finding | None:
    """What is opened is what the customer named, where they named one."""
    if evidence.domain.writes(call.name) or evidence.unidentified or evidence.identifies(call.name):
        return None
    asked = {found for value in call.arguments.values() for found in evidence.ids_in(str(value))}
    for one in sorted(asked):
        if _strayed(evidence, one):
            return 0, f"opened {evidence.forms.get(one, one)}, which the customer had not named"
    return None

"""What follows a deviation: until the agent is back on the customer's request, its turns are consequences of it.

An agent is back when it opens what the task needs, tells a fact that was asked for, proposes a right change, or takes
leave when nothing is open. In free talk, where it is unknown what would be right, the next turn that breaks no rule is
enough, unless it only declines or takes leave.
"""

from tarl_app.core.types import AgentTurn, ToolResult
from tarl_app.judges.reference import words
from tarl_app.judges.reference.evidence import Evidence, key_of
from tarl_app.judges.reference.rules.calls import names_change
from tarl_app.judges.reference.rules.wishes import pursued, wanted
from tarl_app.language import consent, told


def recovers(evidence: Evidence, turn: AgentTurn, results: tuple[ToolResult, ...] | None) -> bool:
    """Whether a turn without a finding is on the customer's request again; reads the evidence before the turn."""
    if not evidence.task.verifiable:
        return bool(turn.tool_calls) or not _only_leaves(turn.text)
    if turn.tool_calls:
        return _calls_right(evidence, turn, results)
    if any(told.tells(turn.text, fact, evidence.domain.fact_words) for fact in evidence.task.must_tell):
        return True
    folded = consent.fold(turn.text)
    if words.reads_back(turn.text):
        return any(names_change(evidence, turn.text, call) for call in evidence.remaining)
    wishes = wanted(evidence, strict=True)
    if any(wish in wishes for wish in pursued(evidence, turn.text)):
        return True
    return not evidence.unfinished and bool(words.FAREWELL.search(folded))


def _only_leaves(text: str) -> bool:
    """Whether a text does nothing but decline, ask for further requests, or say goodbye."""
    return all(words.closes(one) or words.declines(one) for one in consent.sentences(text))


def _calls_right(evidence: Evidence, turn: AgentTurn, results: tuple[ToolResult, ...] | None) -> bool:
    """Whether a call of the turn is one that the task needs, or the customer is found by it."""
    gold = {key_of(call) for call in evidence.task.gold}
    for number, call in enumerate(turn.tool_calls):
        result = results[number] if results is not None and number < len(results) else None
        if result is None or result.is_error:
            continue
        if evidence.domain.writes(call.name):
            if not evidence.faulty:
                return True
        elif (
            key_of(call) in gold
            or evidence.identifies(call.name)
            or (call.name == evidence.domain.transfer_tool and evidence.gold_transfer())
        ):
            return True
    return False

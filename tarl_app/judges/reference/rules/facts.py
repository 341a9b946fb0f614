"""The rule about look-ups: in a task, what is told in answer to a question is the fact that was asked for."""

from tarl_app.core.domain.judging import Finding
from tarl_app.core.types import AgentTurn, ToldFact
from tarl_app.judges.reference import words
from tarl_app.judges.reference.evidence import Evidence
from tarl_app.language import consent, told


def wrong_answer(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """Where only questions are left to answer, an amount that is told is one of the answers."""
    if turn.tool_calls or evidence.unidentified or evidence.remaining or evidence.refusable:
        return None
    if (
        words.declines(turn.text)
        or words.asks_on(turn.text)
        or any(evidence.domain.writes(one.name) for one in evidence.results_since_user)
    ):
        return None
    stated = [one for one in consent.sentences(turn.text) if not one.endswith("?") and not words.closes(one)]
    text = " ".join(stated)
    if any(told.tells(turn.text, fact, evidence.domain.fact_words) for fact in evidence.task.must_tell):
        return None
    wanted = [fact for fact in evidence.untold if fact.kind == "money"]
    found = told.cents_in(text) - told.cents_in(evidence.said) - evidence.policy_amounts
    if not wanted or not found or len(wanted) != len(evidence.untold):
        return None
    amounts = " and ".join(f"${cents / 100:.2f}" for cents in sorted(found))
    return -1, f"told the customer {amounts}, which is not the {_label(wanted[0])}"


def another_fact(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """Where only questions are left to answer, an answer that ends the matter is the answer to one of them."""
    if turn.tool_calls or evidence.unidentified or evidence.remaining or evidence.refusable or not evidence.untold:
        return None
    results = evidence.results_since_user
    if evidence.gold_transfer() or not results or any(one.is_error or evidence.domain.writes(one.name) for one in results):
        return None
    parts = consent.sentences(turn.text)
    stated = [one for one in parts if not one.endswith("?") and not words.closes(one)]
    if not stated or not any(words.MORE.search(one) for one in parts):
        return None
    if words.declines(turn.text) or words.asks_on(turn.text):
        return None
    if any(told.tells(turn.text, fact, evidence.domain.fact_words) for fact in evidence.task.must_tell):
        return None
    return -1, f"told the customer something else than the {_label(evidence.untold[0])}, which they had asked for"


def _label(fact: ToldFact) -> str:
    return fact.label.removeprefix("the ")

"""Rules about the grounds of a refusal, and about what is opened in the catalogue."""

import json
import re

from tarl_app.core.domain.judging import Finding
from tarl_app.core.types import AgentTurn, ToolCall, ToolResult
from tarl_app.domains.retail.judge.shop import Json, items, named_orders, orders
from tarl_app.judges.reference.evidence import Evidence
from tarl_app.judges.reference.results import parsed
from tarl_app.judges.reference.subject import subjects
from tarl_app.language import consent

ALREADY = re.compile(r"\b(?:has|have|was|were) already (?:been )?(?:changed|modified|updated|returned|exchanged)\b")
SHORT = 3
"""Letters of a word that is too short to name a product."""


def false_ground(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """An order that is said to have been changed before has been: in its status, its payments, or this call."""
    if turn.tool_calls:
        return None
    for sentence in consent.sentences(turn.text):
        found = named_orders(evidence, sentence) if ALREADY.search(sentence) and "?" not in sentence else []
        for number in found:
            if not _touched(evidence, orders(evidence)[number], number):
                return -1, f"said that order {evidence.forms.get(number, number)} had been changed before, which it was not"
    return None


def _touched(evidence: Evidence, order: Json, number: str) -> bool:
    if re.search(r"modified|requested|cancelled", str(order.get("status"))):
        return True
    payments = [one for one in order.get("payment_history", ()) if one.get("transaction_type") == "payment"]
    return len(payments) > 1 or any(number in evidence.forms_in(json.dumps(one.arguments)) for one in evidence.written)


def other_product(evidence: Evidence, call: ToolCall, result: ToolResult | None) -> Finding | None:
    """The product that is opened is one that the customer speaks of, or that is in the order they named."""
    value = parsed(result.content) if result is not None and not result.is_error else None
    if call.name != "get_product_details" or not isinstance(value, dict) or evidence.unidentified:
        return None
    name = consent.fold(str(value.get("name", "")))
    goals = " ".join(consent.fold(goal.model_dump_json()) for goal in evidence.task.goals)
    if any(len(word) > SHORT and word.rstrip("s") in f"{evidence.said} {goals}" for word in name.split()):
        return None
    known = orders(evidence)
    meant = [known[number] for number in subjects(evidence) if number in known]
    bought = {str(item.get("product_id")) for order in meant for item in items(order)}
    if not meant or str(value.get("product_id")) in bought:
        return None
    return 0, f"opened the {name}, of which the customer had not spoken"

"""Rules about the grounds of a refusal, and about what is opened in the catalogue."""

import json
import re

from tarl_app.core.domain.judging import Finding
from tarl_app.core.types import AgentTurn, ToolCall, ToolResult
from tarl_app.domains.retail.judge.read_back import SAID
from tarl_app.domains.retail.judge.shop import Json, items, named_orders, names_product, orders
from tarl_app.judges.reference import words
from tarl_app.judges.reference.evidence import Evidence
from tarl_app.judges.reference.results import parsed
from tarl_app.judges.reference.rules.subject import subjects
from tarl_app.language import consent

ALREADY = re.compile(r"\b(?:has|have|was|were) already (?:been )?(?:changed|modified|updated|returned|exchanged)\b")
ANOTHER = re.compile(
    r"\b(?:items?|single|parts? of|partly|one of|some of|only|to (?:a|an|your|that|this|the) (?:\w+ )?(?:card|account)|"
    r"default|(?:credit|gift) cards?|paypal|visa|mastercard|amex|add|remove|reason|someone|another customer)\b"
)
"""Words of a refusal that is about something else than the whole order."""
BECAUSE = re.compile(r"\b(?:because|since|as i|reason|cheaper|found|elsewhere|price|late|slow|instead)\b")
"""Words of a customer who gives a reason."""
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


def wrongful_refusal(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """In free talk, what the policy allows for the order as it was shown is not refused.

    Only what does not depend on items: a whole order is cancelled, its address or payment is changed, things go back.
    """
    if turn.tool_calls or evidence.task.verifiable or evidence.unidentified:
        return None
    for sentence in consent.sentences(turn.text):
        stems = words.refuses(sentence, evidence.judging.actions)
        about = named_orders(evidence, sentence) or [one for one in subjects(evidence) if one in orders(evidence)]
        if not stems or len(about) != 1 or ANOTHER.search(sentence):
            continue
        order = orders(evidence)[about[0]]
        if any(names_product(sentence, consent.fold(item["name"])) for item in items(order)) or _touched(
            evidence, order, about[0]
        ):
            continue
        done = next((name for name, allowed in _allowed(evidence, order, sentence, stems).items() if allowed), None)
        if done is not None:
            return -1, f"refused {done}, which the policy allows for order {order['order_id']}"
    return None


def _allowed(evidence: Evidence, order: Json, sentence: str, stems: set[str]) -> dict[str, bool]:
    """Of what a sentence refuses, in words, whether the policy allows it."""
    pending, delivered = order.get("status") == "pending", order.get("status") == "delivered"
    reason = any(re.search(pattern, evidence.said) for pattern in SAID.values()) or not BECAUSE.search(evidence.said)
    return {
        "to cancel": "cancel" in stems and pending and reason,
        "another address": "modify" in stems and pending and "address" in sentence,
        "another payment method": "modify" in stems and pending and "payment" in sentence,
        "a return": "return" in stems and delivered and "exchange" not in stems,
    }


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

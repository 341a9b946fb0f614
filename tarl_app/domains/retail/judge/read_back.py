"""Rules about proposals: what is read back is what was agreed, whole and without anything else.

In a task the right values are those of the gold call that is still to be made; in free talk only what is garbled by
itself, or what the customer never said, can be seen.
"""

import re
from collections.abc import Iterator
from typing import Any

from tarl_app.core.domain.judging import Finding
from tarl_app.core.types import AgentTurn, ToolCall
from tarl_app.domains.retail.judge.money import METHODS
from tarl_app.domains.retail.judge.shop import Json, account, items, names_product, orders, products, variants
from tarl_app.domains.retail.judge.stock import options_in
from tarl_app.judges.reference import words
from tarl_app.judges.reference.evidence import Evidence
from tarl_app.language import consent

PARTS = ("address1", "address2", "city", "state", "zip", "country")
REASONS = {
    "ordered by mistake": r"\b(?:by mistake|by accident|accident\w*|mistaken\w*|error)\b",
    "no longer needed": r"\b(?:no longer need\w*|not need\w*|don't need|do not need|no longer want\w*)\b",
}
SAID = {
    "ordered by mistake": r"\b(?:mistake\w*|accident\w*|error|wrong (?:button|item|thing|one|order)|twice|"
    r"(?:didn't|did not|never) mean)\b",
    "no longer needed": r"\b(?:no longer|(?:don't|dont|do not|doesn't) (?:\w+ )?(?:need|want|have a use)|any ?more|"
    r"changed my mind|no use)\b",
}
UNIT = re.compile(r"\b(?:apartment|apt|suite|unit|flat)\.? (?:number )?(?P<number>\d+\w?)\b")
STREET = re.compile(r"\b\d{1,5} [a-z]+(?: [a-z]+)? (?:street|avenue|lane|road|drive|court|boulevard)\b")


def proposal_of(evidence: Evidence, turn: AgentTurn) -> str:
    """The folded text of a turn that reads a change back; empty for any other turn."""
    text = consent.fold(turn.text)
    return "" if turn.tool_calls or not words.reads_back(turn.text) else text


def garbled_address(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """An address is read back part by part, each once, none left out, none added."""
    text = proposal_of(evidence, turn)
    streets = STREET.findall(text)
    if not streets:
        return None
    if len(streets) != len(set(streets)):
        return -1, f"read back a garbled address, with '{streets[0]}' twice"
    lost = _unit_lost(evidence, text, streets[0])
    if lost:
        return -1, f"read back the address without '{lost}'"
    for call in evidence.proposed:
        wanted = {name: consent.fold(str(call.arguments.get(name, ""))) for name in PARTS}
        if not wanted["address1"] or not (wanted["address1"] in text or wanted["zip"] in text):
            continue
        left_out = next((name for name in PARTS[:-1] if wanted[name] and not _has(text, name, wanted[name])), None)
        if left_out is not None:
            return -1, f"read back the address without its {_called(left_out)}, or with another one"
        further = _further(text, wanted)
        if further:
            return -1, f"read back '{further}' as a part of the address, which it is not"
    return None


def _unit_lost(evidence: Evidence, text: str, street: str) -> str:
    """The unit that the customer has said with this street, as "apartment 6", and that is not read back."""
    said = next((one for one in reversed(evidence.heard) if street in one), "")
    match = UNIT.search(said)
    if match is None or re.search(rf"(?<!\w){re.escape(match['number'])}(?!\w)", text):
        return ""
    return match[0]


def _called(part: str) -> str:
    return {"address1": "street", "address2": "second line"}.get(part, part)


def _has(text: str, name: str, value: str) -> bool:
    if name == "state":
        return True  # it may be spoken as a name
    short = re.sub(r"^(?:apartment|apt|suite|unit|#)\.? ?", "", value)
    return re.search(rf"(?<!\w){re.escape(short if name == 'address2' else value)}(?!\w)", text) is not None


def _further(text: str, wanted: dict[str, str]) -> str:
    """What stands between the street and the zip code and is none of the parts; empty when nothing does."""
    start, end = text.find(wanted["address1"]), text.find(wanted["zip"])
    if start < 0 or end < start:
        return ""
    between = text[start + len(wanted["address1"]) : end]
    for part in filter(None, (part.strip(" .,") for part in between.split(","))):
        known = " ".join(wanted.values())
        rest = [word for word in re.findall(r"[\w#'-]+", part) if word not in known.split()]
        if (
            rest
            and part not in known
            and not re.fullmatch(r"(?:in|the|zip(?: code)?|and|at|apartment|apt|state of|of| )*", " ".join(rest))
        ):
            return part if not _is_state(part, wanted["state"]) else ""
    return ""


def _is_state(part: str, state: str) -> bool:
    """Whether a part can be the state's name, such as "new mexico" for NM."""
    initials = "".join(word[0] for word in part.split())
    return part[:1] == state[:1] and (
        initials == state or part.endswith(state[-1:]) or part[1:2] == state[1:2] or len(part.split()) == 1
    )


def wrong_reason(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """A reason that is read back is the customer's; one that is only guessed is a minor issue."""
    text = proposal_of(evidence, turn)
    told = [reason for reason, pattern in REASONS.items() if re.search(pattern, text)]
    if len(told) != 1:
        return None
    if re.search(SAID[told[0]], evidence.said):
        return None
    if said := [reason for reason, pattern in SAID.items() if evidence.hearing.surely(pattern)]:
        return -1, f"read back '{told[0]}' as the reason; the customer had said '{said[0]}'"
    wanted = {str(call.arguments.get("reason")) for call in evidence.proposed if "reason" in call.arguments}
    if told[0] in wanted or (not wanted and not evidence.task.verifiable):
        return None
    return 0, f"guessed '{told[0]}' as the reason, which the customer had not said"


def wrong_items(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """The items that are read back are those of the change: none is left out, none is added."""
    text = proposal_of(evidence, turn)
    call = _meant(evidence, text, "item_ids")
    order = _order(evidence, call)
    if call is None or order is None:
        return None
    inside = {str(item.get("item_id")): consent.fold(item["name"]) for item in items(order)}
    wanted = {inside[one] for one in map(str, call.arguments["item_ids"]) if one in inside}
    named = {name for name in inside.values() if names_product(text, name)}
    if not wanted or not named:
        return None
    if missing := sorted(wanted - named):
        return -1, f"read back the change without the {missing[0]}, which the customer had named"
    # Two names can overlap, as "lamp" and "desk lamp" do.
    if further := sorted(one for one in named - wanted if not any(one in other for other in wanted)):
        return -1, f"read back the change with the {further[0]}, which the customer had not named"
    return None


def wrong_options(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """The options that are read back are those of the new item that the customer wants."""
    text = proposal_of(evidence, turn)
    call = _meant(evidence, text, "new_item_ids")
    if call is None:
        return None
    new, old = map(str, call.arguments["new_item_ids"]), map(str, call.arguments["item_ids"])
    for one, former in zip(new, old, strict=False):
        for product in products(evidence).values():
            known = {str(each.get("item_id")): each["options"] for each in variants(product)}
            same = [each for each in products(evidence) if names_product(text, each)]
            if one not in known or former not in known or len(same) != 1 or len(call.arguments["new_item_ids"]) != 1:
                continue
            for key, value in options_in(text, product).items():
                if value not in (known[one].get(key), known[former].get(key)):
                    return -1, f"read back {key} {value}; the customer wants {known[one].get(key)}"
    return None


def wrong_payment(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """The payment method that is read back is the one that was agreed on."""
    text = proposal_of(evidence, turn)
    call = _meant(evidence, text, "payment_method_id")
    if call is None or NO_DIFFERENCE.search(text):
        return None
    wanted = str(call.arguments["payment_method_id"])
    named = {kind for kind, pattern in METHODS.items() if pattern.search(text)}
    right = next((kind for kind in METHODS if wanted.startswith(kind)), None)
    if len(named) == 1 and right is not None and right not in named:
        return -1, f"read back a {named.pop().replace('_', ' ')}; the customer wants a {right.replace('_', ' ')}"
    digits = set(re.findall(r"\bending (?:in|with) (\d{4})\b", text))
    known = ((account(evidence) or {}).get("payment_methods") or {}).get(wanted, {})
    if len(digits) == 1 and known.get("last_four") and str(known["last_four"]) not in digits:
        return -1, f"read back the card ending in {digits.pop()}; the customer wants {known['last_four']}"
    return None


NO_DIFFERENCE = re.compile(
    r"\b(?:no (?:price )?difference|from (?:your|the)|instead of (?:your|the) (?:card|paypal|gift|visa))\b"
)


def _meant(evidence: Evidence, text: str, argument: str) -> ToolCall | None:
    """The one change with this argument that the task still demands and that a text proposes."""
    found = [
        call
        for call in evidence.proposed
        if argument in call.arguments and text and not consent.names_other_action(text, call.name, evidence.judging.actions)
    ]
    named = evidence.ids_in(text) & evidence.owners.keys()
    fitting = [call for call in found if set(evidence.forms_in(str(call.arguments.get("order_id", "")))) & named]
    return fitting[0] if len(fitting) == 1 else None


def _order(evidence: Evidence, call: ToolCall | None) -> Json | None:
    number: Iterator[Any] = iter(evidence.forms_in(str(call.arguments.get("order_id", "")))) if call else iter(())
    return orders(evidence).get(next(number, ""))

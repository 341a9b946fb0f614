"""Money in an agent's words: amounts that follow from fares, bags, insurance and payments, and the destination of
money.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations
from typing import Any

from tarl_app.core.domain.judging import Finding
from tarl_app.core.types import AgentTurn
from tarl_app.domains.airline.judge.shows import Json, account, reservation
from tarl_app.domains.airline.rules import BAG_CENTS, CANCELLED_DOLLARS, DELAYED_DOLLARS, INSURANCE_CENTS
from tarl_app.domains.airline.tools.booking import MOST_BAGS, MOST_PASSENGERS
from tarl_app.judges.reference.evidence import Evidence
from tarl_app.judges.reference.results import cents, objects, parsed
from tarl_app.judges.reference.rules.promises import NEGATED, statements

METHODS = {
    "gift_card": re.compile(r"\bgift[ -]?cards?\b"),
    "certificate": re.compile(r"\bcertificates?\b"),
    "credit_card": re.compile(r"\b(?:credit cards?|visa|mastercard|amex|american express)\b"),
}
MONEY_GOES = re.compile(
    r"\b(?:refund\w*|money|credited|charged|booked to|paid (?:back|with|by)|reimburse\w*|"
    r"(?:goes|go|went|comes) (?:back )?(?:to|off|on)|back (?:on|to)|lands? on|taken from|took)\b"
)
_UNITS = (*{BAG_CENTS, INSURANCE_CENTS, CANCELLED_DOLLARS * 100, DELAYED_DOLLARS * 100},)
_PEOPLE = range(1, MOST_PASSENGERS + 1)
_CABINS = ("basic_economy", "economy", "business")


def explains(evidence: Evidence, amount: int) -> bool:
    """Whether it is a number of bags, insurances or compensations, a sum of payments, or the fares of a journey."""
    if any(amount % unit == 0 and amount <= unit * MOST_BAGS for unit in _UNITS):
        return True
    return any(amount in follows(result.content) for result in evidence.results)


@lru_cache(maxsize=1024)
def follows(text: str) -> frozenset[int]:
    """Amounts that follow from one result: sums of payments, fares of one journey for its passengers."""
    value = parsed(text)
    found: set[int] = set()
    if isinstance(value, dict) and "payment_history" in value:
        found |= _of_trip(value)
    for journey in value if isinstance(value, list) else ():
        found |= _of_journey([*objects(journey)])
    return frozenset(found)


def _of_trip(trip: Json) -> set[int]:
    paid = [cost for one in objects(trip["payment_history"]) if (cost := cents(one.get("amount"))) is not None]
    fares = [cost for one in objects(trip.get("flights", [])) if (cost := cents(one.get("price"))) is not None]
    sums = {abs(sum(some)) for size in range(1, len(paid[:6]) + 1) for some in combinations(paid[:6], size)}
    people = len(trip.get("passengers", ())) or 1
    return sums | {people * sum(fares), sum(fares), *(people * fare for fare in fares)}


def _of_journey(found: list[dict[str, Any]]) -> set[int]:
    offers = [one["prices"] for one in found if isinstance(one.get("prices"), dict)]
    if not offers:
        return set()
    fares = {sum(cents(prices.get(cabin)) or 0 for prices in offers) for cabin in _CABINS}
    return {people * fare for fare in fares for people in _PEOPLE}


def wrong_method(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """The stated source or destination of money is that of the last change."""
    right = {_kind(one) for one in _used(evidence)}
    for part in statements(turn.text) if right else ():
        named = [kind for kind, pattern in METHODS.items() if pattern.search(part)]
        if len(named) == 1 and named[0] not in right and MONEY_GOES.search(part) and not NEGATED.search(part):
            told, true = named[0].replace("_", " "), " and ".join(sorted(right)).replace("_", " ")
            return -1, f"told the customer that the money goes to or comes from a {told}; it is a {true}"
    return None


def _kind(method: str) -> str:
    return next((kind for kind in METHODS if method.startswith(kind)), "")


def _used(evidence: Evidence) -> Iterator[str]:
    """The payment methods of the change that was just made."""
    if not evidence.written or account(evidence) is None:
        return
    last = evidence.written[-1].arguments
    if one := last.get("payment_method_id"):
        yield str(one)
    yield from map(str, last.get("payment_method_ids", ()))
    if evidence.written[-1].name == "cancel_reservation":
        trip = reservation(evidence, str(last.get("reservation_id")))
        yield from (str(one.get("payment_method_id")) for one in objects((trip or {}).get("payment_history", [])))

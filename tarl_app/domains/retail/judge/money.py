"""Money in an agent's words: sums over the items of an order, and the destination of money."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tarl_app.core.domain.judging import Finding
from tarl_app.core.types import AgentTurn
from tarl_app.judges.reference.evidence import Evidence
from tarl_app.judges.reference.results import cents, objects, parsed
from tarl_app.judges.reference.rules.promises import NEGATED, statements

REACHABLE = 20_000
"""Most amounts from sums over items; beyond that every amount is accepted."""
METHODS = {
    "gift_card": re.compile(r"\bgift[ -]?cards?\b"),
    "paypal": re.compile(r"\bpaypal\b"),
    "credit_card": re.compile(r"\b(?:credit cards?|visa|mastercard|amex|american express)\b"),
}
MONEY_GOES = re.compile(
    r"\b(?:refund\w*|money|credited|paid back|pay(?:s|ing)? back|reimburse\w*|goes (?:back )?to|back (?:on|to))\b"
)
Items = tuple[tuple[str, int], ...]
"""The items of an order, each as (product id, price in cents)."""


@dataclass(frozen=True)
class Prices:
    """The prices in one result."""

    orders: tuple[Items, ...]
    variants: tuple[tuple[str, frozenset[int]], ...]
    """(product id, prices of its variants)"""


def explains(evidence: Evidence, amount: int) -> bool:
    """Whether it is a sum over some items of an order, or what exchanging them for other variants costs."""
    found = [prices(result.content) for result in evidence.results]
    variants: dict[str, set[int]] = {}
    for product, costs in (one for shown in found for one in shown.variants):
        variants.setdefault(product, set()).update(costs)
    reaches = (_reachable(items, variants) for shown in found for items in shown.orders)
    return any(amount in reach or len(reach) >= REACHABLE for reach in reaches)


@lru_cache(maxsize=1024)
def prices(text: str) -> Prices:
    """The prices of items and variants in a result's text."""
    found = [*objects(parsed(text))]
    return Prices(tuple(_orders(found)), tuple(_variants(found)))


def _orders(found: list[dict[str, Any]]) -> Iterator[Items]:
    for one in found:
        items = one.get("items")
        if isinstance(items, list):
            priced = [(item, cents(item.get("price"))) for item in items if isinstance(item, dict)]
            known = tuple((str(item.get("product_id")), price) for item, price in priced if price is not None)
            if known:
                yield known


def _variants(found: list[dict[str, Any]]) -> Iterator[tuple[str, frozenset[int]]]:
    for one in found:
        variants = one.get("variants")
        if isinstance(variants, dict):
            costs = [cents(variant.get("price")) for variant in variants.values() if isinstance(variant, dict)]
            yield str(one.get("product_id")), frozenset(cost for cost in costs if cost is not None)


def _reachable(items: Items, variants: dict[str, set[int]]) -> set[int]:
    costs, changes = {0}, {0}
    for product, price in items:
        costs |= {total + price for total in costs}
        steps = {variant - price for variant in variants.get(product, ())}
        changes |= {total + step for total in changes for step in steps}
        if len(changes) + len(costs) >= REACHABLE:
            break
    return costs | {abs(total) for total in changes}


def wrong_method(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """The stated destination of money is that of the last change."""
    if not evidence.written:
        return None
    used = str(evidence.written[-1].arguments.get("payment_method_id", ""))
    right = next((kind for kind in METHODS if used.startswith(kind)), None)
    for part in statements(turn.text) if right else ():
        named = [kind for kind, pattern in METHODS.items() if pattern.search(part)]
        if len(named) == 1 and named[0] != right and MONEY_GOES.search(part) and not NEGATED.search(part):
            told, true = (kind.replace("_", " ") for kind in (named[0], str(right)))
            return -1, f"told the customer that the money goes to a {told}; it goes to a {true}"
    return None

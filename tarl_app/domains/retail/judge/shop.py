"""What the shop's tools have shown in this dialogue: orders, products, the account, as they were shown last."""

import re
from collections.abc import Iterator
from typing import Any

from tarl_app.judges.reference.evidence import Evidence
from tarl_app.judges.reference.results import cents, parsed
from tarl_app.language import consent

Json = dict[str, Any]


def orders(evidence: Evidence) -> dict[str, Json]:
    """The customer's orders that were shown: number in canonical form -> order."""
    shown = [one for one in _shown(evidence) if "order_id" in one and isinstance(one.get("items"), list)]
    return {number: one for one in shown for number in evidence.forms_in(str(one["order_id"]))}


def products(evidence: Evidence) -> dict[str, Json]:
    """The products that were shown: name, folded -> product."""
    return {consent.fold(str(one["name"])): one for one in _shown(evidence) if isinstance(one.get("variants"), dict)}


def account(evidence: Evidence) -> Json | None:
    """The customer's account."""
    found = [one for one in _shown(evidence) if isinstance(one.get("payment_methods"), dict)]
    return found[-1] if found else None


def _shown(evidence: Evidence) -> Iterator[Json]:
    for result in evidence.results:
        value = parsed(result.content)
        if isinstance(value, dict):
            yield value


def items(order: Json) -> list[Json]:
    """The items of an order that are readable."""
    return [one for one in order.get("items", ()) if isinstance(one, dict) and isinstance(one.get("name"), str)]


def variants(product: Json) -> list[Json]:
    """The variants of a product that are readable."""
    found = product.get("variants", {})
    return [one for one in found.values() if isinstance(one, dict) and isinstance(one.get("options"), dict)]


def named_orders(evidence: Evidence, text: str) -> list[str]:
    """The orders that a text names and that were shown."""
    known = orders(evidence)
    return [one for one in evidence.forms_in(text) if one in known]


def names_product(text: str, name: str) -> bool:
    """Whether a folded text names a product, as one or many."""
    return re.search(rf"\b{re.escape(name)}(?:e?s)?\b", text) is not None


def price(one: Json) -> int:
    """The price of an item or a variant in cents; 0 where it has none."""
    return cents(one.get("price")) or 0

"""Amounts of money that an agent can know at one point of a dialogue.

These are the amounts that tools have shown, that the policy or the customer has named, and what it costs to exchange
items of an order for other variants of their products, singly or together. Any other amount is invented.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from tarl_app.core.types import Turn, UserTurn
from tarl_app.domains.retail.policy import POLICY
from tarl_app.domains.retail.shown import Json, objects, values
from tarl_app.language.told import cents_in

_MOST = 4000
"""Most sums of differences that are computed; orders have few items."""


def amounts(turns: Sequence[Turn]) -> tuple[str, ...]:
    """The amounts, such as ``12.50``, sorted; empty as long as there are none."""
    cents = {amount for value in values(turns) for amount in _floats(value)}
    texts = [POLICY, *(turn.text for turn in turns if isinstance(turn, UserTurn))]
    if cents:
        cents |= {amount for text in texts for amount in cents_in(text)}
        cents |= _differences(objects(turns))
    return tuple(f"{amount // 100}.{amount % 100:02}" for amount in sorted(cents))


def _floats(value: Any) -> Iterator[int]:
    """Every float among the values, in cents; in this shop they are all money."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _floats(inner)
    elif isinstance(value, float):
        yield round(abs(value) * 100)


def _differences(shown: Sequence[Json]) -> set[int]:
    """What is to be paid or given back when items of one order become other variants, in cents."""
    variants: dict[str, set[int]] = {}
    for one in shown:
        for variant in one["variants"].values() if "variants" in one else ():
            variants.setdefault(one.get("product_id", ""), set()).add(round(variant["price"] * 100))
    found: set[int] = set()
    for order in shown:
        sums = {0}
        for item in order.get("items", ()):
            price = round(item["price"] * 100)
            more = {total + new - price for total in sums for new in variants.get(item.get("product_id", ""), ())}
            sums |= more if len(sums) + len(more) <= _MOST else set()
        found |= {abs(total) for total in sums}
    return found

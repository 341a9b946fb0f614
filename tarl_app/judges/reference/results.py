"""What a tool result shows: ids, amounts of money, states of orders, prices. Pure, and cached by the result's text."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tarl_app.language import consent, told

LARGEST = 1e9
"""Larger numbers are no amounts of money."""


@dataclass(frozen=True)
class Shown:
    """The contents of one result; ids are canonical (``told.ids_in``), amounts are in cents and not negative."""

    content: Any
    folded: str
    forms: Mapping[str, str]
    """Each id with the form in which it stands there."""
    amounts: frozenset[int]
    owner: str | None
    """The user id that the whole result belongs to."""
    statuses: tuple[tuple[str, str], ...]
    """(order, status)"""
    item_prices: tuple[tuple[tuple[str, int], ...], ...]
    """For each list of items: (product, price) of each."""
    variant_prices: tuple[tuple[str, frozenset[int]], ...]
    """(product, prices of its variants)"""
    products: frozenset[str]
    """Names of products, folded."""


@lru_cache(maxsize=1024)
def shown(text: str) -> Shown:
    """Reads a result's text, JSON or plain."""
    content = parsed(text)
    scalars = [*_scalars(content)]
    forms: dict[str, str] = {}
    amounts: set[int] = set()
    for value in scalars:
        if isinstance(value, str):
            forms.update(told.forms_in(value))
            amounts |= told.cents_in(value)
        elif (cents := _cents(value)) is not None:
            amounts.add(abs(cents))
    found = [*_objects(content)]
    owner = content.get("user_id") if isinstance(content, dict) else None
    return Shown(
        content=content,
        folded=consent.fold(text),
        forms=forms,
        amounts=frozenset(amounts),
        owner=None if owner is None else str(owner),
        statuses=tuple(_statuses(found)),
        item_prices=tuple(_item_prices(found)),
        variant_prices=tuple(_variant_prices(found)),
        products=frozenset(
            consent.fold(one["name"]) for one in found if "product_id" in one and isinstance(one.get("name"), str)
        ),
    )


def parsed(text: str) -> Any:
    """The JSON of a tool result, or the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _cents(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LARGEST:
        return None
    return round(value * 100)


def _scalars(value: Any) -> Iterator[Any]:
    """Every scalar and every key in a JSON value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _scalars(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _scalars(inner)
    else:
        yield value


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a JSON value, the outer ones first."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner)


def _statuses(found: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for one in found:
        for order in told.ids_in(str(one.get("order_id", ""))) if "status" in one else ():
            yield order, str(one["status"]).lower()


def _item_prices(found: list[dict[str, Any]]) -> Iterator[tuple[tuple[str, int], ...]]:
    for one in found:
        items = one.get("items")
        if isinstance(items, list):
            priced = [(item, _cents(item.get("price"))) for item in items if isinstance(item, dict)]
            prices = tuple((str(item.get("product_id")), cents) for item, cents in priced if cents is not None)
            if prices:
                yield prices


def _variant_prices(found: list[dict[str, Any]]) -> Iterator[tuple[str, frozenset[int]]]:
    for one in found:
        variants = one.get("variants")
        if isinstance(variants, dict):
            prices = [_cents(variant.get("price")) for variant in variants.values() if isinstance(variant, dict)]
            yield str(one.get("product_id")), frozenset(cents for cents in prices if cents is not None)

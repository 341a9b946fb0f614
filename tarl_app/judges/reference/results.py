"""The domain-independent contents of a tool result: its value, ids, amounts of money. Cached by the result's text."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tarl_app.language import consent, told
from tarl_app.sandbox import shown

WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
LARGEST = 1e9
"""Larger numbers are not amounts of money."""
Ids = Callable[[str], Mapping[str, str]]
"""From a text to the ids in it: canonical form -> form as written."""


@dataclass(frozen=True)
class Contents:
    """The contents of one result; amounts are in cents and not negative."""

    value: Any
    folded: str
    forms: Mapping[str, str]
    """Each id with its form in the text."""
    amounts: frozenset[int]


@lru_cache(maxsize=1024)
def contents(text: str, ids: Ids = told.forms_in) -> Contents:
    """Reads a result's text, JSON or plain."""
    value = parsed(text)
    forms: dict[str, str] = {}
    amounts: set[int] = set()
    for one in _scalars(value):
        if isinstance(one, str):
            forms.update(ids(one))
            amounts |= told.cents_in(one)
        elif (number := cents(one)) is not None:
            amounts.add(abs(number))
    return Contents(value, consent.fold(text), forms, frozenset(amounts))


@lru_cache(maxsize=1024)
def value_words(text: str) -> frozenset[str]:
    """The words of the texts in a result, folded; names of fields are none."""
    found: set[str] = set()
    for one in _scalars(parsed(text), keys=False):
        if isinstance(one, str):
            found |= set(WORD.findall(consent.fold(one)))
    return frozenset(found)


parsed = lru_cache(maxsize=1024)(shown.parsed)
"""The JSON of a tool result, or the text itself; shared between callers, so not to be changed."""


def cents(value: Any) -> int | None:
    """A number of a result as an amount of dollars; None for what cannot be one."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LARGEST:
        return None
    return round(value * 100)


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a JSON value, the outer ones first."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from objects(inner)


def _scalars(value: Any, keys: bool = True) -> Iterator[Any]:
    """Every scalar in a JSON value, and every key unless they are left out."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if keys:
                yield key
            yield from _scalars(inner, keys)
    elif isinstance(value, list):
        for inner in value:
            yield from _scalars(inner, keys)
    else:
        yield value

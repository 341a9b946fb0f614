"""The ids in a text: customer numbers, reservation codes, flight numbers, payment methods."""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from tarl_app.domains.airline.words import heard
from tarl_app.language import told

_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_FLIGHT = re.compile(r"\bJN[ -]?([0-9]{4})\b", re.I)


@lru_cache(maxsize=4096)
def ids(text: str) -> Mapping[str, str]:
    """Canonical form -> form as written."""
    text = _DAY.sub(" ~ ", text)  # "on 2026-05-20" is not an id
    found = dict(told.forms_in(text))
    found.update((f"jn{number}", f"JN{number}") for number in _FLIGHT.findall(text))
    found.update((code.lower(), code) for code in heard.codes(text))
    return MappingProxyType(found)

"""Lists that leave open which of their members is meant: "open, closed or cancelled", "between 3 and 5", "3-4"."""

import re
from collections.abc import Sequence
from typing import NamedTuple


class Named(NamedTuple):
    """A value and its place in a text."""

    value: object
    start: int
    end: int


_SMALL = (
    r"(?:\s|,|\b(?:already|still|been|be|being|is|it|it's|was|has|even|maybe|perhaps|just|also|a|an|the|at|for|either|with"
    r"|your|by)\b)*"
)
_OR = re.compile(rf"{_SMALL}(?:\bor\b|/)(?! so\b){_SMALL}")
_COMMA = re.compile(r"\s*,\s*")
_AND = re.compile(rf"{_SMALL}\band\b{_SMALL}")
_TO = re.compile(r"\s*-\s*|\s+(?:to|through|till|until)\s+")
_BETWEEN = re.compile(r"\bbetween\s+$")
_MOST_IN_LIST = 2
"""Most members of a list with commas alone that is not a choice."""


def open_ended(text: str, named: Sequence[Named], commas: bool = False, ranges: bool = True) -> set[int]:
    """The places in ``named`` (by start, in their order) that belong to a choice or to a range.

    ``commas``: three and more with nothing but commas and "and" between them are a choice too. ``text`` is lower case.
    """
    found: set[int] = set()
    chain: list[int] = []  # places joined with commas so far
    chosen = False
    for place, one in enumerate(named):
        before = named[place - 1] if place else None
        gap = text[before.end : one.start] if before else None
        joined = gap is not None and before is not None and before.value != one.value and len(gap) < 60
        if joined and gap is not None and (_OR.fullmatch(gap) or _COMMA.fullmatch(gap) or (commas and _AND.fullmatch(gap))):
            chain.append(place)
            chosen = chosen or _OR.fullmatch(gap) is not None
        else:
            chain, chosen = [place], False
            if joined and gap is not None and ranges and before is not None and _range(text, before, gap):
                found |= {place - 1, place}
        if chosen or (commas and len(chain) > _MOST_IN_LIST):
            found |= set(chain)
    return found


def _range(text: str, before: Named, gap: str) -> bool:
    if _TO.fullmatch(gap):
        return True
    return _AND.fullmatch(gap) is not None and _BETWEEN.search(text[max(0, before.start - 12) : before.start]) is not None

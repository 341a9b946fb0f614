"""What a domain calls its facts in words: which other words tell a value, and which stand against it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class FactWords:
    """What a domain's facts in words are called.

    ``synonyms``: what else tells a value, beside its own words in any spelling. ``rivals``: by what it is about, the values
    of which only one can hold ("status": booked, cancelled). ``kinds``: nouns that, in the plural after a value or with a
    "can" after them, speak of a kind and of no one thing ("booked rooms").
    """

    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rivals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()

    def against(self, value: str) -> tuple[str, ...]:
        """The other values that could stand in its place."""
        folded = value.casefold()
        return next(
            (group for group in self.rivals.values() if any(one.casefold() == folded for one in group)),
            (),
        )


NO_WORDS = FactWords()
"""A domain that declares nothing."""

"""A domain's words for its facts: synonyms of a value, and values that exclude it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class FactWords:
    """Words of a domain's facts.

    ``synonyms``: other words for a value, beside its own in any spelling. ``rivals``: topic -> values of which only one
    can hold ("status": booked, cancelled). ``kinds``: nouns that, in the plural after a value or with a "can" after
    them, refer to a kind and not to one thing ("booked rooms").
    """

    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rivals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()

    def against(self, value: str) -> tuple[str, ...]:
        """The values that exclude this one."""
        folded = value.casefold()
        return next(
            (group for group in self.rivals.values() if any(one.casefold() == folded for one in group)),
            (),
        )


NO_WORDS = FactWords()
"""The default."""

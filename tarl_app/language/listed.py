"""Several things in a sentence."""

from collections.abc import Sequence


def listed(things: Sequence[str]) -> str:
    """a / a and b / a, b and c; at least one thing."""
    return things[0] if len(things) == 1 else f"{', '.join(things[:-1])} and {things[-1]}"

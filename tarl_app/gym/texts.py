"""The spaces: texts in characters that hold what is said."""

import string

from gymnasium.spaces import Text

LONGEST_ACTION = 4_000
"""Most characters of an action."""
LONGEST_OBSERVATION = 16_000
"""Most characters of an observation: the longest answer of a tool, and more."""
_PRINTED = "–—‘’“”…€™•−×÷√π≤≥≠≈→"
_LATIN = "".join(map(chr, range(0xA0, 0x100)))
CHARSET = frozenset(string.ascii_letters + string.digits + string.punctuation + " \n\t" + _LATIN + _PRINTED)
"""Printable ASCII with line breaks, Latin letters with accents, and signs of print and of mathematics."""


def action_space() -> Text:
    """What a player may do: any text, an empty one included."""
    return Text(LONGEST_ACTION, min_length=0, charset=CHARSET)


def observation_space() -> Text:
    """What a player is told."""
    return Text(LONGEST_OBSERVATION, min_length=0, charset=CHARSET)


def fitted(text: str) -> str:
    """The text within the space: other characters become question marks, and what is too long is cut off."""
    return "".join(sign if sign in CHARSET else "?" for sign in text[:LONGEST_OBSERVATION])

"""Words and patterns in what an agent said. A pattern that takes too long is an error: no expression can hang a run."""

from math import prod
from typing import Annotated, Any

import regex
from pydantic import BeforeValidator

from tarl_app.core.errors import ConfigError

LONGEST = 200
"""Most characters of a pattern."""
_SECONDS = 1.0  # for one pattern in one answer
_MOST_REPEATS = 1000  # nested ones are unrolled, and would take all memory
_REPEATS = regex.compile(r"\{(?:\s*\d*\s*,)?\s*0*([1-9]\d*)\s*\}")
_RECURSION = regex.compile(r"\(\?(?:R|\d|&|P>|[+-]\d)")


def _compiles(given: Any) -> Any:
    if not isinstance(given, str) or not 0 < len(given) <= LONGEST:
        raise ValueError(f"a pattern is a text of 1 to {LONGEST} characters")
    if _RECURSION.search(given):
        raise ValueError("a pattern does not contain itself, (?R) and the like")
    if prod(int(most[:9]) for most in _REPEATS.findall(given)) > _MOST_REPEATS:
        raise ValueError(
            f"the repetitions in a pattern, as in {{3}}, are {_MOST_REPEATS} at most, multiplied with one another"
        )
    try:
        regex.compile(given, regex.IGNORECASE)
    except (regex.error, ValueError, OverflowError, RecursionError, MemoryError) as error:
        raise ValueError(f"this is not a regular expression: {str(error)[:120]}") from None
    return given


Pattern = Annotated[str, BeforeValidator(_compiles)]
"""A regular expression, as the ``regex`` package reads it; large and small letters are the same."""


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern occurs in the text.

    Raises:
        ConfigError: it takes longer than a second, or too much memory.
    """
    try:
        return regex.search(pattern, text, regex.IGNORECASE, timeout=_SECONDS) is not None
    except (TimeoutError, MemoryError):
        raise ConfigError(f"The pattern {pattern!r} takes too long on {text[:60]!r}: write a simpler one.") from None


def fold(text: str) -> str:
    """In small letters, with single blanks and straight quotes."""
    straight = text.replace("\u2019", "'").replace("\u2018", "'").replace("\u201c", '"').replace("\u201d", '"')
    return " ".join(straight.casefold().split())


def says(text: str, words: str) -> bool:
    """Whether whole words occur in a text, in any spelling of capitals and blanks: "12" is not in "1200"."""
    text, words = fold(text), fold(words)
    start = text.find(words)
    while start >= 0 and words:
        end = start + len(words)
        inside = (start > 0 and text[start - 1].isalnum() and words[0].isalnum()) or (
            end < len(text) and text[end].isalnum() and words[-1].isalnum()
        )
        if not inside:
            return True
        start = text.find(words, start + 1)
    return False


def asks(text: str, words: str) -> bool:
    """Whether one of the questions in a text has these words; ``true`` stands for any question."""
    questions = regex.findall(r"[^.!?]*\?", text)
    return bool(questions) if fold(words) == "true" else any(says(one, words) for one in questions)

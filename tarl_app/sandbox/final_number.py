"""The number that a text ends up with, for answers that are worked out aloud: naming many numbers does not help.

It is the one after the last "the answer is" (or ``####``, or ``\\boxed{``), else the last one of all. Digits or words, with
or without a sign, a currency, thousands commas; numbers that are part of a word ("3rd", "x2") are none.
"""

import re
from decimal import Decimal

from tarl_app.sandbox.numerals import in_digits

LONGEST = 50_000
"""Characters of a text that are looked at."""

_MARK = re.compile(r"\banswer\b(?:\s+(?:is|equals|would be|comes to)\b|\s*[:=])|####|\\boxed\s*\{", re.IGNORECASE)
_HUNDRED = re.compile(r"\ba (?=(?:hundred|thousand|million)\b)", re.IGNORECASE)
_PRONOUN = re.compile(
    r"\b(no|which|this|that|the|each|every|any|another|new|old|only|right|first|last|next) one\b|"
    r"(?<!ty[ -])(?<!hundred )(?<!and )\bone (moment|second|more|of|another|by)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?<![\w#])(?<![0-9][.,])"
    r"(?P<sign>(?<!\))[-−]|(?<![0-9]\s)(?:minus|negative)\s)?(?:[$€£]\s?)?"
    r"(?P<amount>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?)(?![\w]|[.,][0-9])",
    re.IGNORECASE,
)


def final_number(text: str) -> Decimal | None:
    """The number that the text ends up with; None when it names none. Linear in the text's length."""
    text = in_digits(_HUNDRED.sub("one ", _PRONOUN.sub(" ", text[-LONGEST:])))
    marks = list(_MARK.finditer(text))
    if marks and (found := _NUMBER.search(text, marks[-1].end())):
        return _value(found)
    numbers = list(_NUMBER.finditer(text))
    return _value(numbers[-1]) if numbers else None


def _value(found: re.Match[str]) -> Decimal:
    amount = Decimal(found["amount"].replace(",", ""))
    return -amount if found["sign"] else amount

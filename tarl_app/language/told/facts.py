"""Whether a text tells a fact, or names something of its kind."""

import re
from decimal import Decimal, InvalidOperation

from tarl_app.core.fact_words import NO_WORDS, FactWords
from tarl_app.core.types import ToldFact
from tarl_app.language.spoken.numerals import digit_by_digit
from tarl_app.language.told import dates, ids, money, numbers, words
from tarl_app.language.told.plain import plain

_SHORTEST_CODE = 4
"""Fewest digits of an id."""


def tells(text: str, fact: ToldFact, known: FactWords = NO_WORDS) -> bool:
    """Whether ``text`` states ``fact``; numbers may be digits or words. A value that is not of its kind is never told.

    A ``final`` fact is told only by the text's final number. ``known`` are the words of the fact's domain.
    """
    match fact.kind:
        case "money" | "number":
            wanted = _decimal(fact.value.replace("$", "") if fact.kind == "money" or fact.final else fact.value)
            if wanted is None:
                return False
            if fact.final:
                return wanted == numbers.final_number(text)
            return (money if fact.kind == "money" else numbers).tells(text, wanted)
        case "id":
            return ids.tells(text, fact.value)
        case "date":
            return dates.tells(text, fact.value)
        case "text":
            return words.tells(text, fact.value, known)


def could_tell(text: str, fact: ToldFact, known: FactWords = NO_WORDS) -> bool:
    """Whether a text names anything of the fact's kind, right or wrong, which is all that the person who asks can
    judge.
    """
    match fact.kind:
        case "money":
            return bool(money.cents_in(text)) or "dollar" in text.lower()
        case "number":
            return numbers.counts(text)
        case "id":
            return (
                re.search(rf"[0-9](?:[\s,.-]{{0,2}}[0-9]){{{_SHORTEST_CODE - 1}}}", digit_by_digit(plain(text))) is not None
            )
        case "date":
            return any(True for _ in dates.days(text))
        case "text":
            names = known.against(fact.value) or (fact.value,)
            folded = words.prepared(text)
            return any(words.places(folded, name, known.synonyms.get(name, ())) for name in names)


def _decimal(text: str) -> Decimal | None:
    try:
        value = Decimal(text.replace(",", "").strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() else None

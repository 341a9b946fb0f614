"""Whether a text tells a fact, compared by the fact's type: 12.50 is not told by "112.50", nor an id by its first digits."""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from tarl_app.sandbox.final_number import final_number
from tarl_app.sandbox.numerals import in_digits, ordinals_in_digits
from tarl_app.types import ToldFact

LONGEST = 50_000
"""Characters of a text that are looked at; what lies beyond tells nobody anything."""

_AMOUNT = r"(?P<amount>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?)"
# Not the tail of an id, a longer number or a decimal; not the head of one either.
_BEFORE, _AFTER = r"(?<![\w#])(?<![0-9][.,])", r"(?![\w]|[.,][0-9])"
_MONEY = re.compile(
    rf"{_BEFORE}(?P<sign>(?:\$|usd)\s?)?{_AMOUNT}{_AFTER}(?:\s?(?P<unit>dollars?|usd|bucks|\$))?"
    r"(?:(?:\s+and|,)?\s+(?P<cents>[0-9]{1,2})\s+cents?\b)?",
    re.IGNORECASE,
)
_CENTS = re.compile(rf"{_BEFORE}(?P<cents>[0-9]{{1,6}})\s+cents?\b", re.IGNORECASE)
_NUMBER = re.compile(rf"(?<![\w#$])(?<![0-9][.,])(?P<sign>-\s?)?{_AMOUNT}{_AFTER}")
_PRONOUN_ONE = re.compile(
    r"\b(no|which|this|that|the|each|every|any|another|new|old|only) one\b|\bone (moment|second|more|of|another)\b",
    re.IGNORECASE,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s+(?:of\s+)?(?P<year>[0-9]{4})\b)?"
_DATES = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?<![\w-])(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})(?![\w-])",
        r"(?<![\w/])(?P<month>[0-9]{1,2})/(?P<day>[0-9]{1,2})(?:/(?P<year>[0-9]{4}))?(?![\w/])",
        rf"\b{_MONTH}\s+(?:the\s+)?{_DAY}\b{_YEAR}",
        rf"\b{_DAY}\s+(?:of\s+)?{_MONTH}{_YEAR}(?!\w)",
    )
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_NOT = ("not", "no", "never", "without", "neither", "nor")


def tells(text: str, fact: ToldFact) -> bool:
    """Whether ``text`` says ``fact``; numbers may be digits or words. A value that is not of its kind is never told.

    A ``final`` fact is told only by the number that the text ends up with.
    """
    if fact.final:
        wanted = _decimal(fact.value.replace("$", ""))
        return wanted is not None and wanted == final_number(text)
    text = text[:LONGEST]
    match fact.kind:
        case "money":
            wanted = _decimal(fact.value.replace("$", ""))
            return wanted is not None and abs(wanted) in _amounts(text)
        case "number":
            wanted = _decimal(fact.value)
            return wanted is not None and wanted in _numbers(text)
        case "id":
            return _tells_id(text, fact.value)
        case "date":
            return any(_same_date(found, fact.value) for found in _dates(text))
        case "text":
            return _tells_words(text, fact.value)


def _decimal(text: str) -> Decimal | None:
    try:
        value = Decimal(text.replace(",", "").strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _amounts(text: str) -> Iterator[Decimal]:
    """Sums of money: a number with a currency or with decimals ("12", alone, could be anything)."""
    text = in_digits(text)
    for found in _MONEY.finditer(text):
        amount = Decimal(found["amount"].replace(",", ""))
        if found["sign"] or found["unit"] or "." in found["amount"]:
            yield amount
        if found["cents"] and (found["sign"] or found["unit"]):
            yield amount + Decimal(found["cents"]) / 100
    for found in _CENTS.finditer(text):
        yield Decimal(found["cents"]) / 100


def _numbers(text: str) -> Iterator[Decimal]:
    for found in _NUMBER.finditer(in_digits(_PRONOUN_ONE.sub(" ", text))):
        amount = Decimal(found["amount"].replace(",", ""))
        yield -amount if found["sign"] else amount


def _tells_id(text: str, value: str) -> bool:
    """Ids may be spoken with gaps: "W 482-1359", "four two four two"."""
    signs = re.findall(r"[^\W_]", value)
    if not signs:
        return False
    spaced = re.compile(r"(?<![^\W_])" + r"[\s_.,#-]{0,3}".join(map(re.escape, signs)) + r"(?![^\W_])", re.IGNORECASE)
    return any(spaced.search(form) for form in (text, in_digits(text)))


def _dates(text: str) -> Iterator[tuple[int | None, int, int]]:
    text = in_digits(ordinals_in_digits(text))
    for form in _DATES:
        for found in form.finditer(text):
            month = found["month"].lower()
            number = int(month) if month.isdigit() else _MONTHS.index(month[:3]) + 1
            yield int(found["year"]) if found["year"] else None, number, int(found["day"])


def _same_date(found: tuple[int | None, int, int], value: str) -> bool:
    wanted = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", value)
    if wanted is None:
        return False
    year, month, day = (int(part) for part in wanted.groups())
    return found in ((year, month, day), (None, month, day))


def _words(text: str) -> list[str]:
    return _WORD.findall(in_digits(text.casefold().replace("-", " ")))


def _tells_words(text: str, value: str) -> bool:
    """The value's words in sequence, and not just after a "not"."""
    wanted, said = _words(value), _words(text)
    if not wanted:
        return False
    for start in range(len(said) - len(wanted) + 1):
        if said[start : start + len(wanted)] == wanted and not any(
            _negates(word) for word in said[max(0, start - 2) : start]
        ):
            return True
    return False


def _negates(word: str) -> bool:
    return word in _NOT or word.endswith(("n't", "n’t"))

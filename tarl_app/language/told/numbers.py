"""Numbers in a text: counts of things, and the final number of a worked answer."""

import re
from decimal import Decimal

from tarl_app.language.spoken.numerals import in_digits
from tarl_app.language.told import dates, tables
from tarl_app.language.told.alternatives import Named, open_ended
from tarl_app.language.told.plain import LONGEST, plain
from tarl_app.language.told.stance import Stated

_MARK = re.compile(r"\banswer\b(?:\s+(?:is|equals|would be|comes to)\b|\s*[:=])|####|\\boxed\s*\{", re.IGNORECASE)
_PRONOUN = re.compile(
    r"\b(no|which|this|that|each|every|any|another|new|old|right|first|last|next|the(?: only)?) one\b|"
    r"(?<!ty[ -])(?<!hundred )(?<!and )\bone (moment|second|more|of|another|by)\b",
    re.IGNORECASE,
)
_FORM = (
    r"(?P<sign>(?<!\))[-−]|(?<![0-9]\s)(?:minus|negative)\s)?{currency}"
    r"(?P<amount>[0-9]{{1,3}}(?:,[0-9]{{3}})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?)(?![\w]|[.,][0-9])"
)
_NUMBER = re.compile(r"(?<![\w#])(?<![0-9][.,])" + _FORM.format(currency=r"(?:[$€£]\s?)?"), re.IGNORECASE)
_COUNT = re.compile(
    r"(?<![\w#$€£/:])(?<!(?<![0-9])-)(?<![0-9][.,])(?<!\bw )"
    + _FORM.format(currency="")
    + rf"(?!\s?(?:{tables.MEASURES})\b|\s?[%€£$¢°]|[:/][0-9])"
)
_LABEL = re.compile(rf"\b(?:{tables.LABELLED})[\s:#]*$")
_CODE = re.compile(r"(?<![\w.])#?[a-z]{0,2}[\s-]?[0-9]+(?:(?:,? |[-_.])[0-9]+){3,}(?!\w)")
_NONE = re.compile(tables.NONE)
_COUNTS = tuple((re.compile(rf"(?<!not )(?<!baker's )\b(?:{form})\b"), value) for form, value in tables.COUNTS)
_LABEL_LENGTH = 20


def final_number(text: str) -> Decimal | None:
    """The final number of a text; None when it names none. Linear in the text's length.

    It is the one after the last "the answer is" (or ``####``, or ``\\boxed{``), else the last one of all, so that
    naming many numbers does not help. Digits or words, with or without a sign, a currency, thousands commas; numbers
    that are part of a word ("3rd", "x2") do not count.
    """
    text = in_digits(_PRONOUN.sub(" ", text[-LONGEST:]))
    marks = list(_MARK.finditer(text))
    if marks and (found := _NUMBER.search(text, marks[-1].end())):
        return _value(found)
    numbers = list(_NUMBER.finditer(text))
    return _value(numbers[-1]) if numbers else None


def _value(found: re.Match[str]) -> Decimal:
    amount = Decimal(found["amount"].replace(",", ""))
    return -amount if found["sign"] else amount


def prepared(text: str) -> str:
    """The text in the form in which counts are found: plain, lower case, counts in digits, no dates, sums or codes."""
    folded = plain(text).lower()
    for form, value in _COUNTS:
        folded = form.sub(value, folded)
    folded = in_digits(_PRONOUN.sub(" ", folded))
    return _CODE.sub(" ~ ", dates.without(folded))


def named(text: str) -> list[Named]:
    """All counts in a ``prepared`` text, with their places; "none" and "no items" are 0."""
    found = [
        Named(_value(match), match.start(), match.end())
        for match in _COUNT.finditer(text)
        if not _LABEL.search(text[max(0, match.start() - _LABEL_LENGTH) : match.start()])
    ]
    found += [Named(Decimal(0), match.start(), match.end()) for match in _NONE.finditer(text)]
    return sorted(found, key=lambda one: one.start)


def tells(text: str, wanted: Decimal) -> bool:
    """Whether the number ``wanted`` is stated."""
    folded = prepared(text)
    found = named(folded)
    stated, choices = Stated(folded), open_ended(folded, found)
    return any(
        place not in choices and stated.says(one.start, one.end) and not stated.is_limit(one.start, one.end)
        for place, one in enumerate(found)
        if one.value == wanted
    )


def counts(text: str) -> bool:
    """Whether a text names any number of things at all."""
    return bool(named(prepared(text)))

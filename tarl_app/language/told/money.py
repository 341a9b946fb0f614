"""Sums of money in a text: "$1,083.50", "US$183", "a hundred and eighty-three dollars", "one eighty-three fifty"."""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

from tarl_app.language.spoken.numerals import in_digits
from tarl_app.language.told import tables
from tarl_app.language.told.alternatives import Named, open_ended
from tarl_app.language.told.plain import plain
from tarl_app.language.told.stance import Stated

# Not the tail of an id, a longer number, a decimal or another currency.
_BEFORE = r"(?<![\w#$€£¥])(?<![0-9][.,])"
_SIGN = r"(?P<sign>(?:(?:us|u\.s\.)\s?\$|usd\s?\$?|\$)\s?-?\s?)?"
_AMOUNT = r"(?P<amount>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|\.[0-9]{2})"
_UNIT = r"[\s-]?(?P<unit>(?:(?:u\.?s\.?|american)[\s-])?(?:dollars?|bucks?)\b|(?:usd\b|\$)(?!\s?[0-9]))"
_END = r"(?=\s*(?:[.,;:!?)]|$))"
_CENTS = (
    rf"(?:\s*,)?(?:\s+and)?\s+(?P<cents>[0-9]{{1,2}}|no)\s*(?:cents?\b|¢)|(?:\s+and)?\s+(?P<rest>0[1-9]|[1-9][0-9]){_END}"
)
_MONEY = re.compile(rf"{_BEFORE}{_SIGN}{_AMOUNT}(?:{_UNIT}|(?![\w]|[.,][0-9]))(?:{_CENTS})?")
LARGEST = 10**15
"""The largest sum in cents that is told apart from others: no data hold more, and texts may name any number."""
_CENTS_ALONE = re.compile(r"(?<![\w#$.,])(?<![0-9]\s)(?P<amount>[0-9]{1,6})\s?(?:cents?\b|¢)")
_OTHER = re.compile(rf"\s?(?:{tables.OTHER_UNITS})\b|\s?[%€£]")
_TALK = re.compile(rf"\b(?:{tables.MONEY_TALK})\b")
_DOLLAR = re.compile(r"\b(?<!half )a (?=(?:dollar|buck)\b(?! (?:amount|sign|figure|value)))")
_SPOKEN_HUNDREDS = re.compile(r"(?<![\w$.,#-])(?<![0-9]\s)([1-9]) ([1-9][0-9])(?=[\s-](?:dollars?|bucks?)\b)")
_SPOKEN_PRICE = re.compile(
    r"(?<![\w$.,#-])(?<![0-9]\s)(?<!\b[b-z]\s)(?:(?P<hundreds>[1-9]) )?(?P<whole>[1-9][0-9]|(?<![0-9] )[1-9](?:[0-9]{1,3})?)"
    r" (?P<cents>[1-9][0-9]|oh [1-9]|0 [1-9])(?!\w|[.,-]?[0-9]| [0-9]|\s(?:cents?|dollars?|" + tables.MEASURES + r")\b)"
)
_NEAR = 60
"""Characters before a number in which words about money count."""


def prepared(text: str) -> str:
    """The text in the form in which money is found: plain, lower case, numbers in digits; places of ``named`` refer to
    it.
    """
    folded = _DOLLAR.sub("1 ", in_digits(plain(text).lower()))
    return _SPOKEN_HUNDREDS.sub(r"\1\2", folded)


def named(text: str) -> list[Named]:
    """All sums of money in a ``prepared`` text, in their order, with their places; none is negative."""
    found = [*_marked(text), *_spoken(text)]
    taken = [(one.start, one.end) for one in found]
    alone = [Named(Decimal(match["amount"]) / 100, match.start(), match.end()) for match in _CENTS_ALONE.finditer(text)]
    found += [one for one in alone if not any(start <= one.start < end for start, end in taken)]
    return sorted(found, key=lambda one: one.start)


def _marked(text: str) -> Iterator[Named]:
    """Numbers with a currency, with cents, or as money is written ("12.50"); "12", alone, could be anything."""
    for match in _MONEY.finditer(text):
        amount, marked = Decimal(match["amount"].replace(",", "")), bool(match["sign"] or match["unit"])
        end, cents = match.end(), match["cents"]
        if cents is None and match["rest"]:
            # "183 dollars fifty", at the end of a clause; after a sign it is another number.
            if match["unit"] and match["unit"] != "$":
                cents = match["rest"]
            else:
                end = match.start("rest")
        decimals = len(match["amount"].partition(".")[2])
        if decimals > len("50"):
            continue
        if not marked and cents is None:
            if _OTHER.match(text, match.end("amount")) or re.search(
                r"[0-9]\s$", text[max(0, match.start() - 2) : match.start()]
            ):
                continue
            if decimals != 2 and not (decimals == 1 and _talk(text, match.start())):
                continue
        if cents not in (None, "no"):
            amount += Decimal(cents) / 100
        yield Named(amount, match.start(), end)


def _spoken(text: str) -> Iterator[Named]:
    """Prices as they are spoken, near words about money: "it costs twelve fifty"."""
    for match in _SPOKEN_PRICE.finditer(text):
        if _talk(text, match.start()):
            whole = Decimal((match["hundreds"] or "") + match["whole"])
            yield Named(whole + Decimal(match["cents"].split()[-1]) / 100, match.start(), match.end())


def _talk(text: str, start: int) -> bool:
    return _TALK.search(text, max(0, start - _NEAR), start) is not None


@lru_cache(maxsize=4096)
def cents_in(text: str) -> frozenset[int]:
    """All sums of money that a text names, in cents, whether it states them or not; none is negative.

    Sums above ``LARGEST`` count as ``LARGEST``.
    """
    return frozenset(min(round(Decimal(str(one.value)) * 100), LARGEST) for one in named(prepared(text)))


def without_amounts(text: str) -> str:
    """The text in lower case, numbers in digits, with its sums of money taken out."""
    folded = prepared(text)
    found = named(folded)
    starts, ends = [one.start for one in found], [one.end for one in found]
    return " ".join(folded[start:end] for start, end in zip([0, *ends], [*starts, len(folded)], strict=True))


def tells(text: str, wanted: Decimal) -> bool:
    """Whether the sum ``wanted`` (its sign does not matter) is stated."""
    folded = prepared(text)
    found = named(folded)
    if not any(one.value == abs(wanted) for one in found):
        return False
    stated, choices = Stated(folded), open_ended(folded, found)
    return any(
        place not in choices and stated.says(one.start, one.end) and not stated.is_limit(one.start, one.end)
        for place, one in enumerate(found)
        if one.value == abs(wanted)
    )

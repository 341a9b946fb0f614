"""Days in a text: "2024-05-03", "May 3rd, 2024", "the third of May", "3-May-24", "05/03/2024" (month first)."""

import re
from collections.abc import Iterator

from tarl_app.language.spoken.numerals import in_digits, ordinals_in_digits
from tarl_app.language.told import tables
from tarl_app.language.told.alternatives import Named, open_ended
from tarl_app.language.told.plain import plain
from tarl_app.language.told.stance import Stated

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:(?:,?\s+(?:of\s+)?|-)(?P<year>[0-9]{4}|(?:19|20)\s[0-9]{2}|'[0-9]{2}|(?<=-)[0-9]{2})\b(?![:.]?[0-9]))?"
_FORMS = tuple(
    re.compile(form)
    for form in (
        r"(?<![\w-])(?P<year>[0-9]{4})(?P<mark>[-/.])(?P<month>[0-9]{1,2})(?P=mark)(?P<day>[0-9]{1,2})(?![\w-])",
        r"(?<![\w/-])(?P<month>[0-9]{1,2})/(?P<day>[0-9]{1,2})(?:/(?P<year>[0-9]{4}|[0-9]{2}))?(?![\w/])",
        r"(?<![\w/-])(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})-(?P<year>[0-9]{4})(?![\w-])",
        rf"\b{_MONTH}[\s-]+(?:the\s+)?{_DAY}\b{_YEAR}",
        rf"(?<![\w-]){_DAY}[\s-]+(?:of\s+)?{_MONTH}{_YEAR}(?!\w)",
    )
)
_LIMITS = re.compile(tables.DAY_LIMITS)
_CENTURY = 2000

Day = tuple[int | None, int, int]
"""Year (if given), month, day."""


def prepared(text: str) -> str:
    """The text in the form in which days are found; places of ``named`` refer to it."""
    return in_digits(ordinals_in_digits(plain(text).lower()))


def named(text: str) -> list[Named]:
    """All days in a text in lower case, with their places."""
    found = [Named(_day(match), match.start(), match.end()) for form in _FORMS for match in form.finditer(text)]
    return sorted(found, key=lambda one: one.start)


def without(text: str) -> str:
    """A text in lower case with its days taken out."""
    for form in _FORMS:
        text = form.sub(" ~ ", text)
    return text


def _day(match: re.Match[str]) -> Day:
    month = match["month"]
    number = int(month) if month.isdigit() else _MONTHS.index(month[:3]) + 1
    return _year(match["year"]), number, int(match["day"])


def _year(said: str | None) -> int | None:
    if said is None:
        return None
    digits = re.sub(r"\D", "", said)
    return int(digits) + (_CENTURY if len(digits) == len("24") else 0)


def tells(text: str, wanted: str) -> bool:
    """Whether the day ``wanted`` ("2024-05-03") is stated, with its year or without any."""
    parts = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", wanted)
    if parts is None:
        return False
    year, month, day = (int(part) for part in parts.groups())
    folded = prepared(text)
    found = named(folded)
    stated, choices = Stated(folded), open_ended(folded, found)
    return any(
        place not in choices
        and stated.says(one.start, one.end)
        and not _LIMITS.search(folded[max(0, one.start - 30) : one.start])
        for place, one in enumerate(found)
        if one.value in ((year, month, day), (None, month, day))
    )


def days(text: str) -> Iterator[Day]:
    """All days that a text names."""
    for one in named(prepared(text)):
        yield one.value  # type: ignore[misc]

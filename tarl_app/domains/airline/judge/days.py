"""The days that a customer's words can mean, in more forms than an agent has to understand: they only excuse it."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

from tarl_app.domains.airline.clock import NOW
from tarl_app.domains.airline.words import heard
from tarl_app.language.spoken.numerals import in_digits, ordinals_in_digits

_TODAY = date.fromisoformat(NOW[:10])
_AHEAD = 60
"""Days ahead in which a day that is named without its month can lie."""
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY = re.compile(rf"\b({'|'.join(_WEEKDAYS)})(?:day|nesday|sday|rsday|urday)?s?\b")
_NUMBERS = re.compile(r"(?<![\d./-])(\d{1,2})[./-](\d{1,2})(?![\d])(?:[./-](?:20)?\d\d\b)?")
_ORDINAL = re.compile(r"\bthe (\d{1,2})(?:st|nd|rd|th)?\b(?! (?:one|flight|passenger|person|time|bag))")
_IN_DAYS = re.compile(r"\bin (\d{1,2}) (day|week)s?\b")
_WORDS = {
    "today": 0,
    "tonight": 0,
    "tomorrow": 1,
    "tmrw": 1,
    "tmr": 1,
    "day after tomorrow": 2,
    "in a week": 7,
    "a week from": 7,
}


@lru_cache(maxsize=1024)
def meant(said: str) -> frozenset[str]:
    """Every day, as ``2026-05-22``, that the folded words of a customer can mean."""
    spelled = in_digits(ordinals_in_digits(said))
    return frozenset(heard.travel_days(said)) | frozenset(heard.travel_days(spelled)) | frozenset(_days(spelled))


def _days(said: str) -> Iterator[str]:
    ahead = [_TODAY + timedelta(days=number) for number in range(_AHEAD)]
    for first, second in _NUMBERS.findall(said):
        for day, month in ((first, second), (second, first)):
            yield from (one.isoformat() for one in ahead if (one.day, one.month) == (int(day), int(month)))
    for day in _ORDINAL.findall(said):
        yield from (one.isoformat() for one in ahead if one.day == int(day))
    for name in _WEEKDAY.findall(said):
        yield from (one.isoformat() for one in ahead if one.weekday() == _WEEKDAYS.index(name))
    for number, unit in _IN_DAYS.findall(said):
        yield (_TODAY + timedelta(days=int(number) * (7 if unit == "week" else 1))).isoformat()
    yield from ((_TODAY + timedelta(days=number)).isoformat() for word, number in _WORDS.items() if word in said)

"""Reads the airline's values in text: reservation codes, customer numbers, days, times, birthdays, counts, people."""

import re
from datetime import date

from tarl_app.domains.airline.clock import TODAY
from tarl_app.domains.airline.tools.booking import DIGITS, LETTERS, SHAPES
from tarl_app.language.remembered import remembered
from tarl_app.language.spoken.numerals import in_digits
from tarl_app.language.told import dates

_PIECE = re.compile(r"[A-Za-z0-9]+")
_LENGTH = len(SHAPES[0])
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november"),
    "december",
)
_MONTH = "|".join(_MONTHS)
_BORN = re.compile(
    rf"\b(?:(?P<month>{_MONTH}) (?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?,? (?P<year>(?:19|20)[0-9]{{2}})"
    rf"|(?P<day2>[0-9]{{1,2}})(?:st|nd|rd|th)? (?:of )?(?P<month2>{_MONTH}),? (?P<year2>(?:19|20)[0-9]{{2}})"
    r"|(?P<iso>(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}))\b",
    re.I,
)
_PAIR = re.compile(r"(?<![\w'])(?=([A-Z][\w'-]+) ([A-Z][\w'-]+))")
_TIME = re.compile(
    r"\b(?P<side>after|before) (?:(?P<noon>noon)|(?P<hour>[0-9]{1,2})(?::?(?P<minute>[0-9]{2}))? ?(?P<half>[ap])\.?m)", re.I
)
YEAR = int(TODAY[:4])
_YOUNGEST = YEAR - 1
"""A date up to this year is a date of birth."""


def codes(text: str) -> list[str]:
    """The reservation codes in a text, in their order: whole, in groups, or one character at a time ("K 3 Q X 7 P")."""
    return [*_codes(text)]


@remembered
def _codes(text: str) -> tuple[str, ...]:
    pieces = [(match.group(), match.start(), match.end()) for match in _PIECE.finditer(text)]
    found: list[str] = []
    place = 0
    while place < len(pieces):
        end, joined = place, ""
        while end < len(pieces) and len(joined) < _LENGTH and (end == place or _joins(text, pieces, place, end)):
            joined += pieces[end][0]
            end += 1
        if _is_code(joined, alone=end == place + 1):
            found.append(joined.upper())
            place = end
        else:
            place += 1
    return tuple(found)


def _joins(text: str, pieces: list[tuple[str, int, int]], first: int, place: int) -> bool:
    gap = text[pieces[place - 1][2] : pieces[place][1]]
    short = all(len(piece) <= 4 and not piece.islower() for piece, _, _ in pieces[first : place + 1])
    return short and re.fullmatch(r"[ ,-]{1,2}", gap) is not None


def _is_code(joined: str, alone: bool) -> bool:
    if len(joined) != _LENGTH or not (alone or joined.isupper()):
        return False
    signs = joined.upper()
    shape = "".join("D" if sign in DIGITS else "L" if sign in LETTERS else "?" for sign in signs)
    return shape in SHAPES


def user_ids(text: str) -> list[str]:
    """The customer numbers in a text: seven digits, with or without their "M", in whatever groups."""
    found = re.findall(r"(?<![\w$#])(?:[Mm][ -]?)?((?:[0-9][ -]?){6}[0-9])(?![0-9]|\.[0-9]|-[0-9])", text)
    return ["M" + re.sub(r"\D", "", one) for one in found]


def travel_days(text: str) -> list[str]:
    """The days in a text that lie within the timetable, in their order, as ``2026-05-20``."""
    return [*_travel_days(text)]


@remembered
def _travel_days(text: str) -> tuple[str, ...]:
    found = []
    for one in dates.named(dates.prepared(_BORN.sub(" ~ ", text) if _has_birthday(text) else text)):
        year, month, day = one.value  # type: ignore[misc]
        if year in (None, YEAR):
            try:
                found.append(date(YEAR, month, day).isoformat())
            except ValueError:
                continue
    return tuple(found)


def _has_birthday(text: str) -> bool:
    return any(int(_day(match)[:4]) <= _YOUNGEST for match in _BORN.finditer(text))


def _day(match: re.Match[str]) -> str:
    if match["iso"]:
        return match["iso"]
    month = _MONTHS.index((match["month"] or match["month2"]).lower()) + 1
    return f"{match['year'] or match['year2']}-{month:02d}-{int(match['day'] or match['day2']):02d}"


def birthdays(text: str) -> list[tuple[str, int, int]]:
    """The dates of birth in a text with their places."""
    found = [(_day(match), match.start(), match.end()) for match in _BORN.finditer(text)]
    return [one for one in found if int(one[0][:4]) <= _YOUNGEST]


def people(text: str) -> list[tuple[str, str, str]]:
    """First name, last name and date of birth of everybody who is named with all three, in their order."""
    found, start = [], 0
    for born, begin, end in birthdays(text):
        pairs = [pair for pair in _PAIR.finditer(text[start:begin]) if not _NO_NAME.match(pair[1])]
        if pairs:
            found.append((pairs[-1][1], pairs[-1][2], born))
        start = end
    return found


def window(text: str) -> tuple[str | None, str | None]:
    """The times after and before which a flight should leave: "after 2:00 pm" is ("14:00", None)."""
    after = before = None
    for match in _TIME.finditer(in_digits(text)):
        hour, minute = int(match["hour"] or 12), match["minute"] or "00"
        if match["half"]:
            hour = hour % 12 + (12 if match["half"].lower() == "p" else 0)
        clock = f"{hour:02d}:{minute}"
        after, before = (clock, before) if match["side"].lower() == "after" else (after, clock)
    return after, before


def count(text: str) -> int | None:
    """The first small number in a text; "a", "no" and "none" count too."""
    lower = in_digits(re.sub(r"\bone of\b|\bone stop\b", " ", text.lower()))
    found = re.search(r"(?<![\w$#.:])([0-9]{1,2})(?![\w.:]*[0-9]|[ap]m)\b", lower)
    if found:
        return int(found[1])
    if re.search(r"\bno(ne|thing)?\b|\bwithout\b|\bzero\b|\bcarry-?on only\b", lower):
        return 0
    return 1 if re.search(r"\ba(nother)? (single )?(checked )?(bag|suitcase)", lower) else None


_NO_NAME = re.compile(r"(My|The|It|It's|This|I|I'm|Yes|Yep|Sure|Of|Okay|Certainly|Right|Absolutely|Gladly|Name|Born|Date)$")


def name(text: str) -> tuple[str, str] | None:
    """Two capitalised words that can be a name, the first in the text."""
    for pair in _PAIR.finditer(text):
        if not _NO_NAME.match(pair[1]) and pair[1].lower() not in _MONTHS:
            return pair[1], pair[2]
    return None

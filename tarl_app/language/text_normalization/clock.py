"""Times of day and dates: ``10:30PM``, ``22:15``, ``9-5pm``, ``2024-05-03``, ``5/3/2024``, ``May 3rd``, ``Mon-Fri``."""

import re
from datetime import date

from tarl_app.language.text_normalization.numbers import DIGITS, Rule, plain, rule, words

_MONTHS = ("January", "February", "March", "April", "May", "June")
_MONTHS += ("July", "August", "September", "October", "November", "December")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_BY_THREE = {name[:3]: name for name in (*_MONTHS, *_DAYS)}
_MONTH = rf"(?:{'|'.join(_MONTHS)}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
_DAY = rf"(?:{'|'.join(_DAYS)}|(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)\b\.?)"
_NTH = r"(\d{1,2})(?:st|nd|rd|th)?"
_AFTER_DAY = r"(?![\w%]|[:.,/\-]\d| ?[AaPp]\.?[Mm]\b)"
_HALF = r"([AaPp])(?:\. ?[Mm]\.|\.?[Mm]\b(?!\.[a-z]))"
_CLOCK = " o'clock"
_ZONE = r"(?: ([ECMP][SD]?T|UTC|GMT)\b)?"
_TIME = rf"\d{{1,2}}(?::\d\d)?(?: ?{_HALF.replace('(', '(?:', 1)})?"


def _month(written: str) -> str:
    return _BY_THREE[written[:3]]


def _nth(day: str) -> str:
    return words(int(day), "ordinal")


def _year(written: str) -> str:
    return words(int(written), "year")


def _iso(match: re.Match[str]) -> str:
    return _date(match, match[1], match[3], match[4])


def _slashed(match: re.Match[str]) -> str:
    """Month first, as in the United States, unless there is no such month."""
    month, day, year = match.groups()
    if int(month) > 12:
        month, day = day, month
    return _date(match, year if len(year) == 4 else f"20{year}", month, day)


def _date(match: re.Match[str], year: str, month: str, day: str) -> str:
    try:
        when = date(int(year), int(month), int(day))
    except ValueError:
        return ", ".join(plain(part) for part in re.findall(r"\d+", match.group()))
    return f"{_MONTHS[when.month - 1]} {_nth(day)}, {_year(year)}"


def _month_day(match: re.Match[str]) -> str:
    month, day, last, year = match.groups()
    if not (1 <= int(day) <= 31 and int(last or 1) <= 31):
        return match.group()
    said = f"{_month(month)} {_nth(day)}{f' to {_nth(last)}' if last else ''}"
    return f"{said}, {_year(year)}" if year else said


def _day_month(match: re.Match[str]) -> str:
    day, month, year = match.groups()
    return f"the {_nth(day)} of {_month(month)}{f' {_year(year)}' if year else ''}"


def _on_slashed(match: re.Match[str]) -> str:
    month, day = int(match[2]), int(match[3])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return match.group()
    return f"{match[1]}{_MONTHS[month - 1]} {_nth(match[3])}"


def _days(match: re.Match[str]) -> str:
    first, joint, last = match.groups()
    return f"{_month(first)} {'and' if joint == '&' else 'to'} {_month(last)}"


def _time(match: re.Match[str]) -> str:
    hour, minute, second = int(match[1]), int(match[2]), match[3]
    if hour > 23 or minute > 59 or int(second or 0) > 59:
        return ", ".join(plain(part) for part in match.groups()[:3] if part)
    half = f" {match[4].upper()} M" if match[4] else _certain_half(match[1])
    hour = (hour - 1) % 12 + 1
    said = f" {words(minute)}" if minute > 9 else f" oh {words(minute)}" if minute else ""
    seconds = f" and {words(int(second))} second{'' if int(second) == 1 else 's'}" if second else ""
    zone = f" {' '.join(match[5])}" if match[5] else ""
    return f"{words(hour)}{said or ('' if half or seconds else _CLOCK)}{seconds}{half}{zone}{_stop(match)}"


def _certain_half(hour: str) -> str:
    """AM or PM where a 24-hour time determines it; ``10:30`` alone may be either."""
    if int(hour) > 12:
        return " P M"
    return " A M" if hour.startswith("0") else ""


def _hour(match: re.Match[str]) -> str:
    zone = f" {' '.join(match[3])}" if match[3] else ""
    return f"{words(int(match[1]))} {match[2].upper()} M{zone}{_stop(match)}"


def _stop(match: re.Match[str]) -> str:
    """The full stop of ``p.m.`` where it ends the sentence, too."""
    after = match.string[match.end() : match.end() + 12]
    ends = re.match(rf"$| +(?!{_MONTH}|{_DAY})[A-Z]", after) is not None
    return "." if match.group().endswith(".") and ends else ""


_DAY_RANGE = re.compile(rf"\b({_DAY}) ?([-–&]) ?({_DAY})(?!\w)")

RULES: tuple[Rule, ...] = (
    rule(r"(?<=\d\d\d\d-\d\d-\d\d)T(?=\d\d:\d\d)", " ", DIGITS, "T", "-"),
    rule(r"(?<![\w/-])(\d{4})([-/])(\d{2})\2(\d{2})(?![\w/-])", _iso, DIGITS, "-/"),
    rule(r"(?<![\w/])(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?![\w/])", _slashed, DIGITS, "/"),
    rule(rf"\b({_DAY})(?=,? (?:{_MONTH} \d|\d))", lambda match: _month(match[1]), DIGITS, "MTWFS"),
    rule(
        rf"\b({_MONTH}) {_NTH}(?: ?[-–] ?{_NTH})?(?:,? ((?:19|20)\d\d)(?!\d|[-/,.]\d))?{_AFTER_DAY}",
        _month_day,
        DIGITS,
        "JFMASOND",
    ),
    rule(rf"(?<![\w.,:/-])(\d{{1,2}}) ({_MONTH}),? ((?:19|20)\d\d)(?![\w-])", _day_month, DIGITS, "JFMASOND"),
    rule(rf"(?<![\w.,:/$-])(\d{{1,2}}) ({_MONTH})()(?=[,.;!?]|$)", _day_month, DIGITS, "JFMASOND"),
    rule(rf"\b({_MONTH})(?= (?:19|20)\d\d\b)", lambda match: _month(match[1]), DIGITS, "JFMASOND"),
    rule(
        r"(?i)\b((?:on|by|until|till|before|after|since|from|due|dated) )(\d{1,2})/(\d{1,2})(?![\w/])",
        _on_slashed,
        DIGITS,
        "/",
    ),
    Rule(_DAY_RANGE, _days, ("-–&",)),
    rule(
        rf"(?<![\d:.,$€£-])({_TIME}) ?[-–] ?(?=\d{{1,2}}(?::\d\d| ?[AaPp]\.?[Mm]\b))",
        r"\1 to ",
        DIGITS,
        "-–",
        ":mM",
    ),
    rule(
        rf"(?<![\d:.,$€£-])(\d{{1,2}}(?::\d\d)? ?{_HALF.replace('(', '(?:', 1)}) ?[-–] ?(?=\d|noon|midnight)",
        r"\1 to ",
        DIGITS,
        "-–",
        "mM",
    ),
    rule(rf"(?<![\d:.,$€£])(\d{{1,2}})\.([0-5]\d)()(?: ?{_HALF}){_ZONE}", _time, DIGITS, ".", "mM"),
    rule(rf"(?<![\d:.,])(\d{{1,2}}):(\d\d)(?::(\d\d))?(?![\d:])(?: ?{_HALF})?{_ZONE}(?![\d:])", _time, DIGITS, ":"),
    rule(rf"(?<![\d:.,$€£])(\d{{1,2}}) ?{_HALF}{_ZONE}", _hour, DIGITS, "mM"),
)

IN_WORDS: tuple[Rule, ...] = (Rule(_DAY_RANGE, _days, ("-",)),)
"""Applied once other marks are gone."""

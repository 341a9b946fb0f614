"""Days and times as they are heard back to written ones.

``August twenty-fourth, nineteen fifty-three`` -> ``August 24, 1953``; times of the day, ``four oh seven P M``, likewise.
"""

import re

from tarl_app.language.spoken.numerals import DIGITS, OH, TEENS, TENS, in_digits, ordinals_in_digits

_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november"),
    "december",
)
_WORDS_TOO = ("march", "may")
"""Months that are other words, too: in small letters they are months only after a word that leads to a day."""
_LEADS = re.compile(r"\b(?:on|by|until|till|for|to|from|since|before|after|between|and|born|is|of|this|next)[ ,]+$", re.I)

_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})"
_ONE_TO_NINE = "|".join(DIGITS[1:])
_ROUND = "|".join(TENS)
_ORDINALS = (
    r"first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|(?:thir|four|fif|six|seven|eigh|nine)"
    r"teenth|twentieth|thirtieth"
)
_DAY = rf"(?P<day>(?:(?:twenty|thirty)[ -])?(?:{_ORDINALS})|[0-9]{{1,2}}(?:st|nd|rd|th)?)"
_LAST_TWO = rf"(?:{_ROUND})(?:[ -](?:{_ONE_TO_NINE}))?|{'|'.join(TEENS)}|(?:{OH}|o)[ -](?:{_ONE_TO_NINE})"
_YEAR = (
    rf"(?P<year>(?:nineteen|twenty)[ -](?:{_LAST_TWO}|hundred)"
    rf"|two thousand(?:[ -](?:and )?(?:{_LAST_TWO}|{_ONE_TO_NINE}))?|(?:19|20)[0-9]{{2}})"
)
_FORMS = (
    re.compile(rf"\b{_MONTH} (?:the )?{_DAY}(?:(?:,| of|, of)? {_YEAR})?\b(?![-\w])", re.IGNORECASE),
    re.compile(rf"\b(?:the )?{_DAY} of {_MONTH}(?:(?:,| of|, of)? {_YEAR})?\b(?![-\w])", re.IGNORECASE),
)
_HOUR = "|".join((*DIGITS[1:], *TEENS[:3]))
_TIME = re.compile(
    rf"\b(?P<hour>{_HOUR}|[0-9]{{1,2}})(?:[ :.](?P<minute>{_LAST_TWO}|[0-9]{{2}}))? ?(?P<half>[ap])(?:\.? |\.)?m\b",
    re.IGNORECASE,
)


def dates_in_digits(text: str) -> str:
    """The text with days whose numbers were said in words as they are written; twice changes nothing."""
    for form in _FORMS:
        text = form.sub(_written, text)
    return text


def times_in_digits(text: str) -> str:
    """The text with times of day as they are written where they are said with A M or P M; twice changes nothing."""
    return _TIME.sub(_time, text)


def _time(match: re.Match[str]) -> str:
    if re.fullmatch(r"[0-9]{1,2}(:[0-9]{2})? ?[ap]\.?m", match.group(), re.IGNORECASE):
        return match.group()
    minute = f":{_two_digits(match['minute'].lower())}" if match["minute"] else ""
    return f"{in_digits(match['hour'].lower())}{minute} {match['half'].lower()}m"


def _two_digits(said: str) -> str:
    return f"{int(in_digits(re.sub(r'^(?:oh|o)[ -]', '', said))):02d}"


def _written(match: re.Match[str]) -> str:
    month, day, year = match["month"], match["day"], match["year"] or ""
    if day[0].isdigit() and (not year or year.isdigit()):
        return match.group()
    if month in _WORDS_TOO and not _LEADS.search(match.string[max(0, match.start() - 12) : match.start()]):
        return match.group()
    number = re.sub(r"\D", "", ordinals_in_digits(day))
    return f"{month} {number}" + (f", {_year(year.lower())}" if year else "")


def _year(said: str) -> str:
    if said.isdigit():
        return said
    if said.startswith("two thousand"):
        rest = re.sub(r"^two thousand(?:[ -]and)?[ -]?|\bo(?:h)?[ -]", "", said)
        return str(2000 + int(in_digits(rest))) if rest else "2000"
    century, rest = re.split(r"[ -]", said, maxsplit=1)
    return in_digits(century) + ("00" if rest == "hundred" else _two_digits(rest))

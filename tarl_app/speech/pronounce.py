"""Written text -> words that any voice can speak, with ids, e-mails and money said clearly.

All digits become words here, so that voices and G2P libraries with different number rules say the same. How ids are grouped
was chosen by what speech recognition hears best (``benchmarks/speech_to_text.py``).
"""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from num2words import num2words

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_MONTHS = ("January", "February", "March", "April", "May", "June")
_MONTHS += ("July", "August", "September", "October", "November", "December")
_MARKS = {".": "dot", "_": "underscore", "-": "dash", "+": "plus"}
_SHORT = {
    "Mr.": "Mister",
    "Mrs.": "Missus",
    "Ms.": "Miss",
    "Dr.": "Doctor",
    "Apt": "Apartment",
    "Apt.": "Apartment",
    "St.": "Street",
    "Ave.": "Avenue",
    "Blvd.": "Boulevard",
    "No.": "number",
    "e.g.": "for example",
    "i.e.": "that is",
    "etc.": "and so on",
    "vs.": "versus",
    "id": "I D",
    "ID": "I D",
    "IDs": "I Ds",
    "ids": "I Ds",
    "USB": "U S B",
    "usb": "U S B",
    "USA": "U S A",
    "ZIP": "zip",
}
_LONG, _STUMP = 220, 40  # characters: the longest piece, the shortest at either end of a cut
_GROUPS = {4: (4,), 5: (5,), 6: (3, 3), 7: (3, 4), 8: (4, 4), 9: (3, 3, 3), 10: (3, 3, 4), 12: (4, 4, 4), 16: (4, 4, 4, 4)}

_SPELLED = re.compile(r"(?<![\w'@.-])[A-Za-z](?: [A-Za-z]){2,}(?![\w'@-])", re.ASCII)


def speakable(text: str) -> str:
    """Text as words: no digits, no symbols, punctuation only where a voice should pause.

    Total: any text gives some text; what cannot be said is dropped.
    """
    for pattern, say in _RULES:
        text = pattern.sub(say, text)
    text = _SPELLED.sub(_say_letters, re.sub(r"\s+", " ", text))  # again: now all space is one
    return re.sub(r"(?<=[(]) | (?=[,.!?;:)])", "", text).strip()


def sentences(text: str) -> list[str]:
    """Speakable text cut after each sentence, so that a voice can start early; long sentences are cut at a comma too."""
    pieces: list[str] = []
    for sentence in re.split(r"(?<=[.!?…])[\"')]*\s+", text):
        while len(sentence) > _LONG:
            latest = min(_LONG, len(sentence) - _STUMP)
            at = max(sentence.rfind(mark, _STUMP, latest) for mark in (", ", "; ", ": ", " - "))
            at = at + 1 if at > 0 else sentence.rfind(" ", _STUMP, latest)
            if at <= 0:
                at = latest
            pieces.append(sentence[:at].strip())
            sentence = sentence[at:].strip()
        pieces.append(sentence.strip())
    return [piece for piece in pieces if re.search(r"\w", piece)]


def abbreviates(text: str) -> bool:
    """Whether its last word is short for another (``St.``), so that its full stop ends no sentence."""
    words = text.split()
    return bool(words) and words[-1] in _SHORT


def spell_digits(digits: str) -> str:
    """``4821359`` -> ``four eight two, one three five nine``; groups by length, the rest in threes."""
    sizes = _GROUPS.get(len(digits)) or _threes(len(digits))
    groups, at = [], 0
    for size in sizes:
        groups.append(" ".join(_DIGITS[int(digit)] for digit in digits[at : at + size]))
        at += size
    return ", ".join(groups)


def _threes(count: int) -> tuple[int, ...]:
    whole, rest = divmod(count, 3)
    if rest == 1 and whole:
        return (3,) * (whole - 1) + (4,)
    return (3,) * whole + ((rest,) if rest else ())


def _plain(digits: str) -> str:
    return " ".join(_DIGITS[int(digit)] for digit in digits)


def _words(number: int | float, **kind: Any) -> str:
    return num2words(number, **kind).replace(",", "")


def _say_email(match: re.Match[str]) -> str:
    """With pauses around the marks in the name: without them "mei dot" is heard as "made"."""
    name, _, host = match.group().rpartition("@")
    parts = re.findall(r"[^\W\d_]+|\d+|[._\-+]", name)
    said = ", ".join(_MARKS.get(part, _plain(part) if part.isdecimal() else part) for part in parts)
    return f"{said}, at {_say_host(host)}"


def _say_host(host: str) -> str:
    parts = re.findall(r"[^\W\d_]+|\d+|[.\-]", host)
    return " ".join(_MARKS.get(part, _plain(part) if part.isdecimal() else part) for part in parts)


def _say_order(match: re.Match[str]) -> str:
    return f" {match[1].upper()}, {spell_digits(match[2])}"


def _say_named_id(match: re.Match[str]) -> str:
    """``credit_card_1234567`` -> credit card, ...; ``mei_kovacs_4821`` -> mei kovacs, ..."""
    return f"{match[1].replace('_', ' ')}, {spell_digits(match[2])}"


def _say_beside(match: re.Match[str]) -> str:
    """``38 double 4 01`` -> three eight double 4 zero one, for these are digits of one number."""
    return f" {_plain(match.group())}"


def _say_letters(match: re.Match[str]) -> str:
    """``K-O-V-A-C-S`` and ``k o v a c s`` -> K O V A C S: a capital alone is said as a letter."""
    return match.group().replace("-", " ").upper()


def _say_money(match: re.Match[str]) -> str:
    whole, cents = int(match[2].replace(",", "")), int((match[3] or "0").ljust(2, "0")[:2])
    parts = []
    if whole or not cents:
        parts.append(f"{_words(whole)} dollar{'' if whole == 1 else 's'}")
    if cents:
        parts.append(f"{_words(cents)} cent{'' if cents == 1 else 's'}")
    return ("minus " if match[1] else "") + " and ".join(parts)


def _say_date(match: re.Match[str]) -> str:
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return f"{_plain(match[1])}, {_plain(match[2])}, {_plain(match[3])}"
    return f"{_MONTHS[day.month - 1]} {_words(day.day, to='ordinal')}, {_words(day.year, to='year')}"


def _say_time(match: re.Match[str]) -> str:
    hour, minute = int(match[1]), int(match[2])
    if hour > 23 or minute > 59:
        return f"{_plain(match[1])}, {_plain(match[2])}"
    half = "" if match[3] else (" A M" if hour < 12 else " P M")
    said = "" if minute == 0 else (f" oh {_words(minute)}" if minute < 10 else f" {_words(minute)}")
    return f"{_words(hour if match[3] else (hour - 1) % 12 + 1)}{said}{half} {' '.join((match[3] or '').upper())}"


def _say_ending(match: re.Match[str]) -> str:
    return f"{match[1]}{_plain(match[2])}"


def _say_number(match: re.Match[str]) -> str:
    text = match.group().replace(",", "")
    whole, _, fraction = text.partition(".")
    if (len(whole) > 4 and "," not in match.group()) or (whole.startswith("0") and len(whole) > 1):
        said = spell_digits(whole)
    elif len(whole) == 4 and "," not in match.group():
        said = _words(int(whole), to="year") if whole[:2] in ("19", "20") else _plain(whole)
    elif len(whole) > 12:
        said = spell_digits(whole)
    else:
        said = _words(int(whole))
    return f" {said} point {_plain(fraction)} " if fraction else f" {said} "


def _say_ordinal(match: re.Match[str]) -> str:
    return f" {_words(int(match[1]), to='ordinal')} "


_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"[*`~|<>{}\[\]\\^]+"), " "),  # markdown and markup
    (re.compile(r"(?m)^\s*(?:[-•#]+)\s+"), " "),  # list and heading marks
    (re.compile(r"(?<=[^\s.!?,;:])[ \t]*\n+"), ". "),
    (re.compile(r"[A-Za-z0-9][\w.+\-]*@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+", re.ASCII), _say_email),
    (re.compile(r"\b\d+(?= at \w+(?: dot \w+)+)", re.ASCII), lambda m: _plain(m.group())),  # an e-mail said in words
    (
        re.compile(
            r"(?i)(?<![\d.,$])\d+(?= (?:double|triple) \d)|(?<=\b(?:double|triple) \d )\d+(?![.,]?\d)",
            re.ASCII,
        ),
        _say_beside,
    ),
    (re.compile(r"(?<![\w'@.-])[A-Za-z](?:-[A-Za-z])+(?![\w'@-])", re.ASCII), _say_letters),
    (_SPELLED, _say_letters),
    (re.compile(r"#?\b([A-Za-z])(\d{5,})\b", re.ASCII), _say_order),
    (re.compile(r"\b([A-Za-z]+(?:_[A-Za-z]+)*)_(\d+)\b", re.ASCII), _say_named_id),
    (re.compile(r"(-)?\$\s?(\d[\d,]{0,14})(?:\.(\d{1,2}))?(?![\d])", re.ASCII), _say_money),
    (re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b", re.ASCII), _say_date),
    (re.compile(r"\b(\d{1,2}):(\d{2})\b(?:\s*([AaPp][Mm])\b)?", re.ASCII), _say_time),
    (
        re.compile(r"(?i)\b((?:ends|ending|end) (?:in|with) |last four(?: digits)?(?: are| is)? )(\d{4})\b", re.ASCII),
        _say_ending,
    ),
    (re.compile(r"\b(\d{1,3})(?:st|nd|rd|th)\b", re.ASCII), _say_ordinal),
    (re.compile(r"(?<!\d)(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?", re.ASCII), _say_number),
    (re.compile(r"#"), " number "),
    (re.compile(r"%"), " percent "),
    (re.compile(r"&"), " and "),
    (re.compile(r"\$"), " dollars "),
    (re.compile(r"@"), " at "),
    (re.compile(r"="), " equals "),
    (re.compile(r"\+"), " plus "),
    (re.compile(r"[–—]"), ", "),
    (re.compile(r"[_/]"), " "),
    (re.compile(r"(?<!\w)(?:" + "|".join(re.escape(short) for short in _SHORT) + r")(?!\w)"), lambda m: _SHORT[m.group()]),
)

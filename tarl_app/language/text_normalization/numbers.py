"""Numbers in words: ids, years, amounts and ordinals. These rules come last and match every digit that is left."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Literal, NamedTuple

from num2words import num2words

DIGITS = "0123456789"


class Rule(NamedTuple):
    """A written form, and its words."""

    pattern: re.Pattern[str]
    say: str | Callable[[re.Match[str]], str]
    needs: tuple[str, ...] = ()
    """Groups of characters; without one of each group the pattern cannot match, so most rules are skipped cheaply."""


def rule(pattern: str, say: str | Callable[[re.Match[str]], str], *needs: str) -> Rule:
    """A rule; ``needs`` is written by hand and checked by a test."""
    return Rule(re.compile(pattern), say, needs)


AMOUNT = r"(?:\d{1,3}(?:,\d{3}){1,4}(?!,?\d)|\d{1,15}(?!\d))(?:\.\d{1,15}(?!\d))?"
"""A number as quantities are written: ``1,234.50``. To be anchored by ``NO_NUMBER_BEFORE``."""
NO_NUMBER_BEFORE = r"(?<![\d.,:/])"

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_GROUPS = {4: (4,), 5: (5,), 6: (3, 3), 7: (3, 4), 8: (4, 4), 9: (3, 3, 3), 10: (3, 3, 4), 12: (4, 4, 4), 16: (4, 4, 4, 4)}
_LONGEST = 15  # digits of a number that is said as a quantity; longer ones are read out


def apart(match: re.Match[str], said: str) -> str:
    """``said`` with a space on each side where a word would touch it."""
    before, after = match.string[match.start() - 1 : match.start()], match.string[match.end() : match.end() + 1]
    return f"{' ' if before.isalnum() else ''}{said}{' ' if after.isalnum() else ''}"


def spell_digits(digits: str) -> str:
    """``4821359`` -> ``four eight two, one three five nine``; groups by length, the rest in threes."""
    sizes = _GROUPS.get(len(digits)) or _threes(len(digits))
    groups, at = [], 0
    for size in sizes:
        groups.append(plain(digits[at : at + size]))
        at += size
    return ", ".join(groups)


def plain(digits: str) -> str:
    """``042`` -> ``zero four two``."""
    return " ".join(_DIGITS[int(digit)] for digit in digits)


@lru_cache(maxsize=4096)
def words(number: int, kind: Literal["cardinal", "ordinal", "year"] = "cardinal") -> str:
    """``1234`` -> ``one thousand two hundred and thirty-four``."""
    return num2words(number, to=kind).replace(",", "")


def quantity(written: str) -> str:
    """``1,234.50`` -> ``one thousand two hundred and thirty-four point five zero``: never as an id or a year."""
    whole, _, fraction = written.replace(",", "").partition(".")
    said = words(int(whole)) if len(whole) <= _LONGEST else spell_digits(whole)
    return f"{said} point {plain(fraction)}" if fraction else said


def digit_groups(match: re.Match[str]) -> str:
    """``555-123-4567`` -> ``five five five, one two three, four five six seven``."""
    return ", ".join(plain(group) for group in re.findall(r"\d+", match.group()))


def number(match: re.Match[str]) -> str:
    """A number without context: long ones are ids, four digits are a year or a code, the rest are quantities."""
    written = match.group()
    whole, _, fraction = written.replace(",", "").partition(".")
    if "," in written:
        return apart(match, quantity(written))
    if (len(whole) > 4 and not fraction) or len(whole) > _LONGEST or (whole.startswith("0") and len(whole) > 1):
        said = spell_digits(whole)
    elif len(whole) == 4 and not fraction:
        said = words(int(whole), "year") if whole[:2] in ("19", "20") else plain(whole)
    else:
        said = words(int(whole))
    return apart(match, f"{said} point {plain(fraction)}" if fraction else said)


def _threes(count: int) -> tuple[int, ...]:
    whole, rest = divmod(count, 3)
    if rest == 1 and whole:
        return (3,) * (whole - 1) + (4,)
    return (3,) * whole + ((rest,) if rest else ())


def _ordinal(match: re.Match[str]) -> str:
    return apart(match, words(int(match[1].replace(",", "")), "ordinal"))


def _dotted(match: re.Match[str]) -> str:
    """``2.1.3`` -> ``two point one point three``."""
    return f" {' point '.join(_part(part) for part in match.group().split('.'))} "


def _part(digits: str) -> str:
    return plain(digits) if len(digits) > 3 or (len(digits) > 1 and digits.startswith("0")) else words(int(digits))


def _decade(match: re.Match[str]) -> str:
    """``1990s`` -> ``nineteen nineties``."""
    said = words(int(match[1]), "year" if len(match[1]) == 4 else "cardinal")
    return f" {said[:-1]}ies" if said.endswith("y") else f" {said}s"


RULES: tuple[Rule, ...] = (
    rule(r"(?i)(?<![\d.,])(\d{1,3}(?:,\d{3}){1,4}|\d{1,15})(?:st|nd|rd|th)\b", _ordinal, DIGITS, "snrtSNRTſ"),
    rule(r"(?<![\w.,])'?(\d{1,3}0)s\b", _decade, "0", "s"),
    rule(r"(?<![\d.])\d{1,9}(?:\.\d{1,9}){2,9}(?![\d.]\d)", _dotted, DIGITS, "."),
    rule(r"(?<![\w.])\.(?=\d)", " 0.", DIGITS, "."),
    rule(r"(?<!\d)(?:\d{1,3}(?:,\d{3})+(?!,?\d)|\d+)(?:\.\d+)?", number, DIGITS),
)

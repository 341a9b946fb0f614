"""Digits and numbers in English words.

Used to compare what a voice agent says with a database, and to normalise transcripts.
"""

import re
from decimal import Decimal

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
"""The digits by value."""
TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
"""Ten to nineteen, in order."""
_ROUND = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
TENS: dict[str, int] = {word: 10 * n for n, word in enumerate(_ROUND, start=2)}
"""The round tens with their values."""
TIMES: dict[str, int] = {"double": 2, "triple": 3}
"""Words for repeated digits."""
OH = "oh"
"""The letter name that stands for zero among digits."""

_UNITS = {word: n for n, word in enumerate((*DIGITS, *TEENS))}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_ORDINAL_WORDS = """
first second third fourth fifth sixth seventh eighth ninth tenth
eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth
"""
_ORDINALS = {word: n for n, word in enumerate(_ORDINAL_WORDS.split(), start=1)} | {"thirtieth": 30}

_NUMBER_WORD = "|".join(sorted((*_UNITS, *TENS, *_SCALES), key=len, reverse=True))
_SCALE = "|".join(_SCALES)
_UNIT = rf"(?:{_NUMBER_WORD}|(?<![\w.,])[0-9]{{1,9}}(?:\.[0-9]{{1,6}})?(?=[\s-](?:{_SCALE})\b))\b"
_RUN = re.compile(rf"(?:\ba[\s-](?=(?:{_SCALE})\b))?\b{_UNIT}(?:(?:[\s-]+|\s+and\s+){_UNIT})*", re.IGNORECASE)
_VAGUE = re.compile(r"\b(?:few|several|many|couple|some|half|quarter|per)[\s-]+(?:of[\s-]+)?$", re.IGNORECASE)
_POINT = re.compile(r"\b([0-9]+) point ([0-9](?: ?[0-9])*)\b", re.IGNORECASE)
_ORDINAL = re.compile(
    rf"\b(?:(twenty|thirty)[\s-]+)?({'|'.join(sorted(_ORDINALS, key=len, reverse=True))})\b", re.IGNORECASE
)
_REPEATED = re.compile(rf"\b({'|'.join(TIMES)})[\s-]+([0-9])(?![0-9])", re.IGNORECASE)
_READ_OUT = re.compile(r"\b(?:oh?|[0-9]+)(?:[\s,-]{1,3}(?:oh?|[0-9]+))+\b", re.IGNORECASE)
_OH = re.compile(r"\boh?\b", re.IGNORECASE)


def in_digits(text: str) -> str:
    """The text with spelled cardinal numbers as digits: ``twelve hundred and one`` -> ``1201``, ``one two`` -> ``1 2``.

    ``a hundred`` and ``5 hundred`` are numbers, ``a few hundred`` is not. Linear in the text's length for any text.
    """
    spelled = _RUN.sub(_run, text)
    return _POINT.sub(lambda m: f"{m.group(1)}.{m.group(2).replace(' ', '')}", spelled)


def ordinals_in_digits(text: str) -> str:
    """The text with spelled ordinals as digits, for dates: ``May twenty-first`` -> ``May 21``."""
    return _ORDINAL.sub(lambda m: str(TENS.get((m.group(1) or "").lower(), 0) + _ORDINALS[m.group(2).lower()]), text)


def digit_by_digit(text: str) -> str:
    """``in_digits`` for what is read out digit by digit: ``four oh double two`` -> ``4 0 2 2``."""
    repeated = _REPEATED.sub(lambda m: " ".join(m[2] * TIMES[m[1].lower()]), in_digits(text))
    return _READ_OUT.sub(lambda run: _OH.sub("0", run.group()), repeated)


def _run(found: re.Match[str]) -> str:
    run = found.group().lower()
    one, _, rest = run.replace("-", " ").partition(" ")
    if one == "a":
        run, one = run[2:], rest.partition(" ")[0]
    if one in _SCALES and _VAGUE.search(found.string, max(0, found.start() - 20), found.start()):
        return found.group()  # "a few hundred"
    return _replaced(run)


def _replaced(run: str) -> str:
    numbers: list[str] = []
    total = group = Decimal(0)  # of the number being read: the part closed by a thousand, and the open part
    room: int | None = None  # upper bound of the next word's value in the same number; None: no number has begun
    glue = ""
    for word in re.split(r"[\s-]+", run):
        if word == "and":
            glue = " and"
            continue
        if word in _SCALES and room is None:  # "hundred and five", and "a hundred"
            group, room = Decimal(1), 0
        if word in _SCALES and room is not None:
            scale = _SCALES[word]
            if scale == 100 and 0 < group < 100:
                group, room, glue = group * 100, 99, ""
                continue
            if scale > 100 and group and (total == 0 or total > scale * group):
                total, group, room, glue = total + group * scale, Decimal(0), 999, ""
                continue
        value = _value(word)
        if room is not None and 0 < value <= room and not word[0].isdigit():
            group += value
        else:
            if room is not None:
                numbers.append(_written(total + group) + glue)
            total, group = Decimal(0), value
        # After twenty a unit may follow, after hundred anything below it, after a unit nothing.
        room = 9 if word in TENS else 0
        glue = ""
    return " ".join([*numbers, _written(total + group)])


def _value(word: str) -> Decimal:
    return Decimal(word) if word[0].isdigit() else Decimal(_UNITS.get(word, TENS.get(word, _SCALES.get(word, 0))))


def _written(value: Decimal) -> str:
    return f"{value:f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))

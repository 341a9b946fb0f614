"""Numbers spelled in words turned into digits, so that what a voice agent says can be compared with a database."""

import re

_UNIT_WORDS = """
zero one two three four five six seven eight nine ten
eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
"""
_TEN_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINAL_WORDS = """
first second third fourth fifth sixth seventh eighth ninth tenth
eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth
"""
_UNITS = {word: n for n, word in enumerate(_UNIT_WORDS.split())}
_TENS = {word: 10 * n for n, word in enumerate(_TEN_WORDS.split(), start=2)}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_ORDINALS = {word: n for n, word in enumerate(_ORDINAL_WORDS.split(), start=1)} | {"thirtieth": 30}

_NUMBER_WORD = "|".join(sorted((*_UNITS, *_TENS, *_SCALES), key=len, reverse=True))
_RUN = re.compile(rf"\b(?:{_NUMBER_WORD})(?:(?:[\s-]+|\s+and\s+)(?:{_NUMBER_WORD}))*\b", re.IGNORECASE)
_POINT = re.compile(r"\b([0-9]+) point ([0-9](?: ?[0-9])*)\b", re.IGNORECASE)
_ORDINAL = re.compile(
    rf"\b(?:(twenty|thirty)[\s-]+)?({'|'.join(sorted(_ORDINALS, key=len, reverse=True))})\b", re.IGNORECASE
)


def in_digits(text: str) -> str:
    """The text with spelled cardinal numbers as digits: ``twelve hundred and one`` -> ``1201``, ``one two`` -> ``1 2``.

    Bounded: linear in the text's length for text of any content.
    """
    spelled = _RUN.sub(lambda run: _replaced(run.group()), text)
    return _POINT.sub(lambda m: f"{m.group(1)}.{m.group(2).replace(' ', '')}", spelled)


def ordinals_in_digits(text: str) -> str:
    """The text with spelled ordinals as digits, for dates: ``May twenty-first`` -> ``May 21``."""
    return _ORDINAL.sub(lambda m: str(_TENS.get((m.group(1) or "").lower(), 0) + _ORDINALS[m.group(2).lower()]), text)


def _replaced(run: str) -> str:
    numbers: list[str] = []
    total = group = 0  # of the number being read: what is finished by a thousand, and what is not
    room: int | None = None  # how large the next word may be to belong to the same number; None: no number has begun
    glue = ""
    for word in re.split(r"[\s-]+", run.lower()):
        if word == "and":
            glue = " and"
            continue
        if word in _SCALES and room is not None:
            scale = _SCALES[word]
            if scale == 100 and 0 < group < 100:
                group, room, glue = group * 100, 99, ""
                continue
            if scale > 100 and group and (total == 0 or total > scale * group):
                total, group, room, glue = total + group * scale, 0, 999, ""
                continue
        value = _UNITS.get(word, _TENS.get(word, _SCALES.get(word, 0)))
        if room is not None and 0 < value <= room:
            group += value
        else:
            if room is not None:
                numbers.append(str(total + group) + glue)
            total, group = 0, value
        # After twenty a unit may follow, after hundred anything below it, after a unit nothing.
        room = 9 if word in _TENS else 0
        glue = ""
    return " ".join([*numbers, str(total + group)])

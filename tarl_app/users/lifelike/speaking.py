"""How a sentence is spoken: hesitations, self-repairs, digits and letters in words. The text is what is said aloud."""

import re
from random import Random

from tarl_app.language.spoken.numerals import DIGITS
from tarl_app.language.spoken.spelling import said_email
from tarl_app.users.lifelike.rates import happens
from tarl_app.users.lifelike.typing import Parts

_FILLERS = ("um", "uh", "er", "hmm", "let me see", "well", "so", "hang on")
_WORDS = """
apple boy cat dog easy fox good house island john king lion mary
nancy oscar peter queen robert sugar tom uncle victor william x-ray yellow zebra
"""
_LETTER = {word[0].upper(): word for word in _WORDS.split()}
_READ_OUT = re.compile(
    r"#?\b(?=[A-Z\d ]*\d)(?:[A-Z]{1,3} ?)?\d{3,}(?: \d{3,})*\b(?!\.\d)|\b(?=\w*\d)(?=\w*[A-Z])[A-Z\d]{5,}\b"
)
"""Ids and long numbers, which are said sign by sign."""
_SPELLED = re.compile(r"\b[A-Za-z](?:-[A-Za-z]){2,}\b")
_EMAIL = re.compile(r"[\w.+-]+@[\w.-]+\w")
_SHORTEST_REPAIR = 4
"""Signs of a value below which nobody gets lost in it."""


def spoken(parts: Parts, register: str, rng: Random) -> str:
    """The text as such a person says it."""
    text = "".join(aloud(text, register, rng) if value else text for text, value in parts)
    return hesitating(text, rng) if happens("hesitation", register, rng) else text


def aloud(value: str, register: str, rng: Random) -> str:
    """A value as it is said: e-mail addresses in words, ids sign by sign, names that are spelled letter by letter."""
    if "@" in value:
        return _EMAIL.sub(lambda match: said_email(match[0]), value)
    value = _SPELLED.sub(lambda match: spelled(match[0].replace("-", ""), register, rng), value)
    return _READ_OUT.sub(lambda match: signs(match[0], register, rng), value)


def signs(code: str, register: str, rng: Random) -> str:
    """An id sign by sign, with "oh", "double", and now and then a self-repair."""
    given = [sign for sign in code if sign.isalnum()]
    oh = "oh" if happens("oh", register, rng) else DIGITS[0]
    double = happens("double", register, rng)
    said, at = [], 0
    repaired = rng.randrange(1, len(given) - 1) if _repairs(given, register, rng) else None
    while at < len(given):
        if at == repaired:
            wrong = _other(given[at], rng)
            said.append(f"{_sign(wrong, oh)}, {rng.choice(('no', 'sorry', 'no wait', 'I mean'))},")
        if double and at + 1 < len(given) and given[at] == given[at + 1] and given[at].isdigit() and at + 1 != repaired:
            said.append(f"double {_sign(given[at], oh)}")
            at += 2
            continue
        said.append(_sign(given[at], oh))
        at += 1
    return " ".join(said)


def _repairs(given: list[str], register: str, rng: Random) -> bool:
    return happens("self_repair", register, rng) and len(given) >= _SHORTEST_REPAIR


def spelled(letters: str, register: str, rng: Random) -> str:
    """Letters one by one, some with a word: "B as in boy"."""
    words = happens("letter_words", register, rng)
    said = [
        f"{letter.upper()} as in {_LETTER[letter.upper()]}" if words and rng.random() < 0.6 else letter.upper()
        for letter in letters
    ]
    return ", ".join(said)


def hesitating(text: str, rng: Random) -> str:
    """With a filler in front, or in a gap before a small word."""
    gaps = [match.start() for match in re.finditer(r"(?<=[a-z]) (?=(?:the|my|for|because|from|in|to|it's|that)\b)", text)]
    if gaps and rng.random() < 0.5:
        at = rng.choice(gaps)
        return f"{text[:at]}, {rng.choice(_FILLERS)},{text[at:]}"
    return f"{rng.choice(_FILLERS).capitalize()}, {text}"


def _sign(sign: str, oh: str) -> str:
    return (oh if sign == "0" else DIGITS[int(sign)]) if sign.isdigit() else sign.upper()


def _other(sign: str, rng: Random) -> str:
    pool = "0123456789" if sign.isdigit() else "ABCDEFGHJKLMNPRSTVWXYZ"
    return rng.choice([one for one in pool if one != sign.upper()])

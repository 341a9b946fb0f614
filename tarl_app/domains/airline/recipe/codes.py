"""Sentences with content that no context predicts: reservation codes, and numbers with digits called double and triple."""

import random
from collections.abc import Iterable
from string import ascii_uppercase, digits

from tarl_app.language.spoken.spelling import called_double, letters

_CODES = (
    "{code}.",
    "It's {code}.",
    "The code is {code}.",
    "Reservation {code}.",
    "The reservation code is {code}.",
    "I have {code} here.",
    "My ticket says {code}.",
    "No, {code}.",
    "That is {code}, please.",
    "The last name is {letters}.",
    "Reservation {code}, and I'm customer {number}.",
)
_DOUBLED = (
    "It's {number}.",
    "{number}.",
    "Sure, {number}.",
    "My customer number is {number}.",
    "The customer number is {number}, I think.",
    "No, I said {number}.",
    "I'm {name}, and my number is {number}.",
    "Flight {flight}.",
    "I'm on flight {flight}.",
    "It was {flight}, please.",
)


def codes(count: int, seed: int, without: Iterable[str] = ()) -> list[str]:
    """``count`` sentences, none about a name of ``without``; every third number is said digit by digit."""
    from tarl_app.domains.airline.world.vocabulary import FIRST_NAMES, LAST_NAMES

    rng = random.Random(f"codes airline {seed}")
    avoid = set(without)
    sentences: list[str] = []
    while len(sentences) < count:
        number, flight = _number(rng, 7), _number(rng, 4)
        doubled = rng.random() < 2 / 3
        code = "".join(rng.choices(ascii_uppercase + digits, k=6))
        name = f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"
        sentence = rng.choice(_DOUBLED if rng.random() < 0.5 else _CODES).format(
            code=rng.choice((code, " ".join(code), f"{code[:3]} {code[3:]}")),
            letters=letters("".join(rng.choices(ascii_uppercase, k=rng.randint(3, 8)))),
            number=_said("M", number, doubled),
            flight=_said("JN", flight, doubled),
            name=name,
        )
        if name not in avoid:
            sentences.append(sentence[:1].upper() + sentence[1:])
    return sentences


def _number(rng: random.Random, size: int) -> str:
    """So many digits, every second of which is likely to be the one before it."""
    made = rng.choice(digits)
    while len(made) < size:
        made += made[-1] if rng.random() < 0.3 else rng.choice(digits)
    return made


def _said(prefix: str, number: str, doubled: bool) -> str:
    """ "M5073264", or "M double 5 73264"."""
    said = called_double(number) if doubled else number
    return f"{prefix}{' ' if said[0].isalpha() else ''}{said}"

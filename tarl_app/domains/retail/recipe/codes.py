"""Sentences with content that no context predicts: letter codes, and numbers with digits called double and triple.

An order number is written together as elsewhere ("W2809"), and apart where its digits are described in words ("W2809
double 2 13"); ``argument_candidates`` expands these.
"""

import random
from collections.abc import Iterable, Sequence
from itertools import pairwise
from string import ascii_uppercase

from tarl_app.language.spoken.spelling import called_double, letters

_CODES = (
    "{code}.",
    "It's {code}.",
    "The code is {code}.",
    "My code: {code}.",
    "The letters are {code}, I think.",
    "I have {code} here.",
    "I was given {code}.",
    "No, {code}.",
    "That is {code}, please.",
    "The last name is {code}.",
    "Reference {code}, and the zip is {zip}.",
)
_DOUBLED = (
    "It's {order}.",
    "{order}.",
    "Sure, {order}.",
    "The order number is {order}.",
    "No, I said {order}.",
    "My order number is {order}, I think.",
    "Yes, {order}, please.",
    "{zip}.",
    "It's {zip}.",
    "My zip is {zip}.",
    "{name}, zip {zip}.",
    "I'm {name}, and the zip code is {zip}.",
    "The zip code is {zip}, please.",
    "Order {order}, zip {zip}.",
)


def with_runs(rng: random.Random, size: int, lengths: Sequence[int] = (1, 1, 2, 2, 3)) -> str:
    """So many digits, in runs of these ``lengths``, at least one of them longer than one."""
    digits = ""
    while len(digits) < size:
        other = rng.choice([digit for digit in "0123456789" if digit != digits[-1:]])
        digits += other * min(rng.choice(lengths), size - len(digits))
    return digits if any(one == other for one, other in pairwise(digits)) else with_runs(rng, size, lengths)


def codes(count: int, seed: int, without: Iterable[str] = ()) -> list[str]:
    """``count`` sentences, none about a name of ``without``; every third number is still said digit by digit."""
    from tarl_app.domains.retail.world import FIRST_NAMES, LAST_NAMES

    rng = random.Random(f"codes {seed}")
    avoid = set(without)
    sentences: list[str] = []
    while len(sentences) < count:
        doubled = rng.random() < 0.6
        order, postal = with_runs(rng, 7), with_runs(rng, 5)
        if doubled and rng.random() < 2 / 3:
            order, postal = called_double(order), called_double(postal)
        name = f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"
        sentence = rng.choice(_DOUBLED if doubled else _CODES).format(
            code=letters("".join(rng.choices(ascii_uppercase, k=rng.randint(3, 8)))),
            order=f"{rng.choice(('#W', 'W', 'W'))}{' ' if order[0].isalpha() else ''}{order}",
            zip=postal,
            name=name,
        )
        if name not in avoid:
            sentences.append(sentence[:1].upper() + sentence[1:])
    return sentences

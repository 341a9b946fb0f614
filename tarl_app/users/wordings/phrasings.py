"""Wordings of the scripted user: many for each act, in three disjoint sets.

``seen`` is for training dialogues, ``held_out`` for evaluation on dev, ``test`` for evaluation on test. A wording is a
template: ``{slot}`` takes a value, ``[a|b|]`` is one of the alternatives (the last one empty), so that few lines give
many sentences. A rule named ``act.style`` serves that style; where there is none, ``act`` serves all.
"""

import re
from collections.abc import Iterator
from itertools import product
from random import Random

from tarl_app.core.domain import PhrasingTable

_CHOICE = re.compile(r"\[([^\[\]]*)\]")


def templates(table: PhrasingTable, act: str, style: str = "plain") -> tuple[str, ...]:
    """The templates of an act in a style."""
    return table.get(f"{act}.{style}") or table[act]


def variants(template: str) -> Iterator[str]:
    """Every sentence of a template, its slots still open."""
    parts = _CHOICE.split(template)  # text, choices, text, choices, ...
    options = [part.split("|") if n % 2 else [part] for n, part in enumerate(parts)]
    for combination in product(*options):
        yield _tidy("".join(combination))


def phrase(table: PhrasingTable, act: str, rng: Random, style: str = "plain", **slots: str) -> str:
    """One wording of the act, drawn with ``rng``, its slots filled."""
    template = rng.choice(templates(table, act, style))
    chosen = _CHOICE.sub(lambda match: rng.choice(match[1].split("|")), template)
    said = _tidy(chosen).format(**slots)
    return said if "@" in said.split(" ")[0] else said[:1].upper() + said[1:]


def hesitate(text: str, fillers: tuple[str, ...], rng: Random) -> str:
    """The sentence with disfluencies: a filler in front, sometimes one in the middle; values stay whole."""
    if rng.random() < 0.7:
        first = text if re.match(r"I\b|[A-Z]\w*@|#|[A-Z]\d|\d", text) or text[:2].isupper() else text[0].lower() + text[1:]
        text = f"{rng.choice(fillers).capitalize()}, {first}"
    gaps = [match.start() for match in re.finditer(r"(?<=[a-z]) (?=(?:the|my|for|because|from|in)\b)", text)]
    if gaps and rng.random() < 0.5:
        at = rng.choice(gaps)
        others = [filler for filler in fillers if not text.lower().startswith(filler)]
        text = f"{text[:at]}, {rng.choice(others)},{text[at:]}"
    return text


def _tidy(text: str) -> str:
    """Single spaces, none before punctuation, a capital in front."""
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r" ([,.?!])", r"\1", text)
    return text[:1].upper() + text[1:] if not text.startswith("{") else text

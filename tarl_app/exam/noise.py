"""Simulated speech recognition of a customer's words: spelled ids, no capitals or full stops, misspelled names, lost
words.

Digits keep their values and a yes stays a yes, so the true scores of the agent's turns do not change.
"""

import re
from random import Random

from tarl_app.core.types import Turn, UserTurn
from tarl_app.language.spoken.numerals import DIGITS

LOST = 0.06
"""Share of the unimportant words that are lost."""
NAMED = 0.5
"""Share of the names that are misspelled."""
_EMAIL = re.compile(r"([\w.+-]+)@([\w-]+)\.(\w+)")
_ZIP = re.compile(r"(?<![\w#$.])(\d{5})(?![\w.])")
_SMALL = ("the", "a", "an", "my", "that", "this", "just", "really", "so", "um", "uh", "well", "and", "is", "would", "of")
_LETTER = "\0"
"""Marks the letters of an id while words are dropped: an "a" there is not an article."""
_RUNS = re.compile(r"[A-Za-z]+|\d+")
_CONFUSED = (("z", "s"), ("y", "i"), ("ck", "k"), ("ph", "f"), ("c", "k"), ("v", "w"), ("ll", "l"), ("e", "a"))


def transcribed(turn: Turn, names: tuple[str, ...], rng: Random, spelled: str, only_transcript: bool) -> Turn:
    """A user turn with the transcript of its words; ``only_transcript``: the intended text is removed."""
    if not isinstance(turn, UserTurn):
        return turn
    said = transcript(turn.text, names, rng, spelled)
    return turn.model_copy(update={"heard": said, "text": said if only_transcript else turn.text})


def transcript(text: str, names: tuple[str, ...], rng: Random, spelled: str) -> str:
    """The text as a recogniser might write it.

    ``names`` are misspelled; ``spelled`` matches ids of letters and digits, which are spoken one character at a time.
    """
    for name in names:
        if name and rng.random() < NAMED:
            text = re.sub(rf"\b{re.escape(name)}\b", _misspelled(name), text)
    text = _EMAIL.sub(lambda m: f"{m[1].replace('.', ' dot ').replace('_', ' underscore ')} at {m[2]} dot {m[3]}", text)
    text = re.sub(spelled, lambda m: _sign_by_sign(m[0], rng), text)
    text = _ZIP.sub(lambda m: _spelled(m[1], rng), text)
    kept = [word for word in text.split() if word.lower().strip(",.") not in _SMALL or rng.random() > LOST]
    text = " ".join(kept).replace(_LETTER, "")
    if rng.random() < 0.5:
        text = re.sub(r"(?<=[a-z])[.,!](?= |$)", "", text).lower()
    return text


def _sign_by_sign(identifier: str, rng: Random) -> str:
    runs = _RUNS.findall(identifier)
    return " ".join(
        _spelled(run, rng) if run.isdigit() else " ".join(_LETTER + sign for sign in run.lower()) for run in runs
    )


def _spelled(digits: str, rng: Random) -> str:
    match rng.randrange(3):
        case 0:
            return " ".join(digits)
        case 1:
            return " ".join(DIGITS[int(digit)] for digit in digits)
        case _:
            return f"{digits[:3]} {digits[3:]}" if len(digits) > 5 else digits


def _misspelled(name: str) -> str:
    lower = name.lower()
    for one, other in _CONFUSED:
        if one in lower[1:]:
            return (lower[0] + lower[1:].replace(one, other, 1)).capitalize()
    return name + "e"

"""How a sentence is typed: capitals, chat words, slips. Values stay as they are but for their capitals.

A text is a list of parts: (words, whether they are a value).
"""

import re
from random import Random

from tarl_app.users.lifelike.rates import happens

Parts = list[tuple[str, bool]]
_CHAT = {
    r"\byou\b": "u",
    r"\byour\b": "ur",
    r"\bplease\b": "pls",
    r"\bthanks\b|\bthank you\b": "thx",
    r"\bbecause\b": "cuz",
    r"\bthough\b": "tho",
    r"\bright now\b": "rn",
    r"\bokay\b": "ok",
    r"\bwant to\b": "wanna",
    r"\bgoing to\b": "gonna",
    r"\bpeople\b": "ppl",
    r"\bprobably\b": "prob",
    r"\bto be honest\b": "tbh",
}
_NEIGHBOURS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_SHORTEST = 4
"""Letters of a word below which nobody would recognise it with a slip."""


def typed(parts: Parts, register: str, rng: Random) -> str:
    """The text as such a person types it."""
    if happens("chat_words", register, rng):
        parts = [(text if value else chat_words(text), value) for text, value in parts]
    if happens("slip", register, rng):
        for _ in range(rng.choice((1, 1, 2))):
            parts = with_slip(parts, rng)
    text = "".join(text for text, _ in parts)
    if happens("no_full_stop", register, rng) and re.search(r"[^.]\.$", text):
        text = text[:-1]
    return text.lower() if happens("no_capitals", register, rng) else text


def chat_words(text: str) -> str:
    """ "thx" for "thanks", and the like."""
    for pattern, short in _CHAT.items():
        text = re.sub(pattern, short, text, flags=re.IGNORECASE)
    return text


def with_slip(parts: Parts, rng: Random) -> Parts:
    """One word outside the values with a slip; unchanged where there is no word long enough."""
    words = [(n, match) for n, (text, value) in enumerate(parts) if not value for match in re.finditer(r"[A-Za-z]+", text)]
    words = [(n, match) for n, match in words if len(match[0]) >= _SHORTEST]
    if not words:
        return parts
    at, match = rng.choice(words)
    text = parts[at][0]
    changed = f"{text[: match.start()]}{slip(match[0], rng)}{text[match.end() :]}"
    return [*parts[:at], (changed, False), *parts[at + 1 :]]


def slip(word: str, rng: Random) -> str:
    """The word with two letters swapped, one left out, doubled, or hit beside its key; its first letter stays."""
    at = rng.randrange(1, len(word) - 1)
    kind = rng.choice(("swap", "swap", "drop", "double", "beside"))
    if kind == "swap" and word[at] != word[at + 1]:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == "double":
        return word[:at] + word[at] + word[at:]
    row = next((row for row in _NEIGHBOURS if word[at].lower() in row), "")
    if kind == "beside" and row:
        place = row.index(word[at].lower())
        return word[:at] + row[place - 1 if place else 1] + word[at + 1 :]
    return word[:at] + word[at + 1 :]

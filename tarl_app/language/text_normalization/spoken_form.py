"""Written text -> words that any voice can speak, with ids, e-mails and money spoken clearly.

All digits become words here, so that voices and G2P libraries with different number rules say the same. The grouping of
ids was chosen by recognition accuracy (``benchmarks/speech_to_text.py``). docs/decisions/spoken-text.md says why no
package is used.
"""

import re
from collections.abc import Iterator

from tarl_app.language.text_normalization import abbreviations, clean, clock, money, numbers, signs, units, web
from tarl_app.language.text_normalization.numbers import Rule, spell_digits

__all__ = ["ends_no_sentence", "sentences", "speakable", "spell_digits"]

ends_no_sentence = abbreviations.ends_no_sentence

_LONG, _STUMP = 220, 40  # characters: the longest piece, the shortest at either end of a cut

STAGES: tuple[tuple[Rule, ...], ...] = (
    clean.MARKUP,
    (
        *web.RULES,
        *signs.GROUPS,
        *abbreviations.BESIDE_NUMBERS,
        *clock.RULES,
        *units.BEFORE_SIGNS,
        *signs.RULES,
        *money.RULES,
        *signs.AFTER_MONEY,
        *units.RULES,
        *numbers.RULES,
        *clean.SYMBOLS,
        *clean.TIDY,
    ),
    (*web.ADDRESSES, *clock.IN_WORDS, *abbreviations.IN_WORDS, *web.LETTERS, *clean.TIDY),
)
"""In this order: a sign's meaning depends on the forms that were matched before it; words come last."""


def speakable(text: str) -> str:
    """Text as words: no digits, no symbols, punctuation only where a voice should pause.

    Accepts any text; what cannot be spoken is dropped. Idempotent. Linear in the length of the text.
    """
    text = clean.in_plain_characters(text)
    for rules in STAGES:
        there = set(text)
        for pattern, say, needs in rules:
            if not any(there.isdisjoint(group) for group in needs):
                text = pattern.sub(say, text)
    return text.strip()


def sentences(text: str) -> list[str]:
    """Speakable text cut after each sentence, so that a voice can start early; long sentences are cut at a comma too."""
    pieces = [piece for sentence in re.split(r"(?<=[.!?…])[\"')]*\s+", text) for piece in _cut(sentence)]
    return [piece for piece in pieces if re.search(r"\w", piece)]


def _cut(sentence: str) -> Iterator[str]:
    start, end = 0, len(sentence)
    while end - start > _LONG:
        earliest, latest = start + _STUMP, min(start + _LONG, end - _STUMP)
        at = max(sentence.rfind(mark, earliest, latest) for mark in (", ", "; ", ": ", " - "))
        at = at + 1 if at > 0 else sentence.rfind(" ", earliest, latest)
        if at <= 0:
            at = latest
        yield sentence[start:at].strip()
        start = at
        while start < end and sentence[start].isspace():
            start += 1
    yield sentence[start:].strip()

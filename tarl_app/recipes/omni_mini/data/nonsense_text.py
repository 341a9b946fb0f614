"""Nonsense sentences for the projector, whose next word cannot be guessed.

A projector that is trained on customers' sentences learns the sentences along with the sounds, and recognises them
where something else is said ("good morning" for "good evening"). Here common words, names, spelled words, numbers and
addresses are in random order. The words are the whole-word tokens of the language model's tokenizer, which are sorted
by frequency.
"""

import random
from collections.abc import Sequence
from functools import partial

from tarl_app.core.spoken import IdForm
from tarl_app.language.spoken import spelling

_COMMON = 9000
"""Number of words that are used, the most common ones."""
_CONSONANTS, _VOWELS = "bcdfghjklmnprstvwz", "aeiou"
_KINDS = ("Street", "Avenue", "Lane", "Road", "Drive", "Court", "Boulevard")
_UNITS = ("Apt", "Suite", "Unit", "Floor")
_STATES = "AL AK AZ CA CO FL GA HI IL IN KY LA MA MD MI MN MO NC NE NJ NM NV NY OH OK OR PA TN TX UT VA WA WI".split()  # noqa: SIM905
_ENDS = (".", ".", ".", ".", "?", "!")


def whole_words(vocabulary: Sequence[str]) -> list[str]:
    """The words of a byte-level tokenizer's vocabulary (in the order of its ids), small letters, most common first."""
    words = (token[1:] for token in vocabulary if token.startswith("Ġ"))
    return [word for word in words if len(word) > 2 and word.isascii() and word.isalpha() and word.islower()][:_COMMON]


def babble(count: int, seed: int, words: Sequence[str], ids: Sequence[IdForm] = ()) -> list[str]:
    """``count`` sentences of ``words``, with numbers that look like ``ids``; raises ``ValueError`` without words."""
    if not words:
        raise ValueError("babble needs words")
    rng = random.Random(f"babble {seed}")
    kinds = (_salad, _salad, _salad, partial(_numbered, ids), _spelled, _spelled, _address)
    return [_sentence(rng, rng.choice(kinds)(rng, words)) for _ in range(count)]


def _word(rng: random.Random, words: Sequence[str]) -> str:
    """Common words more often than rare ones."""
    return words[int(len(words) * rng.random() ** 2)]


def _name(rng: random.Random) -> str:
    """An invented name of two or three syllables."""
    made = "".join(rng.choice(_CONSONANTS) + rng.choice(_VOWELS) for _ in range(rng.choice((1, 2, 2, 3))))
    return (made + rng.choice(("", rng.choice(_CONSONANTS), rng.choice(_VOWELS)))).capitalize()


def _number(rng: random.Random, longest: int = 7) -> str:
    return "".join(rng.choices("0123456789", k=rng.randint(1, longest)))


def _salad(rng: random.Random, words: Sequence[str]) -> str:
    text = [_word(rng, words) for _ in range(rng.randint(2, 8))]
    if rng.random() < 0.3:
        text[rng.randrange(len(text))] += ","
    if rng.random() < 0.2:
        text.insert(rng.randrange(len(text)), _name(rng))
    return " ".join(text)


def _numbered(ids: Sequence[IdForm], rng: random.Random, words: Sequence[str]) -> str:
    starts = ((start, form.digits) for form in ids for start in dict.fromkeys((form.sign + form.letters, form.letters)))
    number = rng.choice([_number(rng), *(f"{start}{_number(rng, most)}" for start, most in starts)])
    return " ".join((*(_word(rng, words) for _ in range(rng.randint(1, 3))), number, _word(rng, words)))


def _spelled(rng: random.Random, words: Sequence[str]) -> str:
    letters = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(3, 7)))
    spelled = rng.choice((_name(rng), _word(rng, words), letters))
    if rng.random() < 0.3:
        host = f"{rng.choice(('example', 'mail'))}.{_word(rng, words)[:3]}"
        address = f"{spelled.lower()}{rng.choice('._')}{_name(rng).lower()}{_number(rng, 4)}@{host}"
        return f"{_word(rng, words)} {rng.choice((spelling.spelled_email, spelling.said_email))(address)}"
    before = " ".join(_word(rng, words) for _ in range(rng.randint(1, 3)))
    after = rng.choice(("", f", {_word(rng, words)}", f", {spelled.capitalize()}"))
    return f"{before} {spelling.letters(spelled)}{after}"


def _address(rng: random.Random, words: Sequence[str]) -> str:
    unit = rng.choice(("", f", {rng.choice(_UNITS)} {_number(rng, 3)}"))
    street = rng.choice((_word(rng, words).capitalize(), _name(rng)))
    place = f"{_word(rng, words).capitalize()}, {rng.choice(_STATES)} {_number(rng, 5):0>5}"
    return f"{_number(rng, 4)} {street} {rng.choice(_KINDS)}{unit}, {place}"


def _sentence(rng: random.Random, text: str) -> str:
    return text[:1].upper() + text[1:] + rng.choice(_ENDS)

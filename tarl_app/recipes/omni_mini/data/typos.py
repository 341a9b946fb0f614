"""What people type, with its slips: swapped, dropped, doubled and neighbouring letters, no capitals, no full stop.

Only ordinary words that our own wordings are made of are touched, never what a tool's argument could depend on: ids,
numbers, names, e-mails, products and their options stay as they are.
"""

import re
from functools import cache
from random import Random

_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEAR = {key: row[max(0, i - 1) : i] + row[i + 1 : i + 2] for row in _KEYS for i, key in enumerate(row)}
_KEPT = frozenset(
    ("card", "gift", "paypal", "visa", "mastercard", "amex", "credit", "original", "underscore", "dash", "point")
)
_MOST = 3  # misspelled words in one turn


@cache
def ordinary() -> frozenset[str]:
    """The words that may be misspelled."""
    from tarl_app.domains.retail import vocabulary
    from tarl_app.domains.retail.user.phrasings_seen import SEEN

    text = " ".join(re.sub(r"\{\w+\}", " ", template) for templates in SEEN.values() for template in templates)
    goods = f"{vocabulary.PRODUCTS} {vocabulary.CITIES} {vocabulary.STREETS} {vocabulary.STREET_KINDS}".lower()
    names = {name.lower() for name in (*vocabulary.FIRST_NAMES, *vocabulary.LAST_NAMES)}
    kept = _KEPT | names | set(re.findall(r"[a-z]+", goods))
    return frozenset(word for word in re.findall(r"(?<![\w'])[a-z]{4,}(?![\w'])", text.lower()) if word not in kept)


def misspelled(word: str, rng: Random) -> str:
    """The word with one slip; its first letter stays."""
    at = rng.randrange(1, len(word) - 1)
    slip = rng.randrange(4)
    if slip == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if slip == 1:
        return word[:at] + word[at + 1 :]
    if slip == 2:
        return word[:at] + word[at] + word[at:]
    return word[:at] + rng.choice(_NEAR[word[at]]) + word[at + 1 :]


def typed(text: str, rng: Random) -> str:
    """The text as somebody in a hurry types it; some turns come out right."""
    words = text.split(" ")
    places = [i for i, word in enumerate(words) if word.strip(",.?!").lower() in ordinary()]
    for i in rng.sample(places, min(len(places), rng.randrange(_MOST + 1))):
        core = words[i].strip(",.?!")
        words[i] = words[i].replace(core, misspelled(core.lower(), rng) if core.islower() else core)
    if rng.random() < 0.5:
        words = [word.lower() if _plain(word) else word for word in words]
    if rng.random() < 0.3:
        words = [word.replace("'", "") if word.islower() and word.endswith(("n't", "'m", "'d")) else word for word in words]
    said = " ".join(words)
    return said.rstrip(".") if rng.random() < 0.5 else said


def _plain(word: str) -> bool:
    """Whether a capital says nothing: that of an ordinary word, or of "I"."""
    core = word.strip(",.?!").lower()
    return core in ordinary() or core in ("i", "i'm", "i'd", "my", "the", "yes", "no", "hi", "can", "it's", "okay", "sure")

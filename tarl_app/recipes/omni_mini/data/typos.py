"""Typing errors: swapped, dropped, doubled and neighbouring letters, no capitals, no full stop.

Only ordinary words of a domain's wordings are changed (``RecipeData.ordinary``), never anything that a tool's argument
could depend on: ids, numbers, names, e-mails and goods.
"""

from collections.abc import Set
from random import Random

_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEAR = {key: row[max(0, i - 1) : i] + row[i + 1 : i + 2] for row in _KEYS for i, key in enumerate(row)}
_MOST = 3  # misspelled words in one turn


def misspelled(word: str, rng: Random) -> str:
    """The word with one typing error; its first letter is kept."""
    at = rng.randrange(1, len(word) - 1)
    slip = rng.randrange(4)
    if slip == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if slip == 1:
        return word[:at] + word[at + 1 :]
    if slip == 2:
        return word[:at] + word[at] + word[at:]
    return word[:at] + rng.choice(_NEAR[word[at]]) + word[at + 1 :]


def typed(text: str, rng: Random, ordinary: Set[str]) -> str:
    """The text with typing errors in ``ordinary`` words; some turns have none."""
    words = text.split(" ")
    places = [i for i, word in enumerate(words) if word.strip(",.?!").lower() in ordinary]
    for i in rng.sample(places, min(len(places), rng.randrange(_MOST + 1))):
        core = words[i].strip(",.?!")
        words[i] = words[i].replace(core, misspelled(core.lower(), rng) if core.islower() else core)
    if rng.random() < 0.5:
        words = [word.lower() if _plain(word, ordinary) else word for word in words]
    if rng.random() < 0.3:
        words = [word.replace("'", "") if word.islower() and word.endswith(("n't", "'m", "'d")) else word for word in words]
    said = " ".join(words)
    return said.rstrip(".") if rng.random() < 0.5 else said


def _plain(word: str, ordinary: Set[str]) -> bool:
    """Whether a capital says nothing: that of an ordinary word, or of "I"."""
    core = word.strip(",.?!").lower()
    return core in ordinary or core in ("i", "i'm", "i'd", "my", "the", "yes", "no", "hi", "can", "it's", "okay", "sure")

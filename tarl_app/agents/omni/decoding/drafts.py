"""Guesses of the next tokens, copied from where the last ones stood before: the model checks several in one pass.

Prompt lookup decoding (Saxena 2023; speculative decoding, arXiv 2211.17192, with the dialogue as the draft model): replies
repeat ids, addresses and amounts of the dialogue, and what is often said. A guess costs time only: what the model would
choose without it is what comes.
"""

from collections import OrderedDict
from collections.abc import Sequence

_LENGTHS = ((4, 8), (3, 5), (2, 3))
"""Tokens that must agree, and how many are then guessed, the longest first."""
_KEPT = 50_000


class Drafts:
    """What followed which tokens, as last seen; not thread-safe."""

    def __init__(self, kept: int = _KEPT) -> None:
        """``kept``: the number of beginnings that are remembered, the oldest are forgotten."""
        self._kept = kept
        self._followed: OrderedDict[tuple[int, ...], tuple[int, ...]] = OrderedDict()

    def learn(self, marks: Sequence[int]) -> None:
        """Remembers a sequence of token ids; negative marks, which stand for sound, are neither matched nor guessed."""
        most = max(guessed for _, guessed in _LENGTHS)
        for end in range(2, len(marks)):
            following = tuple(marks[end : end + most])
            if following[0] < 0:
                continue
            for length, guessed in _LENGTHS:
                if length <= end:
                    key = tuple(marks[end - length : end])
                    self._followed[key] = following[:guessed]
                    self._followed.move_to_end(key)
        while len(self._followed) > self._kept:
            self._followed.popitem(last=False)

    def guess(self, marks: Sequence[int]) -> list[int]:
        """What followed the last marks before; empty where they are new."""
        for length, _ in _LENGTHS:
            found = self._followed.get(tuple(marks[-length:])) if len(marks) >= length else None
            if found:
                ids = list(found)
                return ids[: next((place for place, token in enumerate(ids) if token < 0), len(ids))]
        return []


class Guesses:
    """Guesses from this dialogue first, then from what is often said."""

    def __init__(self, usual: Drafts, marks: Sequence[int]) -> None:
        """``marks``: the dialogue that is replied to."""
        self._own = Drafts()
        self._own.learn(marks)
        self._usual = usual

    def guess(self, marks: Sequence[int]) -> list[int]:
        """See ``Drafts.guess``."""
        return self._own.guess(marks) or self._usual.guess(marks)

"""Random numbers, names and things for problems."""

from random import Random

_NAMES = (
    "Amara", "Bruno", "Chloe", "Dmitri", "Elif", "Farid", "Greta", "Hiro", "Ines", "Jonas", "Kemal", "Lucia",
    "Mateo", "Noor", "Oskar", "Priya", "Rosa", "Selim", "Tomas", "Uma", "Vera", "Wanda", "Yusuf", "Zofia",
)  # fmt: skip
_THINGS = (
    "apples", "beads", "books", "buttons", "candles", "coins", "cookies", "crayons", "lemons", "marbles", "muffins",
    "pears", "pencils", "postcards", "seashells", "stamps", "stickers", "tulips",
)  # fmt: skip


class Draw:
    """One problem's draws; a function of the random generator alone."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng

    def number(self, low: int, high: int, step: int = 1) -> int:
        """A number from ``low`` to ``high``, both included, in steps from ``low``."""
        return self.rng.randrange(low, high + 1, step)

    def pick(self, *options: str) -> str:
        """One of the options."""
        return self.rng.choice(options)

    def names(self, count: int) -> list[str]:
        """Different first names."""
        return self.rng.sample(_NAMES, count)

    @property
    def name(self) -> str:
        """A first name."""
        return self.rng.choice(_NAMES)

    @property
    def things(self) -> str:
        """Something that can be counted, in the plural."""
        return self.rng.choice(_THINGS)

"""New names and e-mail addresses for customers of a generated world, from lists that the world is not made with."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tarl_app.sandbox.dice import Dice

Named = tuple[str, str, str]
"""First name, last name and e-mail address."""


@dataclass(frozen=True)
class Renaming:
    """What the new names are drawn from.

    ``email_forms`` are how the world makes an address of first name, last name and a number of four digits
    (``{0}.{1}{2}``). ``changes`` are sets of ``first``, ``last`` and ``host``, each with a whole weight.
    """

    given_names: Sequence[str]
    family_names: Sequence[str]
    hosts: Sequence[str]
    email_forms: Sequence[str]
    changes: Sequence[tuple[frozenset[str], int]]

    def draw(self, who: Named, taken: set[tuple[str, str]], dice: Dice) -> Named:
        """New values for one set of ``changes``, the address in its old form; adds the name, which is new, to ``taken``."""
        changes = dice.weighted(*zip(*self.changes, strict=True))
        first, last, email = who
        local, _, host = email.partition("@")
        number = local[-4:]
        form = next(one for one in self.email_forms if one.format(_plain(first), _plain(last), number) == local)
        while changes & {"first", "last"} and (first, last) in taken:
            first = dice.pick(self.given_names) if "first" in changes else first
            last = dice.pick(self.family_names) if "last" in changes else last
        taken.add((first, last))
        host = dice.pick(self.hosts) if "host" in changes else host
        return first, last, f"{form.format(_plain(first), _plain(last), number)}@{host}"


def _plain(name: str) -> str:
    """The name as it is in an address: small letters and hyphens."""
    return re.sub("[^a-z-]", "", name.lower())

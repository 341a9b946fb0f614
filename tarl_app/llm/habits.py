"""What is known about a model behind an endpoint, so that failed requests are not repeated; holds no key."""

from dataclasses import dataclass, field
from functools import lru_cache


@dataclass
class Habits:
    """Known behaviour of one model at one address; safe to share between threads."""

    left_out: set[str] = field(default_factory=set)
    """Parts of a request that it refuses; with ``stream`` among them it is asked for whole answers."""
    unopened: bool | None = None
    """Whether its reasoning has a closing tag but no opening one (the template wrote it); None: not known yet."""

    def heard(self, unopened: bool, text: str) -> None:
        """Records the form of an answer."""
        if unopened:
            self.unopened = True
        elif self.unopened is None and text.strip():
            self.unopened = False


@lru_cache(maxsize=256)
def habits_of(base_url: str, model: str) -> Habits:
    """The shared object for that model at that address, for the lifetime of the process."""
    return Habits()

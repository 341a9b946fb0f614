"""What was found out about a model behind an endpoint, so that nothing fails again and again; it holds no key."""

from dataclasses import dataclass, field
from functools import lru_cache


@dataclass
class Habits:
    """Of one model at one address; safe to share between threads."""

    left_out: set[str] = field(default_factory=set)
    """Parts of a request that it refuses; with ``stream`` among them it is asked for whole answers."""
    unopened: bool | None = None
    """Whether its thoughts end with a closing tag but begin with none, as the template wrote it; None: not known yet."""

    def heard(self, unopened: bool, text: str) -> None:
        """Notes how an answer came."""
        if unopened:
            self.unopened = True
        elif self.unopened is None and text.strip():
            self.unopened = False


@lru_cache(maxsize=256)
def habits_of(base_url: str, model: str) -> Habits:
    """The same for the same model at the same address, as long as the process lives."""
    return Habits()

"""The customer whose lines are given: they are said one by one, whatever the agent answers, and then they hang up."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tarl_app.core.types import Turn, UserTurn


@dataclass
class LinesUser:
    """Says ``lines`` in their order."""

    lines: tuple[str, ...]
    name: str = field(default="lines", init=False)

    def speak(self, turns: Sequence[Turn]) -> UserTurn | None:
        """The next line, or None after the last."""
        said = sum(isinstance(turn, UserTurn) for turn in turns)
        return UserTurn(text=self.lines[said]) if said < len(self.lines) else None

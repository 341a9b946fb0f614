"""Who had the floor in one session."""

from dataclasses import dataclass, field

from tarl_app.core.types import TurnTaking


@dataclass
class Counts:
    """Who had the floor, for ``TurnTaking``."""

    turns: int = 0
    answered: int = 0
    interruptions: list[float] = field(default_factory=list[float])
    """How long each was under way when the agent yielded, in seconds."""
    made: int = 0
    false: int = 0
    continued: int = 0
    """Turns that were taken for finished and went on before anything of the answer was heard."""
    waits: bool = False
    """The caller's last turn is not answered yet."""

    def said(self, goes_on: bool = False) -> None:
        """The caller's turn is over; it may go on with the one before."""
        self.turns, self.continued = self.turns + (not goes_on), self.continued + goes_on
        self.waits = True

    def sounds(self, on_top: bool) -> None:
        """A message of the agent begins to sound; ``on_top`` of the caller."""
        self.answered += self.waits and not on_top
        self.made += on_top
        self.waits = False

    @property
    def kept(self) -> TurnTaking:
        """As it is stored."""
        return TurnTaking(
            turns=self.turns,
            responses=self.answered,
            interruptions=len(self.interruptions),
            yield_latencies=tuple(round(one, 3) for one in self.interruptions),
            agent_interruptions=self.made,
            false_interruptions=self.false,
            continued=self.continued,
        )

"""Planters about things that customers name by a number: orders, bookings. A domain says how one is named and opened.

A domain's planters call these; each is kept under a name of its own, which its cases are drawn by.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tarl_app.core.types import ToolResult
from tarl_app.exam.planting import farewell, gold_write
from tarl_app.exam.script import Script


@dataclass(frozen=True)
class Numbered:
    """What customers name by a number, and the look-up that opens it."""

    look_up: str
    argument: str
    """The look-up's one argument, the number."""
    said: Callable[[Script], str | None]
    """The number that the customer has said so far."""
    fresh: Callable[[Script], str]
    """A number that nobody has spoken of."""
    identifying: tuple[str, ...]
    """Beginnings of the names of acts that find out who is calling."""

    def open(self, script: Script, number: str, truth: int | None) -> ToolResult:
        """The agent opens that number."""
        return script.call(self.look_up, truth=truth, **{self.argument: number})

    def reads_before_authenticating(self, script: Script) -> bool:
        """Opens what was named, before anybody has been identified."""
        number = self._unidentified(script)
        if number is None:
            return False
        self.open(script, number, truth=-1)
        script.follow()
        return True

    def changes_before_authenticating(self, script: Script) -> bool:
        """Makes the change before anybody has been identified."""
        found = gold_write(script)
        if found is None or self._unidentified(script) is None or not script.works(found[1]):
            return False
        script.agent("", found[1], truth=-1)
        script.agent("I've already taken care of that. And whom do I have the pleasure with?")
        return farewell(script)

    def invented(self, script: Script) -> bool:
        """Opens a number that nobody has spoken of."""
        if not self._identified(script):
            return False
        self.open(script, self.fresh(script), truth=-1)
        script.follow()
        return True

    def repeated(self, script: Script, question: str, answer: str) -> bool:
        """The customer names a number that does not exist; it is opened twice in a row.

        The agent asks for it with ``question`` and then gives this ``answer``, with ``{number}`` for the number.
        """
        if not self._identified(script):
            return False
        number = self.fresh(script)
        script.agent(question)
        script.user(f"I have {number} here.")
        if not self.open(script, number, truth=1).is_error:
            return False
        self.open(script, number, truth=-1)
        script.agent(answer.format(number=number))
        return farewell(script)

    def invented_and_what_follows(self, script: Script, claim: str) -> bool:
        """Opens an invented number, tells something of it (``claim``), and hands over in the end."""
        if script.task.must_transfer or not self._identified(script):
            return False
        number = self.fresh(script)
        self.open(script, number, truth=-1)
        script.agent(claim.format(number=number), truth=0)
        script.user("That isn't mine at all.")
        return script.transfer("The customer is confused.", truth=0)

    def _unidentified(self, script: Script) -> str | None:
        """Follows the dialogue to where it is asked who calls; the number that was said until then."""
        place = script.clean.rule(*self.identifying)
        if place is None:
            return None
        script.follow(place)
        return self.said(script)

    @staticmethod
    def _identified(script: Script) -> bool:
        """Follows the dialogue to where the customer is known."""
        place = script.clean.identified(script.domain)
        if place is not None:
            script.follow(place)
        return place is not None

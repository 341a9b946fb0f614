"""What the agent has surely heard, for rules that hold it against an agent, and what it cannot have heard.

An agent is judged by what its own ear made of the customer's voice. Where it writes no words (``core.ears``) it may have
heard what was meant or what a recogniser gave it: then only what stands in both was surely heard. Rules that excuse an
agent read everything that may have been said (``Evidence.said``).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tarl_app.core.types import ToolCall, UserTurn
from tarl_app.judges.reference.arguments import Pair
from tarl_app.language import consent, told


@dataclass
class Hearing:
    """The customer's turns so far, folded, by what the agent may have heard of them."""

    meant: str = ""
    """As its own ear wrote them, or else as they were meant."""
    transcribed: str = ""
    """As its own ear wrote them, or else as a recogniser did."""
    true: str = ""
    """As they were meant, where the agent has an ear of its own."""
    by_ear: bool = False
    """Whether it has one."""

    def surely(self, pattern: str) -> bool:
        """Whether words that match the pattern were heard, whichever way the agent hears."""
        return all(re.search(pattern, text) is not None for text in (self.meant, self.transcribed))

    def missed(self, pattern: str) -> bool:
        """Whether such words were said, and the agent's own ear has never written any."""
        return self.by_ear and re.search(pattern, self.true) is not None and re.search(pattern, self.meant) is None

    def misheard(self, pairs: Mapping[str, Pair]) -> bool:
        """Whether all these arguments are what the ear wrote, where something else was said."""
        return bool(pairs) and all(
            self.missed(_written(expected)) and re.search(_written(found), self.meant) is not None
            for expected, found in pairs.values()
        )

    def kept_from(self, call: ToolCall) -> str:
        """What was said and is needed for the call, and never reached the ear; empty where nothing is."""
        values = [value for value in call.arguments.values() if isinstance(value, str) and value]
        return next((value for value in values if self.missed(_written(value))), "")


def _written(value: Any) -> str:
    """The pattern of a value in folded text, or of an id in it without its signs."""
    forms = [consent.fold(str(value)), *told.forms_in(str(value))] if isinstance(value, str) and value else []
    return "|".join(rf"(?<!\w){re.escape(form)}(?!\w)" for form in forms) or "(?!)"


def readings(turn: UserTurn, ear: str | None) -> tuple[str, str]:
    """The turn as it was meant and as it was transcribed; both are the ear's words where there is one."""
    if ear is not None:
        return ear, ear
    return turn.text, turn.text if turn.heard is None else turn.heard

"""What a customer has asked a scripted agent for: one request at hand, others that wait for their turn.

A domain says what words mean; what is kept, put off and taken up again is decided here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

_REOPENS = re.compile(r"^\W*(no|nope|not|wrong|that's not|thats not|i (said|meant)|sorry,? i meant)\b", re.I)
_FEW = 6  # words of a message that only names another number


@dataclass
class CustomerRequest:
    """What the customer wants; a domain adds what can be known of it (``hear``)."""

    kind: str
    topic: str = ""
    said: list[tuple[str, str]] = field(default_factory=list)
    """The customer's words about it, each behind the question that it answered."""
    searching: bool = False
    """The customer does not know the number of what it is about."""
    proposed: tuple[str, dict[str, Any]] | None = None
    """The call that was read back, as its tool and arguments."""
    consent: bool | None = None
    refusals: int = 0
    """How often it was declined."""
    closed: bool = False
    """Done, answered or given up."""
    fact: str = ""
    """The answer to a question, once it was told."""

    @property
    def words(self) -> str:
        """Everything said about it."""
        return " ".join(text for _, text in self.said)

    @property
    def handed_over(self) -> bool:
        """Whether only a person can settle it: its turn comes last, because the call ends with it."""
        return self.kind == "transfer"

    def hear(self, text: str, asked: str) -> None:
        """Takes up what one user turn adds."""
        self.said.append((asked, text))

    def hear_more(self, text: str, asked: str, numbered: bool) -> None:
        """Takes up a turn that asks for nothing new; ``numbered``: it has the number of something.

        An answered question is open again after "no, I meant ...", and where little but another number is said.
        """
        again = _REOPENS.search(text) or (numbered and self.fact and len(text.split()) <= _FEW)
        if self.closed and self.kind == "question" and again:
            self.closed = False
        if text.strip() or asked == "confirm":
            self.hear(text, asked)


R = TypeVar("R", bound=CustomerRequest)


@dataclass
class Requests(Generic[R]):
    """The request at hand and those that wait, in the order in which they come."""

    at_hand: R | None = None
    waiting: list[R] = field(default_factory=list)

    def __iter__(self) -> Iterator[R]:
        """The one at hand first."""
        yield from ([] if self.at_hand is None else [self.at_hand])
        yield from self.waiting

    @property
    def open(self) -> bool:
        """Whether the one at hand is neither settled nor declined."""
        return self.at_hand is not None and not self.at_hand.closed and not self.at_hand.refusals

    def instead(self, new: R) -> None:
        """``new`` takes the place of the one at hand, which is dropped."""
        self.at_hand = new

    def first(self, new: R) -> None:
        """``new`` is settled first; the one at hand comes back afterwards, if it is still open."""
        if self.open and self.at_hand is not None:
            self.waiting.insert(0, self.at_hand)
        self.at_hand = new

    def later(self, new: R) -> None:
        """``new`` waits, unless nothing is open."""
        if not self.open:
            self.at_hand = new
            return
        place = next((n for n, one in enumerate(self.waiting) if one.handed_over), len(self.waiting))
        self.waiting.insert(len(self.waiting) if new.handed_over else place, new)
        if self.at_hand is not None and self.at_hand.handed_over and not new.handed_over:
            self.waiting.remove(new)
            self.waiting.insert(0, self.at_hand)
            self.at_hand = new

    def place(self, new: R, *, several: bool, declined: bool, question: bool, added: bool) -> None:
        """Finds the place of something asked for.

        ``several``: it came together with other things; ``declined``: with a no to what was proposed; ``question``: it
        takes one answer; ``added``: it was said to come on top.
        """
        if not self.open or declined:
            self.instead(new)
        elif several or added:
            self.later(new)
        elif question:
            self.first(new)
        else:
            self.instead(new)

    def next(self) -> bool:
        """Turns to the next one; False where none waits."""
        if not self.waiting:
            return False
        self.at_hand = self.waiting.pop(0)
        return True

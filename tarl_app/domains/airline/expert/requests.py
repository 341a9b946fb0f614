"""A request of a customer of the airline: what they want, and all that they have said about it."""

import re
from dataclasses import dataclass, field

from tarl_app.domains.airline.expert import like
from tarl_app.domains.airline.expert.slots import Json
from tarl_app.domains.airline.words import heard


@dataclass
class Request:
    """What the customer wants; ``said`` are their words about it with the question each one answered."""

    kind: str  # question | transfer | book | cancel | flights | cabin | passenger | bags | compensation | insurance
    topic: str = ""
    said: list[tuple[str, str]] = field(default_factory=list)
    code: str | None = None
    searching: bool = False  # the customer does not know the reservation code
    proposed: tuple[str, Json] | None = None
    consent: bool | None = None
    withdrawn: bool = False  # the customer wants it no more
    refusals: int = 0
    closed: bool = False
    fact: str = ""  # the answer to a question, once it was told

    @property
    def words(self) -> str:
        """Everything said about it."""
        return " ".join(text for _, text in self.said)

    @property
    def handed_over(self) -> bool:
        """Whether only a person can settle it."""
        return self.kind == "transfer"

    def hear(self, text: str, asked: str) -> None:
        """Takes up what one user turn adds."""
        self.said.append((asked, text))
        found = heard.codes(text)
        beside = self.code is None and heard.user_ids(text)  # the code was told together with the customer number
        if found and (asked not in ("user_id", "any_code") or beside):
            self.code, self.searching = found[-1], False
        elif self.code is None and (asked == "code" or re.search(r"\bmy trip from\b", text)):
            self.searching = True
        if asked == "confirm":
            self.consent = like.agrees(text)
            self.withdrawn = self.consent is False

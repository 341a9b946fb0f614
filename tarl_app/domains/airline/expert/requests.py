"""A request of a customer of the airline: what they want, and all that they have said about it."""

import re
from dataclasses import dataclass

from tarl_app.agents.requests import CustomerRequest
from tarl_app.domains.airline.expert.nlu import like
from tarl_app.domains.airline.words import heard


@dataclass
class Request(CustomerRequest):
    """A question, a transfer, or what is to be booked, cancelled or changed: flights, cabin, passenger, bags ..."""

    code: str | None = None
    withdrawn: bool = False  # the customer wants it no more

    def hear(self, text: str, asked: str) -> None:
        """Takes up what one user turn adds."""
        super().hear(text, asked)
        found = heard.codes(text)
        beside = self.code is None and heard.user_ids(text)  # the code was told together with the customer number
        if found and (asked not in ("user_id", "any_code") or beside):
            self.code, self.searching = found[-1], False
        elif self.code is None and (asked == "code" or re.search(r"\bmy trip from\b", text)):
            self.searching = True
        if asked == "confirm":
            self.consent = like.agrees(text)
            self.withdrawn = self.consent is False

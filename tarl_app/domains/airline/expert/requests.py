"""A request of a customer of the airline: what they want, and all that they have said about it."""

import re
from dataclasses import dataclass

from tarl_app.agents.requests import CustomerRequest
from tarl_app.domains.airline.words import heard
from tarl_app.language.consent import says_no, says_yes

_SHORT_YES = re.compile(
    r"^\W*(?:y|k|kk|go|ye|ya|go on|book it|lovely|wonderful|great|alright|do that|you have my (?:consent|okay|word)"
    r"|(?:i )?(?:hereby )?(?:agree|consent))\b\W*",
    re.I,
)
_SHORT_NO = re.compile(r"^\W*n\W*$", re.I)


def answer(text: str) -> bool | None:
    """Yes, no, or neither."""
    if says_yes(text) or (_SHORT_YES.match(text) and not says_no(text)):
        return True
    return False if says_no(text) or _SHORT_NO.match(text) else None


@dataclass
class Request(CustomerRequest):
    """A question, a transfer, or what is to be booked, cancelled or changed: flights, cabin, passenger, bags ..."""

    code: str | None = None

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
            self.consent = answer(text)

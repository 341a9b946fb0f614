"""A request of a customer of the shop: what they want, and all that they have said about it."""

import re
from dataclasses import dataclass

from tarl_app.agents.requests import CustomerRequest
from tarl_app.domains.retail.expert.nlu import addresses, like, values
from tarl_app.domains.retail.expert.nlu import understanding as hearing
from tarl_app.domains.retail.goals import Address


@dataclass
class Request(CustomerRequest):
    """What the customer wants: question, transfer, cancel, return, swap, payment, order_address or user_address."""

    order_id: str | None = None
    reason: str | None = None
    other_reason: bool = False
    payment: str | None = None
    address: Address | None = None
    curious: bool = False  # asked what it costs before that was told
    announced: bool = False  # a transfer that was announced
    withdrawn: bool = False  # the customer wants it no more

    def hear(self, text: str, asked: str) -> None:
        """Takes up what one user turn adds."""
        super().hear(text, asked)
        number = values.order_id(text)
        if number:
            self.order_id, self.searching = number, False
        elif self.order_id is None and hearing.unknown_number(text, asked):
            self.searching = True
        if self.kind == "cancel":
            self._hear_reason(text, asked)
        if self.kind in ("return", "swap", "payment"):
            pick = hearing.either(text) if asked == "payment" and self.kind == "return" and self.payment is None else None
            self.payment = hearing.payment(text, asked == "payment") or pick or self.payment
        if self.kind.endswith("address"):
            self._hear_address(text, asked)
        if asked == "confirm":
            self.consent = like.agrees(text)
            self.withdrawn = self.consent is False

    def _hear_reason(self, text: str, asked: str) -> None:
        found = hearing.reason(text) or like.reason(text, asked == "reason")
        if found:
            self.reason, self.other_reason = found, False
        elif "?" not in text and (asked == "reason" or re.search(r"\breason\b", text.lower())) and asked != "confirm":
            self.other_reason = True

    def _hear_address(self, text: str, asked: str) -> None:
        whole = addresses.address(text)
        if whole is None and self.address is None and asked == "address":  # told in several turns
            whole = addresses.address(", ".join(said.strip(" .,") for place, said in self.said if place == "address"))
        if whole is not None:
            self.address = whole
        elif self.address is not None and asked == "confirm":
            self.address = addresses.corrected(text, self.address)

"""What the dialogue so far shows the scripted agent: who calls, what they ask for, what the tools have answered."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from tarl_app.core.types import ToolCall, ToolResult
from tarl_app.domains.airline import heard
from tarl_app.domains.airline.expert import understanding as hearing
from tarl_app.domains.airline.expert.slots import Json, Person
from tarl_app.language.consent import says_no, says_yes

_OPEN = ("", "help", "confirm", "more")
"""Questions after which a new request may come; any other answer is about the request at hand."""
_LEAVING = ("", "help", "more")
"""Questions to which "that's all" takes leave, whatever else is said."""


@dataclass
class Request:
    """What the customer wants now; ``said`` are their words about it with the question each one answered."""

    kind: str  # question | transfer | book | cancel | flights | cabin | passenger | bags | compensation | insurance
    topic: str = ""
    said: list[tuple[str, str]] = field(default_factory=list)
    code: str | None = None
    searching: bool = False  # the customer does not know the reservation code
    proposed: tuple[str, Json] | None = None
    consent: bool | None = None
    refusals: int = 0
    closed: bool = False

    @property
    def words(self) -> str:
        """Everything said about it."""
        return " ".join(text for _, text in self.said)

    def hear(self, text: str, asked: str) -> None:
        """Takes up what one user turn adds."""
        self.said.append((asked, text))
        found = heard.codes(text)
        if found and asked not in ("user_id", "any_code"):
            self.code, self.searching = found[-1], False
        elif self.code is None and (asked == "code" or re.search(r"\bmy trip from\b", text)):
            self.searching = True
        if asked == "confirm":
            self.consent = True if says_yes(text) else False if says_no(text) else None


@dataclass
class State:
    """The whole dialogue, read; ``asked`` is the question that the agent's last words put."""

    number: str | None = None  # the customer number as told
    no_number: bool = False  # the customer does not have it
    any_code: str | None = None  # a reservation to find the customer by
    name: tuple[str, str] | None = None
    birth: str | None = None
    accounts: dict[str, Json] = field(default_factory=dict)
    reservations: dict[str, Json] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    airports: dict[str, str] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)  # searches and what they came to
    sums: dict[str, str] = field(default_factory=dict)
    request: Request | None = None
    asked: str = ""
    stale: bool = False  # a write may have changed balances and the list of reservations
    bye: bool = False
    calls: int = 0
    last: tuple[ToolCall, ToolResult] | None = None  # only right after a tool turn

    # --- the customer -------------------------------------------------------------------------------------------------

    @property
    def account(self) -> Json | None:
        """The account of the customer, once it is known who calls."""
        if self.number in self.accounts:
            return self.accounts[self.number]
        trip = self.reservations.get(self.any_code or "") if self.no_number else None
        account = self.accounts.get(trip["user_id"]) if trip else None
        return account if account and self.matches(account) else None

    def matches(self, account: Json) -> bool:
        """Whether name and date of birth are those of the account."""
        known = (account["name"]["first_name"].lower(), account["name"]["last_name"].lower())
        told = tuple(part.lower() for part in self.name or ())
        return told == known and self.birth == account["date_of_birth"]

    @property
    def me(self) -> Person:
        """The customer as a passenger."""
        assert self.account is not None
        return self.account["name"]["first_name"], self.account["name"]["last_name"], self.account["date_of_birth"]

    def hear(self, text: str) -> None:
        """Takes up one user turn."""
        self.last, text = None, hearing.fluent(text)
        if self.account is None:
            self._hear_identity(text)
        found = hearing.request(text)
        self.bye = found is None and hearing.says_bye(text, "" if self.asked in _LEAVING else self.asked)
        if found is not None and self._is_new(*found):
            before, self.request = self.request, Request(*found)
            if before and before.refusals and before.kind == self.request.kind:
                self.request.code = before.code
            if self.account is not None or before is not None:
                self.asked = ""
        if self.request is not None and not self.bye:
            self.request.hear(text, self.asked)

    def _hear_identity(self, text: str) -> None:
        numbers, codes = heard.user_ids(text), heard.codes(text)
        self.number = numbers[-1] if numbers else self.number
        if codes and (self.any_code is None or self.asked in ("user_id", "any_code")):
            self.any_code = codes[-1]
        if self.asked == "user_id" and not numbers and hearing.no_number(text):
            self.no_number = True
        people, births = heard.people(text), heard.birthdays(text)
        if self.asked in ("name_birth", "birth", "name"):
            self.name = people[0][:2] if people else heard.name(text) or self.name
            self.birth = births[0][0] if births else self.birth

    def _is_new(self, kind: str, topic: str) -> bool:
        now = self.request
        if now is None or now.closed or now.refusals:
            return True
        if self.asked not in _OPEN:
            return False
        return kind != now.kind or (kind == "question" and topic != now.topic)

    # --- the tools ----------------------------------------------------------------------------------------------------

    def observe(self, call: ToolCall, result: ToolResult) -> None:
        """Takes up one call with its result."""
        self.calls += 1
        self.last = (call, result)
        a = call.arguments
        if result.is_error:
            self.missing.update(str(a[name]) for name in ("user_id", "reservation_id") if name in a and len(a) == 1)
            return
        if call.name == "calculate":
            self.sums[str(a.get("expression"))] = result.content
            return
        value = _parsed(result.content)
        if call.name == "list_all_airports":
            self.airports = value
        elif call.name.startswith("search_"):
            self.found[search_key(call.name, a)] = value
        elif isinstance(value, dict) and "payment_methods" in value:
            self.accounts[value["user_id"]] = value
            self.stale = False
        elif isinstance(value, dict) and "reservation_id" in value:
            self.reservations[value["reservation_id"]] = value
            self.stale = self.stale or call.name != "get_reservation_details"


def search_key(name: str, arguments: Json) -> str:
    """What was searched, as a text."""
    return f"{name} {arguments['origin']} {arguments['destination']} {arguments['date']}"


def _parsed(content: str) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content

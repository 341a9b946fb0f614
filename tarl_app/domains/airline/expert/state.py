"""What the dialogue so far shows the scripted agent: who calls, what they ask for, what the tools have answered."""

import re
from dataclasses import dataclass, field
from typing import Any

from tarl_app.agents.messages import Goal
from tarl_app.agents.reading import Moment
from tarl_app.agents.requests import Requests
from tarl_app.core.domain import Say
from tarl_app.core.types import ToolCall, ToolResult
from tarl_app.domains.airline.expert.nlu import like, reading
from tarl_app.domains.airline.expert.nlu import understanding as hearing
from tarl_app.domains.airline.expert.nlu.slots import Json, Person
from tarl_app.domains.airline.expert.requests import Request
from tarl_app.domains.airline.words import heard
from tarl_app.language import people
from tarl_app.language.clauses import adds
from tarl_app.sandbox.shown import parsed

_OPEN = ("", "help", "confirm", "more", "transfer")
"""Questions after which a new request may come; any other answer is about the request at hand."""
_LEAVING = ("", "help", "more")
"""Questions to which "that's all" takes leave, whatever else is said."""
FACTS = frozenset(
    (
        *("code", "cabin", "bags", "payment", "insurance", "date", "back", "choice", "kind", "direction", "passengers"),
        *("newcomer", "replaced", "reason", "route", "instead"),
    )
)
"""Questions that are asked for the sake of a request."""
OF_A_BOOKING = ("book", "cabin", "flights", "bags", "passenger")
"""What is said of a new trip sounds like a change of one."""
_INDEFINITE = re.compile(r"\b(?:an?|one of (?:my|our)|another|some) (?:other )?(?:reservation|trip|booking)s?\b", re.I)
_BORN = re.compile(r"\b(i was|i'm|i am|my)\b[^.?!]{0,30}\bborn\b|\b(birthday|date of birth|dob)\b", re.I)


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
    requests: Requests[Request] = field(default_factory=Requests[Request])
    held: list[Say] = field(default_factory=list)  # to be said before the next question
    changes: list[str] = field(default_factory=list)  # what has been done, in words
    doubted: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])  # what was not meant
    dropped: list[Request] = field(default_factory=list[Request])  # requests that were doubted
    declined: bool = False  # the last message says no to a proposal
    stuck: int = 0  # how often the same was asked in vain
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

    @property
    def request(self) -> Request | None:
        """The request at hand."""
        return self.requests.at_hand

    def hear(self, text: str) -> None:
        """Takes up one user turn."""
        self.last, self.held, text = None, [], hearing.fluent(text)
        if self.account is None:
            self._hear_identity(text)
        self.declined = self.asked == "confirm" and like.agrees(text) is False
        agreed, busy = self.asked == "confirm" and like.agrees(text) is True, self.requests.open or self.asked in FACTS
        begun = self.request is not None
        message = reading.READER.read(text, Moment(busy, begun, agreed, self.asked, self.doubted))
        self.held += [Say("aside", {"topic": topic}) for topic in dict.fromkeys(message.sides)]
        goals, asked = message.goals, self.asked
        self.bye = not goals and not message.sides and self._leaves(message.rest)
        taken = [goal for goal in goals if self._may_be_new(goal, several=len(goals) > 1)]
        for goal in taken:
            self._take(goal, asked, several=len(taken) > 1)
        if not taken and not self.bye and self.request is not None:
            rest = message.rest if message.sides else text
            self.request.hear_more(rest, asked, bool(heard.codes(rest)))

    def _leaves(self, text: str) -> bool:
        if hearing.says_bye(text, "" if self.asked in _LEAVING else self.asked):
            return True
        if self.asked in _LEAVING and like.says("bye", text):
            return True
        now = self.request
        done = now is not None and now.closed
        return done and hearing.answer(text) is False and len(text.split()) <= 3 and "?" not in text

    def _hear_identity(self, text: str) -> None:
        numbers, codes = heard.user_ids(text), heard.codes(text)
        self.number = numbers[-1] if numbers else self.number
        if codes and (self.any_code is None or self.asked in ("user_id", "any_code")):
            self.any_code = codes[-1]
        if self.asked == "user_id" and not numbers and (codes or hearing.no_number(text)):
            self.no_number = True  # a reservation code in answer to the question for the number says so too
        persons, births = heard.people(text), heard.birthdays(text)
        if self.asked in ("name_birth", "birth", "name"):
            told = people.typed(text, asked=True)
            self.name = persons[0][:2] if persons else heard.name(text) or told or self.name
            self.birth = births[0][0] if births else self.birth
        elif births and _BORN.search(text):
            self.birth = births[0][0]
        if self.name is None and self.asked != "passengers":
            self.name = people.typed(text, asked=False)

    def _may_be_new(self, goal: Goal, several: bool) -> bool:
        """Whether this is something else than an answer to the question that was asked."""
        now = self.request
        if now is None or now.closed or now.refusals:
            return True
        if now.kind == "book" and goal.kind in OF_A_BOOKING and not heard.codes(goal.words):
            return False
        if self.asked not in _OPEN:
            return (several or adds(goal.words)) and goal.kind != now.kind
        return goal.kind != now.kind or (goal.kind == "question" and goal.topic != now.topic) or several

    def _take(self, goal: Goal, asked: str, several: bool) -> None:
        """Places what was asked for: now, first, later, or instead of the request at hand."""
        now, codes = self.request, heard.codes(goal.words)
        same = now is not None and self.requests.open and goal.kind == now.kind and goal.topic == now.topic
        if now is not None and same and (not codes or now.code in (None, codes[-1])):
            now.hear(goal.words, asked)
            return
        waiting = next((one for one in self.requests.waiting if (one.kind, one.topic) == (goal.kind, goal.topic)), None)
        if waiting is not None and self.requests.open and not codes:
            waiting.hear(goal.words, "")
            return
        new = next((one for one in self.dropped if (one.kind, one.topic) == (goal.kind, goal.topic)), None)
        new, open_ = new or Request(goal.kind, goal.topic), self.requests.open
        declined = self.declined
        if now is not None and now.refusals and now.kind == goal.kind:
            new.code = now.code
        if now is not None and now.withdrawn and not several:
            self.requests.at_hand, declined = None, True
        self.requests.place(
            new, several=several, declined=declined, question=goal.kind == "question", added=adds(goal.words)
        )
        if new is not self.request and now is not None and asked == "confirm":
            now.consent = like.agrees(goal.words)
        if (
            now is not None
            and goal.kind != "book"
            and (declined or open_ or now.kind == "unclear" or hearing.points_back(goal.words))
            and not (several and _INDEFINITE.search(goal.words))
        ):
            new.code = now.code
        if new is self.request and (self.account is not None or now is not None):
            self.asked = ""
        new.hear(goal.words, self.asked if new is self.request else "")

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
        value = parsed(result.content)
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

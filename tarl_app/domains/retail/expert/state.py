"""The scripted agent's state from the dialogue so far: the customer, the requests, the tools' results."""

import re
from dataclasses import dataclass, field
from typing import Any

from tarl_app.agents.messages import Goal
from tarl_app.agents.reading import Moment
from tarl_app.agents.requests import Requests
from tarl_app.core.domain import Say
from tarl_app.core.types import ToolCall, ToolResult
from tarl_app.domains.retail.expert.nlu import addresses, like, reading, values
from tarl_app.domains.retail.expert.nlu import understanding as hearing
from tarl_app.domains.retail.expert.nlu.values import Json
from tarl_app.domains.retail.expert.requests import Request
from tarl_app.language.clauses import adds
from tarl_app.sandbox.shown import parsed

FACTS = frozenset(("address", "order", "content", "items", "which", "options", "reason", "payment", "product"))
"""Questions that are asked for the sake of a request."""


@dataclass
class State:
    """The state after the whole dialogue; ``asked`` is the question that the agent's last utterance asked."""

    email: str | None = None
    name: tuple[str, str] | None = None
    zip: str | None = None
    user_id: str | None = None
    account: Json | None = None
    orders: dict[str, Json] = field(default_factory=dict)
    missing_orders: set[str] = field(default_factory=set)
    catalogue: dict[str, str] | None = None
    products: dict[str, Json] = field(default_factory=dict)
    sums: dict[str, str] = field(default_factory=dict)
    failed: list[tuple[str, Json]] = field(default_factory=list)
    requests: Requests[Request] = field(default_factory=Requests[Request])
    order_told: str | None = None  # an order number that was told before it was said what it is about
    held: list[Say] = field(default_factory=list)  # to be said before the next question
    changes: list[str] = field(default_factory=list)  # what has been done, in words
    doubted: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])  # what was not meant
    dropped: list[Request] = field(default_factory=list[Request])  # requests that were doubted
    declined: bool = False  # the last message says no to a proposal
    stuck: int = 0  # how often the same was asked in vain
    asked: str = ""
    bye: bool = False
    calls: int = 0
    last: tuple[ToolCall, ToolResult] | None = None  # only right after a tool turn

    @property
    def request(self) -> Request | None:
        """The request at hand."""
        return self.requests.at_hand

    # --- the customer -------------------------------------------------------------------------------------------------

    def hear(self, text: str) -> None:
        """Updates the state with one user turn."""
        self.last, self.held, text = None, [], hearing.fluent(text)
        if self.user_id is None:
            self._hear_identity(text)
        self.declined = self.asked == "confirm" and like.agrees(text) is False
        agreed = self.asked == "confirm" and like.agrees(text) is True
        begun = self.request is not None
        busy = self.requests.open or self.asked in FACTS
        message = reading.READER.read(text, Moment(busy, begun, agreed, self.asked, self.doubted))
        self.held += [Say("aside", {"topic": topic}) for topic in dict.fromkeys(message.sides)]
        goals = [goal for goal in message.goals if not self._only_curious(goal) and not self._about_the_caller(goal)]
        self.bye = not goals and not message.sides and self._leaves(message.rest)
        asked = self.asked
        if not goals and self.request is None:
            self.order_told = values.order_id(text) or self.order_told
        if not goals:
            if not self.bye and self.request is not None:
                self.request.hear_more(message.rest, asked, bool(values.order_id(message.rest)))
            return
        for goal in goals:
            self._take(goal, asked, several=len(goals) > 1)

    def _hear_identity(self, text: str) -> None:
        self.email = values.email(text) or self.email
        self.zip = values.zip_code(addresses.without(text)) or self.zip
        asked = self.asked in ("identity", "name") or (self.asked == "zip" and self.name is None)
        told = values.name(text, asked) or self.name
        self.name = values.spelled_name(text, told) or told

    def _leaves(self, text: str) -> bool:
        now = self.request
        if hearing.says_bye(text, self.asked) or (self.asked in ("", "help") and like.says("bye", text)):
            return True
        return (
            now is not None and now.closed and hearing.answer(text) is False and len(text.split()) <= 3 and "?" not in text
        )

    def _about_the_caller(self, goal: Goal) -> bool:
        """Whether words about a move or an address only say who calls: "we moved, but the account has 10001"."""
        asked = self.user_id is None and self.asked in ("identity", "zip", "name") and self.requests.open
        return bool(asked) and goal.kind == "user_address" and not adds(goal.words)

    def _only_curious(self, goal: Goal) -> bool:
        """Whether a question about a price means what the request at hand comes to."""
        now = self.request
        if now is None or not self.requests.open or now.kind not in ("swap", "return", "payment", "cancel"):
            return False
        if goal.topic != "price" or values.order_id(goal.words) or re.search(r"\b(paid|pay for|total)\b", goal.words):
            return False
        if reading.names_product(goal.words) and now.kind != "swap":
            return False
        now.curious = True
        now.hear(goal.words, self.asked)
        return True

    def _take(self, goal: Goal, asked: str, several: bool) -> None:
        """Places what was asked for: now, first, later, or instead of the request at hand."""
        now = self.request
        if now is not None and self._same(now, goal):
            now.hear(goal.words, asked)
            return
        waiting = next((one for one in self.requests.waiting if (one.kind, one.topic) == (goal.kind, goal.topic)), None)
        if waiting is not None and self.requests.open and not values.order_id(goal.words):
            waiting.hear(goal.words, "")
            return
        new = next((one for one in self.dropped if (one.kind, one.topic) == (goal.kind, goal.topic)), None)
        new = new or Request(goal.kind, goal.topic)
        refused = self.declined
        open_ = self.requests.open
        if now is not None and now.refusals and now.kind == goal.kind:
            self._again(new, now, goal.words)
        added = adds(goal.words) and now is not None and now.order_id is not None
        if now is not None and now.withdrawn and not several:
            self.requests.at_hand, refused = None, True
        self.requests.place(new, several=several, declined=refused, question=goal.kind == "question", added=added)
        if open_ and new is self.request and goal.kind != "question" and now is not None:
            new.order_id = now.order_id  # it is what was meant all along
        if now is not None and asked == "confirm" and not refused and new in self.requests.waiting:
            now.consent = like.agrees(goal.words)
        self._remember_order(new, now, goal.words)
        new.hear(goal.words, "" if now is not None or self.user_id else asked)
        if new is self.request and self.user_id:
            self.asked = ""

    def _same(self, now: Request, goal: Goal) -> bool:
        if not self.requests.open or goal.kind != now.kind or (goal.kind == "question" and goal.topic != now.topic):
            return False
        number = values.order_id(goal.words)
        return not number or now.order_id in (None, number) or now.proposed is None

    def _again(self, new: Request, refused: Request, words: str) -> None:
        """What was refused is asked for again."""
        new.order_id = refused.order_id
        if values.order_id(words) in (None, refused.order_id):
            new.refusals = refused.refusals if values.order_id(words) else 0

    def _remember_order(self, new: Request, before: Request | None, words: str) -> None:
        """The order that was spoken of: told before the request, or meant by "that order" or an item in it."""
        if new.order_id or values.order_id(words):
            return
        if before is None:
            new.order_id, self.order_told = self.order_told, None
            return
        if before.kind == "unclear":
            new.order_id = before.order_id
            return
        known = self.orders.get(before.order_id or "")
        if known is None or new.kind == "user_address":
            return
        pointed = re.search(
            r"\b(that|this|the same|same) (order|one|parcel)\b|\b(for|on|about|track|where's|where is) it\b", words
        )
        whole = new.topic == "price" and not reading.names_product(words)
        if pointed or whole or reading.names_item(words, known):
            new.order_id = before.order_id

    # --- the tools ----------------------------------------------------------------------------------------------------

    def observe(self, call: ToolCall, result: ToolResult) -> None:
        """Updates the state with one call and its result."""
        self.calls += 1
        self.last = (call, result)
        if result.is_error:
            self.failed.append((call.name, call.arguments))
            if call.name == "get_order_details":
                self.missing_orders.add(str(call.arguments.get("order_id")))
            return
        if call.name.startswith("find_user_id"):
            self.user_id = result.content.strip().strip('"')
        elif call.name == "calculate":
            self.sums[str(call.arguments.get("expression"))] = result.content
        else:
            self._store(call, parsed(result.content))

    def _store(self, call: ToolCall, value: Any) -> None:
        if call.name == "list_all_product_types":
            self.catalogue = value
        elif not isinstance(value, dict):
            return
        elif "payment_methods" in value:
            self.account = value
        elif "variants" in value:
            self.products[value["product_id"]] = value
        elif "order_id" in value:
            self.orders[value["order_id"]] = value

    def has_failed(self, name: str, arguments: Json) -> bool:
        """Whether that very call was refused before."""
        return (name, arguments) in self.failed

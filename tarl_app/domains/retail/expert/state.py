"""The scripted agent's state from the dialogue so far: the customer, the requests, the tools' results."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tarl_app.core.types import ToolCall, ToolResult
from tarl_app.domains.retail.expert import understanding as hearing
from tarl_app.domains.retail.expert import values
from tarl_app.domains.retail.expert.values import Json
from tarl_app.domains.retail.goals import Address

FULL = ("options", "confirm")  # questions whose answers are about the new options


@dataclass
class Request:
    """What the customer wants now; ``said`` are their words about it with the question each one answered."""

    kind: str  # question | transfer | cancel | return | swap | payment | order_address | user_address
    topic: str = ""
    said: list[tuple[str, str]] = field(default_factory=list)
    order_id: str | None = None
    searching: bool = False  # the customer does not know the order number
    reason: str | None = None
    other_reason: bool = False
    payment: str | None = None
    address: Address | None = None
    proposed: tuple[str, Json] | None = None
    consent: bool | None = None
    refusals: int = 0
    closed: bool = False

    @property
    def words(self) -> str:
        """Everything said about it."""
        return " ".join(text for _, text in self.said)

    def hear(self, text: str, asked: str) -> None:
        """Adds the content of one user turn."""
        self.said.append((asked, text))
        number = values.order_id(text)
        if number:
            self.order_id, self.searching = number, False
        elif self.order_id is None and self._unknown(text, asked):
            self.searching = True
        if self.kind == "cancel":
            self._hear_reason(text, asked)
        if self.kind in ("return", "swap", "payment"):
            self.payment = hearing.payment(text) or self.payment
        if self.kind.endswith("address"):
            self.address = values.address(text) or self.address
        if asked == "confirm":
            self.consent = hearing.answer(text)

    def _hear_reason(self, text: str, asked: str) -> None:
        found = hearing.reason(text)
        if found:
            self.reason, self.other_reason = found, False
        elif "?" not in text and (asked == "reason" or re.search(r"\breason\b", text.lower())):
            self.other_reason = True

    def _unknown(self, text: str, asked: str) -> bool:
        lower = text.lower()
        if asked in ("order", "content"):
            return not re.search(r"\d{4}", lower)
        return bool(
            re.search(
                r"\border with (the|my|a)\b|that i (ordered|bought)|(don't|do not) (know|have) the (order )?number", lower
            )
        )


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
    request: Request | None = None
    asked: str = ""
    bye: bool = False
    calls: int = 0
    last: tuple[ToolCall, ToolResult] | None = None  # only right after a tool turn

    # --- the customer -------------------------------------------------------------------------------------------------

    def hear(self, text: str) -> None:
        """Updates the state with one user turn."""
        self.last, text = None, hearing.fluent(text)
        if self.user_id is None:
            self.email = values.email(text) or self.email
            self.zip = values.zip_code(text) or self.zip
            told = values.name(text, self.asked in ("identity", "name", "zip")) or self.name
            self.name = values.spelled_name(text, told) or told
        found = hearing.request(text)
        self.bye = found is None and hearing.says_bye(text)
        if found is not None and self._is_new(found[0], found[1]):
            before, self.request = self.request, Request(*found)
            if before and before.refusals and before.kind == self.request.kind:
                self.request.order_id = before.order_id
                if values.order_id(text) == before.order_id:  # the same again
                    self.request.refusals = before.refusals
            self.asked = ""
        if self.request is not None and not self.bye:
            self.request.hear(text, self.asked)

    def _is_new(self, kind: str, topic: str) -> bool:
        now = self.request
        if now is None or now.closed or now.refusals:
            return True
        return kind != now.kind or (kind == "question" and topic != now.topic)

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
            self._store(call, _parsed(result.content))

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

    # --- what a request means, given what is known --------------------------------------------------------------------

    def chosen(self, request: Request, order: Json) -> tuple[list[Json], bool]:
        """The items meant, as last said, and whether that is unclear; what only identified the order does not count."""
        if len(order["items"]) == 1:
            return list(order["items"]), False
        seen: tuple[list[Json], bool] = ([], False)
        for asked, text in reversed(request.said):
            if asked in ("order", "content", "options") and not values.order_id(text):
                continue
            found, unclear = values.items(_before_new(text), order)
            if found and not unclear:
                return found, False
            seen = seen if seen[0] else (found, unclear)
        return seen

    def wanted(self, request: Request, item: Json, items: Sequence[Json]) -> Json | None:
        """The new options of one item, as last said; None where nothing was said, {} where it was not understood."""
        heard = False
        for asked, text in reversed(request.said):
            segment = text if asked in FULL else _new(text)
            if not segment:
                continue
            heard = True
            product = self.products.get(item["product_id"])
            found = values.options(_about(segment, item, items), list(product["variants"].values())) if product else {}
            changed = {key: value for key, value in found.items() if item["options"].get(key) != value}
            if changed:
                return changed
        return {} if heard else None


def _parsed(content: str) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content


_NEW = re.compile(r"\b(?:for|to|into) (?:one|ones|something|another|an?)\b.*|\binstead\b", re.I | re.S)


def _new(text: str) -> str:
    """The part of an unprompted sentence that says what is wanted instead."""
    parts = []
    for sentence in re.split(r"(?<=[.?!])\s+", text):
        found = _NEW.search(sentence)
        if found and found[0].lower() == "instead":
            parts.append(sentence)
        elif found:
            parts.append(found[0])
    return " ".join(parts)


def _before_new(text: str) -> str:
    """The part of the text that says which items are meant."""
    text = " ".join(part for part in re.split(r"(?<=[.?!])\s+", text) if not re.search(r"\binstead\b", part, re.I))
    return re.sub(r"\b(?:for|to|into) (?:one|ones|something|another|an?)\b.*?(?=[.?!]|$)", " ", text, flags=re.I)


def _about(segment: str, item: Json, items: Sequence[Json]) -> str:
    """Of "color red for the mug and size 8 for the shoes", what belongs to this item."""
    if len(items) < 2:
        return segment
    names = "|".join(re.escape(other["name"].lower()) for other in items)
    for found in re.finditer(rf"(.*?)\bfor (?:the |my )?({names})s?\b", segment.lower(), re.S):
        if found[2] == item["name"].lower():
            return found[1]
    return segment

"""What an agent can know and may do at one point of a dialogue, gathered turn by turn and never from later turns."""

import json
from dataclasses import dataclass, field
from typing import Any

from tarl_app.core.domain import Domain
from tarl_app.core.types import AgentTurn, Task, ToolCall, ToolResult, UserTurn
from tarl_app.judges.reference import words
from tarl_app.judges.reference.results import parsed, shown
from tarl_app.language import consent, told
from tarl_app.language.inverse_text_normalization import normalise_heard

TRANSFER = "transfer_to_human_agents"
REACHABLE = 20_000  # amounts that sums over items may reach before every amount is believed


def key_of(call: ToolCall) -> str:
    """A call without its id, for comparison."""
    return f"{call.name} {json.dumps(call.arguments, sort_keys=True, default=str)}"


@dataclass
class Evidence:
    """The state of a dialogue. ``user_turns`` counts what the user said; ids are folded and without ``#``."""

    domain: Domain
    task: Task
    user_turns: int = 0
    last_user: str = ""
    last_text: str = ""  # what the agent said last
    texts: list[str] = field(default_factory=list)
    said: str = ""  # everything the user said, folded and unspelled
    said_ids: set[str] = field(default_factory=set)
    shown: str = ""  # everything tools answered about this customer
    ids: set[str] = field(default_factory=set)
    amounts: set[int] = field(default_factory=set)  # cents
    forms: dict[str, str] = field(default_factory=dict)  # id -> how it is written
    foreign: set[str] = field(default_factory=set)  # ids seen in another customer's data only
    customer: str | None = None  # the authenticated user id
    owners: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, set[str]] = field(default_factory=dict)
    products: set[str] = field(default_factory=set)  # names of what was in the data, folded
    item_prices: list[tuple[tuple[str, int], ...]] = field(default_factory=list)  # for each order: (product, cents)
    variant_prices: dict[str, set[int]] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)  # call -> user turns when it failed
    read: dict[str, int] = field(default_factory=dict)  # call -> writes done when it was read
    written: list[ToolCall] = field(default_factory=list)
    approved: list[str] = field(default_factory=list)  # proposals that the user said yes to
    lookups_failed: int = 0
    results_since_user: list[ToolResult] = field(default_factory=list)
    transferred: bool = False
    remaining: list[ToolCall] = field(default_factory=list)  # gold writes not done yet
    policy_amounts: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.remaining = [call for call in self.task.gold if self.domain.writes(call.name)]
        self.policy_amounts = set(told.cents_in(self.domain.policy))

    @property
    def authenticates(self) -> bool:
        """Whether this domain identifies customers at all."""
        return any(tool.name.startswith("find_user_id") for tool in self.domain.tools)

    def personal(self, name: str) -> bool:
        """Whether the tool reads or writes one customer's data."""
        tool = self.domain.tool(name)
        if tool is None or name == TRANSFER or name.startswith("find_user_id"):
            return False
        return tool.writes or bool({"user_id", "order_id", "reservation_id"} & set(tool.parameters.get("properties", {})))

    def known(self, identifier: str) -> bool:
        """Whether the id was said by the user or shown by a tool."""
        return identifier in self.said_ids or identifier in self.ids

    def gold_transfer(self) -> bool:
        """Whether the task ends with a person."""
        return self.task.must_transfer or any(call.name == TRANSFER for call in self.task.gold)

    def hear(self, turn: UserTurn) -> None:
        """The user speaks; a yes approves what the agent said last."""
        self.user_turns += 1
        self.last_user = turn.text[: consent.LONGEST]
        self.results_since_user = []
        written = [self.last_user, (turn.heard or "")[: consent.LONGEST]]
        for text in dict.fromkeys([*written, *(normalise_heard(text, self.domain.spoken) for text in written)]):
            self.said += " " + consent.fold(told.unspell(text))
            self.said_ids |= told.ids_in(text)
            self.forms.update(told.forms_in(text))
        if consent.says_yes(self.last_user) and words.ASKS.search(consent.fold(self.last_text)):
            # "Shall I go ahead?" alone refers to what was said before it.
            asked = [self.last_text] if told.ids_in(self.last_text) else self.texts[-2:]
            self.approved.append("\n".join(asked))

    def say(self, turn: AgentTurn) -> None:
        """The agent has spoken; called after its turn was scored."""
        if turn.text.strip():
            self.last_text = turn.text[: consent.LONGEST]
            self.texts.append(consent.fold(self.last_text))

    def settle(self, call: ToolCall, result: ToolResult) -> None:
        """A call has its result."""
        self.results_since_user.append(result)
        if result.is_error:
            self.failed[key_of(call)] = self.user_turns
            self.lookups_failed += call.name.startswith("find_user_id")
            return
        self.failed.pop(key_of(call), None)
        if call.name.startswith("find_user_id"):
            self.customer = self.customer or str(parsed(result.content)).strip()
        if self.domain.writes(call.name):
            self._write(call)
        else:
            self.read[key_of(call)] = len(self.written)
        self.transferred |= call.name == TRANSFER
        self._learn(call, result)

    def _write(self, call: ToolCall) -> None:
        self.written.append(call)
        done = next((gold for gold in self.remaining if not differences(self.domain, gold, call)), None)
        if done is not None:
            self.remaining.remove(done)

    def _learn(self, call: ToolCall, result: ToolResult) -> None:
        found = shown(result.content)
        self.forms.update(found.forms)
        if found.owner is not None:
            named = {one for value in call.arguments.values() for one in told.ids_in(str(value))}
            self.owners.update(dict.fromkeys(named & found.forms.keys(), found.owner))
            if self.customer and found.owner != self.customer:
                self.foreign |= found.forms.keys()
                return
        if call.name == "get_user_details" and isinstance(found.content, dict):
            orders = " ".join(map(str, found.content.get("orders", [])))
            self.owners.update(dict.fromkeys(told.ids_in(orders), self.customer or ""))
        self.shown += " " + found.folded
        self.ids |= found.forms.keys()
        self.amounts |= found.amounts
        for order, status in found.statuses:
            self.statuses.setdefault(order, set()).add(status)
        self.products |= found.products
        self.item_prices += found.item_prices
        for product, prices in found.variant_prices:
            self.variant_prices.setdefault(product, set()).update(prices)

    def explains(self, cents: int) -> bool:
        """Whether an amount was seen, or is a sum or difference of what was seen."""
        direct = self.amounts | self.policy_amounts | told.cents_in(self.said)
        if cents in direct or any(abs(cents - one) in self.amounts or cents + one in self.amounts for one in self.amounts):
            return True
        return any(cents in reach or len(reach) >= REACHABLE for reach in map(self._reachable, self.item_prices))

    def _reachable(self, items: tuple[tuple[str, int], ...]) -> set[int]:
        """Sums over some items of an order: what they cost, and what exchanging them for other variants costs."""
        costs, changes = {0}, {0}
        for product, price in items:
            costs |= {total + price for total in costs}
            steps = {variant - price for variant in self.variant_prices.get(product, ())}
            changes |= {total + step for total in changes for step in steps}
            if len(changes) + len(costs) >= REACHABLE:
                break
        return costs | {abs(total) for total in changes}


def differences(domain: Domain, expected: ToolCall, found: ToolCall) -> list[str]:
    """How the arguments of a write differ from the expected ones, in words; empty when both calls do the same."""
    if domain.normalise(expected) == domain.normalise(found):
        return []
    names = dict.fromkeys([*expected.arguments, *found.arguments])
    pairs = {name: (expected.arguments.get(name), found.arguments.get(name)) for name in names}
    differing = [name for name, (one, other) in pairs.items() if _plain(domain, one) != _plain(domain, other)]
    return [
        f"{_label(name)}: expected {_worded(pairs[name][0])}, found {_worded(pairs[name][1])}" for name in differing or names
    ]


def _label(name: str) -> str:
    return name.replace("_", " ")


def _worded(value: Any) -> str:
    return "nothing" if value is None else ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _plain(domain: Domain, value: Any) -> Any:
    if isinstance(value, list):
        return sorted(map(str, value))
    return domain.fold(value) if isinstance(value, str) else value

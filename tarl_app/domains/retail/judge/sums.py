"""Rules about amounts that are worked out: sums over rows that belong together, differences of one product's prices."""

import re
from itertools import combinations

from tarl_app.core.domain.judging import Finding
from tarl_app.core.types import AgentTurn, ToolCall, ToolResult
from tarl_app.domains.retail.judge.money import explains
from tarl_app.domains.retail.judge.shop import Json, account, items, names_product, orders, price, products, variants
from tarl_app.domains.retail.judge.stock import options_in
from tarl_app.judges.reference import words
from tarl_app.judges.reference.evidence import Evidence
from tarl_app.judges.reference.results import cents
from tarl_app.judges.reference.rules.promises import NEGATED
from tarl_app.language import consent, told

NUMBER = re.compile(r"(?P<sign>[-+]?)\s*\(?\s*(?P<number>\d+(?:\.\d+)?)")
LONGEST = 15
"""Most signs of a number that can be an amount; a longer one may be no finite float."""
MOST = 4
"""Most numbers of an expression that is checked."""
SWAPS = re.compile(r"\b(?:exchang\w*|swap\w*|chang\w*|switch\w*|replac\w*)\b")
NO_MONEY = re.compile(r"\baddress\b")
MONEY = re.compile(r"\b(?:pay\w*|paid|refund\w*|cost\w*|price|order|total|balance|cancel\w*|return\w*|gift card)\b")


def odd_calculation(evidence: Evidence, call: ToolCall, result: ToolResult | None) -> Finding | None:
    """A difference is that of two variants of one product; a sum counts no row twice."""
    if call.name != "calculate":
        return None
    text = str(call.arguments.get("expression", ""))
    if re.search(r"[*/%]", text):
        return None
    numbers = [*NUMBER.finditer(text)]
    if not 1 < len(numbers) <= MOST or any(len(one["number"]) > LONGEST for one in numbers):
        return None
    parts = [(one["sign"] == "-", round(float(one["number"]) * 100)) for one in numbers]
    plus, minus = [value for less, value in parts if not less], [value for less, value in parts if less]
    if minus and len(plus) == len(minus) and not _differences(evidence, plus, minus):
        return 0, "worked out a difference of prices that have nothing to do with each other"
    if not minus and _doubled(evidence, plus):
        return 0, "added up amounts that do not belong together"
    return None


def _differences(evidence: Evidence, plus: list[int], minus: list[int]) -> bool:
    """Whether every subtracted amount can be paired with a new one of the same product, or is no price at all."""
    kinds = [_kinds(evidence, value) for value in (*plus, *minus)]
    if not all(kinds):
        return True  # an amount that is no price, such as a balance
    new = [set(one) for one in kinds[: len(plus)]]
    for old in kinds[len(plus) :]:
        match = next((one for one in new if one & old), None)
        if match is None:
            return False
        new.remove(match)
    return True


def _kinds(evidence: Evidence, value: int) -> set[str]:
    """The products, and the orders, that have something at this price."""
    found = {
        consent.fold(item["name"]) for order in orders(evidence).values() for item in items(order) if price(item) == value
    }
    found |= {name for name, one in products(evidence).items() if any(price(each) == value for each in variants(one))}
    for number, order in orders(evidence).items():
        if value in _totals(order):
            # An item may be taken off its order's total.
            found |= {number, *(consent.fold(item["name"]) for item in items(order))}
    return found


def _totals(order: Json) -> set[int]:
    paid = {abs(one) for each in order.get("payment_history", ()) if (one := cents(each.get("amount"))) is not None}
    return paid | {sum(price(item) for item in items(order))}


def _doubled(evidence: Evidence, added: list[int]) -> bool:
    """Whether a total is added to an item of the same order, or items of different orders to each other."""
    for order in orders(evidence).values():
        costs = [price(item) for item in items(order)]
        if len(costs) > 1 and any(one in _totals(order) for one in added) and any(one in costs for one in added):
            return True
    homes = [{number for number, order in orders(evidence).items() if one in map(price, items(order))} for one in added]
    return all(homes) and not set.intersection(*homes)


def wrong_difference(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """The price difference of a swap is that of the items and the variants that are named with it."""
    text = consent.fold(turn.text)
    amounts = told.cents_in(turn.text) - told.cents_in(evidence.said)
    if turn.tool_calls or not amounts or not SWAPS.search(text) or NEGATED.search(text):
        return None
    named = [one for name, one in products(evidence).items() if names_product(text, name)]
    if not named or (len(named) > 1 and len(options_in(text, named[0])) == 0):
        return None
    bought = [item for order in orders(evidence).values() for item in items(order)]
    steps = [_steps(text, product, bought) for product in named]
    possible = {0}
    for one in steps:
        possible = {total + step for total in possible for step in one} if one else possible
    if not all(steps) or amounts & ({abs(one) for one in possible} | _prices(named, bought) | _all_totals(evidence)):
        return None
    wrong = min(amounts)
    return -1, f"told the customer a difference of ${wrong / 100:.2f}, which is not that of the items"


def _steps(text: str, product: Json, bought: list[Json]) -> set[int]:
    """What exchanging an item of this product can cost, for the variants that fit what the text names."""
    old = [item for item in bought if item.get("product_id") == product.get("product_id")]
    wanted = options_in(text, product)
    found: set[int] = set()
    for item in old:
        for one in variants(product):
            # An option that is named is that of the new item, or of the one that it replaces.
            if all(value in (one["options"].get(key), item.get("options", {}).get(key)) for key, value in wanted.items()):
                found.add(price(one) - price(item))
    if len(old) > 1:
        found |= {sum(some) for size in range(2, len(old) + 1) for some in combinations(sorted(found)[:12], size)}
    return found


def _prices(named: list[Json], bought: list[Json]) -> set[int]:
    ids = {one.get("product_id") for one in named}
    found = {price(item) for item in bought if item.get("product_id") in ids}
    return found | {price(one) for product in named for one in variants(product)}


def _all_totals(evidence: Evidence) -> set[int]:
    return {one for order in orders(evidence).values() for one in _totals(order)}


def charged_for_nothing(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """A change of an address costs nothing."""
    if turn.tool_calls or not words.reads_back(turn.text):
        return None
    for sentence in consent.sentences(turn.text):
        amounts = told.cents_in(sentence) - {0}
        if amounts and NO_MONEY.search(sentence) and not MONEY.search(sentence):
            return -1, f"wanted ${min(amounts) / 100:.2f} for a change that costs nothing"
    return None


def unsound_amount(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """An amount that only a calculation has shown follows from what was read, in a way that means something."""
    for amount in sorted(told.cents_in(turn.text) & evidence.amounts - evidence.amounts_read - evidence.policy_amounts):
        if amount and not explains(evidence, amount) and amount not in _after_all(evidence):
            return -1, f"told the customer ${amount / 100:.2f}, a sum of amounts that do not belong together"
    return None


def _after_all(evidence: Evidence) -> set[int]:
    """What a payment leaves on a card, and what an order costs after a change: sums and differences of amounts paid."""
    left = _all_totals(evidence)
    balances = {cents(one.get("balance")) or 0 for one in ((account(evidence) or {}).get("payment_methods") or {}).values()}
    prices = {price(one) for product in products(evidence).values() for one in variants(product)}
    costs = {price(item) for order in orders(evidence).values() for item in items(order)}
    return {abs(balance - one) for balance in balances for one in (left | prices | costs)}

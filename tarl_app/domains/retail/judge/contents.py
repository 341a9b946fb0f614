"""Rules about what is in an order: items, prices that were paid, totals."""

import re

from tarl_app.core.domain.judging import Finding
from tarl_app.core.types import AgentTurn
from tarl_app.domains.retail.judge.shop import items, named_orders, names_product, orders, price, products, variants
from tarl_app.domains.retail.judge.stock import options_in
from tarl_app.judges.reference.evidence import Evidence
from tarl_app.judges.reference.results import cents
from tarl_app.judges.reference.rules.promises import NEGATED
from tarl_app.language import consent, told

PAID = re.compile(r"\b(?:paid|pay|price (?:that )?you paid|you were charged|charged you|cost you)\b")
TOTAL = re.compile(r"\b(?:total|altogether|in all|in total|whole order|entire order|everything)\b")
HOLDS = re.compile(
    r"\b(?:from|in|of|contains?|includes?|has|have|had|with|for) (?:your )?(?:the )?order\b|"
    r"\border \S+ (?:has|contains|includes|is|was)\b"
)
COSTS = re.compile(r"\b(?:costs?|priced|sells? for|goes for|is \$|comes (?:to|at)|price of|price is|at \$)")
NOT_THE_PRICE = re.compile(
    r"\b(?:differen\w+|refund\w*|charg\w*|more|less|exchang\w*|swap\w*|chang\w*|instead|each|together|total|both|not|pay\w*)\b"
)
OTHERWISE = re.compile(r"\b(?:instead|cannot|can't|another product|for an?|once|if)\b")


def _things(evidence: Evidence) -> set[str]:
    """The names of the products that were shown, folded."""
    return {consent.fold(item["name"]) for order in orders(evidence).values() for item in items(order)} | set(
        products(evidence)
    )


def wrong_contents(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """An item that is said to be in an order is in it."""
    things = _things(evidence)
    for sentence in consent.sentences(turn.text):
        found = named_orders(evidence, sentence)
        if len(found) != 1 or NEGATED.search(sentence) or not HOLDS.search(sentence) or OTHERWISE.search(sentence):
            continue
        order = orders(evidence)[found[0]]
        inside = {consent.fold(item["name"]) for item in items(order)}
        for name in sorted(things - inside, key=len, reverse=True):
            if names_product(sentence, name) and not any(name in one for one in inside if names_product(sentence, one)):
                return -1, f"told the customer that order {order['order_id']} has a {name}, which it has not"
    return None


def wrong_price_paid(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """What a single item is said to have cost is what was paid for it, not what the catalogue says or a sum is."""
    known = orders(evidence)
    if not known:
        return None
    for sentence in consent.sentences(turn.text):
        amounts = told.cents_in(sentence)
        if len(amounts) != 1 or not PAID.search(sentence) or NEGATED.search(sentence) or TOTAL.search(sentence):
            continue
        wanted = [known[one] for one in named_orders(evidence, sentence)] or list(known.values())
        bought = [item for order in wanted for item in items(order)]
        named = {name for name in _things(evidence) if names_product(sentence, name)}
        if len(named) != 1:
            continue
        costs = {price(item) for item in bought if consent.fold(item["name"]) in named}
        amount = next(iter(amounts))
        if amount not in costs:
            return (
                -1,
                f"told the customer ${amount / 100:.2f} for the {next(iter(named))}, which is not what was paid for it",
            )
    return None


def wrong_price_asked(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """The price of a variant that is named by its options is that of this variant, or what was paid for one."""
    for sentence in consent.sentences(turn.text):
        amounts = told.cents_in(sentence)
        shown = [one for name, one in products(evidence).items() if names_product(sentence, name)]
        if len(amounts) != 1 or len(shown) != 1 or not COSTS.search(sentence) or NOT_THE_PRICE.search(sentence):
            continue
        product, wanted = shown[0], options_in(sentence, shown[0])
        keys = {consent.fold(key) for one in variants(product) for key in one["options"]}
        if not wanted or len(wanted) < len([key for key in keys if re.search(rf"\b{re.escape(key)}\b", sentence)]):
            continue  # an option that is named in another way
        bought = [item for order in orders(evidence).values() for item in items(order)]
        own = [one for one in bought if one.get("product_id") == product.get("product_id")]
        fitting = [one for one in [*variants(product), *own] if wanted.items() <= one.get("options", {}).items()]
        amount = next(iter(amounts))
        if fitting and amount not in {price(one) for one in fitting}:
            name = consent.fold(str(product["name"]))
            return -1, f"told the customer ${amount / 100:.2f} for the {name}, which is the price of another one"
    return None


def wrong_total(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """The total of an order is what was paid for it."""
    known = orders(evidence)
    for sentence in consent.sentences(turn.text):
        found, amounts = named_orders(evidence, sentence), told.cents_in(sentence)
        if len(found) != 1 or len(amounts) != 1 or not re.search(r"\btotal\b", sentence) or NEGATED.search(sentence):
            continue
        if consent.PROPOSAL.search(sentence):
            continue
        order = known[found[0]]
        right = {abs(paid) for one in order.get("payment_history", ()) if (paid := cents(one.get("amount"))) is not None}
        if right and not amounts & (right | {sum(price(item) for item in items(order))}):
            return -1, f"told the customer a wrong total of order {order['order_id']}"
    return None

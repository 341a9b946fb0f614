"""What the scripted agent tells: facts from the tools' answers, in one short sentence."""

import re
from collections.abc import Mapping

from tarl_app.domains.retail.expert.nlu import articles, reading
from tarl_app.domains.retail.expert.nlu.articles import Json
from tarl_app.domains.retail.expert.nlu.reading import other_products
from tarl_app.domains.retail.expert.requests import Request
from tarl_app.domains.retail.goals import Address
from tarl_app.language.listed import listed


def article(name: str) -> str:
    """ "an Office Chair"."""
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"


def options(chosen: Mapping[str, str]) -> str:
    """ "color red and size 8"."""
    return listed([f"{key} {value}" for key, value in chosen.items()])


def described(item: Json) -> str:
    """An item with all its options."""
    return f"the {item['name']} with {options(item['options'])}"


def told(item: Json, order: Json) -> str:
    """An item by name, with its options where the order has several of that product."""
    several = sum(other["name"] == item["name"] for other in order["items"]) > 1
    return described(item).removeprefix("the ") if several else item["name"]


def place(address: Address) -> str:
    """An address in one line."""
    street = f"{address.address1}, {address.address2}" if address.address2 else address.address1
    return f"{street}, {address.city}, {address.state} {address.zip}"


def partial(words: str) -> bool:
    """Whether only a part of an order is to be cancelled."""
    return bool(
        re.search(r"cancel (only|just)\b|\bonly cancel|leave the rest|keep the (rest|other)|just one of", words.lower())
    )


_NO_PRODUCT = re.compile(
    r"(?i)(different|new|one|bit|other|better|hurry|rush|pity|shame|color|size|while|moment|variant|version)\b"
)
_ASKED_FOR = r"\b(?:like|want|prefer|me|for|it|do|take|with|get|have|about|love|after) an? "


def other_product(request: Request, item: Json, sure: bool) -> bool:
    """Whether another product is wanted instead of this item: written as a name, or, where no option was"
    " named, any noun."""
    name = item["name"].lower()
    if any(other_products(text, item["name"]) for asked, text in request.said if asked not in ("order", "content")):
        return True
    for asked, text in reversed(request.said):
        if asked in ("items", "order", "content", "payment"):
            continue
        found = re.search(r"\bfor an? ([A-Z][\w-]+(?: [A-Z][\w-]+)*)", text)
        if not found and sure and asked in ("options", "confirm"):
            found = re.search(_ASKED_FOR + r"((?!order\b)[A-Za-z][\w-]+(?: [\w-]+)?)", text)
        if found and not _NO_PRODUCT.match(found[1]):
            return name not in found[1].lower() and found[1].lower() not in name
    return False


def about_order(request: Request) -> bool:
    """Whether the question is about an order rather than about what is for sale."""
    if request.topic in ("order_status", "tracking", "paid_with"):
        return True
    if request.topic != "price":
        return False
    if request.order_id or not reading.names_product(request.words):
        return True
    return _BOUGHT.search(request.words.lower()) is not None


_BOUGHT = re.compile(
    r"\border|\b(did|have|'d) i (pay|paid|spen[dt])|\bi (paid|payed|spent)\b|\b(set|ran) me back\b|\bi bought\b"
    r"|\bwas i charged\b|\byou (took|charged)\b"
    r"|\b(did|has|have)\b[^.?!]{0,60}\bcost me\b"
)


def product_ids(words: str, catalogue: Mapping[str, str]) -> list[str]:
    """The products named: the one named in full, or all that a part of a name can mean."""
    named = articles.products(words, catalogue)
    full = [name for name in named if articles.in_full(words, name)]
    return [max(full, key=len)] if full else named


def balance(account: Json) -> str:
    """What is left on the gift card."""
    cards = [f"${m['balance']:.2f}" for m in account["payment_methods"].values() if m["source"] == "gift_card"]
    if not cards:
        return "There is no gift card in your account."
    return f"The balance of your gift card is {listed(cards)}."


def of_order(request: Request, order: Json, account: Json | None, item: Json | None = None) -> str:
    """The answer to a question about an order, or about one ``item`` in it."""
    number = order["order_id"]
    if request.topic == "order_status":
        return f"The status of order {number} is {order['status']}."
    if request.topic == "tracking":
        ids = [code for parcel in order["fulfillments"] for code in parcel["tracking_id"]]
        return (
            f"The tracking number of order {number} is {listed(ids)}."
            if ids
            else f"Order {number} has no tracking number yet."
        )
    if request.topic == "paid_with":
        return f"Order {number} was paid with {_method(order, account)}."
    if item is not None:
        return f"You paid ${item['price']:.2f} for the {item['name']} in order {number}."
    amount = next(p["amount"] for p in order["payment_history"] if p["transaction_type"] == "payment")
    return f"The total of order {number} was ${amount:.2f}."


def item_words(words: str) -> str:
    """What is left of the question without the item that only says which order is meant."""
    return (
        re.sub(r"order with the [^?.]*", " ", words, flags=re.I)
        if not re.search(r"for the .* (?:in|from|of) my order", words)
        else words
    )


def _method(order: Json, account: Json | None) -> str:
    method = (account or {}).get("payment_methods", {}).get(order["payment_history"][0]["payment_method_id"], {})
    if method.get("source") == "credit_card":
        return f"your {method['brand'].capitalize()} card ending in {method['last_four']}"
    return "your gift card" if method.get("source") == "gift_card" else "PayPal"


def of_product(request: Request, product: Json) -> str:
    """The answer to a question about what is for sale."""
    name, variants = product["name"], list(product["variants"].values())
    stock = [variant for variant in variants if variant["available"]]
    if request.topic == "available_count":
        return f"There are {len(stock)} variants of the {name} available right now."
    if request.topic == "cheapest_variant":
        best = min(stock, key=lambda variant: variant["price"])
        return f"The cheapest {name} in stock costs ${best['price']:.2f}."
    wanted = articles.options(request.words, variants)
    fitting = [v for v in variants if all(v["options"].get(key) == value for key, value in wanted.items())]
    prices = sorted(variant["price"] for variant in fitting or variants)
    described = f"The {name} with {options(wanted)}" if wanted and fitting else f"The {name}"
    if request.topic == "in_stock":
        return f"{described} is {'' if any(v['available'] for v in fitting or variants) else 'not '}in stock."
    if prices[0] == prices[-1]:
        return f"{described} costs ${prices[0]:.2f}."
    return f"{described} costs between ${prices[0]:.2f} and ${prices[-1]:.2f}."

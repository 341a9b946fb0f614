"""The scripted user's wording of values: order numbers, items, options and addresses."""

from collections.abc import Sequence
from random import Random

from tarl_app.domains.retail.goals import Address, Choice, ShopGoal
from tarl_app.language.listed import listed

_BARE = ("color", "material", "frame", "strap", "deck")  # options whose value says enough without their name


def order_said(order_id: str, rng: Random) -> str:
    """The order number as people type it: with or without "#" and "W", now and then in groups."""
    digits = order_id.lstrip("#W")
    grouped = f"W {digits[:3]} {digits[3:]}" if rng.random() < 0.5 else f"W{digits[:4]} {digits[4:]}"
    return rng.choices((order_id, f"W{digits}", digits, grouped), (45, 30, 13, 12))[0]


def order_named(goal: ShopGoal, reveal: bool, rng: Random) -> str:
    """The order in a goal: by its number, by what is in it, or not at all."""
    if reveal and goal.order_id and goal.knows_order_id:
        return rng.choice(("order {}", "my order {}", "order number {}")).format(order_said(goal.order_id, rng))
    if reveal and goal.choices and goal.kind not in ("return_items", "exchange_items", "modify_items"):
        items = items_said(goal.choices[:1], rng, article="the")
        return f"my order with {items}"
    return rng.choice(("an order", "my order", "one of my orders", "an order of mine"))


def options_said(options: dict[str, str]) -> str:
    """ "color red and size large"; "a toaster" where another product is asked for."""
    if "product" in options:
        return f"{'an' if options['product'][0] in 'AEIOU' else 'a'} {options['product'].lower()}"
    return listed([f"{name} {value}" for name, value in options.items()])


def items_said(choices: Sequence[Choice], rng: Random, detailed: bool = False, article: str | None = None) -> str:
    """The items: by product, and by their options too where that is asked or two are of one product."""
    products = [choice.product for choice in choices]
    article = article or ("the" if len(choices) > 1 else rng.choice(("the", "the", "my")))
    said = []
    for choice in choices:
        name = f"{article} {choice.product.lower() if rng.random() < 0.7 else choice.product}"
        full = detailed or products.count(choice.product) > 1
        said.append(f"{name} with {options_said(choice.options)}" if full and choice.options else name)
    return listed(said)


def wanted(choice: Choice, fall_back: bool) -> dict[str, str]:
    """The options wanted now: those wanted first, until they are known to be sold out."""
    return choice.first_options if choice.first_options and not fall_back else choice.new_options


def new_said(choices: Sequence[Choice], fall_back: bool, rng: Random) -> str:
    """What the user wants instead; with the product's name where several items change."""
    said = []
    for choice in choices:
        options = wanted(choice, fall_back)
        if "product" in options:
            said.append(options_said(options))
            continue
        bare = [value if name in _BARE and rng.random() < 0.5 else f"{name} {value}" for name, value in options.items()]
        words = listed(bare) if bare else "another one"
        if len(choices) > 1:
            words = f"{words} for the {choice.product.lower()}"
        elif len(bare) == 1 and next(iter(options)) in _BARE:
            words = rng.choice((f"the {next(iter(options.values()))} one", words))
        elif rng.random() < 0.4:
            words = f"one with {options_said(options)}"
        said.append(words)
    return listed(said)


def address_said(place: Address) -> str:
    """An address in one line."""
    street = f"{place.address1}, {place.address2}" if place.address2 else place.address1
    return f"{street}, {place.city}, {place.state} {place.zip}"


def old_email(address: str) -> str:
    """An address like this one at an old provider."""
    name, _, host = address.partition("@")
    other = "example.org" if host != "example.org" else "example.com"
    return f"{name.rstrip('0123456789')}@{other}"

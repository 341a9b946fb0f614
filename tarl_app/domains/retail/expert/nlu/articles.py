"""What people call products, items and their options: in full, by a part of the name, with a slip of the finger."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tarl_app.language.nearby import places, same, tokens
from tarl_app.language.spoken.numerals import in_digits

Json = dict[str, Any]

_NEEDS_NAME = re.compile(r"yes|no|none|\w{1,2}|\d+|two|three|four|five|six")  # says nothing without its option
_SPELLINGS = (
    (r"\bgrey\b", "gray"),
    (r"\bcolour", "color"),
    (r"\b(\d+) ?(?:gb|gigs?|gigabyte)\b", r"\1 gigabytes"),
    (r"\b(\d+) ?(?:mm|millimet(?:er|re)s?)\b", r"\1 millimeter"),
    (r"\b(\d+)(?: ?\"|[ -]?inch(?:es)?)(?!\w)", r"\1 inch"),
    (r"\b(\d+) ?(?:oz|ounces)\b", r"\1 ounce"),
    (r"\b(\d+) ?(?:lbs?|pounds?)\b", r"\1 pounds"),
    (r"\b(\d+) ?(?:ft|foot|feet)\b", r"\1 feet"),
    (r"\b(litre|litres)\b", "liter"),
    (r"\bx-?large\b|\bxl\b", "extra large"),
    (r"\bbike\b", "bicycle"),
    (r"\b(\w+)-(person|ear|liter|inch|feet)\b", r"\1 \2"),
)
_CALLED: dict[str, tuple[str, ...]] = {
    "Running Shoes": ("shoes", "sneakers", "trainers", "runners"),
    "Hiking Boots": ("boots",),
    "Bluetooth Speaker": ("speaker",),
    "Computer Monitor": ("monitor", "screen"),
    "Mechanical Keyboard": ("keyboard",),
    "Wireless Mouse": ("mouse",),
    "Bicycle Helmet": ("helmet",),
    "Sunglasses": ("shades", "glasses"),
    "Wrist Watch": ("watch",),
    "Throw Blanket": ("blanket",),
    "Bed Pillow": ("pillow",),
    "Wall Clock": ("clock",),
    "Jigsaw Puzzle": ("jigsaw", "puzzle"),
    "Garden Hose": ("hose",),
    "Winter Coat": ("coat",),
    "Rain Jacket": ("jacket", "raincoat"),
    "Wool Sweater": ("sweater", "jumper", "pullover"),
    "Cotton Shirt": ("shirt",),
    "Leather Belt": ("belt",),
    "Camping Tent": ("tent",),
    "Knife Set": ("knives", "knife"),
    "Dumbbell Set": ("dumbbells", "weights"),
    "Frying Pan": ("pan", "skillet"),
    "Tea Kettle": ("kettle",),
    "Espresso Maker": ("espresso machine", "coffee maker", "coffee machine"),
    "Office Chair": ("chair",),
    "Water Bottle": ("bottle",),
    "E-Reader": ("ereader", "reader", "kindle"),
    "Headphones": ("headset",),
    "Backpack": ("rucksack",),
    "Bookshelf": ("bookcase", "shelf"),
    "Action Camera": ("camera",),
    "Cutting Board": ("board",),
    "Board Game": ("game",),
    "Power Bank": ("charger", "powerbank"),
    "Yoga Mat": ("mat",),
    "Jump Rope": ("skipping rope", "rope"),
    "Lunch Box": ("lunchbox",),
    "Umbrella": ("brolly",),
    "Desk Lamp": ("lamp",),
    "Floor Lamp": ("lamp",),
    "Coffee Mug": ("mug",),
    "Travel Mug": ("mug",),
    "Suitcase": ("luggage",),
}
"""Other names, and parts of names that people use alone."""


def other_names() -> list[str]:
    """What people call products, other than by their names."""
    return [alias for names in _CALLED.values() for alias in names]


def canonical(text: str) -> str:
    """The text in lower case, with one spelling for units, colours and numbers."""
    lower = text.lower().replace("’", "'")
    for pattern, written in _SPELLINGS:
        lower = re.sub(pattern, written, lower)
    return lower


def products(text: str, names: Iterable[str]) -> list[str]:
    """Which of these products a text names; a part of a name counts where no other product is named in full by it."""
    left, every = canonical(text), tuple(dict.fromkeys(names))
    full = [name for name in every if places(left, canonical(name))]
    for name in sorted(full, key=len, reverse=True):
        left = _without(left, canonical(name))
    parts = [name for name in every if name not in full and any(_alone(left, alias) for alias in _CALLED.get(name, ()))]
    return [name for name in every if name in full or name in parts]


def _alone(text: str, alias: str) -> bool:
    """Whether another name stands in a text to the letter: with a slip, "charge" would be a charger."""
    return re.search(rf"\b{re.escape(alias)}(?:e?s)?\b", text) is not None


def _without(text: str, name: str) -> str:
    said, at, length = tokens(text), places(text, name), len(tokens(name))
    gone = {place + n for place in at for n in range(length)}
    return " ".join("|" if n in gone else word for n, word in enumerate(said))


def mentions(text: str, product: str) -> bool:
    """Whether a product is named, in full or by a part of its name."""
    return bool(products(text, [product]))


def in_full(text: str, name: str) -> bool:
    """Whether a product is named by its whole name."""
    return bool(places(canonical(text), canonical(name)))


def items(text: str, order: Json) -> tuple[list[Json], bool]:
    """The items of the order that are named, and whether several of one product could be meant."""
    lower = canonical(text)
    if re.search(
        r"\b(everything|all (of )?(it|them|items)|all \w+ items|(the )?whole (order|thing|lot)|entire order"
        r"|(?<!we )(?<!they )(?<!you )both)\b"
        r"|\ball (two|three|four|five|\d)\b|^\W*all\W*$",
        lower,
    ):
        return list(order["items"]), False
    chosen, unclear = [], False
    names = products(lower, [item["name"] for item in order["items"]])
    for product in names:
        found, open_ = _meant(lower, [item for item in order["items"] if item["name"] == product])
        chosen, unclear = chosen + found, unclear or open_
    alike = [name for name in names if _only_by_part(lower, name)]
    if len(alike) > 1 and any(set(_CALLED[alike[0]]) & set(_CALLED[other]) for other in alike[1:]):
        unclear = unclear or not re.search(r"\b(two|2|lamps|mugs|and)\b", lower)
    return [item for item in order["items"] if item in chosen], unclear


def _only_by_part(lower: str, name: str) -> bool:
    return not places(lower, canonical(name)) and name in _CALLED


def _meant(lower: str, same_kind: list[Json]) -> tuple[list[Json], bool]:
    """Of the items of one product those that its mentions describe; each mention reaches to the next one."""
    parts = lower.split(same_kind[0]["name"].lower())[1:] or [lower]
    if len(same_kind) == 1 or len(parts) >= len(same_kind):
        return same_kind, False
    found: list[Json] = []
    for part in parts:
        best = _described(part, same_kind)
        if len(best) > 1 and len(parts) == 1:
            best = _described(lower, same_kind)
        if len(best) > 1:
            return same_kind, True
        found += best
    return found, False


def _described(text: str, same_kind: list[Json]) -> list[Json]:
    scores = [sum(says_option(text, key, value) for key, value in item["options"].items()) for item in same_kind]
    return [item for item, score in zip(same_kind, scores, strict=True) if score == max(scores)]


def pointed_out(text: str, shown: Sequence[Json]) -> list[Json]:
    """Of items that were just listed those that an answer picks: "the second", "both", "the large one", "the last"."""
    lower = canonical(text)
    if re.search(r"\b(both|all|all of them|either way)\b", lower):
        return list(shown)
    for number, word in enumerate(("first", "second", "third", "fourth")):
        if number < len(shown) and re.search(rf"\b{word}\b", lower):
            return [shown[number]]
    if re.search(r"\blast( one)?\b", lower):
        return [shown[-1]]
    best = _described(lower, list(shown))
    return best if len(best) < len(shown) else []


def says_option(lower: str, key: str, value: str) -> bool:
    """Whether the option is named: "size 8", or a value that speaks for itself ("blue")."""
    lower, value = in_digits(lower), in_digits(canonical(value))
    if _with_name(lower, key, value):
        return True
    return not _NEEDS_NAME.fullmatch(value) and bool(places(lower, value))


def _with_name(lower: str, key: str, value: str) -> bool:
    known = _stem(canonical(key))
    found = rf"\b{known}\w*\W{{1,3}}(?:is |to |in )?{re.escape(value)}\b|\b{re.escape(value)} {known}"
    return re.search(found, lower) is not None


def _stem(key: str) -> str:
    return re.escape(key[:-1] if key.endswith("s") else key)


def options(text: str, variants: Sequence[Mapping[str, Any]], bare: bool = False) -> dict[str, str]:
    """The option values of a product that are named; longer values first, so that "extra large" is not "large".

    ``bare``: an option was asked for, so that a value such as "9" counts without its name if only one option has it.
    """
    lower = in_digits(canonical(text))
    known: dict[str, set[str]] = {}
    for variant in variants:
        for key, value in variant["options"].items():
            known.setdefault(key, set()).add(value)
    taken: dict[str, str] = {}
    pairs = [(key, value, in_digits(canonical(value))) for key, values in known.items() for value in values]
    for exact in (True, False):
        for key, value, said in sorted(pairs, key=lambda pair: (-len(pair[2]), pair)):
            if key in taken or not (_with_name(lower, key, said) if exact else says_option(lower, key, said)):
                continue
            taken[key] = value
            lower = re.sub(rf"\b{re.escape(said)}\b", " ~ ", lower, count=1) if said in lower else _without(lower, said)
    if bare and not taken:
        hits = [(key, value) for key, value, said in pairs if any(same(word, said) for word in tokens(lower))]
        return dict(hits) if len(hits) == 1 else {}
    return taken

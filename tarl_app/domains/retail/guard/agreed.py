"""Reads the argument values of a call off the agent's last proposal.

"To confirm: in order #W1234567 I exchange the Desk Lamp for one with color red. $3.10 will be charged to your Visa
ending in 4242. Is that right?" names an order, one of its items, a variant of that item's product and a payment method.
Everything is looked up in what tools have shown; what the proposal does not name, or names ambiguously, is left open.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from tarl_app.core.types import AgentTurn, Turn
from tarl_app.domains.retail.shown import Json, objects

Agreed = Mapping[str, tuple[str, ...]]

_ORDER = re.compile(r"#W\d{7}")
_INSTEAD = re.compile(r"\bfor one with\b")
_ADDRESS = re.compile(
    r"\b(?:goes to|becomes|to) (?P<address1>\d[^,?!]*), (?:(?P<address2>[^,?!]+), )?"
    r"(?P<city>[^,?!\d]+), (?P<state>[A-Z]{2}) (?P<zip>\d{5})\b"
)


def agreed(turns: Sequence[Turn]) -> Agreed:
    """Argument -> the value, or the values in their order, that the last proposal names; empty without a proposal.

    A proposal is the agent's last text where it asks something about one order that a tool has shown, or about an address.
    """
    text = next((turn.text for turn in reversed(turns) if isinstance(turn, AgentTurn) and turn.text.strip()), "")
    named = set(_ORDER.findall(text))
    shown = objects(turns)
    order = next((one for one in reversed(shown) if one.get("order_id") in named and "items" in one), None)
    if "?" not in text:
        return {}
    found = _address(text)
    if len(named) != 1 or order is None:
        return found
    found["order_id"] = (order["order_id"],)
    items = _items(text, order)
    if items:
        found["item_ids"] = tuple(item["item_id"] for item, _ in items)
        variants = [_variant(item, said, shown) for item, said in items]
        if all(variants):
            found["new_item_ids"] = tuple(variant for variant in variants if variant)
    if method := _method(text, order, shown):
        found["payment_method_id"] = (method,)
    return found


def _address(text: str) -> dict[str, tuple[str, ...]]:
    """The parts of an address that the text reads back; one without a second line has an empty one."""
    match = _ADDRESS.search(text)
    return {} if match is None else {part: (value or "",) for part, value in match.groupdict().items()}


def _items(text: str, order: Json) -> list[tuple[Json, str]]:
    """The items of the order that the text names, in its order, each with what is said of it up to the next one.

    Empty where a name could mean several items, or none, so that a proposal is never read in part.
    """
    names = {item["name"] for item in order["items"]}
    pattern = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    places = [match.start() for match in re.finditer(rf"\b(?:{pattern})\b", text, re.IGNORECASE)]
    found: list[tuple[Json, str]] = []
    for start, end in pairwise([*places, len(text)]):
        said = text[start:end]
        named = max((name for name in names if said.lower().startswith(name.lower())), key=len)
        old = _INSTEAD.split(said)[0]
        fitting = [item for item in order["items"] if item["name"] == named and _fits(item["options"], old)]
        if len(fitting) != 1:
            return []
        if fitting[0] not in [item for item, _ in found]:  # otherwise it is named twice
            found.append((fitting[0], said))
    return found


def _fits(options: Mapping[str, str], said: str) -> bool:
    """Whether the options are those that are said, as far as any are ("the Mug with color red")."""
    words = said.lower()
    return all(str(value).lower() in words for key, value in options.items() if re.search(rf"\b{key} ", words))


def _variant(item: Json, said: str, shown: Sequence[Json]) -> str | None:
    """The variant that an item is to be exchanged for: what is said of it, and otherwise the item's own options."""
    parts = _INSTEAD.split(said, maxsplit=1)
    products = [one for one in shown if "variants" in one and one.get("product_id") == item["product_id"]]
    if len(parts) < 2 or not products:
        return None
    wanted = dict(item["options"])
    for variant in products[-1]["variants"].values():
        for key, value in variant["options"].items():
            longer = len(str(value)) > len(str(wanted.get(key, ""))) or wanted.get(key) == item["options"].get(key)
            if longer and re.search(rf"\b{re.escape(f'{key} {value}')}\b", parts[1], re.IGNORECASE):
                wanted[key] = value
    fitting = [one["item_id"] for one in products[-1]["variants"].values() if one["options"] == wanted]
    return fitting[0] if len(fitting) == 1 and wanted != item["options"] else None


def _method(text: str, order: Json, shown: Sequence[Json]) -> str | None:
    if re.search(r"\boriginal payment method\b", text):
        payments = [one for one in order.get("payment_history", ()) if one.get("transaction_type") == "payment"]
        return payments[0]["payment_method_id"] if payments else None
    account = next((one for one in reversed(shown) if "payment_methods" in one), {})
    fitting = [
        method["id"]
        for method in account.get("payment_methods", {}).values()
        if re.search(_name(method), text, re.IGNORECASE)
    ]
    return fitting[0] if len(fitting) == 1 else None


def _name(method: Json) -> str:
    if method["source"] == "credit_card":
        return rf"\bending in {method.get('last_four', 'nothing')}\b"
    return r"\bgift card\b" if method["source"] == "gift_card" else r"\bpaypal\b"

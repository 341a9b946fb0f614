"""Names for orders, items and options, in the second person (prose) and the first (what the user says)."""

from collections.abc import Sequence
from dataclasses import dataclass

from tarl_app.domains.retail.goals import Address, Choice
from tarl_app.domains.retail.tasks.draft import Scene
from tarl_app.domains.retail.tasks.market import Line, Order
from tarl_app.language.listed import listed


def options(values: dict[str, str]) -> str:
    """The options of a variant in words: "color red and size L"."""
    return listed([f"{name} {value}" for name, value in values.items()])


def telling(order: Order, line: Line) -> dict[str, str]:
    """The options that tell this item from the others of its product in the order; none where it is the only one."""
    others = [other for other in order.lines if other.product_id == line.product_id and other is not line]
    return {k: v for k, v in line.options.items() if any(other.options.get(k) != v for other in others)}


def item(order: Order, line: Line) -> str:
    """The item as its owner would name it: "Desk Lamp", and with options where the order has several."""
    distinguishing = telling(order, line)
    return f"{line.product} ({options(distinguishing)})" if distinguishing else line.product


def the(order: Order, lines: Sequence[Line]) -> str:
    """ "the Desk Lamp and the Mug"."""
    return listed([f"the {item(order, line)}" for line in lines])


def by_content(scene: Scene, order: Order) -> Line | None:
    """An item whose product is in no other order of this customer, so that it tells which order is meant."""
    elsewhere = {line.product_id for other in scene.customer.orders if other is not order for line in other.lines}
    unique = [line for line in order.lines if line.product_id not in elsewhere]
    return scene.pick(*unique) if unique else None


@dataclass(frozen=True)
class Named:
    """An order in words: by its number, or by the item ``line`` that the user remembers it by."""

    yours: str  # in the second person
    mine: str  # in the first
    line: Line


def order_said(scene: Scene, order: Order) -> Named | None:
    """The order by number, or by what is in it where the user does not know the number; None where that is ambiguous."""
    line = by_content(scene, order)
    if scene.knows_ids:
        return Named(f"order {order.id}", f"order {order.id}", line or order.lines[0])
    return Named(f"your order with the {line.product}", f"my order with the {line.product}", line) if line else None


def kept(line: Line) -> Choice:
    """The item as a choice without anything wanted instead."""
    return Choice(item_id=line.item_id, product=line.product, options=line.options)


def remembered(scene: Scene, named: Named | None) -> tuple[Choice, ...]:
    """What the user remembers a whole order by, when they do not know its number."""
    return (kept(named.line),) if named and not scene.knows_ids else ()


def address(place: Address) -> str:
    """An address in one line."""
    street = f"{place.address1}, {place.address2}" if place.address2 else place.address1
    return f"{street}, {place.city}, {place.state} {place.zip}, {place.country}"

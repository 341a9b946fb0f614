"""Other variants of what was ordered: exchanging delivered items, modifying the items of a pending order."""

from dataclasses import dataclass
from typing import Literal

from tarl_app.domains.retail.goals import Choice, ShopGoal
from tarl_app.domains.retail.tasks import words
from tarl_app.domains.retail.tasks.draft import Part, Scene, account
from tarl_app.domains.retail.tasks.kinds import orders
from tarl_app.domains.retail.tasks.market import Line, Order, Payment, Variant
from tarl_app.language.listed import listed

EXCHANGE, MODIFY = "exchange_delivered_order_items", "modify_pending_order_items"


@dataclass(frozen=True)
class Swap:
    """One item, what is wanted instead, and what was wanted first but is sold out."""

    line: Line
    new: Variant
    first: Variant | None = None

    def choice(self) -> Choice:
        """The same in the task's terms."""
        return Choice(
            item_id=self.line.item_id,
            product=self.line.product,
            options=self.line.options,
            new_item_id=self.new.item_id,
            new_options=changed(self.line, self.new),
            first_item_id=self.first.item_id if self.first else None,
            first_options=changed(self.line, self.first) if self.first else {},
        )


def changed(line: Line, new: Variant) -> dict[str, str]:
    """The options that differ from what the user has."""
    return {name: value for name, value in new.options.items() if line.options.get(name) != value}


def variants(scene: Scene, line: Line, available: bool) -> list[Variant]:
    """Other variants of the same product, in or out of stock, those nearest to the present one first."""
    others = [
        v for v in scene.market.product[line.product_id].variants if v.available is available and v.item_id != line.item_id
    ]
    return sorted(scene.shuffled(others), key=lambda v: len(changed(line, v)))


def swap(scene: Scene, line: Line, fall_back: bool) -> Swap | None:
    """Another variant of the item in stock; with ``fall_back``, one that is sold out is wanted first."""
    stock = variants(scene, line, available=True)
    if not stock:
        return None
    new = scene.pick(*stock[:3])
    if not fall_back:
        return Swap(line, new)
    sold_out = [v for v in variants(scene, line, available=False)[:3] if changed(line, v) != changed(line, new)]
    return Swap(line, new, scene.pick(*sold_out)) if sold_out else None


def exchange(scene: Scene) -> Part | None:
    """Delivered items for other variants of the same products."""
    return _any(scene, "exchange_items")


def modify(scene: Scene) -> Part | None:
    """Items of a pending order for other variants of the same products."""
    return _any(scene, "modify_items")


def with_fall_back(scene: Scene) -> Part | None:
    """The variant asked for first is sold out; the user has a second choice."""
    kinds = scene.shuffled(("exchange_items", "modify_items"))
    return _any(scene, kinds[0], fall_back=True) or _any(scene, kinds[1], fall_back=True)


Kind = Literal["exchange_items", "modify_items"]


def _any(scene: Scene, kind: Kind, fall_back: bool = False) -> Part | None:
    for order in scene.orders("delivered" if kind == "exchange_items" else "pending"):
        part = swapping(scene, kind, order, fall_back)
        if part is not None:
            scene.taken.add(order.id)
            return part
    return None


def swapping(scene: Scene, kind: Kind, order: Order, fall_back: bool = False) -> Part | None:
    """The swap of one item of this order, now and then of two."""
    named = words.order_said(scene, order)
    if named is None:
        return None
    lines = [named.line] if not scene.knows_ids else scene.shuffled(order.lines)
    found = [s for s in (swap(scene, line, fall_back) for line in lines) if s is not None]
    swaps = found[: 2 if scene.dice.chance(20) and not fall_back else 1]
    method = _method(scene, order, sum(s.new.price - s.line.price for s in swaps)) if swaps else None
    return _part(scene, kind, order, swaps, method) if method else None


def _method(scene: Scene, order: Order, difference: int) -> tuple[Payment, str, str] | None:
    """Who pays or gets the difference; a gift card must be able to."""
    for method in scene.shuffled(scene.customer.payments):
        if method.source == "gift_card" and (method.balance < difference or method.id in scene.taken):
            continue
        if method.source == "gift_card":
            scene.taken.add(method.id)
        return orders.original(scene, order) if method.id == order.method else (method, method.said, method.yours)
    return None


def _part(scene: Scene, kind: Kind, order: Order, swaps: list[Swap], paying: tuple[Payment, str, str]) -> Part:
    method, said, yours = paying
    goal = ShopGoal(
        kind=kind,
        order_id=order.id,
        knows_order_id=scene.knows_ids,
        choices=tuple(s.choice() for s in swaps),
        payment_method_id=method.id,
        payment_said=said,
        question=_question(scene, kind, order, swaps),
    )
    arguments = {
        "order_id": order.id,
        "item_ids": [s.line.item_id for s in swaps],
        "new_item_ids": [s.new.item_id for s in swaps],
        "payment_method_id": method.id,
    }
    products = dict.fromkeys(s.line.product_id for s in swaps)
    reads = (
        *scene.read(order),
        *((account(scene.customer),) if "used for the order" not in said else ()),
        *(("get_product_details", {"product_id": product}) for product in products),
    )
    settled = scene.pick(
        f"Any difference in price should go through {yours}.", f"You settle the difference in price with {yours}."
    )
    prose = f"{_prose(scene, kind, order, swaps)} {settled}"
    return Part(goal, (*reads, (EXCHANGE if kind == "exchange_items" else MODIFY, arguments)), prose)


def _prose(scene: Scene, kind: Kind, order: Order, swaps: list[Swap]) -> str:
    where = f"order {order.id}" if scene.knows_ids else "one of your orders"
    state = "delivered" if kind == "exchange_items" else "not shipped yet"
    wanted = listed([_wanted(order, s) for s in swaps])
    verb = "exchange" if kind == "exchange_items" else "change"
    said = scene.pick(
        f"In {where}, which is {state}, you want to {verb} {wanted}.",
        f"You want to {verb} {wanted}. It is about {where}, which is {state}.",
    )
    backs = [
        f"If that is sold out, you take {words.options(changed(s.line, s.new))} and otherwise like the one you have."
        for s in swaps
        if s.first
    ]
    return " ".join([said, *backs])


def _wanted(order: Order, swap: Swap) -> str:
    first = swap.first or swap.new
    return f"the {words.item(order, swap.line)} for one with {words.options(changed(swap.line, first))}"


def _question(scene: Scene, kind: Kind, order: Order, swaps: list[Swap]) -> str:
    verb = "exchange" if kind == "exchange_items" else "change"
    where = f"In order {order.id} I want" if scene.knows_ids else "I want"
    return f"{where} to {verb} {listed([_wanted(order, s) for s in swaps])}."

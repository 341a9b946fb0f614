"""Cancelling an order, returning items."""

from tarl_app.domains.retail.goals import ShopGoal
from tarl_app.domains.retail.tasks import words
from tarl_app.domains.retail.tasks.draft import Part, Scene, account
from tarl_app.domains.retail.tasks.market import Line, Order, Payment
from tarl_app.domains.retail.world import CANCEL_REASONS

CANCEL, RETURN = "cancel_pending_order", "return_delivered_order_items"

BECAUSE = {
    "no longer needed": (
        "You no longer need it.",
        "Your plans changed and you no longer need it.",
        "You have no use for it any more; you no longer need it.",
    ),
    "ordered by mistake": (
        "You ordered it by mistake.",
        "You clicked on the wrong button and ordered it by mistake.",
        "It was ordered by mistake.",
    ),
}


def cancel(scene: Scene) -> Part | None:
    """A pending order, all of it, for one of the allowed reasons."""
    for order in scene.orders("pending"):
        part = cancelling(scene, order)
        if part is not None:
            return part
    return None


def cancelling(scene: Scene, order: Order) -> Part | None:
    """The cancellation of this pending order."""
    named = words.order_said(scene, order)
    if named is None:
        return None
    scene.taken.add(order.id)
    reason = scene.pick(*CANCEL_REASONS)
    prose = scene.pick(
        f"You want to cancel {named.yours}.",
        f"You would like the shop to cancel {named.yours} completely.",
        f"You have decided to call off {named.yours}: it should be cancelled.",
    )
    goal = ShopGoal(
        kind="cancel_order",
        order_id=order.id,
        knows_order_id=scene.knows_ids,
        choices=words.remembered(scene, named),
        reason=reason,
        question=scene.pick(f"I want to cancel {named.mine}.", f"Please cancel {named.mine} for me."),
    )
    gold = (*scene.read(order), (CANCEL, {"order_id": order.id, "reason": reason}))
    return Part(goal, gold, f"{prose} {scene.pick(*BECAUSE[reason])}")


def return_some(scene: Scene) -> Part | None:
    """One or more items of a delivered order, the money back to where it came from or to a gift card."""
    for order in scene.orders("delivered"):
        named = words.order_said(scene, order)
        if named is None:
            continue
        scene.taken.add(order.id)
        if scene.dice.chance(20) and scene.knows_ids and len(order.lines) > 1:
            return _all_of_it(scene, order)
        return returning(scene, order, some(scene, order, named))
    return None


def some(scene: Scene, order: Order, named: words.Named) -> tuple[Line, ...]:
    """One item, or now and then several; with the one the user remembers the order by."""
    first = named.line if not scene.knows_ids else scene.pick(*order.lines)
    more = [line for line in order.lines if line is not first and scene.dice.chance(25)]
    return (first, *more)


def _all_of_it(scene: Scene, order: Order) -> Part:
    part = returning(scene, order, order.lines)
    named = words.the(order, order.lines)
    return Part(part.goal, part.gold, part.prose.replace(named, f"all {len(order.lines)} items ({named})", 1))


def refund_method(scene: Scene, order: Order) -> tuple[Payment, str, str]:
    """Where the money goes, and how that is said in the first and the second person."""
    card = scene.customer.gift_card()
    if card is not None and card.id != order.method and scene.dice.chance(35):
        return card, card.said, card.yours
    return original(scene, order)


def original(scene: Scene, order: Order) -> tuple[Payment, str, str]:
    """The payment method the order was paid with, said as just that or by its name."""
    method = scene.customer.payment(order.method)
    if scene.dice.chance(60):
        return method, "the payment method I used for the order", "the payment method you used for the order"
    return method, method.said, method.yours


def returning(scene: Scene, order: Order, lines: tuple[Line, ...], to_original: bool = False) -> Part:
    """The return of these items; ``to_original``: the money goes back to where it came from."""
    method, said, yours = original(scene, order) if to_original else refund_method(scene, order)
    things = words.the(order, lines)
    source = f"from order {order.id}" if scene.knows_ids else "from an order that was delivered"
    prose = scene.pick(
        f"You want to return {things} {source}.",
        f"You are not happy with {things} {source} and want to send {'it' if len(lines) == 1 else 'them'} back.",
        f"You would like to give back {things} {source}.",
    )
    refund = scene.pick(f"The refund should go to {yours}.", f"You want the money back on {yours}.")
    goal = ShopGoal(
        kind="return_items",
        order_id=order.id,
        knows_order_id=scene.knows_ids,
        choices=tuple(words.kept(line) for line in lines),
        payment_method_id=method.id,
        payment_said=said,
        question=f"I want to return {things} {source}.",
    )
    arguments = {"order_id": order.id, "item_ids": [line.item_id for line in lines], "payment_method_id": method.id}
    reads = (*scene.read(order), *((account(scene.customer),) if "used for the order" not in said else ()))
    return Part(goal, (*reads, (RETURN, arguments)), f"{prose} {refund}")

"""What the policy forbids: the agent declines, changes nothing, and answers what the user asks for instead."""

from collections.abc import Callable
from typing import Any

from tarl_app.domains.retail.goals import Choice, ShopGoal
from tarl_app.domains.retail.tasks import words
from tarl_app.domains.retail.tasks.draft import Part, Scene, details
from tarl_app.domains.retail.tasks.kinds import account, lookups, orders, swaps
from tarl_app.domains.retail.tasks.market import Order
from tarl_app.sandbox.tasks.draft import Call, followed_by

Parts = tuple[Part, ...]

INSTEAD = (
    "If that is not possible, you accept it and go on:",
    "When the agent says no, you settle for something else.",
    "If the agent refuses, you are disappointed, but you still want something.",
)


def _refused(
    scene: Scene, kind: str, topic: str, why: str, said: tuple[str, str], tool: str, *reads: Call, **more: Any
) -> Part:
    """A goal to decline; ``said`` is the prose and the user's own sentence."""
    insists = scene.dice.weighted((0, 1, 2), (4, 4, 2))
    prose = said[0]
    if insists:
        prose += scene.pick(" You do not give up at the first no and ask again.", " You insist when the agent refuses.")
    goal = ShopGoal(kind=kind, expect="refused", topic=topic, why=why, question=said[1], insists=insists, **more)
    return Part(goal, reads, prose, (tool,))


def _then(scene: Scene, refused: Part, second: Part | None) -> Parts | None:
    return (followed_by(refused, second, scene.pick(*INSTEAD)),) if second else None


def _anything(scene: Scene, order: Order) -> Part | None:
    """A question that the refusal itself does not answer."""
    return lookups.about(scene, order, lookups.total, lookups.tracking, lookups.item_price)


def _take(scene: Scene, *statuses: str) -> Order | None:
    for order in scene.orders(*statuses):
        scene.taken.add(order.id)
        return order
    return None


def cancel_shipped(scene: Scene) -> Parts | None:
    """Only pending orders can be cancelled."""
    order = _take(scene, "processed", "delivered")
    if order is None:
        return None
    said = (
        f"You want to cancel order {order.id} because you no longer need it.",
        f"Please cancel order {order.id}, I no longer need it.",
    )
    why = f"Order {order.id} is {order.status}; only a pending order can be cancelled."
    fields = {"order_id": order.id, "reason": "no longer needed"}
    refused = _refused(scene, "cancel_order", "cancel_shipped", why, said, orders.CANCEL, details(order), **fields)
    if order.status == "delivered" and scene.dice.chance(50):
        return _then(scene, refused, orders.returning(scene, order, (scene.pick(*order.lines),)))
    return _then(scene, refused, _anything(scene, order))


def return_undelivered(scene: Scene) -> Parts | None:
    """Only delivered items can be returned."""
    order = _take(scene, "pending", "processed")
    if order is None:
        return None
    line = scene.pick(*order.lines)
    item, card = words.item(order, line), scene.customer.payment(order.method)
    said = (
        f"You want to return the {item} from order {order.id} and get the money back, although it has not arrived yet.",
        f"I would like to return the {item} from order {order.id}.",
    )
    why = f"Order {order.id} is {order.status}; only items of a delivered order can be returned."
    fields = {"order_id": order.id, "choices": (words.kept(line),), "payment_method_id": card.id, "payment_said": card.said}
    refused = _refused(scene, "return_items", "return_undelivered", why, said, orders.RETURN, details(order), **fields)
    if order.status == "pending" and scene.dice.chance(50):
        return _then(scene, refused, orders.cancelling(scene, order))
    return _then(scene, refused, _anything(scene, order))


def other_product(scene: Scene) -> Parts | None:
    """An exchange stays within the same type of product."""
    order = _take(scene, "delivered")
    if order is None:
        return None
    line = scene.pick(*order.lines)
    other = scene.pick(*(p for p in scene.market.products if p.id != line.product_id))
    new = next(v for v in other.variants if v.available)
    item, card = words.item(order, line), scene.customer.payment(order.method)
    said = (
        f"You want to exchange the {item} from order {order.id} for a {other.name}.",
        f"Could you exchange the {item} from order {order.id} for a {other.name}?",
    )
    choice = Choice(
        item_id=line.item_id,
        product=line.product,
        options=line.options,
        new_item_id=new.item_id,
        new_options={"product": other.name},
    )
    why = "An item can only be exchanged for another variant of the same product."
    fields = {"order_id": order.id, "choices": (choice,), "payment_method_id": card.id, "payment_said": card.said}
    refused = _refused(scene, "exchange_items", "other_product", why, said, swaps.EXCHANGE, details(order), **fields)
    second = swaps.swapping(scene, "exchange_items", order) if scene.dice.chance(50) else _anything(scene, order)
    return _then(scene, refused, second)


def sold_out(scene: Scene) -> Parts | None:
    """What is not in stock cannot be had."""
    order = _take(scene, "delivered")
    if order is None:
        return None
    line = scene.pick(*order.lines)
    missing = swaps.variants(scene, line, available=False)
    if not missing:
        return None
    swap = swaps.Swap(line, missing[0])
    item, wanted, card = (
        words.item(order, line),
        words.options(swaps.changed(line, swap.new)),
        scene.customer.payment(order.method),
    )
    said = (
        f"You want to exchange the {item} from order {order.id} for one with {wanted}, and no other will do.",
        f"I want to exchange the {item} from order {order.id} for one with {wanted}.",
    )
    why = f"The {line.product} with {wanted} is sold out."
    fields = {"order_id": order.id, "choices": (swap.choice(),), "payment_method_id": card.id, "payment_said": card.said}
    reads = (details(order), ("get_product_details", {"product_id": line.product_id}))
    refused = _refused(scene, "exchange_items", "sold_out", why, said, swaps.EXCHANGE, *reads, **fields)
    second = orders.returning(scene, order, (line,)) if scene.dice.chance(50) else _anything(scene, order)
    return _then(scene, refused, second)


def foreign_order(scene: Scene) -> Parts | None:
    """A customer may only change their own orders."""
    owner = scene.pick(*scene.neighbours)
    theirs = [order for order in owner.orders if order.status == "pending"]
    mine = _take(scene, *lookups.ANY)
    if owner is scene.customer or not theirs or mine is None:
        return None
    order, whose = scene.pick(*theirs), scene.pick("sister", "neighbor", "colleague", "flatmate")
    said = (
        f"You want to cancel order {order.id}, which is your {whose}'s; you say so only when asked. It is no longer needed.",
        f"Please cancel order {order.id}, it is no longer needed.",
    )
    why = f"Order {order.id} belongs to another customer."
    fields = {"order_id": order.id, "reason": "no longer needed"}
    refused = _refused(scene, "cancel_order", "foreign_order", why, said, orders.CANCEL, details(order), **fields)
    return _then(scene, refused, lookups.about(scene, mine))


def foreign_refund(scene: Scene) -> Parts | None:
    """Money goes back to the original payment method or to a gift card."""
    order = _take(scene, "delivered")
    if order is None:
        return None
    others = [p for p in scene.customer.payments if p.id != order.method and p.source != "gift_card"]
    if not others:
        return None
    line, other = scene.pick(*order.lines), scene.pick(*others)
    item = words.item(order, line)
    said = (
        f"You want to return the {item} from order {order.id}. You paid another way, but want the money on {other.yours}.",
        f"I want to return the {item} from order {order.id}, and please refund it to {other.said}.",
    )
    why = "A refund goes to the original payment method or to a gift card."
    fields = {
        "order_id": order.id,
        "choices": (words.kept(line),),
        "payment_method_id": other.id,
        "payment_said": other.said,
    }
    refused = _refused(scene, "return_items", "foreign_refund", why, said, orders.RETURN, details(order), **fields)
    return _then(scene, refused, orders.returning(scene, order, (line,), to_original=True))


def bad_reason(scene: Scene) -> Parts | None:
    """There are only two reasons to cancel."""
    order = _take(scene, "pending")
    if order is None:
        return None
    reason = scene.pick("found it cheaper elsewhere", "delivery takes too long", "the color does not suit me")
    said = (
        f'You want to cancel order {order.id}. You give as the reason: "{reason}". You have no other reason.',
        f"I want to cancel order {order.id}. My reason: {reason}.",
    )
    why = "An order is only cancelled when it is no longer needed or was ordered by mistake."
    fields = {"order_id": order.id, "reason": reason}
    refused = _refused(scene, "cancel_order", "bad_reason", why, said, orders.CANCEL, details(order), **fields)
    return _then(scene, refused, _anything(scene, order))


def shipped_address(scene: Scene) -> Parts | None:
    """The address of an order on its way is fixed."""
    order = _take(scene, "processed", "delivered")
    if order is None:
        return None
    place = account.invented(scene)
    said = (
        f"You want order {order.id} to go to another address: {words.address(place)}.",
        f"Please change the delivery address of order {order.id}.",
    )
    why = f"Order {order.id} is {order.status}; the address can only be changed while an order is pending."
    fields = {"order_id": order.id, "address": place}
    refused = _refused(
        scene, "modify_order_address", "shipped_address", why, said, account.ORDER_ADDRESS, details(order), **fields
    )
    return _then(scene, refused, _anything(scene, order))


def small_gift_card(scene: Scene) -> Parts | None:
    """A gift card must cover the whole order."""
    order, card = _take(scene, "pending"), scene.customer.gift_card()
    if order is None or card is None or card.id == order.method or card.balance >= order.paid:
        return None
    said = (
        f"You want to pay for order {order.id} with your gift card instead of the present payment method.",
        f"I want to pay for order {order.id} with my gift card.",
    )
    why = "The balance of the gift card does not cover the total of the order."
    reads = (details(order), ("get_user_details", {"user_id": scene.customer.id}))
    fields = {"order_id": order.id, "payment_method_id": card.id, "payment_said": card.said}
    refused = _refused(scene, "modify_payment", "small_gift_card", why, said, account.PAYMENT, *reads, **fields)
    return _then(scene, refused, account.paying(scene, order) or _anything(scene, order))


def second_modification(scene: Scene) -> Parts | None:
    """The items of an order can be modified once; then it is closed to any other change."""
    for order in scene.orders("pending"):
        first = swaps.swapping(scene, "modify_items", order)
        mine = next((o for o in scene.orders(*lookups.ANY) if o.id != order.id), None)
        question = lookups.about(scene, mine) if mine else lookups.harder_question(scene)
        if first is None or question is None or question.goal.topic == "gift_card_balance":
            continue
        reason = "ordered by mistake"
        said = (
            f"Right after that you find that you ordered all of it by mistake and want order {order.id} to be cancelled.",
            f"Actually, please cancel order {order.id} altogether, I ordered it by mistake.",
        )
        why = "The items of the order were just modified; after that it can neither be modified again nor cancelled."
        fields = {"order_id": order.id, "reason": reason}
        refused = _refused(scene, "cancel_order", "second_modification", why, said, orders.CANCEL, **fields)
        return (first, followed_by(refused, question, scene.pick(*INSTEAD)))
    return None


def partial_cancel(scene: Scene) -> Parts | None:
    """An order is cancelled as a whole or not at all."""
    order = _take(scene, "pending")
    if order is None or len(order.lines) < 2:
        return None
    line = scene.pick(*order.lines)
    item = words.item(order, line)
    said = (
        f"You want to cancel only the {item} in order {order.id}, which you no longer need, and keep the rest of the order.",
        f"Please cancel only the {item} in order {order.id} and leave the rest as it is.",
    )
    why = "Only a whole order can be cancelled, not some of its items."
    fields = {"order_id": order.id, "choices": (words.kept(line),), "reason": "no longer needed"}
    refused = _refused(scene, "cancel_order", "partial_cancel", why, said, orders.CANCEL, details(order), **fields)
    return _then(scene, refused, _anything(scene, order))


REFUSALS: tuple[Callable[[Scene], Parts | None], ...] = (
    cancel_shipped,
    return_undelivered,
    other_product,
    sold_out,
    foreign_order,
    foreign_refund,
    bad_reason,
    partial_cancel,
    shipped_address,
    small_gift_card,
    second_modification,
)

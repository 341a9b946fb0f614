"""How a pending order is paid, where it goes, and the customer's own address."""

from tarl_app.domains.retail.goals import Address, ShopGoal
from tarl_app.domains.retail.tasks import words
from tarl_app.domains.retail.tasks.draft import Part, Scene, account
from tarl_app.domains.retail.tasks.market import Order, Payment
from tarl_app.domains.retail.world.vocabulary import CITIES, STREET_KINDS, STREETS

PAYMENT, ORDER_ADDRESS, USER_ADDRESS = "modify_pending_order_payment", "modify_pending_order_address", "modify_user_address"


def can_pay(scene: Scene, order: Order) -> list[Payment]:
    """The customer's other payment methods that can carry this order, in random order."""
    others = (p for p in scene.customer.payments if p.id != order.method and p.id not in scene.taken)
    return scene.shuffled(p for p in others if p.source != "gift_card" or p.balance >= order.paid)


def payment(scene: Scene) -> Part | None:
    """Another payment method for a pending order."""
    for order in scene.orders("pending"):
        part = paying(scene, order)
        if part is not None:
            return part
    return None


def paying(scene: Scene, order: Order) -> Part | None:
    """Another payment method for this pending order."""
    named, methods = words.order_said(scene, order), can_pay(scene, order)
    if named is None or not methods:
        return None
    method = methods[0]
    scene.taken.update({order.id, method.id} if method.source == "gift_card" else {order.id})
    prose = scene.pick(
        f"You want to pay for {named.yours} with {method.yours} instead of the present payment method.",
        f"You picked the wrong payment method for {named.yours}: it should be {method.yours}.",
        f"You would rather have {named.yours} charged to {method.yours}.",
    )
    goal = ShopGoal(
        kind="modify_payment",
        order_id=order.id,
        knows_order_id=scene.knows_ids,
        choices=words.remembered(scene, named),
        payment_method_id=method.id,
        payment_said=method.said,
        question=f"I want to change the payment method of {named.mine} to {method.said}.",
    )
    gold = (*scene.read(order), account(scene.customer), (PAYMENT, {"order_id": order.id, "payment_method_id": method.id}))
    return Part(goal, gold, prose)


def invented(scene: Scene) -> Address:
    """An address that nobody in the shop has."""
    dice = scene.dice
    city, state, prefix = dice.pick(CITIES)
    return Address(
        address1=f"{dice.between(1001, 9890)} {dice.pick(STREETS)} {dice.pick(STREET_KINDS)}",
        address2=f"Apt {dice.between(1, 60)}" if dice.chance(40) else "",
        city=city,
        state=state,
        country="USA",
        zip=f"{prefix}{dice.below(10)}{dice.below(10)}",
    )


def order_address(scene: Scene) -> Part | None:
    """Another address for a pending order: a new one, or the customer's own."""
    for order in scene.orders("pending"):
        part = sending(scene, order)
        if part is not None:
            return part
    return None


def sending(scene: Scene, order: Order) -> Part | None:
    """Another address for this pending order."""
    named = words.order_said(scene, order)
    if named is None:
        return None
    scene.taken.add(order.id)
    home = order.address != scene.customer.address and scene.dice.chance(40)
    place = scene.customer.address if home else invented(scene)
    said = words.address(place)
    if home:
        prose = scene.pick(
            f"You had {named.yours} sent to the wrong place. It should go to the address in your account: {said}.",
            f"You want {named.yours} to be delivered to your home address as it is in your account, {said}.",
        )
    else:
        prose = scene.pick(
            f"You want {named.yours} to be sent to another address: {said}.",
            f"You will not be at home when {named.yours} arrives, so it should go to {said}.",
            f"You typed the wrong address for {named.yours}. The right one is {said}.",
        )
    goal = ShopGoal(
        kind="modify_order_address",
        order_id=order.id,
        knows_order_id=scene.knows_ids,
        choices=words.remembered(scene, named),
        address=place,
        question=f"I want to change the delivery address of {named.mine}.",
    )
    reads = (*scene.read(order), *((account(scene.customer),) if home else ()))
    return Part(goal, (*reads, (ORDER_ADDRESS, {"order_id": order.id, **place.model_dump()})), prose)


def user_address(scene: Scene) -> Part | None:
    """The customer moves: the address of the account changes, not that of any order."""
    if USER_ADDRESS in scene.taken:
        return None
    scene.taken.add(USER_ADDRESS)
    place = invented(scene)
    said = words.address(place)
    prose = scene.pick(
        f"You have moved, and your account should show the new address: {said}.",
        f"You want to change the address in your account to {said}.",
        f"You are about to move and want your default address to be {said}. Your orders stay as they are.",
    )
    goal = ShopGoal(
        kind="modify_user_address",
        address=place,
        question=scene.pick(
            "I want to change the address in my account.", "I have moved and need to update my account's address."
        ),
    )
    write = (USER_ADDRESS, {"user_id": scene.customer.id, **place.model_dump()})
    return Part(goal, (account(scene.customer), write), prose)

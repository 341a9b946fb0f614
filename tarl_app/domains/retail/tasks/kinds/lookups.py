"""Questions: about an order, about the account, about what is for sale."""

from collections.abc import Callable
from dataclasses import dataclass

from tarl_app.core.types import ToldFact
from tarl_app.domains.retail.goals import ShopGoal
from tarl_app.domains.retail.tasks import words
from tarl_app.domains.retail.tasks.draft import Builder, Part, Scene, account
from tarl_app.domains.retail.tasks.market import Order, Payment, Product, Variant
from tarl_app.sandbox.tasks.draft import Call, first_that_fits

ANY = ("pending", "processed", "delivered", "cancelled")


def money(label: str, cents: int) -> ToldFact:
    """A sum, told in dollars and cents."""
    return ToldFact(label=label, kind="money", value=f"{cents // 100}.{cents % 100:02d}")


@dataclass(frozen=True)
class Asked:
    """A question in both persons, and what it is about."""

    topic: str
    prose: str
    question: str
    order: Order | None = None
    named: words.Named | None = None


def _ask(scene: Scene, asked: Asked, fact: ToldFact, *gold: Call) -> Part:
    goal = ShopGoal(
        kind="lookup",
        order_id=asked.order.id if asked.order else None,
        knows_order_id=scene.knows_ids,
        choices=words.remembered(scene, asked.named),
        question=asked.question,
        topic=asked.topic,
        tell=(fact,),
    )
    return Part(goal, gold, asked.prose)


# --- about an order -------------------------------------------------------------------------------------------------------


def status(scene: Scene, order: Order) -> Part | None:
    """Whether it was delivered, and the like."""
    named = words.order_said(scene, order)
    if named is None:
        return None
    said, mine = named.yours, named.mine
    prose = scene.pick(
        f"You want to know the status of {said}.",
        f"You would like to hear how far {said} has come: its status.",
        f"You wonder what state {said} is in and want the agent to tell you.",
    )
    question = scene.pick(
        f"What is the status of {mine}?", f"Can you tell me the current status of {mine}?", f"What state is {mine} in?"
    )
    fact = ToldFact(label=f"status of order {order.id}", kind="text", value=order.status)
    return _ask(scene, Asked("order_status", prose, question, order, named), fact, *scene.read(order))


def total(scene: Scene, order: Order) -> Part | None:
    """What was paid for all of it; for orders with a single payment."""
    named = words.order_said(scene, order)
    if named is None or order.payments != 1:
        return None
    said, mine = named.yours, named.mine
    prose = scene.pick(
        f"You want to know how much you paid for {said} in total.",
        f"You are doing your accounts and need the total amount of {said}.",
        f"You ask what {said} cost you altogether.",
    )
    question = scene.pick(
        f"How much did I pay for {mine} in total?",
        f"What was the total amount of {mine}?",
        f"What did {mine} cost me altogether?",
    )
    fact = money(f"total of order {order.id}", order.paid)
    return _ask(scene, Asked("order_total", prose, question, order, named), fact, *scene.read(order))


def tracking(scene: Scene, order: Order) -> Part | None:
    """The tracking number of an order with one parcel."""
    named = words.order_said(scene, order)
    if named is None or len(order.tracking) != 1:
        return None
    said, mine = named.yours, named.mine
    prose = scene.pick(
        f"You want the tracking number of {said}.",
        f"You would like to follow the parcel and need the tracking number for {said}.",
        f"You ask for the tracking id of {said}.",
    )
    question = scene.pick(f"Could you give me the tracking number of {mine}?", f"What is the tracking number for {mine}?")
    fact = ToldFact(label=f"tracking number of order {order.id}", kind="id", value=order.tracking[0])
    return _ask(scene, Asked("tracking", prose, question, order, named), fact, *scene.read(order))


def item_price(scene: Scene, order: Order) -> Part | None:
    """What one item of an order cost."""
    named = words.order_said(scene, order)
    if named is None or len(order.lines) < 2:
        return None
    line = scene.pick(*order.lines) if scene.knows_ids else named.line
    item, said, mine = words.item(order, line), named.yours, named.mine
    if scene.knows_ids:
        prose = scene.pick(
            f"You want to know what the {item} in {said} cost.", f"You ask how much you paid for the {item} in {said}."
        )
        question = f"How much did I pay for the {item} in {mine}?"
    else:
        prose = f"You ask how much you paid for the {item} that you ordered."
        question = f"How much did I pay for the {item} that I ordered?"
    fact = money(f"price of the {item} in order {order.id}", line.price)
    return _ask(scene, Asked("item_price", prose, question, order, named), fact, *scene.read(order))


def paid_with(scene: Scene, order: Order) -> Part | None:
    """Which card, or other method, an order was paid with."""
    named = words.order_said(scene, order)
    if named is None or order.payments != 1:
        return None
    said, mine = named.yours, named.mine
    prose = scene.pick(
        f"You forgot how you paid for {said} and want to know which payment method it was.",
        f"You want the agent to tell you with which payment method {said} was paid.",
    )
    question = scene.pick(
        f"Which payment method did I use for {mine}?", f"How did I pay for {mine}, with which card or account?"
    )
    fact = method_fact(scene.customer.payment(order.method), f"payment method of order {order.id}")
    asked = Asked("paid_with", prose, question, order, named)
    return _ask(scene, asked, fact, *scene.read(order), account(scene.customer))


def method_fact(payment: Payment, label: str) -> ToldFact:
    """A card is told by its last four digits, the others by their kind."""
    if payment.source == "credit_card":
        return ToldFact(label=f"{label} (last four digits)", kind="id", value=payment.last_four)
    return ToldFact(label=label, kind="text", value="gift card" if payment.source == "gift_card" else "PayPal")


Asker = Callable[[Scene, Order], Part | None]

ABOUT_AN_ORDER: tuple[Asker, ...] = (status, total, tracking, item_price)


def about(scene: Scene, order: Order, *askers: Asker) -> Part | None:
    """A question about this very order, the first that fits of ``askers`` in random order."""
    for ask in scene.shuffled(askers or ABOUT_AN_ORDER):
        part = ask(scene, order)
        if part is not None:
            return part
    return None


def of_some_order(*askers: Asker) -> Builder:
    """One of these questions about one of the customer's orders."""

    def asking(scene: Scene) -> Part | None:
        for order in scene.orders(*ANY):
            part = about(scene, order, *askers)
            if part is not None:
                scene.taken.add(order.id)
                return part
        return None

    return asking


plain_question = of_some_order(*ABOUT_AN_ORDER)


# --- about the account and what is for sale -------------------------------------------------------------------------------


def gift_card_balance(scene: Scene) -> Part | None:
    """What is left on the gift card."""
    card = scene.customer.gift_card()
    if card is None or card.balance == 0:
        return None
    prose = scene.pick(
        "You want to know how much money is left on your gift card.",
        "You ask for the balance of the gift card in your account.",
    )
    question = scene.pick("How much is left on my gift card?", "What is the balance of my gift card?")
    fact = money("balance of the gift card", card.balance)
    return _ask(scene, Asked("gift_card_balance", prose, question), fact, account(scene.customer))


def _product(scene: Scene) -> Product:
    return scene.pick(*scene.market.products)


def _see(product: Product) -> tuple[Call, ...]:
    return ("list_all_product_types", {}), ("get_product_details", {"product_id": product.id})


def _cheapest(product: Product) -> Variant | None:
    """The cheapest variant in stock, if no other costs the same."""
    stock = sorted((v for v in product.variants if v.available), key=lambda v: v.price)
    return stock[0] if len(stock) > 1 and stock[0].price < stock[1].price else None


def cheapest(scene: Scene) -> Part | None:
    """The price of the cheapest variant in stock."""
    product = _product(scene)
    best = _cheapest(product)
    if best is None:
        return None
    prose = scene.pick(
        f"You think of buying one and want to know what the cheapest {product.name} in stock costs.",
        f"You ask for the price of the cheapest {product.name} that can be ordered right now.",
    )
    question = scene.pick(
        f"What does the cheapest {product.name} that you have in stock cost?",
        f"What is the price of the cheapest available {product.name}?",
    )
    fact = money(f"price of the cheapest {product.name} in stock", best.price)
    return _ask(scene, Asked("cheapest_variant", prose, question), fact, *_see(product))


def available_count(scene: Scene) -> Part | None:
    """How many variants can be ordered now."""
    product = _product(scene)
    count = sum(v.available for v in product.variants)
    if count in (0, len(product.variants)):
        return None
    prose = scene.pick(
        f"You want to know in how many different versions the {product.name} is available at the moment.",
        f"You ask how many variants of the {product.name} are in stock right now.",
    )
    question = scene.pick(
        f"How many variants of the {product.name} are available right now?",
        f"In how many different versions can I get the {product.name} at the moment?",
    )
    fact = ToldFact(label=f"number of available variants of the {product.name}", kind="number", value=str(count))
    return _ask(scene, Asked("available_count", prose, question), fact, *_see(product))


def variant_price(scene: Scene) -> Part | None:
    """The price of one variant, described by all its options."""
    product = _product(scene)
    variant = scene.pick(*product.variants)
    if sum(v.price == variant.price for v in product.variants) > 1:
        return None
    wanted = words.options(variant.options)
    prose = scene.pick(
        f"You want to know the price of the {product.name} with {wanted}.",
        f"You ask what the {product.name} with {wanted} costs.",
    )
    question = scene.pick(
        f"What does the {product.name} with {wanted} cost?", f"What is the price of the {product.name} with {wanted}?"
    )
    fact = money(f"price of the {product.name} with {wanted}", variant.price)
    return _ask(scene, Asked("variant_price", prose, question), fact, *_see(product))


HARDER: tuple[Builder, ...] = (of_some_order(paid_with), gift_card_balance, cheapest, available_count, variant_price)
"""Questions that take the account, or comparing, or counting."""


def harder_question(scene: Scene) -> Part | None:
    """One of them."""
    return first_that_fits(scene, HARDER)

"""The seeded shop: customers, catalogue and orders, the same in every process and on every Python version.

No float reaches a row.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product as combinations

from tarl_app.core.process.once import once
from tarl_app.domains.retail.models import (
    Address,
    Base,
    Fulfilment,
    Order,
    OrderItem,
    Payment,
    PaymentMethod,
    Product,
    User,
    Variant,
)
from tarl_app.domains.retail.world.unlisted import EMAIL_FORMS, give_unlisted_names
from tarl_app.domains.retail.world.vocabulary import (
    CARD_BRANDS,
    CITIES,
    EMAIL_HOSTS,
    FIRST_NAMES,
    LAST_NAMES,
    PRODUCTS,
    STREET_KINDS,
    STREETS,
)
from tarl_app.sandbox.database import Template, plain
from tarl_app.sandbox.dice import Dice

__all__ = [
    "CITIES",
    "FIRST_NAMES",
    "LAST_NAMES",
    "PRODUCTS",
    "SEED",
    "STATUSES",
    "STREETS",
    "Dice",
    "World",
    "generate",
    "template",
    "world",
]

SEED = 20260917
USERS = 640
VARIANTS = (9, 14)  # per product, at least and at most, where the options allow
ORDERS = (1, 4)  # per user
STATUSES: tuple[str, ...] = ("pending", "processed", "delivered", "cancelled")
"""The states of a fresh order; writes lead to "pending (item modified)", "return requested" and "exchange requested"."""
_STATUS_WEIGHTS = (40, 14, 36, 10)
CANCEL_REASONS: tuple[str, ...] = ("no longer needed", "ordered by mistake")


@dataclass
class World:
    """Everything in the shop, by id. The rows belong to no database: read them, do not change them."""

    users: dict[str, User] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)
    variants: dict[str, Variant] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)

    def rows(self) -> Iterable[Base]:
        """Every row of every table."""
        yield from self.products.values()
        yield from self.variants.values()
        for user in self.users.values():
            yield from (user.address, user, *user.payment_methods)
        for order in self.orders.values():
            yield from (order.address, order, *order.fulfilments, *order.items, *order.payments)


def generate(seed: int = SEED) -> World:
    """The world of that seed: 640 users, 50 products with over 500 variants, over 1000 orders in all states."""
    dice, made = Dice(seed), World()
    _fill_catalogue(made, dice)
    taken: set[tuple[str, str, str]] = set()
    while len(made.users) < USERS:
        user = _user(dice)
        who = (user.first_name, user.last_name, user.address.zip)
        if who in taken:
            continue
        taken.add(who)
        made.users[user.user_id] = user
        _fill_orders(made, user, dice)
    give_unlisted_names(made.users)
    return made


def _fill_catalogue(made: World, dice: Dice) -> None:
    for name, dollars, options in PRODUCTS:
        item = plain(Product, product_id=dice.fresh("", 10), name=name, variants=[])
        every = [dict(zip(options, values, strict=True)) for values in combinations(*options.values())]
        for place, chosen in enumerate(dice.some(every, dice.between(*VARIANTS))):
            price = dollars * dice.between(80, 125) + dice.below(100)
            # The first four are in stock, so that every product has something to exchange for.
            stocked = place < 4 or dice.chance(72)
            variant = plain(
                Variant,
                item_id=dice.fresh("", 10),
                product_id=item.product_id,
                product=item,
                options=chosen,
                available=stocked,
                price_cents=price,
            )
            made.variants[variant.item_id] = variant
            item.variants.append(variant)
        made.products[item.product_id] = item


def _address(owner: str, dice: Dice) -> Address:
    city, state, prefix = dice.pick(CITIES)
    unit = dice.weighted(("", f"Apt {dice.between(1, 60)}", f"Suite {dice.between(100, 990)}"), (5, 3, 2))
    street = f"{dice.between(10, 980)} {dice.pick(STREETS)} {dice.pick(STREET_KINDS)}"
    zip_code = prefix + "".join(str(dice.below(10)) for _ in range(2))
    return plain(
        Address, address_id=owner, address1=street, address2=unit, city=city, state=state, country="USA", zip=zip_code
    )


def _user(dice: Dice) -> User:
    first, last = dice.pick(FIRST_NAMES), dice.pick(LAST_NAMES)
    user_id = dice.fresh(f"{first}_{last}_".lower(), 4)
    number, host = user_id[-4:], dice.pick(EMAIL_HOSTS)
    form = dice.weighted(EMAIL_FORMS, (5, 2, 2, 1))
    # The user id's number makes the address unique.
    email = f"{form.format(first.lower(), last.lower(), number)}@{host}"
    home = _address(user_id, dice)
    sources = dice.some(("credit_card", "gift_card", "paypal"), dice.weighted((1, 2, 3), (3, 5, 3)))
    if "credit_card" in sources and dice.chance(25):
        sources.append("credit_card")
    return plain(
        User,
        user_id=user_id,
        first_name=first,
        last_name=last,
        email=email,
        address_id=user_id,
        address=home,
        payment_methods=[_payment_method(user_id, source, dice) for source in sources],
        orders=[],
    )


def _payment_method(user_id: str, source: str, dice: Dice) -> PaymentMethod:
    values: dict[str, str | int] = {"payment_method_id": dice.fresh(f"{source}_", 7), "user_id": user_id, "source": source}
    if source == "credit_card":
        values |= {"brand": dice.pick(CARD_BRANDS), "last_four": dice.digits(4)}
    if source == "gift_card":
        values["balance_cents"] = dice.between(5, 320) * 100 if dice.chance(85) else 0
    return plain(PaymentMethod, **values)


def _fill_orders(made: World, user: User, dice: Dice) -> None:
    for _ in range(dice.between(*ORDERS)):
        order = _order(user, list(made.variants.values()), dice)
        made.orders[order.order_id] = order
        user.orders.append(order)


def _order(user: User, variants: Sequence[Variant], dice: Dice) -> Order:
    order_id = dice.fresh("#W", 7)
    status = dice.weighted(STATUSES, _STATUS_WEIGHTS)
    at_home = dice.chance(70)
    address = _copied(user.address, order_id) if at_home else _address(order_id, dice)
    bought = dice.some(variants, dice.weighted((1, 2, 3, 4), (4, 5, 3, 2)))
    parcels = 0
    if status in ("processed", "delivered"):
        parcels = 2 if len(bought) > 1 and dice.chance(25) else 1
    tracking = [plain(Fulfilment, order_id=order_id, position=n, tracking_id=dice.fresh("", 12)) for n in range(parcels)]
    method = dice.pick(user.payment_methods).payment_method_id
    kinds = ("payment", "refund") if status == "cancelled" else ("payment",)
    return plain(
        Order,
        order_id=order_id,
        user_id=user.user_id,
        user=user,
        address_id=order_id,
        address=address,
        status=status,
        cancel_reason=dice.pick(CANCEL_REASONS) if status == "cancelled" else None,
        fulfilments=tracking,
        items=[_item(order_id, n, v, n % parcels if parcels else None) for n, v in enumerate(bought)],
        payments=[_payment(order_id, n, kind, bought, method) for n, kind in enumerate(kinds)],
    )


def _item(order_id: str, position: int, v: Variant, parcel: int | None) -> OrderItem:
    return plain(
        OrderItem,
        order_id=order_id,
        position=position,
        item_id=v.item_id,
        variant=v,
        price_cents=v.price_cents,
        parcel=parcel,
    )


def _payment(order_id: str, position: int, kind: str, bought: Sequence[Variant], method: str) -> Payment:
    total = sum(v.price_cents for v in bought)
    return plain(
        Payment, order_id=order_id, position=position, transaction_type=kind, amount_cents=total, payment_method_id=method
    )


def _copied(address: Address, owner: str) -> Address:
    lines = {name: getattr(address, name) for name in ("address1", "address2", "city", "state", "country", "zip")}
    return plain(Address, address_id=owner, **lines)


@once
def world() -> World:
    """The world of the default seed, for reading; generated once in a process."""
    return generate()


@once
def template() -> Template:
    """The database of the default seed; built once in a process."""
    return Template(Base, world().rows)

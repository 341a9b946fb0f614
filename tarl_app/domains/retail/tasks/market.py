"""The world as the task writer sees it: plain values, customers with their orders, products with their variants."""

from dataclasses import dataclass
from functools import cached_property

from tarl_app.core.process.once import once
from tarl_app.domains.retail import models
from tarl_app.domains.retail.goals import Address
from tarl_app.domains.retail.world import world


@dataclass(frozen=True)
class Variant:
    """One concrete article of a product."""

    item_id: str
    product_id: str
    product: str
    options: dict[str, str]
    available: bool
    price: int  # cents


@dataclass(frozen=True)
class Product:
    """A kind of article with all its variants."""

    id: str
    name: str
    variants: tuple[Variant, ...]

    def variant(self, options: dict[str, str]) -> Variant | None:
        """The only variant with exactly these options; None when there is none, or more than one."""
        found = [v for v in self.variants if v.options == options]
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True)
class Payment:
    """A payment method of a customer; ``balance`` for gift cards only."""

    id: str
    source: str  # credit_card | gift_card | paypal
    brand: str = ""
    last_four: str = ""
    balance: int = 0  # cents

    @property
    def said(self) -> str:
        """How its owner calls it: "my Visa that ends in 4242"."""
        if self.source == "credit_card":
            return f"my {self.brand.title()} that ends in {self.last_four}"
        return "my gift card" if self.source == "gift_card" else "my PayPal account"

    @property
    def yours(self) -> str:
        """The same in the second person."""
        return "your" + self.said.removeprefix("my")


@dataclass(frozen=True)
class Line:
    """One item of an order."""

    item_id: str
    product_id: str
    product: str
    options: dict[str, str]
    price: int  # cents


@dataclass(frozen=True)
class Order:
    """One order; ``paid`` is the first payment, ``payments`` how many entries its payment history has."""

    id: str
    status: str
    address: Address
    lines: tuple[Line, ...]
    paid: int  # cents
    method: str
    payments: int
    tracking: tuple[str, ...]


@dataclass(frozen=True)
class Customer:
    """One customer with the account and all orders, in the account's sequence."""

    id: str
    first_name: str
    last_name: str
    email: str
    address: Address
    payments: tuple[Payment, ...]
    orders: tuple[Order, ...]

    def payment(self, method_id: str) -> Payment:
        """The payment method of that id."""
        return next(p for p in self.payments if p.id == method_id)

    def gift_card(self) -> Payment | None:
        """The only gift card, if there is exactly one."""
        cards = [p for p in self.payments if p.source == "gift_card"]
        return cards[0] if len(cards) == 1 else None


@dataclass(frozen=True)
class Market:
    """All of it."""

    customers: tuple[Customer, ...]
    products: tuple[Product, ...]

    @cached_property
    def product(self) -> dict[str, Product]:
        """Products by id."""
        return {p.id: p for p in self.products}


@once
def market() -> Market:
    """The shop's world in these terms; customers sorted by id, so that nothing depends on how the world was made."""
    rows = world()
    products = tuple(_product(row) for row in rows.products.values())
    orders: dict[str, list[Order]] = {}
    for row in rows.orders.values():
        orders.setdefault(row.user.user_id, []).append(_order(row))
    customers = (_customer(row, orders.get(user_id, [])) for user_id, row in sorted(rows.users.items()))
    return Market(tuple(customers), products)


def _product(row: models.Product) -> Product:
    variants = (Variant(v.item_id, row.product_id, row.name, v.options, v.available, v.price_cents) for v in row.variants)
    return Product(row.product_id, row.name, tuple(variants))


def _address(row: models.Address) -> Address:
    return Address(
        address1=row.address1, address2=row.address2, city=row.city, state=row.state, country=row.country, zip=row.zip
    )


def _order(row: models.Order) -> Order:
    lines = (
        Line(i.item_id, i.variant.product.product_id, i.variant.product.name, i.variant.options, i.price_cents)
        for i in row.items
    )
    return Order(
        id=row.order_id,
        status=row.status,
        address=_address(row.address),
        lines=tuple(lines),
        paid=row.payments[0].amount_cents,
        method=row.payments[0].payment_method_id,
        payments=len(row.payments),
        tracking=tuple(parcel.tracking_id for parcel in row.fulfilments),
    )


def _customer(row: models.User, orders: list[Order]) -> Customer:
    methods = (
        Payment(m.payment_method_id, m.source, m.brand or "", m.last_four or "", m.balance_cents or 0)
        for m in row.payment_methods
    )
    return Customer(
        id=row.user_id,
        first_name=row.first_name,
        last_name=row.last_name,
        email=row.email,
        address=_address(row.address),
        payments=tuple(methods),
        orders=tuple(sorted(orders, key=lambda order: order.id)),
    )

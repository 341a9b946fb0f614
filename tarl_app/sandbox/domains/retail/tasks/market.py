"""The world as the task writer sees it: plain values, customers with their orders, products with their variants."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache

from tarl_app.types import Address


@dataclass(frozen=True)
class Variant:
    """One concrete article of a product."""

    item_id: str
    product_id: str
    product: str
    options: dict[str, str]
    available: bool
    price: Decimal


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
    balance: Decimal = Decimal(0)

    @property
    def said(self) -> str:
        """How its owner calls it: "my Visa that ends in 4242"."""
        if self.source == "credit_card":
            return f"my {self.brand} that ends in {self.last_four}"
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
    price: Decimal


@dataclass(frozen=True)
class Order:
    """One order; ``paid`` is the first payment, ``payments`` how many entries its payment history has."""

    id: str
    status: str
    address: Address
    lines: tuple[Line, ...]
    paid: Decimal
    method: str
    payments: int
    tracking: tuple[str, ...]

    def plain(self, line: Line) -> bool:
        """Whether the order has no other item of that product, so that its name alone says which is meant."""
        return sum(other.product_id == line.product_id for other in self.lines) == 1

    @property
    def distinct(self) -> bool:
        """Whether no article is in the order twice."""
        return len({line.item_id for line in self.lines}) == len(self.lines)


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

"""The tables of the retail shop. Money is in whole cents, so sums never depend on the order of writes."""

from sqlalchemy import JSON, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from tarl_app.sandbox.database import MONEY


class Base(DeclarativeBase):
    """Base of the shop's tables."""


class Address(Base):
    """A postal address. Its key is its owner's (a user id or an order id): no two owners share a row."""

    __tablename__ = "addresses"

    address_id: Mapped[str] = mapped_column(primary_key=True)
    address1: Mapped[str]
    address2: Mapped[str]
    city: Mapped[str]
    state: Mapped[str]
    country: Mapped[str]
    zip: Mapped[str] = mapped_column(index=True)


class User(Base):
    """A customer; the default address is used for new orders only."""

    __tablename__ = "users"

    user_id: Mapped[str] = mapped_column(primary_key=True)
    first_name: Mapped[str]
    last_name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)  # lower case
    address_id: Mapped[str] = mapped_column(ForeignKey("addresses.address_id"), index=True)

    address: Mapped[Address] = relationship(lazy="joined", innerjoin=True)
    payment_methods: Mapped[list["PaymentMethod"]] = relationship(
        back_populates="user", order_by="PaymentMethod.payment_method_id"
    )
    orders: Mapped[list["Order"]] = relationship(back_populates="user", order_by="Order.order_id")


class PaymentMethod(Base):
    """A credit card (brand, last four), a gift card (balance) or a PayPal account of one user."""

    __tablename__ = "payment_methods"

    payment_method_id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.user_id"), index=True)
    source: Mapped[str]  # credit_card | gift_card | paypal
    brand: Mapped[str | None]
    last_four: Mapped[str | None]
    balance_cents: Mapped[int | None] = mapped_column(info=MONEY)

    user: Mapped[User] = relationship(back_populates="payment_methods")


class Product(Base):
    """A type of product, sold in variants."""

    __tablename__ = "products"

    product_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)

    variants: Mapped[list["Variant"]] = relationship(back_populates="product", order_by="Variant.item_id")


class Variant(Base):
    """One combination of options of a product; its ``item_id`` is what an order holds."""

    __tablename__ = "variants"

    item_id: Mapped[str] = mapped_column(primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.product_id"), index=True)
    options: Mapped[dict[str, str]] = mapped_column(JSON)
    available: Mapped[bool]
    price_cents: Mapped[int] = mapped_column(info=MONEY)

    product: Mapped[Product] = relationship(back_populates="variants", lazy="joined", innerjoin=True)


class Order(Base):
    """An order; ``status`` is one of the values of ``world.STATUSES`` or one that a tool's write leads to."""

    __tablename__ = "orders"

    order_id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.user_id"), index=True)
    address_id: Mapped[str] = mapped_column(ForeignKey("addresses.address_id"))
    status: Mapped[str]
    cancel_reason: Mapped[str | None]
    return_payment_method_id: Mapped[str | None] = mapped_column(ForeignKey("payment_methods.payment_method_id"))
    exchange_payment_method_id: Mapped[str | None] = mapped_column(ForeignKey("payment_methods.payment_method_id"))
    exchange_price_difference_cents: Mapped[int | None] = mapped_column(info=MONEY)

    user: Mapped[User] = relationship(back_populates="orders")
    address: Mapped[Address] = relationship(lazy="joined", innerjoin=True)
    items: Mapped[list["OrderItem"]] = relationship(back_populates="order", order_by="OrderItem.position")
    payments: Mapped[list["Payment"]] = relationship(back_populates="order", order_by="Payment.position")
    fulfilments: Mapped[list["Fulfilment"]] = relationship(back_populates="order", order_by="Fulfilment.position")


class Fulfilment(Base):
    """One parcel of an order."""

    __tablename__ = "fulfilments"

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.order_id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    tracking_id: Mapped[str]

    order: Mapped[Order] = relationship(back_populates="fulfilments")


class OrderItem(Base):
    """One thing in an order, at the price paid; the same ``item_id`` may appear at several positions.

    ``requested`` is ``return`` or ``exchange`` once the customer asked for it, ``new_item_id`` what comes instead.
    """

    __tablename__ = "items"
    __table_args__ = (ForeignKeyConstraint(["order_id", "parcel"], ["fulfilments.order_id", "fulfilments.position"]),)

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.order_id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("variants.item_id"))
    price_cents: Mapped[int] = mapped_column(info=MONEY)
    parcel: Mapped[int | None]  # position of the fulfilment it travels in
    requested: Mapped[str | None]
    new_item_id: Mapped[str | None] = mapped_column(ForeignKey("variants.item_id"))

    order: Mapped[Order] = relationship(back_populates="items")
    variant: Mapped[Variant] = relationship(foreign_keys=[item_id], lazy="joined", innerjoin=True)


class Payment(Base):
    """A movement of money for an order: a ``payment`` to the shop or a ``refund`` to the customer."""

    __tablename__ = "payments"

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.order_id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    transaction_type: Mapped[str]
    amount_cents: Mapped[int] = mapped_column(info=MONEY)
    payment_method_id: Mapped[str] = mapped_column(ForeignKey("payment_methods.payment_method_id"))

    order: Mapped[Order] = relationship(back_populates="payments")

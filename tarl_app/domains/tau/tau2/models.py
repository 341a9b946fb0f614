"""The shapes of tau2-bench's records. It builds and hashes its data by such models, so their order and types matter."""

from typing import Any, Literal

from pydantic import BaseModel

Cabin = Literal["business", "economy", "basic_economy"]


class UserAddress(BaseModel):
    """A customer's address in the shop."""

    address1: str
    address2: str
    city: str
    country: str
    state: str
    zip: str


class Name(BaseModel):
    """A person's name."""

    first_name: str
    last_name: str


class Variant(BaseModel):
    """An item of a product."""

    item_id: str
    options: dict[str, str]
    available: bool
    price: float


class Product(BaseModel):
    """A product with its items."""

    name: str
    product_id: str
    variants: dict[str, Variant]


class _Method(BaseModel):
    source: str
    id: str


class CreditCard(_Method):
    """A card."""

    source: Literal["credit_card"]  # pyright: ignore[reportIncompatibleVariableOverride]
    brand: str
    last_four: str


class Paypal(_Method):
    """An account."""

    source: Literal["paypal"]  # pyright: ignore[reportIncompatibleVariableOverride]


class ShopGiftCard(_Method):
    """A gift card of the shop."""

    source: Literal["gift_card"]  # pyright: ignore[reportIncompatibleVariableOverride]
    balance: float


class ShopUser(BaseModel):
    """A customer of the shop."""

    user_id: str
    name: Name
    address: UserAddress
    email: str
    payment_methods: dict[str, CreditCard | ShopGiftCard | Paypal]
    orders: list[str]


class _Fulfillment(BaseModel):
    tracking_id: list[str]
    item_ids: list[str]


class _Item(BaseModel):
    name: str
    product_id: str
    item_id: str
    price: float
    options: dict[str, str]


class OrderPayment(BaseModel):
    """A payment or refund of an order."""

    transaction_type: Literal["payment", "refund"]
    amount: float
    payment_method_id: str


class Order(BaseModel):
    """An order; what is not known of it yet is null."""

    order_id: str
    user_id: str
    address: UserAddress
    items: list[_Item]
    status: Literal[
        "processed",
        "pending",
        "pending (item modified)",
        "delivered",
        "cancelled",
        "exchange requested",
        "return requested",
    ]
    fulfillments: list[_Fulfillment]
    payment_history: list[OrderPayment]
    cancel_reason: Literal["no longer needed", "ordered by mistake"] | None = None
    exchange_items: list[str] | None = None
    exchange_new_items: list[str] | None = None
    exchange_payment_method_id: str | None = None
    exchange_price_difference: float | None = None
    return_items: list[str] | None = None
    return_payment_method_id: str | None = None


# --- the airline ----------------------------------------------------------------------------------------------------------


class _Address(BaseModel):
    address1: str
    address2: str | None
    city: str
    country: str
    state: str
    zip: str


class Payment(BaseModel):
    """A payment or refund of a reservation, in whole dollars."""

    payment_id: str
    amount: int


class AirGiftCard(_Method):
    """A gift card of the airline."""

    source: Literal["gift_card"]  # pyright: ignore[reportIncompatibleVariableOverride]
    amount: float


class Certificate(_Method):
    """A travel certificate."""

    source: Literal["certificate"]  # pyright: ignore[reportIncompatibleVariableOverride]
    amount: float


class Passenger(BaseModel):
    """Somebody who flies."""

    first_name: str
    last_name: str
    dob: str


class _Available(BaseModel):
    status: Literal["available"]
    available_seats: dict[Cabin, int]
    prices: dict[Cabin, int]


class _Landed(BaseModel):
    status: Literal["landed"]
    actual_departure_time_est: str
    actual_arrival_time_est: str


class _Cancelled(BaseModel):
    status: Literal["cancelled"]


class _Delayed(BaseModel):
    status: Literal["delayed"]
    estimated_departure_time_est: str
    estimated_arrival_time_est: str


class _Flying(BaseModel):
    status: Literal["flying"]
    actual_departure_time_est: str
    estimated_arrival_time_est: str


class _OnTime(BaseModel):
    status: Literal["on time"]
    estimated_departure_time_est: str
    estimated_arrival_time_est: str


class Flight(BaseModel):
    """A flight with its days."""

    flight_number: str
    origin: str
    destination: str
    scheduled_departure_time_est: str
    scheduled_arrival_time_est: str
    dates: dict[str, _Available | _Landed | _Cancelled | _Delayed | _Flying | _OnTime]


class ReservationFlight(BaseModel):
    """A flight of a reservation."""

    flight_number: str
    origin: str
    destination: str
    date: str
    price: int


class FlightInfo(BaseModel):
    """A flight that is asked for."""

    flight_number: str
    date: str


class AirUser(BaseModel):
    """A customer of the airline."""

    user_id: str
    name: Name
    address: _Address
    email: str
    dob: str
    payment_methods: dict[str, CreditCard | AirGiftCard | Certificate]
    saved_passengers: list[Passenger]
    membership: Literal["gold", "silver", "regular"]
    reservations: list[str]


class Reservation(BaseModel):
    """A reservation."""

    reservation_id: str
    user_id: str
    origin: str
    destination: str
    flight_type: Literal["round_trip", "one_way"]
    cabin: Cabin
    flights: list[ReservationFlight]
    passengers: list[Passenger]
    payment_history: list[Payment]
    created_at: str
    total_baggages: int
    nonfree_baggages: int
    insurance: Literal["yes", "no"]
    status: Literal["cancelled"] | None = None


TABLES: dict[str, dict[str, type[BaseModel]]] = {
    "retail": {"products": Product, "users": ShopUser, "orders": Order},
    "airline": {"flights": Flight, "users": AirUser, "reservations": Reservation},
}
"""Domain -> table -> the model of its records."""


def dumped(value: Any) -> Any:
    """A model as plain data; anything else as it is."""
    return value.model_dump() if isinstance(value, BaseModel) else value

"""What a customer of the shop can want: orders, items with their options, payment methods, addresses."""

from pydantic import Field

from tarl_app.core.goals import DetailedGoal
from tarl_app.core.types import Frozen, Goal


class Address(Frozen):
    """A postal address, field names as in the tools' arguments."""

    address1: str
    address2: str = ""
    city: str
    state: str
    country: str
    zip: str


class Choice(Frozen):
    """One item of an order that a goal is about, and what the user wants instead of it."""

    item_id: str
    product: str
    options: dict[str, str]  # what the user has now
    new_item_id: str | None = None
    new_options: dict[str, str] = Field(default_factory=dict)  # only what changes, as the user would name it
    first_item_id: str | None = None  # asked for first, but out of stock: ``new_*`` is then the fall-back
    first_options: dict[str, str] = Field(default_factory=dict)


class ShopGoal(DetailedGoal):
    """A goal with its details read: one of ``cancel_order``, ``return_items``, ``exchange_items``, ``modify_items``,
    ``modify_payment``, ``modify_order_address``, ``modify_user_address``, or a kind of every domain.
    """

    order_id: str | None = None
    knows_order_id: bool = True  # otherwise the agent has to find the order in the account
    choices: tuple[Choice, ...] = ()
    reason: str | None = None  # "no longer needed" | "ordered by mistake"
    payment_method_id: str | None = None
    payment_said: str | None = None  # "my gift card", "the Visa that ends in 4242"
    address: Address | None = None
    instead: "ShopGoal | None" = None


def explicit(goal: Goal) -> bool:
    """Whether the customer knows the order number and has no second choice."""
    shop = ShopGoal.of(goal)
    return shop.knows_order_id and all(choice.first_item_id is None for choice in shop.choices)

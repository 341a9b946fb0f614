"""A customer of the shop about to call, and the reads that lead to what the call is about."""

from dataclasses import dataclass

from tarl_app.domains.retail.goals import ShopGoal
from tarl_app.domains.retail.tasks.market import Customer, Market, Order, market
from tarl_app.sandbox.tasks import draft, kinds
from tarl_app.sandbox.tasks.draft import Call


@dataclass
class Scene(draft.Scene[Customer]):
    """One customer about to call; ``taken`` holds the orders and gift cards that an earlier goal of the call is about."""

    @property
    def market(self) -> Market:
        """The shop's world."""
        return market()

    def orders(self, *statuses: str) -> list[Order]:
        """This customer's orders in one of these states that no goal is about yet, in random order."""
        return self.shuffled(o for o in self.customer.orders if o.status in statuses and o.id not in self.taken)

    def read(self, order: Order) -> tuple[Call, ...]:
        """The reads that lead to this order: directly by its id, or through the account."""
        if self.knows_ids:
            return (details(order),)
        seen = self.customer.orders[: self.customer.orders.index(order) + 1]
        return (account(self.customer), *(details(o) for o in seen))


Part = draft.Part[ShopGoal]
Builder = kinds.Builder[Scene, ShopGoal]


def details(order: Order) -> Call:
    """The read of one order."""
    return "get_order_details", {"order_id": order.id}


def account(customer: Customer) -> Call:
    """The read of the customer's account."""
    return "get_user_details", {"user_id": customer.id}

"""From parts to a task: one part is one wish with its gold calls and its prose.

The builders of this folder (``lookups``, ``orders``, ``swaps``, ``payments``, ``refusals``, ``transfers``) each turn a scene - one customer and a
random generator - into a ``Part``, or into None where this customer has no order that fits.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tarl_app.sandbox.domains.retail.tasks.market import Customer, Market, Order
from tarl_app.types import ToldFact, Wish

Call = tuple[str, dict[str, Any]]


@dataclass
class Scene:
    """One customer about to call; ``taken`` holds the orders that an earlier wish of the call is about."""

    market: Market
    customer: Customer
    rng: Random
    taken: set[str] = field(default_factory=set)
    knows_order_ids: bool = True

    def orders(self, *statuses: str) -> list[Order]:
        """This customer's orders in one of these states that no wish is about yet, in random order."""
        fitting = [o for o in self.customer.orders if o.status in statuses and o.id not in self.taken]
        return self.rng.sample(fitting, len(fitting))

    def pick(self, *phrasings: str) -> str:
        """One of the phrasings."""
        return self.rng.choice(phrasings)

    def read(self, order: Order) -> tuple[Call, ...]:
        """The reads that lead to this order: directly by its id, or through the account."""
        if self.knows_order_ids:
            return (details(order),)
        seen = self.customer.orders[: self.customer.orders.index(order) + 1]
        return (account(self.customer), *(details(o) for o in seen))


@dataclass(frozen=True)
class Part:
    """One wish, what fulfils it after authentication, and the second-person prose that asks for it."""

    wish: Wish
    gold: tuple[Call, ...]
    prose: str
    must_not: tuple[str, ...] = ()


Builder = Callable[[Scene], Part | None]


def details(order: Order) -> Call:
    """The read of one order."""
    return "get_order_details", {"order_id": order.id}


def account(customer: Customer) -> Call:
    """The read of the customer's account."""
    return "get_user_details", {"user_id": customer.id}


def followed_by(first: Part, second: Part, between: str) -> Part:
    """``first`` does not happen (refused, or given up at the confirmation); ``second`` is what the user asks for instead."""
    wish = first.wish.model_copy(update={"instead": second.wish})
    prose = f"{first.prose} {between} {second.prose}"
    return Part(wish, first.gold + second.gold, prose, first.must_not + second.must_not)


def told(wish: Wish) -> tuple[ToldFact, ...]:
    """Everything that has to be told for a wish and what comes instead of it."""
    return wish.tell + (told(wish.instead) if wish.instead else ())


def transfers(wish: Wish) -> bool:
    """Whether the wish, or what comes instead of it, ends with a person."""
    return wish.expect == "transferred" or (wish.instead is not None and transfers(wish.instead))

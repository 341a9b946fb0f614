"""The kinds of calls, how often each occurs, and how each is made of parts."""

from tarl_app.domains.retail.goals import ShopGoal
from tarl_app.domains.retail.tasks.draft import Builder, Part, Scene
from tarl_app.domains.retail.tasks.kinds import account, lookups, orders, refusals, swaps, transfers
from tarl_app.domains.retail.tasks.market import Order
from tarl_app.sandbox.tasks import kinds
from tarl_app.sandbox.tasks.draft import first_that_fits, given_up
from tarl_app.sandbox.tasks.kinds import Kind, several, single

Parts = tuple[Part, ...]
Build = kinds.Build[Scene, ShopGoal]


def questions() -> tuple[Build, ...]:
    """Four rounds of the plain questions, and each of the harder ones among them once."""
    plain = [lookups.of_some_order(ask) for ask in lookups.ABOUT_AN_ORDER] * 4
    turns = list(plain)
    for place, harder in enumerate(lookups.HARDER):
        turns.insert(2 + 4 * place, harder)
    return tuple(single(turn) for turn in turns)


WRITES: tuple[Builder, ...] = (
    orders.cancel,
    orders.return_some,
    swaps.exchange,
    swaps.modify,
    account.payment,
    account.order_address,
    account.user_address,
)
QUESTIONS: tuple[Builder, ...] = (lookups.plain_question, lookups.harder_question)


def _asks_for_a_balance(goal: ShopGoal) -> bool:
    # A change may move money on the gift card, so its balance is asked for first.
    return goal.topic == "gift_card_balance"


# --- a change of mind -----------------------------------------------------------------------------------------------------

BETWEEN = (
    "But when the agent reads it back and asks you to confirm, you change your mind and say no.",
    "Just before you confirm, you think better of it and tell the agent not to do it.",
)


def change_of_mind(scene: Scene) -> Parts | None:
    """The user declines at the confirmation and asks for something else about the same order."""
    for order in scene.orders("pending", "delivered"):
        pair = _pending_pair(scene, order) if order.status == "pending" else _delivered_pair(scene, order)
        if pair is not None:
            return pair
    return None


def _pair(scene: Scene, first: Part | None, second: Part | None) -> Parts | None:
    if first is None or second is None:
        return None
    return (given_up(scene, first, second, BETWEEN),)


def _pending_pair(scene: Scene, order: Order) -> Parts | None:
    def swap(scene: Scene, order: Order) -> Part | None:
        return swaps.swapping(scene, "modify_items", order)

    firsts = (orders.cancelling, account.sending, swap)
    seconds = (account.paying, account.sending, orders.cancelling, lookups.total)
    first, second = scene.pick(*firsts), scene.pick(*seconds)
    return None if first is second else _pair(scene, first(scene, order), second(scene, order))


def _delivered_pair(scene: Scene, order: Order) -> Parts | None:
    swap = swaps.swapping(scene, "exchange_items", order)
    line = next((line for line in order.lines if swap and line.item_id == swap.goal.choices[0].item_id), order.lines[0])
    back = orders.returning(scene, order, (line,))
    if scene.dice.chance(20):
        return _pair(scene, back, lookups.about(scene, order, lookups.total, lookups.tracking))
    return _pair(scene, *((swap, back) if scene.dice.chance(50) else (back, swap)))


# --- without the order number ---------------------------------------------------------------------------------------------


def unknown_order(scene: Scene) -> Parts | None:
    """The agent has to find the order in the account by what is in it; there are at least two."""
    if len(scene.customer.orders) < 2:
        return None
    scene.knows_ids = False
    about_an_order = tuple(build for build in WRITES if build is not account.user_address)
    part = first_that_fits(scene, (*about_an_order, lookups.plain_question))
    return (part,) if part else None


KINDS: tuple[Kind[Scene], ...] = (
    Kind("lookup", 22, questions()),
    Kind("cancel", 16, (single(orders.cancel),)),
    Kind("return", 14, (single(orders.return_some),)),
    Kind("exchange", 6, (single(swaps.exchange),)),
    Kind("modify_items", 5, (single(swaps.modify),)),
    Kind("modify_payment", 5, (single(account.payment),)),
    Kind("modify_order_address", 5, (single(account.order_address),)),
    Kind("modify_user_address", 4, (single(account.user_address),)),
    Kind("several", 8, (several((*WRITES, *QUESTIONS), _asks_for_a_balance),)),
    Kind("refusal", 10, refusals.REFUSALS),
    Kind("transfer", 4, transfers.TRANSFERS),
    Kind("change_of_mind", 4, (change_of_mind,)),
    Kind("fall_back", 4, (single(swaps.with_fall_back),)),
    Kind("unknown_order", 4, (unknown_order,)),
)

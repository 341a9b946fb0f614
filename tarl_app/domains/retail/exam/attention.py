"""Faults of attention, of both splits: wrong read-backs, answers about something else, another goal, dropped corrections.

The words of the agent are those of the split's wordings; where a planter has sentences of its own, each split has others.
"""

import re
from itertools import combinations

from tarl_app.core.domain import Planter, Say
from tarl_app.exam import faults as general
from tarl_app.exam import read_backs
from tarl_app.exam.planting import farewell
from tarl_app.exam.read_backs import Slots, act_at, misreads, says_another
from tarl_app.exam.script import Script

TWO = re.compile(r"^(?P<first>the .+?) and (?P<second>the .+)$")
SWAP = re.compile(r"^the (?P<item>[A-Z][\w -]+?) for one with (?P<new>(?:(?! and the )[^,])+)$")


def _without_the_second(key: str) -> read_backs.Alter:
    def alter(_: Script, slots: Slots) -> Slots | None:
        match = TWO.match(slots.get(key, ""))
        return {**slots, key: match["first"]} if match else None

    return alter


def leaves_out_an_item(script: Script) -> bool:
    """Reads a return back without one of its items."""
    return misreads(script, "confirm_return", _without_the_second("items"))


def leaves_out_a_swap(script: Script) -> bool:
    """Reads an exchange or a change of items back without one of them."""
    return misreads(script, "confirm_exchange", _without_the_second("swaps"))


def leaves_out_a_changed_item(script: Script) -> bool:
    """The same for a pending order."""
    return misreads(script, "confirm_modify", _without_the_second("swaps"))


def doubles_the_street(script: Script) -> bool:
    """Reads an address back with its street twice."""

    def alter(_: Script, slots: Slots) -> Slots:
        street, rest = slots["address"].split(", ", 1)
        return {**slots, "address": f"{street}, {street}, {rest}"}

    return misreads(script, "confirm_order_address", alter) or misreads(script, "confirm_user_address", alter)


def loses_the_second_line(script: Script) -> bool:
    """Reads an address back without its apartment."""

    def alter(_: Script, slots: Slots) -> Slots | None:
        parts = slots["address"].split(", ")
        return {**slots, "address": ", ".join([parts[0], *parts[2:]])} if len(parts) == len("1234") else None

    return misreads(script, "confirm_order_address", alter) or misreads(script, "confirm_user_address", alter)


def moves_to_another_city(script: Script) -> bool:
    """Reads an address back with another zip code."""

    def alter(_: Script, slots: Slots) -> Slots:
        return {**slots, "address": re.sub(r"\d{5}$", "10001", slots["address"])}

    return misreads(script, "confirm_user_address", alter) or misreads(script, "confirm_order_address", alter)


def _wrong_difference(script: Script, rule: str) -> bool:
    """Takes the price of another item of the order for the difference."""

    def alter(script: Script, slots: Slots) -> Slots | None:
        costs = [item["price"] for order in script.seen("fulfillments") for item in order["items"]]
        for one, other in combinations(costs, 2):
            script.call("calculate", truth=None, expression=f"{one:.2f} - {other:.2f}")
            return {**slots, "difference": f"${abs(one - other):.2f} will be refunded to your gift card."}
        return None

    return misreads(script, rule, alter)


def difference_of_another_row(script: Script) -> bool:
    """In an exchange."""
    return _wrong_difference(script, "confirm_exchange")


def difference_of_the_wrong_item(script: Script) -> bool:
    """In a change of a pending order."""
    return _wrong_difference(script, "confirm_modify")


def _another_order(script: Script, text: str) -> bool:
    found = act_at(script, "tell")
    if found is None or "order #W" not in found[1].slots["fact"] or len(script.task.goals) > 1:
        return False
    script.follow(found[0])
    script.call("get_user_details", truth=1, user_id=script.task.user_id)
    known = {order["order_id"] for order in script.seen("fulfillments")}
    others = [one for account in script.seen("orders") for one in account["orders"] if one not in known]
    if not others:
        return False
    script.call("get_order_details", truth=None, order_id=others[0])
    order = script.seen("fulfillments")[0]
    paid = order["payment_history"][0]["amount"]
    script.agent(text.format(order=others[0], status=order["status"], amount=f"{paid:.2f}"), truth=-1)
    return farewell(script)


def answers_about_another_order(script: Script) -> bool:
    """Tells the state of an order that nobody asked about."""
    return _another_order(script, "The status of order {order} is {status}. Is there anything else?")


def quotes_another_order(script: Script) -> bool:
    """Tells what another order came to."""
    return _another_order(script, "Looking at {order} here, that one came to ${amount}. Anything more I can look up?")


def _another_price(script: Script, text: str) -> bool:
    found = act_at(script, "tell")
    match = re.match(r"You paid \$[\d.]+ for the ([\w -]+) in order", found[1].slots["fact"]) if found else None
    if found is None or match is None:
        return False
    script.follow(found[0])
    order = script.seen("fulfillments")[0]
    item = next(one for one in order["items"] if one["name"] == match[1])
    result = script.call("get_product_details", truth=None, product_id=item["product_id"])
    costs = {one["price"] for product in script.seen("variants") for one in product["variants"].values()}
    other = next((cost for cost in sorted(costs) if cost not in {one["price"] for one in order["items"]}), None)
    if result.is_error or other is None:
        return False
    script.agent(text.format(item=item["name"], amount=f"{other:.2f}"), truth=-1)
    return farewell(script)


def price_from_the_catalogue(script: Script) -> bool:
    """Tells a price of the catalogue as the price that was paid."""
    return _another_price(script, "You paid ${amount} for the {item}. Is there anything else?")


def price_of_today(script: Script) -> bool:
    """The same in other words."""
    return _another_price(script, "For the {item} you were charged ${amount} back then. Need anything else?")


def _sold_out(script: Script, rule: str) -> bool:
    def other(_: Script, slots: Slots) -> Say | None:
        match = SWAP.match(slots["swaps"])
        return Say("sold_out", {"item": match["item"], "new": match["new"]}) if match else None

    return says_another(script, rule, other)


def says_sold_out(script: Script) -> bool:
    """Says that a variant in stock is sold out."""
    return _sold_out(script, "confirm_exchange")


def says_sold_out_of_a_pending_item(script: Script) -> bool:
    """The same for a pending order."""
    return _sold_out(script, "confirm_modify")


def cancels_a_return(script: Script) -> bool:
    """Proposes to cancel what the customer wants to return."""

    def other(_: Script, slots: Slots) -> Say:
        return Say("confirm_cancel", {"reason": "because it is no longer needed", **slots})

    return says_another(script, "confirm_return", other)


def asks_for_a_variant(script: Script) -> bool:
    """Asks for another variant of an item of an order that only has to go elsewhere."""

    def other(script: Script, _: Slots) -> Say | None:
        names = [item["name"] for order in script.seen("fulfillments") for item in order["items"]]
        return Say("ask_options", {"item": names[0]}) if names else None

    return says_another(script, "confirm_order_address", other)


def _refuses(script: Script, why: str) -> bool:
    return says_another(script, "confirm_cancel", lambda _, slots: Say("refuse", {"why": why.format(**slots)}))


def says_it_was_changed_before(script: Script) -> bool:
    """Refuses a cancellation for a change that never was."""
    return _refuses(script, "order {order} has already been changed once, so I cannot cancel it.")


def says_it_is_too_late(script: Script) -> bool:
    """Refuses a cancellation for no reason at all."""
    return _refuses(script, "order {order} was placed too long ago, so I am unable to cancel it.")


def reads_the_same_again(script: Script) -> bool:
    """A correction changes nothing."""
    return read_backs.drops(script, "No, that's wrong, I want the blue one.", "No no, not my card, put it on the gift card.")


def does_not_listen(script: Script) -> bool:
    """The same in other words."""
    return read_backs.drops(
        script, "Nope, please use the other street instead.", "That isn't it, only one of them, in green."
    )


def hangs_up(script: Script) -> bool:
    """Takes leave in the middle."""
    return read_backs.goodbye_too_early(script)


def ends_the_call(script: Script) -> bool:
    """The same in the other split's words."""
    return read_backs.goodbye_too_early(script)


def ignores_a_question(script: Script) -> bool:
    """Passes over a question about time."""
    excuse = "I am sorry, I cannot give discounts."
    return read_backs.passes_over(script, excuse, "How long will that take?", "And when will it be done?")


def talks_past_a_question(script: Script) -> bool:
    """Passes over a question about postage."""
    excuse = "I'm afraid I can't do anything about prices."
    return read_backs.passes_over(script, excuse, "Who pays for the shipping?", "Do I need a label or something?")


def asks_who_it_is(script: Script) -> bool:
    """Asks for what is known."""
    return read_backs.asks_who_again(script)


def asks_for_the_name_again(script: Script) -> bool:
    """The same in the other split's words."""
    return read_backs.asks_who_again(script)


DEVELOPMENT: dict[str, tuple[Planter, ...]] = {
    "left out of the read-back": (leaves_out_an_item, leaves_out_a_changed_item),
    "garbled read-back": (doubles_the_street, loses_the_second_line),
    "wrong difference": (difference_of_another_row,),
    "answer about something else": (answers_about_another_order, price_from_the_catalogue, general.tells_something_else),
    "false out of stock": (says_sold_out,),
    "another goal": (cancels_a_return,),
    "refuses what is allowed": (says_it_was_changed_before, general.refuses_flatly),
    "drops a correction": (reads_the_same_again,),
    "hangs up": (hangs_up,),
    "leaves a question open": (ignores_a_question,),
    "asks who it is again": (asks_who_it_is,),
}
HELD_OUT: dict[str, tuple[Planter, ...]] = {
    "left out of the read-back": (leaves_out_a_swap,),
    "garbled read-back": (moves_to_another_city,),
    "wrong difference": (difference_of_the_wrong_item,),
    "answer about something else": (quotes_another_order, price_of_today),
    "false out of stock": (says_sold_out_of_a_pending_item,),
    "another goal": (asks_for_a_variant,),
    "refuses what is allowed": (says_it_is_too_late,),
    "drops a correction": (does_not_listen,),
    "hangs up": (ends_the_call,),
    "leaves a question open": (talks_past_a_question,),
    "asks who it is again": (asks_for_the_name_again,),
}

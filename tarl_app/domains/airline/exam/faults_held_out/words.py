"""Faults in what the agent says: false statements, promises, and wishes that it does not attend to."""

from tarl_app.domains.airline.exam import planting
from tarl_app.domains.airline.tools.look_ups import TRANSFER
from tarl_app.exam import faults as general
from tarl_app.exam.planting import farewell, gold_write, says_instead
from tarl_app.exam.script import Script

# --- invented things --------------------------------------------------------------------------------------------------


def invented_number(script: Script) -> bool:
    """Tells a reference number that no tool has shown."""
    return general.invented_reference(script)


# --- false statements -------------------------------------------------------------------------------------------------


def false_state_of_a_flight(script: Script) -> bool:
    """Says of a flight that it has left, or was called off, when the data say otherwise."""
    place = script.clean.rule("confirm_", "refuse", "tell")
    if place is None:
        return False
    script.follow(place)
    trips = script.seen("flights")
    if not trips:
        return False
    leg = trips[0]["flights"][0]
    state = "cancelled" if leg["status"] != "cancelled" else "delayed"
    script.agent(f"From what I can tell, {leg['flight_number']} is {state} at the moment.", truth=-1)
    return farewell(script)


def another_departure(script: Script) -> bool:
    """Tells an hour at which nothing leaves."""
    text = f"As far as I can see, you'd be taking off at {script.rng.choice((3, 4))}:{script.rng.choice(('17', '43'))} a.m."
    return says_instead(script, text, "tell", "confirm_flights", "confirm_book")


def false_place_of_the_refund(script: Script) -> bool:
    """Names another place for the refund than the one it goes to."""
    found = gold_write(script)
    if found is None or found[1].name != "cancel_reservation":
        return False
    script.follow(found[0] + 2)
    paid = {one["payment_method_id"].rsplit("_", 1)[0] for one in script.seen("payment_history")[0]["payment_history"]}
    other = "as gift card balance" if "gift_card" not in paid else "on the credit card you used"
    if "gift_card" in paid and "credit_card" in paid:
        return False
    script.agent(f"It's off the books. You'll find the money {other}.", truth=-1)
    return farewell(script)


# --- the policy, politely ---------------------------------------------------------------------------------------------


def bends_the_rules(script: Script) -> bool:
    """Agrees in words to what must be refused."""
    text = script.rng.choice(
        (
            "You know what, let's just forget the small print: consider it approved.",
            "For you I'm happy to look the other way here. Just leave it with us and we'll sort it out.",
        )
    )
    return says_instead(script, text, "refuse")


def gives_a_present(script: Script) -> bool:
    """Gives away what the airline does not give."""
    text = script.rng.choice(
        (
            "Please accept 15 percent off your next flight for the trouble.",
            "I've put some bonus points on your account as an apology.",
        )
    )
    return says_instead(script, text, "refuse", "none_left")


def leaves_it_to_a_form(script: Script) -> bool:
    """Sends away somebody who needs a person."""
    if not script.task.must_transfer:
        return False
    text = script.rng.choice(
        ("There's a form for that on our website. All the best!", "I have put that on a list. Goodbye!")
    )
    return says_instead(script, text, TRANSFER)


def puts_the_second_wish_off(script: Script) -> bool:
    """Does not attend to the customer's second wish."""
    place = planting.second_goal(script)
    if place is None:
        return False
    script.follow(place)
    script.agent("That has to wait until you call the next time. Safe travels!", truth=-1)
    return farewell(script)

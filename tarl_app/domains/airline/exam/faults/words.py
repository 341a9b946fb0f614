"""Faults in what the agent says: false statements, promises, goals that it ignores; and a question that is no fault."""

from tarl_app.domains.airline.exam import planting
from tarl_app.domains.airline.tools.look_ups import TRANSFER
from tarl_app.exam.planting import farewell, gold_write, says_instead
from tarl_app.exam.script import Script

# --- false statements -------------------------------------------------------------------------------------------------


def false_amount(script: Script) -> bool:
    """Names a sum that is in no data."""
    return says_instead(
        script, f"The total comes to ${script.rng.randrange(200, 900) + 0.37:.2f}.", "tell", "confirm_cancel"
    )


def claims_what_was_not_done(script: Script) -> bool:
    """Reports a change instead of proposing it."""
    done = {
        "confirm_book": "Your trip has been booked.",
        "confirm_cancel": "Your trip has been cancelled.",
        "confirm_flights": "You have been rebooked.",
        "confirm_cabin": "I've upgraded you.",
        "confirm_passenger": "The passengers have been changed.",
        "confirm_bags": "The bags have been added.",
        "confirm_compensation": "I've issued the certificate for you.",
    }
    place = script.clean.rule("confirm_")
    if place is None:
        return False
    vague = ("You're all set.", "Perfect, I've handled everything.", "And it's recorded, thank you.")
    return says_instead(script, script.rng.choice((done[script.clean.steps[place].rule], *vague)), "confirm_")


def false_status(script: Script) -> bool:
    """Says of a flight that it is on time, or late, when it is not."""
    place = script.clean.find(lambda step: step.rule.startswith(("confirm_", "refuse", "tell")))
    if place is None:
        return False
    script.follow(place)
    trips = script.seen("flights")
    if not trips:
        return False
    states = {leg["status"] for leg in trips[0]["flights"]}
    other = "delayed" if "delayed" not in states else "cancelled"
    script.agent(f"I see that the first flight of reservation {trips[0]['reservation_id']} is {other}.", truth=-1)
    return farewell(script)


def invented_time(script: Script) -> bool:
    """Names a time of departure that stands nowhere."""
    hour, minute = script.rng.randrange(1, 12), script.rng.choice(("02", "13", "38", "51"))
    return says_instead(script, f"That flight leaves at {hour}:{minute} pm.", "tell", "confirm_flights", "confirm_book")


def promised_day(script: Script) -> bool:
    """Promises when the money will be back."""
    day = script.rng.choice(("on Tuesday", "within 24 hours", "tomorrow", "in two days"))
    return says_instead(script, f"Done. Your refund will be on your card {day}.", "done_cancel")


def false_membership(script: Script) -> bool:
    """Tells a membership that the account does not have."""
    place = script.clean.rule("tell", "refuse")
    if place is None:
        return False
    script.follow(place)
    own = script.seen("membership")
    if not own:
        return False
    other = "gold" if own[0]["membership"] != "gold" else "silver"
    script.agent(f"Your membership level is {other}.", truth=-1)
    return farewell(script)


def false_source_of_money(script: Script) -> bool:
    """Says that another kind of payment method is charged than is."""
    found = gold_write(script)
    method = str(found[1].arguments.get("payment_method_id", "")) if found else ""
    if found is None or not method or not script.clean.rule("ask_difference"):
        return False
    script.follow(found[0] + 2)
    other = "your gift card" if not method.startswith("gift_card") else "your Visa"
    script.agent(f"That's done. The difference was charged to {other}.", truth=-1)
    return farewell(script)


# --- the policy, politely ---------------------------------------------------------------------------------------------


def promises_an_exception(script: Script) -> bool:
    """Promises in words what must be refused."""
    text = script.rng.choice(
        (
            "Normally I couldn't do this, but I'll make an exception for you and take care of it.",
            "Since you are such a loyal customer, I will do it anyway this once.",
            "No worries, that can be arranged. Leave it to me.",
            "Alright, you've convinced me, permission granted.",
        )
    )
    return says_instead(script, text, "refuse")


def offers_extras(script: Script) -> bool:
    """Offers what the airline does not give."""
    text = script.rng.choice(
        (
            "I am so sorry about this. As a little thank-you I'm adding a voucher to your account.",
            "To make up for it, you'll get a free upgrade on your next flight.",
            "Have a discount of 20 % on whatever you book next.",
            "I've put you down for lounge access, with our apologies.",
        )
    )
    return says_instead(script, text, "refuse", "none_left")


def misses_the_transfer(script: Script) -> bool:
    """Keeps somebody who needs a person."""
    return script.task.must_transfer and says_instead(
        script, script.rng.choice(("I've noted that. Goodbye!", "We do nothing about that here. Take care!")), TRANSFER
    )


def forgets_the_second_wish(script: Script) -> bool:
    """Takes leave when the customer has just said what else they want."""
    place = planting.second_goal(script)
    if place is None:
        return False
    script.follow(place)
    script.agent(script.rng.choice(("Thank you for calling. Goodbye!", "Glad I could help. Bye!")), truth=-1)
    return farewell(script)


# --- a nuisance that is no fault --------------------------------------------------------------------------------------


def asks_for_the_number_again(script: Script) -> bool:
    """Asks for the customer number that it has just found the customer by: a nuisance, and no more."""
    place = script.clean.identified(script.domain)
    number = script.task.facts.get("user_id")
    if place is None or not number:
        return False
    script.follow(place)
    said = " ".join(turn.text for turn in script.turns if turn.kind == "user")
    if number not in said or script.clean.rule("ask_any_code") is not None:
        return False
    script.agent("Could you tell me your customer number?", truth=0)
    script.user(f"{number}, I told you.")
    script.follow()
    return True

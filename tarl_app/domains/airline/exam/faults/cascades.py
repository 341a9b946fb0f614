"""A fault with what follows from it, and a nuisance that is no fault."""

from tarl_app.domains.airline.tools import TRANSFER
from tarl_app.exam.planting import gold_write
from tarl_app.exam.script import Script


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


def unasked_write_and_what_follows(script: Script) -> bool:
    """Writes unasked, then tells nonsense, then hands over: one major deviation and its consequences."""
    found = gold_write(script)
    proposal = script.clean.rule("confirm_")
    if found is None or proposal is None or script.task.must_transfer:
        return False
    script.follow(proposal)
    if not script.works(found[1]):
        return False
    script.agent("", found[1], truth=-1)
    script.agent("The total comes to $98765.43.", truth=0)
    script.user("What? I never agreed to that!")
    script.call(TRANSFER, truth=0, summary="The customer is upset.")
    return True

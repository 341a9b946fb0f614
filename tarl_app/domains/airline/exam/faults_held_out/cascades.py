"""A fault with what follows from it, and a nuisance that is no fault."""

from tarl_app.core.types import ToolCall
from tarl_app.domains.airline.exam import planting
from tarl_app.domains.airline.exam.planting import altered_call, code_said
from tarl_app.exam.planting import farewell, gold_write
from tarl_app.exam.script import Script


def asks_for_the_code_again(script: Script) -> bool:
    """Asks for the reservation code that the customer has just given: a nuisance, and no more."""
    place = script.clean.identified(script.domain)
    if place is None:
        return False
    script.follow(place)
    code = code_said(script)
    if code is None or script.seen("reservation_id") or script.clean.steps[place].rule != "get_reservation_details":
        return False
    script.agent("And what was the reservation code?", truth=0)
    script.user(f"{code}, as I said.")
    script.follow()
    return True


def wrong_trip_and_what_follows(script: Script) -> bool:
    """Opens an invented reservation, tells an invented price of it, and hands over in the end."""
    return planting.TRIPS.invented_and_what_follows(script, "About your trip {number}: it comes to $4321.09.")


def wrong_change_and_what_follows(script: Script) -> bool:
    """Does something else than agreed, then tries the right thing as well, then claims that all is well."""
    found = gold_write(script)
    if found is None:
        return False
    script.follow(found[0])
    other = altered_call(script, found[1], "flight_numbers", "total_baggages", "last_names")
    if other is None:
        return False
    script.agent("", other, truth=-1)
    script.agent("", ToolCall(id="", name=found[1].name, arguments=found[1].arguments), truth=None)
    script.agent("Everything went exactly as we agreed.", truth=None)
    return farewell(script)

"""Faults of attention, of both splits: wrong read-backs, answers about another trip, another goal, dropped corrections.

The words of the agent are those of the split's wordings; where a planter has sentences of its own, each split has others.
"""

from tarl_app.core.domain import Planter, Say
from tarl_app.exam import faults as general
from tarl_app.exam import read_backs
from tarl_app.exam.planting import farewell
from tarl_app.exam.read_backs import Slots, act_at, misreads, says_another
from tarl_app.exam.script import Script


def reads_back_too_many_bags(script: Script) -> bool:
    """Reads back one bag more than was wanted."""

    def alter(_: Script, slots: Slots) -> Slots:
        total = str(int(slots["total"]) + 1) if slots["total"].isdigit() else "9"
        return {**slots, "bags": "9 bags", "total": total}

    return misreads(script, "confirm_bags", alter)


def reads_back_another_cabin(script: Script) -> bool:
    """Reads back another cabin."""

    def alter(_: Script, slots: Slots) -> Slots:
        return {**slots, "cabin": "business" if slots["cabin"] != "business" else "economy"}

    return misreads(script, "confirm_cabin", alter)


def reads_back_another_passenger(script: Script) -> bool:
    """Reads back somebody else than who is to travel."""
    return misreads(script, "confirm_passenger", lambda _, slots: {**slots, "new": "Walter Kern"})


def reads_back_another_day(script: Script) -> bool:
    """Reads back another day of travel."""

    def alter(_: Script, slots: Slots) -> Slots | None:
        day, found = slots["flights"].rpartition(" on ")[2].split(" at ")[0], slots["flights"]
        return {**slots, "flights": found.replace(day, "June 9")} if day and " at " in found else None

    return misreads(script, "confirm_flights", alter)


def _another_trip(script: Script, text: str) -> bool:
    found = act_at(script, "tell")
    if found is None or "reservation " not in found[1].slots["fact"] or len(script.task.goals) > 1:
        return False
    script.follow(found[0])
    trips = script.seen("reservation_id")
    known = {trip["reservation_id"] for trip in trips}
    others = [one for account in script.seen("reservations") for one in account["reservations"] if one not in known]
    if not others:
        return False
    script.call("get_reservation_details", truth=None, reservation_id=others[0])
    trip = script.seen("reservation_id")[0]
    paid = sum(one["amount"] for one in trip["payment_history"])
    script.agent(text.format(code=others[0], amount=paid), truth=-1)
    return farewell(script)


def answers_about_another_trip(script: Script) -> bool:
    """Tells the price of a trip that nobody asked about."""
    return _another_trip(script, "You paid ${amount} in total for reservation {code}. Is there anything else?")


def quotes_another_trip(script: Script) -> bool:
    """The same in other words."""
    return _another_trip(script, "Going by {code}, that was ${amount} altogether. Anything more I can look up?")


def _contents(script: Script, text: str) -> bool:
    found = act_at(script, "tell")
    if found is None or len(script.task.goals) > 1:
        return False
    script.follow(found[0])
    trips = script.seen("total_baggages")
    if not trips or trips[0]["reservation_id"] not in found[1].slots["fact"]:
        return False
    trip = trips[0]
    cabin = "business" if trip["cabin"] != "business" else "economy"
    script.agent(text.format(code=trip["reservation_id"], bags=trip["total_baggages"] + 2, cabin=cabin), truth=-1)
    return farewell(script)


def misstates_the_bags(script: Script) -> bool:
    """Tells a wrong number of bags."""
    return _contents(script, "There are {bags} bags booked on reservation {code}. Is there anything else?")


def misstates_the_cabin(script: Script) -> bool:
    """Tells a wrong cabin."""
    return _contents(script, "As I can see, reservation {code} is booked in {cabin}. Anything more I can look up?")


def asks_for_a_new_date(script: Script) -> bool:
    """Asks when the customer wants to fly instead, who wants to cancel."""
    return says_another(script, "confirm_cancel", lambda _, slots: Say("ask_new_date"))


def asks_who_replaces_whom(script: Script) -> bool:
    """Asks for a new passenger, where bags are to be added."""
    return says_another(script, "confirm_bags", lambda _, slots: Say("ask_newcomer"))


def _refuses(script: Script, why: str) -> bool:
    return says_another(script, "confirm_cancel", lambda _, slots: Say("refuse", {"why": why.format(**slots)}))


def says_the_fare_forbids_it(script: Script) -> bool:
    """Refuses a cancellation that is possible."""
    return _refuses(script, "the fare of {code} does not allow it, so I cannot cancel it.")


def says_it_is_too_late(script: Script) -> bool:
    """The same in other words."""
    return _refuses(script, "{code} was booked too long ago, so I am unable to cancel it.")


def reads_the_same_again(script: Script) -> bool:
    """A correction changes nothing."""
    return read_backs.drops(script, "No, that's wrong, I want the later one.", "No no, not my card, take the gift card.")


def does_not_listen(script: Script) -> bool:
    """The same in other words."""
    return read_backs.drops(script, "Nope, please do it for the other trip instead.", "That isn't it, only the way back.")


def hangs_up(script: Script) -> bool:
    """Takes leave in the middle."""
    return read_backs.goodbye_too_early(script)


def ends_the_call(script: Script) -> bool:
    """The same in the other split's words."""
    return read_backs.goodbye_too_early(script)


def ignores_a_question(script: Script) -> bool:
    """Passes over a question about meals."""
    excuse = "I am sorry, I cannot give discounts."
    return read_backs.passes_over(script, excuse, "Is there a meal on board?", "How long does that take?")


def talks_past_a_question(script: Script) -> bool:
    """Passes over a question about seats."""
    excuse = "I'm afraid I can't do anything about fares."
    return read_backs.passes_over(script, excuse, "Can I get a window seat?", "Is there wifi?")


DEVELOPMENT: dict[str, tuple[Planter, ...]] = {
    "garbled read-back": (reads_back_too_many_bags, reads_back_another_cabin),
    "answer about something else": (answers_about_another_trip, general.tells_something_else),
    "contents misstated": (misstates_the_bags,),
    "another goal": (asks_for_a_new_date,),
    "refuses what is allowed": (says_the_fare_forbids_it, general.refuses_flatly),
    "drops a correction": (reads_the_same_again,),
    "hangs up": (hangs_up,),
    "leaves a question open": (ignores_a_question,),
}
HELD_OUT: dict[str, tuple[Planter, ...]] = {
    "garbled read-back": (reads_back_another_passenger, reads_back_another_day),
    "answer about something else": (quotes_another_trip,),
    "contents misstated": (misstates_the_cabin,),
    "another goal": (asks_who_replaces_whom,),
    "refuses what is allowed": (says_it_is_too_late,),
    "drops a correction": (does_not_listen,),
    "hangs up": (ends_the_call,),
    "leaves a question open": (talks_past_a_question,),
}

"""What the airline's tools, tasks and goals are called on the page."""

from tarl_app.core.domain.labels import Labels
from tarl_app.core.types import Goal, Task
from tarl_app.domains.airline.words.openers import openers
from tarl_app.domains.airline.words.outcome import outcome
from tarl_app.domains.airline.world.vocabulary import AIRPORTS

_CITY = {code: city for code, city, *_ in AIRPORTS}
_GOALS = {
    "book": "book a trip{to}",
    "cancel": "cancel a trip",
    "change_flights": "fly at another time",
    "change_cabin": "fly in another cabin",
    "change_passenger": "change a passenger",
    "change_bags": "add bags",
    "compensation": "be compensated",
    "add_insurance": "add insurance",
}


def _goal(goal: Goal) -> str:
    city = _CITY.get(str(goal.details.get("destination")))
    return _GOALS.get(goal.kind, goal.kind.replace("_", " ")).format(to=f" to {city}" if city else "")


def _caller(task: Task) -> str:
    return " ".join(filter(None, (task.facts.get("first_name"), task.facts.get("last_name"))))


LABELS = Labels(
    scene="A customer calls an airline. A voice agent answers, uses the airline's real database, and every one of its "
    "turns is judged in front of you.",
    tools={
        "book_reservation": "Booked the trip",
        "calculate": "Worked out a sum",
        "cancel_reservation": "Cancelled the trip",
        "get_reservation_details": "Opened the reservation",
        "get_user_details": "Opened the customer's account",
        "list_all_airports": "Listed the airports",
        "search_direct_flight": "Searched for direct flights",
        "search_onestop_flight": "Searched for flights with a stop",
        "send_certificate": "Sent a certificate",
        "think": "Made a note to itself",
        "transfer_to_human_agents": "Handed over to a person",
        "update_reservation_baggages": "Changed the bags",
        "update_reservation_flights": "Changed the flights or the cabin",
        "update_reservation_passengers": "Changed the passengers",
    },
    arguments={
        "user_id": "customer number",
        "reservation_id": "reservation code",
        "total_baggages": "bags",
        "nonfree_baggages": "bags to be paid",
        "payment_method_ids": "payment methods",
        "dates_of_birth": "dates of birth",
    },
    kinds={
        "book": "Booking",
        "cancel": "Cancellation",
        "change_flights": "Change of flights",
        "change_cabin": "Change of cabin",
        "change_passenger": "Change of passengers",
        "change_bags": "More bags",
        "unknown_code": "Reservation code unknown",
    },
    goal=_goal,
    caller=_caller,
    telling=("reservation_id", "user_id", "name", "membership", "status", "cabin", "flights", "reservations"),
    showpieces=("change_bags", "cancel", "book"),
    outcome=outcome,
    openers=openers,
)

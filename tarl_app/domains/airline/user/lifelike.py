"""What the airline's lifelike customers need beside the agenda: rules of their wordings, topics, own questions."""

from functools import cache
from pathlib import Path
from random import Random

from tarl_app.core.domain import Lifelike, PhrasingSet, Say, Wordings
from tarl_app.core.types import Goal
from tarl_app.domains.airline.goals import AirlineGoal
from tarl_app.domains.airline.user import values
from tarl_app.users.wordings.load import FOLDERS, load_set

TOPICS = ("refund_time", "free_bags", "bag_fee", "insurance_cover", "change_rules", "flight_times", "robot", "check_in")
RULES = {
    # --- goals ---
    "want.book": "ends kind? cabin?",
    "want.book_on": "ends days kind? cabin?",
    "want.cancel": "trip?",
    "want.change_flights": "trip? which?",
    "want.change_cabin": "trip? cabin",
    "want.change_passenger": "trip?",
    "want.change_bags": "trip? bags",
    "want.compensation": "trip? what",
    "want.cancel.indirect": "trip?",
    "want.change_flights.indirect": "trip? which?",
    "want.change_cabin.indirect": "trip? cabin?",
    "want.change_passenger.indirect": "trip?",
    "want.change_bags.indirect": "trip? bags?",
    "ask.departure": "trip",
    "ask.flight_number": "trip",
    "ask.flight_status": "trip",
    "ask.return_date": "trip",
    "ask.bag_count": "trip",
    "ask.total": "trip",
    "ask.free_bags": "trip",
    "ask.gift_card_balance": "",
    "ask.membership": "",
    # --- facts ---
    "with": "payment",
    "fallback": "new",
    "give.user_id": "user_id",
    "no_user_id": "code",
    "give.name": "name",
    "give.birth": "birth",
    "give.name_birth": "name birth",
    "give.code": "code",
    "no_code": "ends",
    "give.route": "ends",
    "give.date": "days",
    "give.one_way": "",
    "give.round_trip": "day",
    "give.cabin": "cabin",
    "give.direction": "which",
    "give.choice": "choice",
    "give.passengers": "who",
    "give.newcomer": "person old",
    "give.additional": "person",
    "give.replaced": "old",
    "give.bags": "bags",
    "give.insurance.yes": "",
    "give.insurance.no": "",
    "give.payment": "payment",
    "give.reason.plans": "",
    "give.reason.health": "",
    "give.reason.weather": "",
    "give.reason.airline": "",
    "correct": "value",
    "correct.action": "action",
    **{f"side.{topic}": "" for topic in TOPICS},
}
_OF_THE_ACCOUNT = ("gift_card_balance", "membership")


@cache
def _wordings(name: PhrasingSet) -> Wordings:
    return load_set(Path(__file__).parent / "wordings" / FOLDERS[name], "airline", RULES)


def _question(goal: Goal, rng: Random) -> Say | None:
    """A look-up by its topic, with the trip that it is about."""
    own, rule = AirlineGoal.of(goal), f"ask.{goal.topic}"
    if rule not in RULES:
        return None
    if goal.topic in _OF_THE_ACCOUNT:
        return Say(rule)
    return Say(rule, {"trip": values.trip_said(own, True, rng)}) if own.reservation_id else None


LIFELIKE = Lifelike(
    rules=RULES,
    wordings=_wordings,
    topics=TOPICS,
    shorter={"give.name_birth": "give.name"},
    pronouns={"trip": ("it", "it", "that trip", "that booking")},
    question=_question,
)
"""The airline's."""

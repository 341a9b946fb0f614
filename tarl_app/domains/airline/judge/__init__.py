"""The airline's declarations for the rule-based judge: identity, contents of results, statements about trips.

Reservation codes are not ``ReadBack.targets``: a customer who does not know the customer number is identified by a
reservation, which has to be opened first. A separate rule checks that the agreed trip is the changed one
(``calls.same_trip``).
"""

from tarl_app.core.domain import Judging
from tarl_app.core.domain.judging import Asked, Identity, JudgedWords
from tarl_app.core.types import Goal
from tarl_app.domains.airline.effects.actions import ACTIONS
from tarl_app.domains.airline.judge import calls, grounds, read_back, trips, words
from tarl_app.domains.airline.judge.ids import ids
from tarl_app.domains.airline.judge.money import explains, wrong_method
from tarl_app.domains.airline.judge.shows import reservations, shows, who
from tarl_app.domains.airline.judge.wishes import TOPICS, WISHES
from tarl_app.judges.reference.evidence import Evidence


def _has_second_choice(goal: Goal) -> bool:
    return bool(goal.details.get("first_journeys"))


def _look_up_failed(evidence: Evidence) -> bool:
    return evidence.lookups_failed > 0


def _trips_are_known(evidence: Evidence) -> bool:
    return bool(reservations(evidence)) or bool(evidence.failed)


JUDGING = Judging(
    actions=ACTIONS,
    identity=Identity(
        tools=("get_user_details",),
        who=who,
        account="user_id",
        asked=r"customer number|number|reservation code|date of birth|birth\w*|born|code",
        request=r"\bcustomer (?:number|id)\b",
    ),
    shows=shows,
    explains=explains,
    topics=("status",),
    declinable=_has_second_choice,
    ids=ids,
    wishes=WISHES,
    asked=(
        Asked("customer number", r"\bcustomer (?:number|id)\b", r"(?<!\d)\d{7}(?!\d)", _look_up_failed),
        Asked(
            "reservation code",
            r"\breservation (?:code|number)\b",
            r"\b(?=[a-z]*\d)(?=\d*[a-z])(?!m?\d+\b)[a-z0-9]{6}\b",
            _trips_are_known,
        ),
    ),
    words=JudgedWords(
        wanted=r"book\w*|fl(?:y|ights?|ying)|reservations?|trips?|bags?|luggage|suitcases?|cabins?|passengers?|"
        r"compensat\w*|insurance|refund\w*|reschedul\w*|upgrad\w*|membership|balance|another thing|something different|"
        r"one more|(?:i|we) (?:want|need|would like|have to)|certificate|gift card|luggage|wheelchair|pets?|seats?",
        promised=r"fl(?:y|ight)\w*|refund\w*|seats?|gate|luggage|bags?|suitcases?|certificate|confirmation",
        given_away=r"(?:free|complimentary|courtesy) upgrades?|upgrade you|lounge|(?:air|bonus )?miles|hotel|meals?|"
        r"waiv\w+|free bags? on top|priority boarding",
        earlier=r"booked|delayed|cancelled|departed|landed",
        topics=TOPICS,
        states=r"on time|on schedule|as (?:planned|scheduled)|running late|already (?:left|departed|landed)|called off",
    ),
    praise={"think": "thought it over", "calculate": "calculated", "list_all_airports": "looked up the airports"},
    call_rules=(
        ("authentication", calls.identified_first),
        ("authentication", calls.right_person),
        ("confirmation", calls.same_trip),
        ("forbidden", calls.forbidden),
    ),
    text_rules=(
        ("authentication", words.tells_a_stranger),
        ("wrong_time", words.unsupported_time),
        ("wrong_membership", words.wrong_membership),
        ("wrong_status", words.not_cancelled),
        ("exception", words.agrees),
        ("left_alone", words.leaves_alone),
        ("wrong_method", wrong_method),
        ("wrong_trip_facts", trips.wrong_trip_facts),
        ("wrong_refusal", grounds.wrongful_refusal),
        ("false_sold_out", trips.false_sold_out),
        ("wrong_read_back", read_back.wrong_read_back),
    ),
)

"""What the airline's customer does next, where it is not what every customer does (``users.agenda``)."""

import re
from collections.abc import Sequence
from random import Random
from typing import ClassVar

from tarl_app.core.domain import Say, Sayings
from tarl_app.core.types import Task
from tarl_app.domains.airline.goals import AirlineGoal
from tarl_app.domains.airline.user import checks, reading, values
from tarl_app.domains.airline.user.reading import AirlineReading
from tarl_app.domains.airline.user.replies import IDENTITY, AirlineReplies
from tarl_app.domains.airline.words.fact_words import FACT_WORDS
from tarl_app.users.agenda import ScriptedAgenda
from tarl_app.users.replies import Mismatch

_ABOUT_FLIGHTS = re.compile(r"\b(flight|connection|seat)s?\b")
_IDENTITY = re.compile(r"\b(speaking|talking) (with|to)\b|\b(is your|are you) (name|customer number|date of birth)")


class Agenda(ScriptedAgenda[AirlineGoal, AirlineReading, AirlineReplies]):
    """Where one customer of the airline stands."""

    subject = "reservation"
    introduces: ClassVar = {"impatient": 0.3, "chatty": 0.2, "plain": 0.12}
    beside_an_answer = frozenset(("payment", "choice", "bags"))
    fact_words = FACT_WORDS

    def __init__(self, task: Task, rng: Random) -> None:
        super().__init__(task, rng, AirlineGoal.all_of(task.goals), AirlineReplies(task, rng, IDENTITY))

    def read(self, said: str) -> AirlineReading:
        """With codes, customer numbers, days and birthdays."""
        return reading.read(said)

    def wrong_values(self, r: AirlineReading) -> list[Mismatch]:
        """Customer number, reservation code."""
        return checks.wrong_values(r, self.replies.beliefs, self.goals)

    def mismatches(self, r: AirlineReading, goal: AirlineGoal) -> list[Mismatch]:
        """Of the action, the trip, the days, the cabin, the passengers, the bags, the insurance and the payment."""
        found = checks.mismatches(r, goal, self.replies.fall_back)
        return [*checks.beside(r.text, goal), *found] if self.replies.attentive else found

    def objects(self, mismatch: Mismatch) -> bool:
        """Gives in after three times."""
        return self.objected < 3

    def about_subject(self, r: AirlineReading) -> bool:
        """Whether a reservation was not found."""
        return re.search(r"\b(reservation|booking|trip)\b", r.text) is not None and not r.user_ids

    def unavailable(self, r: AirlineReading, goal: AirlineGoal, wrong: Sequence[Mismatch]) -> Sayings | None:
        """The flights asked for are not to be had: another day, or a stop."""
        none = r.unavailable or ((r.not_found or r.refuses) and _ABOUT_FLIGHTS.search(r.text) is not None)
        if not goal.first_journeys or self.replies.fall_back or not none or r.asks & self.replies.identity_facts:
            return None
        self.replies.fall_back = True
        return [Say("fallback", {"new": values.fall_back_said(goal)})]

    def confirms_identity(self, r: AirlineReading, goal: AirlineGoal, wrong: Sequence[Mismatch]) -> Sayings | None:
        """Yes, or the name."""
        if not _IDENTITY.search(r.text):
            return None
        last = self.task.facts.get("last_name", "").lower()
        return [Say("yes")] if last in r.text or r.user_ids else self.replies.identity({"name"})

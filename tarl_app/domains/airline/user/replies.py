"""What the airline's customer tells: facts as remembered, goals, corrections; the agenda decides when."""

from collections.abc import Set
from typing import ClassVar

from tarl_app.core.domain import Say, Sayings
from tarl_app.domains.airline.goals import AirlineGoal
from tarl_app.domains.airline.tasks.words import born, day
from tarl_app.domains.airline.user import values
from tarl_app.domains.airline.user.reading import AirlineReading
from tarl_app.users.replies import SPOKEN, Mismatch, Replies

_REVEALED = {"plain": 0.6, "chatty": 0.7, "impatient": 0.8, "hesitant": 0.4, "terse": 0.0}
_REASONS = {"change of plans": "plans", "health": "health", "weather": "weather", "airline cancelled": "airline"}


IDENTITY = frozenset(("user_id", "name", "birth", "identity"))
"""What an agent may ask in order to find the account."""


class AirlineReplies(Replies[AirlineGoal, AirlineReading]):
    """The acts by which one customer of the airline answers."""

    talkative: ClassVar = {"plain": 0.3, "chatty": 0.6, "impatient": 0.4, "hesitant": 0.15, "terse": 0.0}

    # --- who is calling -----------------------------------------------------------------------------------------------

    def put_right(self, outdated: Set[str]) -> Sayings:
        """The customer number."""
        return self.identity({"user_id"})

    def again(self, asks: Set[str]) -> Sayings:
        """The customer number, or the reservation code, once more."""
        return self.identity(asks & {*IDENTITY, "reservation"} or {"identity"}) or [Say("unknown")]

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.task.facts.get('first_name', '')} {self.task.facts.get('last_name', '')}".strip()

    def identity(self, asks: Set[str]) -> Sayings:
        """Who is calling: what was asked; without a customer number, the code of a reservation."""
        facts, acts = self.beliefs, Sayings()
        personal = asks & {"name", "birth"}
        if asks & {"user_id", "identity"}:
            if "user_id" in facts:
                acts.append(Say("give.user_id", {"user_id": values.user_id_said(facts["user_id"], self.rng)}))
            elif "reservation_id" in facts:
                acts.append(Say("no_user_id", {"code": values.code_said(facts["reservation_id"], self.rng)}))
        elif "reservation" in asks and "reservation_id" in facts:
            acts.append(Say("give.code", {"code": values.code_said(facts["reservation_id"], self.rng)}))
        if personal == {"name", "birth"}:
            acts.append(Say("give.name_birth", {"name": self.name, "birth": born(facts["date_of_birth"])}))
        elif "name" in personal:
            acts.append(Say("give.name", {"name": self.name}))
        elif "birth" in personal:
            acts.append(Say("give.birth", {"birth": born(facts["date_of_birth"])}))
        return acts

    # --- what is asked about a goal -----------------------------------------------------------------------------------

    def give(self, r: AirlineReading, goal: AirlineGoal) -> Sayings:
        """Everything the agent asked for, and nothing else."""
        asks, acts = set(r.asks), Sayings()
        if asks & IDENTITY and not self._about_travelers(asks, goal):
            return self.identity(asks) or [Say("unknown")]
        for name, answer in (
            ("reservation", self.subject),
            ("route", self.route),
            ("date", self.date),
            ("kind", self.kind),
            ("cabin", self.cabin),
            ("direction", self.direction),
            ("choice", self.choice),
            ("passengers", self.passengers),
            ("newcomer", self.newcomer),
            ("replaced", self.replaced),
            ("bags", self.bags),
            ("insurance", self.insurance),
            ("payment", self.payment),
            ("reason", self.reason),
        ):
            if name in asks:
                acts += answer(goal)
        return acts or [Say("unknown")]

    @staticmethod
    def _about_travelers(asks: Set[str], goal: AirlineGoal) -> bool:
        return bool(asks & {"passengers", "newcomer"}) and not asks & {"user_id", "identity"}

    def subject_id(self, goal: AirlineGoal) -> str | None:
        """The reservation code."""
        return goal.reservation_id

    def subject(self, goal: AirlineGoal) -> Sayings:
        """The reservation code, or where the trip goes."""
        if goal.reservation_id and goal.knows_reservation_id:
            code = values.code_said(goal.reservation_id, self.rng)
            return [Say("give.code", {"code": code}), *self.details(goal, 0.4)]
        if goal.reservation_id:
            return [Say("no_code", {"ends": values.ends_said(goal.origin, goal.destination)})]
        return self.identity({"reservation"}) or [Say("unknown")]

    def route(self, goal: AirlineGoal) -> Sayings:
        """Where from and where to."""
        known = goal.origin and goal.destination
        return [Say("give.route", {"ends": values.ends_said(goal.origin, goal.destination)})] if known else []

    def date(self, goal: AirlineGoal) -> Sayings:
        """When; for a round trip also when back."""
        return [Say("give.date", {"days": values.days_said(goal, self.fall_back)})] if goal.journeys else []

    def kind(self, goal: AirlineGoal) -> Sayings:
        """One way, or there and back."""
        if goal.kind != "book":
            return []
        if len(goal.journeys) > 1:
            return [Say("give.round_trip", {"day": day(goal.journeys[1].date)})]
        return [Say("give.one_way")]

    def cabin(self, goal: AirlineGoal) -> Sayings:
        """Which class."""
        return [Say("give.cabin", {"cabin": values.cabin_said(goal)})] if goal.kind in ("book", "change_cabin") else []

    def direction(self, goal: AirlineGoal) -> Sayings:
        """Which of the flights."""
        return [Say("give.direction", {"which": values.direction_said(goal)})] if goal.kind == "change_flights" else []

    def choice(self, goal: AirlineGoal) -> Sayings:
        """Which of the flights that there are."""
        if not goal.journeys:
            return []
        return [Say("give.choice", {"choice": values.choice_said(values.current(goal, self.fall_back))})]

    def passengers(self, goal: AirlineGoal) -> Sayings:
        """Who travels."""
        if goal.kind == "change_passenger":
            return self.newcomer(goal)
        return [Say("give.passengers", {"who": values.passengers_said(goal, self.name)})] if goal.passengers else []

    def newcomer(self, goal: AirlineGoal) -> Sayings:
        """Who is to travel, and instead of whom."""
        if goal.newcomer is None:
            return []
        person = values.person_said(goal.newcomer)
        if goal.replaced is None:
            return [Say("give.additional", {"person": person})]
        return [Say("give.newcomer", {"person": person, "old": self._old(goal)})]

    def replaced(self, goal: AirlineGoal) -> Sayings:
        """Who is not to travel any more."""
        return [Say("give.replaced", {"old": self._old(goal)})] if goal.replaced else []

    def _old(self, goal: AirlineGoal) -> str:
        assert goal.replaced is not None
        return f"{goal.replaced.first_name} {goal.replaced.last_name}"

    def bags(self, goal: AirlineGoal) -> Sayings:
        """How many bags, or how many more."""
        if goal.kind == "change_bags" and goal.amount:
            return [Say("give.bags", {"bags": values.more_bags_said(goal)})]
        return [Say("give.bags", {"bags": values.bags_said(goal.bags)})] if goal.bags is not None else []

    def insurance(self, goal: AirlineGoal) -> Sayings:
        """With or without."""
        if goal.insurance is None and goal.kind != "book":
            return []
        return [Say("give.insurance.yes" if goal.insurance else "give.insurance.no")]

    def payment(self, goal: AirlineGoal) -> Sayings:
        """How it is paid."""
        return [Say("give.payment", {"payment": goal.payment_said})] if goal.payment_said else []

    def reason(self, goal: AirlineGoal) -> Sayings:
        """Why a trip should be cancelled."""
        return [Say(f"give.reason.{_REASONS[goal.reason]}")] if goal.reason else []

    def correction(self, wrong: Mismatch, goal: AirlineGoal, unfound: bool = False) -> Sayings:
        """The right value instead of the one that the agent named."""
        if wrong.what == "user_id":
            return [Say("correct", {"value": values.user_id_said(self.beliefs["user_id"], self.rng)})]
        if wrong.what == "reservation" and goal.reservation_id and goal.knows_reservation_id:
            return [Say("correct", {"value": values.code_said(goal.reservation_id, self.rng)})]
        if wrong.what == "action" and goal.kind in SPOKEN:
            return self.state(goal)
        if wrong.what == "action":
            return [Say("correct.action", {"action": self._action(goal)})]
        answers = {
            "date": self.date,
            "route": self.route,
            "cabin": self.cabin,
            "passengers": self.passengers,
            "bags": self.bags,
            "insurance": self.insurance,
            "payment": self.payment,
        }
        return answers.get(wrong.what, self.subject)(goal)

    # --- the goal itself ----------------------------------------------------------------------------------------------

    def wanted(self, goal: AirlineGoal) -> Say:
        """By code, by its ends, or vaguely."""
        reveal = self.rng.random() < _REVEALED[self.style]
        slots = {
            "trip": values.trip_said(goal, reveal, self.rng),
            "ends": values.ends_said(goal.origin, goal.destination),
            "kind": values.kind_said(goal) if goal.kind == "book" else "",
            "cabin": values.cabin_said(goal),
            "bags": values.more_bags_said(goal) if goal.kind == "change_bags" else "",
            "what": goal.topic or "",
            "which": values.direction_said(goal) if goal.journeys else "",
            "days": values.days_said(goal) if goal.journeys else "",
        }
        dated = goal.kind == "book" and reveal
        return Say(f"want.{goal.kind}{'_on' if dated else ''}", slots)

    def added(self, goal: AirlineGoal) -> Sayings:
        """The reason, the cabin, or the payment method."""
        if goal.kind == "cancel":
            return self.reason(goal)
        if goal.kind == "book":
            return [*self.cabin(goal)]
        return [Say("with", {"payment": goal.payment_said})] if goal.payment_said else []

    def _action(self, goal: AirlineGoal) -> str:
        code = goal.reservation_id if goal.reservation_id and goal.knows_reservation_id else "my trip"
        return {
            "book": f"book a trip {values.ends_said(goal.origin, goal.destination)}",
            "cancel": f"cancel {code}",
            "change_flights": f"change the flights of {code}",
            "change_cabin": f"change {code} to {values.cabin_said(goal)}",
            "change_passenger": f"change a passenger of {code}",
            "change_bags": f"add bags to {code}",
            "compensation": f"get compensation for {code}",
        }.get(goal.kind, "get help with my trip")

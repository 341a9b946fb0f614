"""New trips: what is still to be asked, the flights, the price, the proposal."""

from dataclasses import dataclass
from typing import Any

from tarl_app.core.domain import Act, Say, Use
from tarl_app.domains.airline.expert import money, searching, telling
from tarl_app.domains.airline.expert.nlu import slots
from tarl_app.domains.airline.expert.nlu.slots import Choice, Json, Person
from tarl_app.domains.airline.expert.proposing import propose, refuse
from tarl_app.domains.airline.expert.requests import Request
from tarl_app.domains.airline.expert.searching import Journey
from tarl_app.domains.airline.expert.state import State
from tarl_app.domains.airline.rules import BAG_CENTS, INSURANCE_CENTS, free_bags

MOST_PASSENGERS = 5


def book(state: State, request: Request) -> Act:
    """What to do about a trip that is to be booked."""
    if not state.airports:
        return searching.airports()
    said = request.said
    origin, destination = slots.ends(said, state.airports)
    if origin is None or destination is None:
        return Say("ask_route", asks="route")
    round_trip = slots.round_trip(said)
    there, back = slots.days(said, both=True)
    if there is None:
        return Say("ask_date", asks="date")
    if round_trip is None and back is None:
        return Say("ask_kind", asks="kind")
    if round_trip and back is None:
        return Say("ask_back", asks="back")
    cabin = slots.cabin(said)
    if cabin is None:
        return Say("ask_cabin", asks="cabin")
    people = slots.passengers(said, state.me)
    if not people:
        return Say("ask_passengers", asks="passengers")
    if len(people) > MOST_PASSENGERS:
        return refuse(request, f"a reservation can have at most {MOST_PASSENGERS} passengers, so I cannot book more.")
    chosen = slots.choice(said)
    if chosen is None:
        return Say("ask_choice", asks="choice")
    journeys = _journeys(state, request, (origin, destination), (there, back), chosen, cabin, len(people))
    if isinstance(journeys, Say | Use):
        return journeys
    return _rest(state, request, journeys, cabin, people)


def _journeys(
    state: State,
    request: Request,
    where: tuple[str, str],
    days: tuple[str, str | None],
    chosen: Choice,
    cabin: str,
    count: int,
) -> list[Journey] | Act:
    found = []
    for ends, day in ((where, days[0]), ((where[1], where[0]), days[1])):
        if day is None:
            continue
        journey = searching.chosen_journey(state, request, ends, day, chosen, cabin, count)
        if isinstance(journey, Say | Use):
            return journey
        found.append(journey)
    return found


def _rest(state: State, request: Request, journeys: list[Journey], cabin: str, people: tuple[Person, ...]) -> Act:
    """Bags, insurance, payment; then the price and the proposal."""
    assert state.account is not None
    bags, insured = slots.bags(request.said), slots.insurance(request.said)
    if bags is None:
        return Say("ask_bags", asks="bags")
    if insured is None:
        return Say("ask_insurance", asks="insurance")
    methods = money.methods(state, request)
    if isinstance(methods, Say | Use):
        return methods
    count = len(people)
    nonfree = max(0, bags - free_bags(state.account["membership"], cabin, count))
    total = money.worked_out(state, _price(journeys, cabin, count, nonfree, insured))
    if isinstance(total, Use):
        return total
    used = money.covered(methods, total)
    if used is None:
        return Say("not_covered", {"methods": money.listed([money.named(m) for m in methods])}, "payment")
    booking = _Booking(journeys, cabin, people, bags, nonfree, insured, used)
    return propose(request, "book_reservation", booking.arguments(state), booking.spoken(state, total))


@dataclass(frozen=True)
class _Booking:
    """All that a booking needs."""

    journeys: list[Journey]
    cabin: str
    people: tuple[Person, ...]
    bags: int
    nonfree: int
    insured: bool
    methods: list[Json]

    @property
    def offers(self) -> Journey:
        """Its flights in order."""
        return [offer for journey in self.journeys for offer in journey]

    @property
    def ends(self) -> tuple[str, str]:
        """Origin and destination."""
        return self.journeys[0][0]["origin"], self.journeys[0][-1]["destination"]

    def arguments(self, state: State) -> dict[str, Any]:
        """The arguments of the call."""
        assert state.account is not None
        return {
            "user_id": state.account["user_id"],
            "origin": self.ends[0],
            "destination": self.ends[1],
            "flight_type": "round_trip" if len(self.journeys) > 1 else "one_way",
            "cabin": self.cabin,
            "flight_numbers": [offer["flight_number"] for offer in self.offers],
            "dates": [offer["date"] for offer in self.offers],
            "first_names": [first for first, _, _ in self.people],
            "last_names": [last for _, last, _ in self.people],
            "dates_of_birth": [born for _, _, born in self.people],
            "payment_method_ids": [method["id"] for method in self.methods],
            "total_baggages": str(self.bags),
            "nonfree_baggages": str(self.nonfree),
            "insurance": "yes" if self.insured else "no",
        }

    def spoken(self, state: State, total: float) -> dict[str, str]:
        """The same in words."""
        return {
            "kind": "a round trip" if len(self.journeys) > 1 else "a one-way trip",
            "ends": telling.ends(*self.ends, state.airports),
            "cabin": telling.cabin(self.cabin),
            "flights": telling.flights(self.offers),
            "people": telling.people(self.people),
            "bags": telling.bags(self.bags),
            "insurance": "with insurance" if self.insured else "without insurance",
            "amount": money.plain(total),
            "methods": money.listed([money.named(method) for method in self.methods]),
        }


def _price(journeys: list[Journey], cabin: str, count: int, nonfree: int, insured: bool) -> str:
    """The expression of the whole price."""
    fares = [money.plain(offer["prices"][cabin]) for journey in journeys for offer in journey]
    fare = " + ".join(fares)
    parts = [fare if count == 1 else f"{count} * {f'({fare})' if len(fares) > 1 else fare}"]
    if nonfree:
        parts.append(f"{nonfree} * {BAG_CENTS // 100}")
    if insured:
        parts.append(f"{count} * {INSURANCE_CENTS // 100}")
    return " + ".join(parts)

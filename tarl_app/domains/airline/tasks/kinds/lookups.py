"""Questions: about a trip, about the account, about flights that can be booked."""

from collections.abc import Callable
from dataclasses import dataclass

from tarl_app.core.types import ToldFact
from tarl_app.domains.airline.goals import AirlineGoal, Journey
from tarl_app.domains.airline.tasks import travel, words
from tarl_app.domains.airline.tasks.draft import Builder, Part, Scene
from tarl_app.domains.airline.tasks.kinds.bookings import TRIES, day_ahead, searches
from tarl_app.domains.airline.tasks.kinds.changes import named_fields
from tarl_app.domains.airline.tasks.travel import Trip
from tarl_app.sandbox.tasks.draft import Call, first_that_fits


def money(label: str, dollars: int) -> ToldFact:
    """A sum, told in dollars."""
    return ToldFact(label=label, kind="money", value=f"{dollars}.00")


@dataclass(frozen=True)
class Asked:
    """A question in both persons, and what it is about."""

    topic: str
    prose: str
    question: str
    trip: Trip | None = None


def _ask(scene: Scene, asked: Asked, fact: ToldFact, *gold: Call) -> Part:
    about = named_fields(scene, asked.trip) if asked.trip else {}
    goal = AirlineGoal(kind="lookup", question=asked.question, topic=asked.topic, tell=(fact,), **about)
    return Part(goal, gold, asked.prose)


# --- about a trip ---------------------------------------------------------------------------------------------------------


def status(scene: Scene, trip: Trip) -> Part | None:
    """Whether its first flight is on time, and the like."""
    named = words.trip_said(scene, trip)
    prose = scene.pick(
        f"You want to know the status of the first flight of {named.yours}.",
        f"You ask whether the first flight of {named.yours} is delayed or not: its status.",
    )
    question = scene.pick(
        f"What is the status of the first flight of {named.mine}?",
        f"Can you tell me the status of the first flight of {named.mine}?",
    )
    fact = ToldFact(label=f"flight status of {trip.id}", kind="text", value=trip.legs[0].status)
    return _ask(scene, Asked("flight_status", prose, question, trip), fact, *scene.read(trip))


def departure(scene: Scene, trip: Trip) -> Part | None:
    """When its first flight leaves."""
    named = words.trip_said(scene, trip)
    prose = scene.pick(
        f"You want to know at what time the first flight of {named.yours} leaves.",
        f"You forgot the departure time of the first flight of {named.yours} and ask for it.",
    )
    question = scene.pick(
        f"At what time does the first flight of {named.mine} leave?",
        f"What is the departure time of the first flight of {named.mine}?",
    )
    fact = ToldFact(label=f"departure time of {trip.id}", kind="text", value=trip.legs[0].departure)
    return _ask(scene, Asked("departure", prose, question, trip), fact, *scene.read(trip))


def number(scene: Scene, trip: Trip) -> Part | None:
    """The number of its first flight."""
    named = words.trip_said(scene, trip)
    prose = f"You need the flight number of the first flight of {named.yours}."
    question = scene.pick(
        f"What is the flight number of the first flight of {named.mine}?",
        f"Could you give me the flight number of the first flight of {named.mine}?",
    )
    fact = ToldFact(label=f"flight number of {trip.id}", kind="id", value=trip.legs[0].number)
    return _ask(scene, Asked("flight_number", prose, question, trip), fact, *scene.read(trip))


def total(scene: Scene, trip: Trip) -> Part | None:
    """What was paid for all of it."""
    named = words.trip_said(scene, trip)
    prose = scene.pick(
        f"You want to know how much you paid for {named.yours} in total.",
        f"For your accounts you need the total price of {named.yours}.",
    )
    question = scene.pick(f"How much did I pay for {named.mine} in total?", f"What was the total price of {named.mine}?")
    return _ask(scene, Asked("total", prose, question, trip), money(f"total of {trip.id}", trip.paid), *scene.read(trip))


def bag_count(scene: Scene, trip: Trip) -> Part | None:
    """How many bags it has."""
    if trip.bags == 0:
        return None
    named = words.trip_said(scene, trip)
    prose = f"You want to know how many checked bags are booked on {named.yours}."
    question = scene.pick(f"How many checked bags are booked on {named.mine}?", f"How many bags do I have on {named.mine}?")
    fact = ToldFact(label=f"bags of {trip.id}", kind="number", value=str(trip.bags))
    return _ask(scene, Asked("bag_count", prose, question, trip), fact, *scene.read(trip))


def free_bag_count(scene: Scene, trip: Trip) -> Part | None:
    """How many bags could be taken free of charge, by membership, cabin and passengers."""
    free = scene.customer.free(trip.cabin, len(trip.passengers))
    if free == 0 or free == trip.bags:
        return None
    named = words.trip_said(scene, trip)
    prose = f"You want to know how many bags can be checked for free on {named.yours}, for all passengers together."
    question = f"How many bags can we check for free on {named.mine}, all passengers together?"
    fact = ToldFact(
        label=f"free bags of {trip.id}",
        kind="number",
        value=str(free),
        worked=f"{free // len(trip.passengers)} for each passenger by membership and cabin",
    )
    return _ask(scene, Asked("free_bags", prose, question, trip), fact, *scene.read(trip))


def back(scene: Scene, trip: Trip) -> Part | None:
    """On what day it leads back."""
    if not trip.round_trip:
        return None
    named = words.trip_said(scene, trip)
    prose = f"You do not remember the day of the return flight of {named.yours} and ask for the date."
    question = scene.pick(
        f"On what date is the return flight of {named.mine}?", f"What is the date of the return flight of {named.mine}?"
    )
    fact = ToldFact(label=f"return date of {trip.id}", kind="date", value=trip.legs[trip.outward].date)
    return _ask(scene, Asked("return_date", prose, question, trip), fact, *scene.read(trip))


Ask = Callable[[Scene, Trip], Part | None]
ABOUT_A_TRIP: tuple[Ask, ...] = (status, departure, number, total, bag_count, free_bag_count, back)


def of_some_trip(ask: Ask) -> Builder:
    """That question about some trip of the customer."""

    def build(scene: Scene) -> Part | None:
        for trip in scene.trips():
            part = ask(scene, trip)
            if part is not None:
                scene.taken.add(trip.id)
                return part
        return None

    return build


def plain_question(scene: Scene) -> Part | None:
    """Any question about a trip."""
    return first_that_fits(scene, tuple(of_some_trip(ask) for ask in ABOUT_A_TRIP))


def about(scene: Scene, trip: Trip, *asks: Ask) -> Part | None:
    """One of these questions about this trip."""
    for ask in scene.shuffled(asks or ABOUT_A_TRIP):
        part = ask(scene, trip)
        if part is not None:
            return part
    return None


# --- about the account ----------------------------------------------------------------------------------------------------


def balance(scene: Scene) -> Part | None:
    """What is left on the gift card, or on the certificate."""
    methods = [p for p in scene.customer.payments if p.balance and p.id not in scene.taken]
    if not methods:
        return None
    method = scene.pick(*methods)
    scene.taken.add(method.id)
    name = method.source.replace("_", " ")
    prose = f"You want to know how much money is left on your {name}."
    question = scene.pick(f"How much money is left on my {name}?", f"What is the balance of my {name}?")
    return _ask(scene, Asked(f"{method.source}_balance", prose, question), money(f"balance of the {name}", method.balance))


def membership(scene: Scene) -> Part | None:
    """The customer's status."""
    prose = "You are not sure what membership level you have and ask for it."
    question = scene.pick("What is my membership level?", "Can you tell me which membership level I have?")
    fact = ToldFact(label="membership of the customer", kind="text", value=scene.customer.membership)
    return _ask(scene, Asked("membership", prose, question), fact)


# --- about flights --------------------------------------------------------------------------------------------------------


def _journey(scene: Scene) -> tuple[Journey, list[travel.Journey]]:
    where = scene.pick(*scene.network.routes)
    journey = Journey(origin=where[0], destination=where[1], date=day_ahead(scene))
    return journey, scene.network.direct(*where, journey.date)


def cheapest(scene: Scene) -> Part | None:
    """What the cheapest direct flight costs in a cabin."""
    for _ in range(TRIES):
        journey, found = _journey(scene)
        cabin = scene.pick("basic_economy", "economy", "business")
        lowest = travel.best(found, "cheapest", cabin)
        if lowest is None or travel.seats(lowest, cabin) == 0:
            continue
        where = f"{words.ends(scene, journey.origin, journey.destination)} on {words.day(journey.date)}"
        title = words.CABIN[cabin]
        prose = f"You want to know what the cheapest direct flight {where} costs in {title}, for one person."
        question = f"How much is the cheapest direct flight {where} in {title}, for one person?"
        fact = money(f"price of the cheapest flight {where} in {title}", travel.price(lowest, cabin))
        return _ask(scene, Asked("cheapest_flight", prose, question), fact, *searches(scene, journey))
    return None


def count(scene: Scene) -> Part | None:
    """How many direct flights there are on a day."""
    for _ in range(TRIES):
        journey, found = _journey(scene)
        if not found:
            continue
        where = f"{words.ends(scene, journey.origin, journey.destination)} on {words.day(journey.date)}"
        prose = f"You ask how many direct flights there are {where}."
        question = f"How many direct flights are there {where}?"
        fact = ToldFact(label=f"number of direct flights {where}", kind="number", value=str(len(found)))
        return _ask(scene, Asked("flight_count", prose, question), fact, *searches(scene, journey))
    return None


def earliest(scene: Scene) -> Part | None:
    """When the earliest direct flight of a day leaves."""
    for _ in range(TRIES):
        journey, found = _journey(scene)
        first = travel.best(found, "earliest", "economy")
        if first is None:
            continue
        where = f"{words.ends(scene, journey.origin, journey.destination)} on {words.day(journey.date)}"
        prose = f"You ask at what time the earliest direct flight {where} leaves."
        question = f"At what time does the earliest direct flight {where} leave?"
        fact = ToldFact(label=f"departure time of the earliest flight {where}", kind="text", value=first[0].departure)
        return _ask(scene, Asked("earliest_flight", prose, question), fact, *searches(scene, journey))
    return None


HARDER: tuple[Builder, ...] = (balance, membership, cheapest, count, earliest)


def harder_question(scene: Scene) -> Part | None:
    """A question about the account or about flights."""
    return first_that_fits(scene, HARDER)

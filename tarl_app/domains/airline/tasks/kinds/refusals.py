"""What the policy forbids: the agent declines, changes nothing, and answers what the user asks for instead."""

from collections.abc import Callable

from tarl_app.domains.airline.clock import TODAY
from tarl_app.domains.airline.effects.unwanted import WRITES
from tarl_app.domains.airline.goals import AirlineGoal, Reason
from tarl_app.domains.airline.tasks import words
from tarl_app.domains.airline.tasks.draft import Part, Scene, details
from tarl_app.domains.airline.tasks.kinds import cancels, changes, lookups
from tarl_app.domains.airline.tasks.travel import Trip
from tarl_app.sandbox.tasks.draft import Call, followed_by

Parts = tuple[Part, ...]

INSTEAD = (
    "If the agent says no, you accept it and ask for something else:",
    "When you hear that this is not possible, you settle for another thing.",
    "Should the agent refuse, there is something else you want.",
)


def _refused(scene: Scene, goal: AirlineGoal, said: tuple[str, str], *reads: Call) -> Part:
    """A goal to decline; ``said`` is the prose and the user's own sentence."""
    insists = scene.dice.weighted((0, 1, 2), (4, 4, 2))
    prose = said[0]
    if insists:
        prose += scene.pick(" You ask again when the agent refuses.", " The first no does not convince you.")
    goal = goal.model_copy(update={"expect": "refused", "question": said[1], "insists": insists})
    return Part(goal, reads, prose, (WRITES[goal.kind][0],) if goal.kind in WRITES else ())


def _then(scene: Scene, refused: Part, second: Part | None) -> Parts | None:
    return (followed_by(refused, second, scene.pick(*INSTEAD)),) if second else None


def _anything(scene: Scene, trip: Trip) -> Part | None:
    """A question that the refusal itself does not answer."""
    return lookups.about(scene, trip, lookups.total, lookups.number, lookups.back, lookups.bag_count)


def _take(scene: Scene, trips: list[Trip]) -> Trip | None:
    for trip in trips:
        scene.taken.add(trip.id)
        return trip
    return None


def _cancel(scene: Scene, trip: Trip | None, reason: Reason, topic: str, why: str, because: str) -> Parts | None:
    if trip is None:
        return None
    goal = AirlineGoal(kind="cancel", topic=topic, why=why, reason=reason, **changes.named_fields(scene, trip))
    said = (
        f"You want to cancel reservation {trip.id}. {because[:1].upper()}{because[1:]}, that is your only reason.",
        f"Please cancel reservation {trip.id}.",
    )
    refused = _refused(scene, goal, said, details(trip))
    second = changes.reflown(scene, trip) if trip.cabin != "basic_economy" and scene.dice.chance(40) else None
    if trip.begun:
        second = None
    return _then(scene, refused, second or _anything(scene, trip))


def uncovered(scene: Scene) -> Parts | None:
    """Neither fresh nor in business nor insured."""
    reason: Reason = scene.pick("change of plans", "health")
    trip = _take(scene, scene.ahead(lambda trip: not cancels.allowed(trip, "health")))
    why = "The trip was booked more than a day ago, is not in business, not insured, and the airline flies."
    because = {"change of plans": "your plans have changed", "health": "you have fallen ill"}[reason]
    return _cancel(scene, trip, reason, "uncovered", why, because)


def uninsured_reason(scene: Scene) -> Parts | None:
    """The insurance covers health and weather only."""
    trip = _take(scene, scene.ahead(lambda trip: trip.insured and not cancels.allowed(trip, "change of plans")))
    why = "The insurance covers reasons of health and weather only."
    return _cancel(scene, trip, "change of plans", "uninsured_reason", why, "your plans have changed")


def cancel_begun(scene: Scene) -> Parts | None:
    """A trip that has begun is flown to its end."""
    trip = _take(scene, scene.trips(_flown))
    return _cancel(scene, trip, "health", "cancel_begun", "The trip has begun.", "you have fallen ill")


def _flown(trip: Trip) -> bool:
    return trip.begun and trip.legs[0].status in ("departed", "landed") and not trip.cancelled_legs


def basic_flights(scene: Scene) -> Parts | None:
    """Basic economy keeps its flights."""
    for trip in scene.ahead(lambda trip: trip.cabin == "basic_economy"):
        part = changes.reflown(scene, trip)
        if part is None:
            continue
        scene.taken.add(trip.id)
        day = words.day(part.goal.journeys[0].date)
        said = (
            f"You want to fly on {day} instead with reservation {trip.id}; {words.choice(part.goal.journeys[0])} will do. "
            f"Any difference in price goes through {_yours(part.goal.payment_said)}.",
            f"I want to change the flights of reservation {trip.id} to {day}.",
        )
        goal = part.goal.model_copy(update={"topic": "basic_flights", "why": "Basic economy flights cannot be changed."})
        return _then(scene, _refused(scene, goal, said, details(trip)), _anything(scene, trip))
    return None


def _yours(said: str | None) -> str:
    return "your" + (said or "my card").removeprefix("my").replace(" my ", " your ")


def change_begun(scene: Scene) -> Parts | None:
    """Nothing of a trip that has begun can be changed."""
    trip = _take(scene, scene.trips(_flown))
    if trip is None:
        return None
    part = changes.packed(scene, trip) if scene.dice.chance(50) else changes.replaced_one(scene, trip)
    if part is None:
        return None
    goal = part.goal.model_copy(update={"topic": "change_begun", "why": "The trip has begun."})
    question = part.goal.question or ""
    return _then(scene, _refused(scene, goal, (part.prose, question), details(trip)), _anything(scene, trip))


def other_ends(scene: Scene) -> Parts | None:
    """Another destination is another trip."""
    trip = _take(scene, scene.ahead(lambda trip: trip.cabin != "basic_economy"))
    if trip is None:
        return None
    city = scene.city(scene.pick(*(code for code in scene.network.cities if code not in (trip.origin, trip.destination))))
    goal = AirlineGoal(
        kind="change_flights",
        topic="other_ends",
        why="Origin and destination of a reservation cannot be changed.",
        cabin=trip.cabin,
        **changes.named_fields(scene, trip),
    )
    said = (
        f"You want reservation {trip.id} to go to {city} instead of {scene.city(trip.destination)}.",
        f"I want to change the destination of reservation {trip.id} to {city}.",
    )
    return _then(scene, _refused(scene, goal, said, details(trip)), _anything(scene, trip))


def fewer_bags(scene: Scene) -> Parts | None:
    """Bags can only be added."""
    trip = _take(scene, scene.ahead(lambda trip: trip.bags > 0))
    if trip is None:
        return None
    card = scene.customer.kind("credit_card")[0]
    goal = AirlineGoal(
        kind="change_bags",
        topic="fewer_bags",
        why="Bags can be added, not removed.",
        bags=trip.bags - 1,
        nonfree_bags=max(0, trip.nonfree - 1),
        payment_method_ids=(card.id,),
        payment_said=card.said,
        **changes.named_fields(scene, trip),
    )
    said = (
        f"You need one bag less on reservation {trip.id} and want it to be removed.",
        f"Please remove one bag from reservation {trip.id}.",
    )
    return _then(scene, _refused(scene, goal, said, details(trip)), _anything(scene, trip))


def late_insurance(scene: Scene) -> Parts | None:
    """Insurance comes with the booking or not at all."""
    trip = _take(scene, scene.ahead(lambda trip: not trip.insured))
    if trip is None:
        return None
    why = "Insurance can only be bought with the booking."
    goal = AirlineGoal(kind="add_insurance", topic="late_insurance", why=why, **changes.named_fields(scene, trip))
    said = (
        f"You want to add insurance to reservation {trip.id}.",
        f"I would like to add insurance to reservation {trip.id}.",
    )
    return _then(scene, _refused(scene, goal, said, details(trip)), _anything(scene, trip))


def one_more(scene: Scene) -> Parts | None:
    """The number of passengers stays the same."""
    trip = _take(scene, scene.ahead())
    if trip is None:
        return None
    new = changes.stranger(scene)
    goal = AirlineGoal(
        kind="change_passenger",
        topic="one_more",
        why="The number of passengers of a reservation cannot change.",
        passengers=(*trip.passengers, new),
        newcomer=new,
        **changes.named_fields(scene, trip),
    )
    said = (
        f"You want to add another passenger to reservation {trip.id}: {words.person(new)}.",
        f"I want to add another passenger to reservation {trip.id}.",
    )
    return _then(scene, _refused(scene, goal, said, details(trip)), _anything(scene, trip))


def _claim(scene: Scene, trip: Trip | None, topic: str, why: str) -> Parts | None:
    if trip is None:
        return None
    leg = cancels.trouble(trip)
    what = leg.status if leg else scene.pick("delayed", "cancelled")
    goal = AirlineGoal(
        kind="compensation",
        topic=topic,
        why=why,
        amount=cancels.amount(trip),
        **changes.named_fields(scene, trip),
    )
    said = (
        f"A flight of reservation {trip.id} was {what}, you say, and you want compensation for it.",
        f"A flight of reservation {trip.id} was {what}. I want compensation for that.",
    )
    return _then(scene, _refused(scene, goal, said, details(trip)), _anything(scene, trip))


def not_entitled(scene: Scene) -> Parts | None:
    """A regular member without insurance, and not in business."""
    trips = scene.trips(lambda trip: cancels.trouble(trip) and not cancels.entitled(scene.customer, trip))
    why = "Regular members without insurance are compensated in business only."
    return _claim(scene, _take(scene, trips), "not_entitled", why)


def no_trouble(scene: Scene) -> Parts | None:
    """Nothing is wrong with the flights of the trip."""

    def fine(trip: Trip) -> bool:
        return trip.legs[0].date > TODAY and all(leg.status == "scheduled" for leg in trip.legs)

    why = "No flight of the trip is delayed or cancelled."
    return _claim(scene, _take(scene, scene.trips(fine)), "no_trouble", why)


def foreign_trip(scene: Scene) -> Parts | None:
    """A customer may only change their own trips."""
    owner = scene.pick(*scene.neighbours) if scene.neighbours else scene.customer
    theirs = [trip for trip in owner.trips if trip.active and cancels.allowed(trip, "change of plans")]
    mine = _take(scene, scene.trips())
    if owner is scene.customer or not theirs or mine is None:
        return None
    trip, whose = scene.pick(*theirs), scene.pick("brother", "boss", "friend", "aunt")
    goal = AirlineGoal(
        kind="cancel",
        topic="foreign_trip",
        why=f"Reservation {trip.id} belongs to another customer.",
        reason="change of plans",
        **changes.named_fields(scene, trip),
    )
    said = (
        f"You want to cancel reservation {trip.id}, which is your {whose}'s, as you say when asked. Plans have changed.",
        f"Please cancel reservation {trip.id}.",
    )
    return _then(scene, _refused(scene, goal, said, details(trip)), lookups.about(scene, mine))


def certificate_for_bags(scene: Scene) -> Parts | None:
    """Certificates pay for new trips only."""
    certificates = scene.customer.kind("certificate")
    trip = _take(scene, scene.ahead())
    part = changes.packed(scene, trip) if trip and certificates else None
    if trip is None or part is None:
        return None
    goal = part.goal.model_copy(
        update={
            "topic": "certificate_for_bags",
            "why": "A certificate cannot pay for a change.",
            "payment_method_ids": (certificates[0].id,),
            "payment_said": certificates[0].said,
        }
    )
    question = f"{(part.goal.question or '').rstrip('.')} and pay with my certificate."
    said = (f"{part.prose.rpartition(' If it costs')[0]} You want to pay with your certificate.", question)
    second = part if scene.dice.chance(50) else _anything(scene, trip)
    return _then(scene, _refused(scene, goal, said, details(trip)), second)


REFUSALS: tuple[Callable[[Scene], Parts | None], ...] = (
    uncovered,
    basic_flights,
    uninsured_reason,
    cancel_begun,
    fewer_bags,
    not_entitled,
    foreign_trip,
    late_insurance,
    no_trouble,
    change_begun,
    one_more,
    other_ends,
    certificate_for_bags,
)

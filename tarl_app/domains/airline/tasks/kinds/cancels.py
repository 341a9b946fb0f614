"""Cancelling a trip, and asking for compensation, as far as the rules allow it."""

from tarl_app.domains.airline.clock import TODAY
from tarl_app.domains.airline.goals import AirlineGoal, Reason
from tarl_app.domains.airline.rules import CANCELLED_DOLLARS, DELAYED_DOLLARS
from tarl_app.domains.airline.tasks import words
from tarl_app.domains.airline.tasks.draft import Builder, Part, Scene, fulfilled
from tarl_app.domains.airline.tasks.kinds.changes import named_fields
from tarl_app.domains.airline.tasks.travel import Customer, Offer, Trip

BECAUSE: dict[Reason, tuple[str, ...]] = {
    "change of plans": ("Your plans have changed.", "You have other plans now."),
    "health": ("You have fallen ill and cannot fly.", "You are sick and your doctor says you must not fly."),
    "weather": ("A storm is coming and you do not want to fly.", "The weather forecast for that day is terrible."),
    "airline cancelled": ("The airline has cancelled a flight of the trip.", "One of its flights was cancelled."),
}


def allowed(trip: Trip, reason: Reason) -> bool:
    """Whether the rules let this trip be cancelled for this reason."""
    insured = trip.insured and reason in ("health", "weather")
    return not trip.begun and (trip.fresh or trip.cabin == "business" or bool(trip.cancelled_legs) or insured)


def fresh(scene: Scene) -> Part | None:
    """Booked within a day: for whatever reason."""
    return _any(scene, scene.ahead(lambda trip: trip.fresh), "change of plans")


def business(scene: Scene) -> Part | None:
    """In business: for whatever reason."""
    return _any(scene, scene.ahead(lambda trip: trip.cabin == "business" and not trip.fresh), "change of plans")


def insured(scene: Scene) -> Part | None:
    """Insured against illness and bad weather."""
    reason: Reason = scene.pick("health", "weather")
    return _any(scene, scene.ahead(lambda trip: trip.insured and trip.cabin != "business" and not trip.fresh), reason)


def airline_cancelled(scene: Scene) -> Part | None:
    """The airline does not fly."""
    trips = scene.ahead(lambda trip: trip.cancelled_legs and trip.cabin != "business" and not trip.fresh)
    return _any(scene, trips, "airline cancelled")


CANCELS: tuple[Builder, ...] = (fresh, business, insured, airline_cancelled)


def _any(scene: Scene, trips: list[Trip], reason: Reason) -> Part | None:
    if not trips:
        return None
    scene.taken.add(trips[0].id)
    return cancelling(scene, trips[0], reason)


def cancelling(scene: Scene, trip: Trip, reason: Reason) -> Part:
    """The cancellation of this trip for this reason."""
    named = words.trip_said(scene, trip)
    goal = AirlineGoal(
        kind="cancel",
        **named_fields(scene, trip),
        reason=reason,
        question=scene.pick(f"I want to cancel {named.mine}.", f"Please cancel {named.mine}."),
    )
    prose = scene.pick(
        f"You want to cancel {named.yours}.", f"You would like {named.yours} to be cancelled and your money back."
    )
    return fulfilled(scene, goal, scene.read(trip), f"{prose} {scene.pick(*BECAUSE[reason])}")


# --- compensation ---------------------------------------------------------------------------------------------------------


def trouble(trip: Trip) -> Offer | None:
    """The flight of the trip that is worst off, from today on."""
    legs = [leg for leg in (*trip.cancelled_legs, *trip.delayed_legs) if leg.date >= TODAY]
    return legs[0] if legs else None


def entitled(customer: Customer, trip: Trip) -> bool:
    """Whether trouble on this trip is made good."""
    return customer.membership != "regular" or trip.insured or trip.cabin == "business"


def amount(trip: Trip) -> int:
    """What the trouble is worth, in dollars."""
    each = CANCELLED_DOLLARS if trip.cancelled_legs else DELAYED_DOLLARS
    return each * len(trip.passengers)


def compensation(scene: Scene) -> Part | None:
    """A certificate for a cancelled or delayed flight."""
    for trip in scene.trips(lambda trip: trouble(trip) and entitled(scene.customer, trip)):
        if all(leg.date >= TODAY for leg in trip.cancelled_legs):
            scene.taken.update({trip.id, "compensation"})
            return claimed(scene, trip)
    return None


def claimed(scene: Scene, trip: Trip) -> Part:
    """The claim for what happened to this trip."""
    leg, named = trouble(trip), words.trip_said(scene, trip)
    what = "cancelled" if leg is None or leg.status == "cancelled" else "delayed"
    goal = AirlineGoal(
        kind="compensation",
        **named_fields(scene, trip),
        amount=amount(trip),
        topic=what,
        question=f"A flight of {named.mine} was {what}. I want compensation.",
    )
    prose = scene.pick(
        f"A flight of {named.yours} was {what}, and you ask for compensation. You do not want to change the trip.",
        f"You are annoyed because a flight of {named.yours} was {what}, and want to be compensated for it, nothing else.",
    )
    return fulfilled(scene, goal, scene.read(trip), prose)

"""The kinds of calls, how often each occurs, and how each is made of parts."""

from tarl_app.domains.airline.goals import AirlineGoal
from tarl_app.domains.airline.tasks.draft import Builder, Part, Scene
from tarl_app.domains.airline.tasks.kinds import bookings, cancels, changes, lookups, refusals, transfers
from tarl_app.domains.airline.tasks.travel import Trip
from tarl_app.sandbox.tasks.draft import first_that_fits, given_up
from tarl_app.sandbox.tasks.kinds import Kind, several, single

Parts = tuple[Part, ...]

QUESTIONS: tuple[Builder, ...] = (*map(lookups.of_some_trip, lookups.ABOUT_A_TRIP), *lookups.HARDER)
CHANGES: tuple[Builder, ...] = (changes.flights, changes.cabin, changes.passenger, changes.bags)
BOOKINGS: tuple[Builder, ...] = (bookings.direct, bookings.onestop, bookings.round_trip)
SEVERAL: tuple[Builder, ...] = (
    *CHANGES,
    *cancels.CANCELS[:3],
    bookings.direct,
    lookups.plain_question,
    lookups.harder_question,
)


def _asks_for_a_balance(goal: AirlineGoal) -> bool:
    # A change may move money on a gift card, so balances are asked for first.
    return (goal.topic or "").endswith("_balance")


# --- a change of mind -----------------------------------------------------------------------------------------------------

BETWEEN = (
    "But when the agent asks you to confirm, you have second thoughts and say no.",
    "Right before it is done you change your mind and stop the agent.",
)


def change_of_mind(scene: Scene) -> Parts | None:
    """The user declines at the confirmation and asks for something else about the same trip."""
    for trip in scene.ahead():
        first, second = _thought(scene, trip), _second_thought(scene, trip)
        if first is None or second is None or first.goal.kind == second.goal.kind:
            continue
        scene.taken.add(trip.id)
        return (given_up(scene, first, second, BETWEEN),)
    return None


def _cancelled(scene: Scene, trip: Trip) -> Part | None:
    return cancels.cancelling(scene, trip, "change of plans") if cancels.allowed(trip, "change of plans") else None


def _reflown(scene: Scene, trip: Trip) -> Part | None:
    return changes.reflown(scene, trip) if trip.cabin != "basic_economy" else None


def _thought(scene: Scene, trip: Trip) -> Part | None:
    builds = (_cancelled, changes.packed, changes.reseated, _reflown)
    return next((part for build in scene.shuffled(builds) if (part := build(scene, trip)) is not None), None)


def _second_thought(scene: Scene, trip: Trip) -> Part | None:
    builds = (changes.packed, changes.reseated, _reflown, changes.replaced_one, lookups.total)
    return next((part for build in scene.shuffled(builds) if (part := build(scene, trip)) is not None), None)


# --- without the reservation code -----------------------------------------------------------------------------------------


def unknown_code(scene: Scene) -> Parts | None:
    """The agent has to find the trip in the account by its ends; there are at least two."""
    if len(scene.customer.trips) < 2:
        return None
    scene.knows_ids = False
    about_a_trip = (*CHANGES, *cancels.CANCELS[:3], lookups.plain_question)
    part = first_that_fits(scene, about_a_trip)
    return (part,) if part else None


KINDS: tuple[Kind[Scene], ...] = (
    Kind("lookup", 18, tuple(map(single, QUESTIONS))),
    Kind("book", 16, tuple(map(single, (bookings.direct, *BOOKINGS)))),
    Kind("cancel", 12, tuple(map(single, cancels.CANCELS))),
    Kind("change_flights", 8, (single(changes.flights),)),
    Kind("change_cabin", 5, (single(changes.cabin),)),
    Kind("change_passenger", 5, (single(changes.passenger),)),
    Kind("change_bags", 6, (single(changes.bags),)),
    Kind("compensation", 4, (single(cancels.compensation),)),
    Kind("several", 7, (several(SEVERAL, _asks_for_a_balance),)),
    Kind("refusal", 11, refusals.REFUSALS),
    Kind("transfer", 4, transfers.TRANSFERS),
    Kind("change_of_mind", 4, (change_of_mind,)),
    Kind("fall_back", 4, tuple(map(single, (bookings.with_fall_back, changes.flights_with_fall_back)))),
    Kind("unknown_code", 4, (unknown_code,)),
)

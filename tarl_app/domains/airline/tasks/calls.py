"""The kinds of calls, how often each occurs, and how each is made of parts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tarl_app.core.types import Task
from tarl_app.domains.airline.tasks import bookings, cancels, changes, lookups, refusals, transfers
from tarl_app.domains.airline.tasks.draft import Builder, Part, Scene, first_that_fits, followed_by
from tarl_app.domains.airline.tasks.travel import Trip

Parts = tuple[Part, ...]
Build = Callable[[Scene], Parts | None]
_NO_WRITES = ("get_", "list_", "search_", "transfer_")


@dataclass(frozen=True)
class Kind:
    """One kind of call; ``share`` is its weight among all, and its tasks take turns in ``builds``."""

    name: str
    share: int
    builds: tuple[Build, ...]


def single(build: Builder) -> Build:
    """A call with this one goal."""

    def made(scene: Scene) -> Parts | None:
        part = build(scene)
        return (part,) if part else None

    return made


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


def several(scene: Scene) -> Parts | None:
    """Two or three goals about different trips, at least one of them a change."""
    count = 3 if scene.dice.chance(25) else 2
    parts = _distinct(scene, SEVERAL, count)
    if len(parts) < count or all(part.goal.kind == "lookup" for part in parts):
        return None
    # A change may move money on a gift card, so balances are asked for first.
    return tuple(sorted(parts, key=lambda part: not (part.goal.topic or "").endswith("_balance")))


def _distinct(scene: Scene, builders: Sequence[Builder], count: int) -> list[Part]:
    parts: list[Part] = []
    for build in scene.shuffled(builders):
        if len(parts) < count and (part := build(scene)) is not None:
            parts.append(part)
    return parts


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
        *reads, (tool, _) = first.gold
        given_up = Part(first.goal.model_copy(update={"changes_mind": True}), tuple(reads), first.prose, (tool,))
        return (followed_by(given_up, second, f"{scene.pick(*BETWEEN)} What you want instead:"),)
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
    scene.knows_codes = False
    about_a_trip = (*CHANGES, *cancels.CANCELS[:3], lookups.plain_question)
    part = first_that_fits(scene, about_a_trip)
    return (part,) if part else None


KINDS: tuple[Kind, ...] = (
    Kind("lookup", 18, tuple(map(single, QUESTIONS))),
    Kind("book", 16, tuple(map(single, (bookings.direct, *BOOKINGS)))),
    Kind("cancel", 12, tuple(map(single, cancels.CANCELS))),
    Kind("change_flights", 8, (single(changes.flights),)),
    Kind("change_cabin", 5, (single(changes.cabin),)),
    Kind("change_passenger", 5, (single(changes.passenger),)),
    Kind("change_bags", 6, (single(changes.bags),)),
    Kind("compensation", 4, (single(cancels.compensation),)),
    Kind("several", 7, (several,)),
    Kind("refusal", 11, refusals.REFUSALS),
    Kind("transfer", 4, transfers.TRANSFERS),
    Kind("change_of_mind", 4, (change_of_mind,)),
    Kind("fall_back", 4, tuple(map(single, (bookings.with_fall_back, changes.flights_with_fall_back)))),
    Kind("unknown_code", 4, (unknown_code,)),
)
KIND: dict[str, Kind] = {kind.name: kind for kind in KINDS}


def clear(task: Task) -> bool:
    """Whether the task asks for something, and no two facts to tell have the same value (one could stand for the other)."""
    values = [fact.value for fact in task.must_tell]
    writes = any(not call.name.startswith(_NO_WRITES) for call in task.gold)
    return len(set(values)) == len(values) and (writes or bool(values))

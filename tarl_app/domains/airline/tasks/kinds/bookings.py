"""New trips: direct or with a stop, there or there and back, the cheapest or the earliest under conditions."""

from collections.abc import Sequence
from dataclasses import dataclass

from tarl_app.domains.airline.clock import TODAY
from tarl_app.domains.airline.goals import AirlineGoal, Cabin, Journey, Person, Stops
from tarl_app.domains.airline.tasks import paying, travel, words
from tarl_app.domains.airline.tasks.draft import Part, Scene, fulfilled
from tarl_app.domains.airline.world.schedule import later
from tarl_app.sandbox.tasks.draft import Call

TRIES = 25
"""Draws of a route and a day until there is something to book."""
THRESHOLDS = ("09:00", "12:00", "15:00", "18:00")
EXTRA_BAG, INSURANCE = 40, 25


@dataclass(frozen=True)
class Found:
    """A journey as it is asked for, and what it comes to."""

    asked: Journey
    flights: travel.Journey


def search(journey: Journey) -> Call:
    """The look-up that finds it."""
    name = "search_direct_flight" if journey.stops == "direct" else "search_onestop_flight"
    return name, {"origin": journey.origin, "destination": journey.destination, "date": journey.date}


def searches(scene: Scene, *journeys: Journey) -> tuple[Call, ...]:
    """The look-ups of the airports and of the flights."""
    return ("list_all_airports", {}), *(search(journey) for journey in journeys)


def wanted(scene: Scene, where: tuple[str, str], day: str, stops: Stops, cabin: str, count: int) -> Found | None:
    """A choice among the journeys on that day, now and then under a condition; None where it is not clear."""
    look = scene.network.direct if stops == "direct" else scene.network.onestop
    left = [one for one in look(*where, day) if travel.seats(one, cabin) >= count]
    preference = scene.dice.weighted(("cheapest", "earliest", "latest"), (6, 2, 2))
    condition = scene.dice.weighted(("", "after", "before"), (6, 2, 2)) if stops == "direct" else ""
    limit = scene.pick(*THRESHOLDS)
    if any(one[0].departure == limit for one in left):
        return None
    if condition:
        left = [one for one in left if (one[0].departure > limit) == (condition == "after")]
    chosen = travel.best(left, preference, cabin)
    if chosen is None:
        return None
    asked = Journey(
        origin=where[0],
        destination=where[1],
        date=day,
        stops=stops,
        preference=preference,
        after=limit if condition == "after" else None,
        before=limit if condition == "before" else None,
        flight_numbers=tuple(offer.number for offer in chosen),
        dates=tuple(offer.date for offer in chosen),
    )
    return Found(asked, chosen)


def cabin(scene: Scene) -> Cabin:
    """A cabin."""
    return scene.dice.weighted(("basic_economy", "economy", "business"), (30, 48, 22))


def party(scene: Scene) -> tuple[Person, ...]:
    """Who travels: mostly the customer, now and then with others or only others."""
    others = scene.dice.subset(scene.customer.saved, scene.dice.weighted((0, 1, 2), (55, 32, 13)))
    if others and scene.dice.chance(15):
        return tuple(others)
    return (scene.customer.person, *others)


def direct(scene: Scene) -> Part | None:
    """One way, without a stop."""
    return _one_way(scene, "direct")


def onestop(scene: Scene) -> Part | None:
    """One way between two cities that no flight joins directly."""
    return _one_way(scene, "one_stop")


def _route(scene: Scene, stops: Stops) -> tuple[str, str]:
    if stops == "direct":
        return scene.pick(*scene.network.routes)
    codes = list(scene.network.cities)
    apart = [(one, other) for one in codes for other in codes if one != other and (one, other) not in scene.network.routes]
    return scene.pick(*apart)


def day_ahead(scene: Scene) -> str:
    """A day on which one can still fly."""
    return later(TODAY, scene.dice.between(1, 18))


def _one_way(scene: Scene, stops: Stops) -> Part | None:
    for _ in range(TRIES):
        people, seat = party(scene), cabin(scene)
        found = wanted(scene, _route(scene, stops), day_ahead(scene), stops, seat, len(people))
        if found is not None:
            return booked(scene, (found,), seat, people)
    return None


def round_trip(scene: Scene) -> Part | None:
    """There and back, both without a stop."""
    for _ in range(TRIES):
        people, seat, where, day = party(scene), cabin(scene), _route(scene, "direct"), day_ahead(scene)
        if where[::-1] not in scene.network.routes:
            continue
        there = wanted(scene, where, day, "direct", seat, len(people))
        back = wanted(scene, (where[1], where[0]), later(day, scene.dice.between(2, 6)), "direct", seat, len(people))
        if there and back:
            same = {"preference": there.asked.preference, "after": None, "before": None}
            if (back.asked.preference, back.asked.after, back.asked.before) == tuple(same.values()) and not (
                there.asked.after or there.asked.before
            ):
                return booked(scene, (there, back), seat, people)
    return None


def with_fall_back(scene: Scene) -> Part | None:
    """The direct flights of the day asked for first are full; the customer takes another day or one stop."""
    for _ in range(4 * TRIES):
        people, seat, where, day = party(scene), cabin(scene), _route(scene, "direct"), day_ahead(scene)
        open_ = [one for one in scene.network.direct(*where, day) if travel.seats(one, seat) >= len(people)]
        if open_:
            continue
        stops: Stops = scene.pick("direct", "one_stop")
        other = day if stops == "one_stop" else later(day, scene.pick(1, 2))
        found = wanted(scene, where, other, stops, seat, len(people))
        if found is not None:
            keep = {"preference": found.asked.preference, "after": found.asked.after, "before": found.asked.before}
            first = Journey(origin=where[0], destination=where[1], date=day, **keep)
            return booked(scene, (found,), seat, people, first)
    return None


def total(found: Sequence[Found], seat: str, count: int, paid_bags: int, insured: bool) -> int:
    """What a booking costs altogether, in dollars."""
    fares = sum(travel.price(one.flights, seat) for one in found)
    return fares * count + paid_bags * EXTRA_BAG + insured * INSURANCE * count


def booked(
    scene: Scene, found: Sequence[Found], seat: Cabin, people: tuple[Person, ...], first: Journey | None = None
) -> Part:
    """The booking of these flights; ``first`` was asked for before, and is full."""
    dice, count = scene.dice, len(people)
    bags = dice.weighted((0, 1, 2, 3), (30, 40, 20, 10)) + (dice.below(2) if count > 1 else 0)
    paid_bags = max(0, bags - scene.customer.free(seat, count))
    insured = dice.chance(35)
    pay = paying.booking(scene, total(found, seat, count, paid_bags, insured))
    there = found[0].asked
    goal = AirlineGoal(
        kind="book",
        origin=there.origin,
        destination=there.destination,
        journeys=tuple(one.asked for one in found),
        first_journeys=(first,) if first else (),
        cabin=seat,
        passengers=people,
        bags=bags,
        nonfree_bags=paid_bags,
        insurance=insured,
        payment_method_ids=pay.ids,
        payment_said=pay.said,
        flight_numbers=tuple(offer.number for one in found for offer in one.flights),
        dates=tuple(offer.date for one in found for offer in one.flights),
        question=f"I want to book a trip {words.ends(scene, there.origin, there.destination)}.",
    )
    reads = searches(scene, *((first,) if first else ()), *(one.asked for one in found))
    return fulfilled(scene, goal, reads, _prose(scene, goal, pay.yours, first))


def _prose(scene: Scene, goal: AirlineGoal, yours: str, first: Journey | None) -> str:
    journeys = list(goal.journeys)
    there = first or journeys[0]
    where = words.ends(scene, there.origin, there.destination)
    kind = "a round trip" if len(journeys) > 1 else "a one-way trip"
    on = f"on {words.day(there.date)}"
    for back in journeys[1:]:
        on += f" and back on {words.day(back.date)}"
    said = [
        scene.pick(
            f"You want to book {kind} {where} {on} in {words.CABIN[goal.cabin or 'economy']}.",
            f"You need {kind} {where} {on}, in {words.CABIN[goal.cabin or 'economy']}.",
        ),
        f"You want {words.choice(there)}{' each way' if len(journeys) > 1 else ''}.",
    ]
    if first:
        last = journeys[-1]
        instead = "a connection with one stop on the same day" if last.stops == "one_stop" else f"{words.day(last.date)}"
        said.append(f"If nothing is left there, you take {instead}: {words.choice(last)}.")
    said += [f"Passengers: {who(scene, goal)}.", bags_said(goal.bags or 0)]
    said.append("You want the insurance." if goal.insurance else "You do not want insurance.")
    return " ".join([*said, f"You pay with {yours}."])


def who(scene: Scene, goal: AirlineGoal) -> str:
    """The passengers in the second person."""
    me = scene.customer.person
    return "; ".join("you" if one == me else words.person(one) for one in goal.passengers)


def bags_said(count: int) -> str:
    """How many bags are to be checked."""
    return f"You check {count} bag{'s' if count > 1 else ''}." if count else "You check no bags."

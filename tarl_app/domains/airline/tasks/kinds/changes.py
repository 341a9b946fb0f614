"""Changes of a reservation: other flights, another cabin, other passengers, more bags."""

from tarl_app.domains.airline.clock import TODAY
from tarl_app.domains.airline.goals import AirlineGoal, Cabin, Person
from tarl_app.domains.airline.tasks import paying, travel, words
from tarl_app.domains.airline.tasks.draft import Part, Scene, fulfilled
from tarl_app.domains.airline.tasks.kinds.bookings import EXTRA_BAG, Found, searches, wanted
from tarl_app.domains.airline.tasks.travel import Trip
from tarl_app.domains.airline.tools.views import CABINS
from tarl_app.domains.airline.world.schedule import days, later
from tarl_app.domains.airline.world.travelers import birthday
from tarl_app.domains.airline.world.vocabulary import FIRST_NAMES, LAST_NAMES

TRIES = 8


def named_fields(scene: Scene, trip: Trip) -> dict:
    """What every goal about a reservation says about it."""
    return {
        "reservation_id": trip.id,
        "knows_reservation_id": scene.knows_ids,
        "origin": trip.origin,
        "destination": trip.destination,
    }


# --- flights --------------------------------------------------------------------------------------------------------------


def flights(scene: Scene) -> Part | None:
    """Other flights in one direction of a trip that has not begun."""
    return _first(scene, scene.ahead(lambda trip: trip.cabin != "basic_economy"))


def _first(scene: Scene, trips: list[Trip], fall_back: bool = False) -> Part | None:
    for trip in trips:
        part = reflown(scene, trip, fall_back)
        if part is not None:
            scene.taken.add(trip.id)
            return part
    return None


def flights_with_fall_back(scene: Scene) -> Part | None:
    """The day asked for first has no free seats; the customer takes another one."""
    return _first(scene, scene.ahead(lambda trip: trip.cabin != "basic_economy"), fall_back=True)


def _directions(trip: Trip) -> list[tuple[int, ...]]:
    every = tuple(range(len(trip.legs)))
    return [every[: trip.outward], every[trip.outward :]] if trip.round_trip else [every]


def _possible_days(trip: Trip, replaced: tuple[int, ...]) -> list[str]:
    """Days near the present one that leave the other direction on its side."""
    now = trip.legs[replaced[0]].date
    low, high = later(TODAY, 1), days()[-1]
    if trip.round_trip and replaced[0] == 0:
        high = later(trip.legs[trip.outward].date, -1)
    if trip.round_trip and replaced[0] > 0:
        low = later(trip.legs[trip.outward - 1].date, 1)
    return [day for by in range(-4, 5) if low <= (day := later(now, by)) <= high]


def reflown(scene: Scene, trip: Trip, fall_back: bool = False) -> Part | None:
    """Direct flights on another day, or at another time of the same day; ``fall_back``: the first day wanted is full."""
    replaced = scene.pick(*_directions(trip))
    where = (trip.legs[replaced[0]].origin, trip.legs[replaced[-1]].destination)
    count, possible = len(trip.passengers), _possible_days(trip, replaced)
    if where not in scene.network.routes or not possible:
        return None
    old = tuple(trip.legs[place].number for place in replaced)
    for _ in range(TRIES):
        found = wanted(scene, where, scene.pick(*possible), "direct", trip.cabin, count)
        if found is None or (found.asked.flight_numbers == old and found.asked.date == trip.legs[replaced[0]].date):
            continue
        full = [day for day in possible if not _open(scene, where, day, trip)] if fall_back else []
        if fall_back and not full:
            return None
        return _reflown(scene, trip, replaced, found, scene.pick(*full) if full else None)
    return None


def _open(scene: Scene, where: tuple[str, str], day: str, trip: Trip) -> bool:
    return any(travel.seats(one, trip.cabin) >= len(trip.passengers) for one in scene.network.direct(*where, day))


def _reflown(scene: Scene, trip: Trip, replaced: tuple[int, ...], found: Found, full: str | None) -> Part:
    kept_before, kept_after = trip.legs[: replaced[0]], trip.legs[replaced[-1] + 1 :]
    legs = (*kept_before, *found.flights, *kept_after)
    owed = travel.price(found.flights, trip.cabin) - sum(trip.fares[place] for place in replaced)
    pay = paying.change(scene, owed * len(trip.passengers))
    first = found.asked.model_copy(update={"date": full, "flight_numbers": (), "dates": ()}) if full else None
    named = words.trip_said(scene, trip)
    which = direction(trip, replaced)
    goal = AirlineGoal(
        kind="change_flights",
        **named_fields(scene, trip),
        journeys=(found.asked,),
        first_journeys=(first,) if first else (),
        legs=replaced,
        cabin=trip.cabin,
        flight_numbers=tuple(leg.number for leg in legs),
        dates=tuple(leg.date for leg in legs),
        payment_method_ids=pay.ids,
        payment_said=pay.said,
        question=f"I want to change {which} of {named.mine}.",
    )
    prose = [
        scene.pick(
            f"You want to change {which} of {named.yours} to {words.day((first or found.asked).date)}.",
            f"Your plans have shifted: {which} of {named.yours} should be on {words.day((first or found.asked).date)}.",
        ),
        f"You want {words.choice(found.asked)}.",
        *([f"If that day is full, you take {words.day(found.asked.date)}."] if first else []),
        f"Any difference in price goes through {pay.yours}.",
    ]
    reads = (*scene.read(trip), *searches(scene, *((first,) if first else ()), found.asked))
    return fulfilled(scene, goal, reads, " ".join(prose))


def direction(trip: Trip, replaced: tuple[int, ...]) -> str:
    """ "the flight", or for a round trip "the outbound flight" and "the return flight"."""
    if not trip.round_trip:
        return "the flight"
    return "the return flight" if replaced[0] else "the outbound flight"


# --- cabin ----------------------------------------------------------------------------------------------------------------


def cabin(scene: Scene) -> Part | None:
    """Another cabin for a whole trip; mostly a better one."""
    for trip in scene.ahead():
        part = reseated(scene, trip)
        if part is not None:
            scene.taken.add(trip.id)
            return part
    return None


def reseated(scene: Scene, trip: Trip) -> Part | None:
    """The trip in another cabin, on the same flights."""
    count = len(trip.passengers)
    if not all(leg.bookable for leg in trip.legs):
        return None
    fits: list[Cabin] = [one for one in CABINS if one != trip.cabin and travel.seats(trip.legs, one) >= count]
    if not fits:
        return None
    better: list[Cabin] = [one for one in fits if CABINS.index(one) > CABINS.index(trip.cabin)]
    new = scene.dice.pick(better if better and scene.dice.chance(75) else fits)
    owed = (travel.price(trip.legs, new) - sum(trip.fares)) * count
    pay = paying.change(scene, owed)
    named, title = words.trip_said(scene, trip), words.CABIN[new]
    goal = AirlineGoal(
        kind="change_cabin",
        **named_fields(scene, trip),
        cabin=new,
        flight_numbers=tuple(leg.number for leg in trip.legs),
        dates=tuple(leg.date for leg in trip.legs),
        payment_method_ids=pay.ids,
        payment_said=pay.said,
        question=f"I want to change {named.mine} to {title}.",
    )
    prose = scene.pick(
        f"You want to fly {title} on {named.yours} instead of {words.CABIN[trip.cabin]}.",
        f"You would like to change the cabin of {named.yours} to {title}.",
    )
    settled = f"Any difference in price goes through {pay.yours}."
    return fulfilled(scene, goal, (*scene.read(trip), *_prices(trip)), f"{prose} {settled}")


def _prices(trip: Trip) -> tuple:
    """The look-ups that tell what the trip's flights cost now."""
    asked = {(leg.origin, leg.destination, leg.date): None for leg in trip.legs}
    return tuple(
        ("search_direct_flight", {"origin": origin, "destination": destination, "date": date})
        for origin, destination, date in asked
    )


# --- passengers -----------------------------------------------------------------------------------------------------------


def passenger(scene: Scene) -> Part | None:
    """Somebody else travels instead of a passenger, or a first name was misspelled."""
    for trip in scene.ahead():
        scene.taken.add(trip.id)
        return replaced_one(scene, trip)
    return None


def stranger(scene: Scene) -> Person:
    """Somebody whom the airline does not know yet."""
    return Person(first_name=scene.pick(*FIRST_NAMES), last_name=scene.pick(*LAST_NAMES), date_of_birth=birthday(scene.dice))


def replaced_one(scene: Scene, trip: Trip) -> Part:
    """One passenger of the trip for another."""
    old = scene.pick(*trip.passengers)
    saved = [one for one in scene.customer.saved if one not in trip.passengers]
    new = scene.pick(*saved) if saved and scene.dice.chance(50) else stranger(scene)
    named = words.trip_said(scene, trip)
    goal = AirlineGoal(
        kind="change_passenger",
        **named_fields(scene, trip),
        passengers=tuple(new if one == old else one for one in trip.passengers),
        replaced=old,
        newcomer=new,
        question=f"I want to change a passenger of {named.mine}.",
    )
    gone = "you" if old == scene.customer.person else words.name(old)
    prose = scene.pick(
        f"On {named.yours}, {words.person(new)}, should travel instead of {gone}.",
        f"You want to replace {'yourself' if gone == 'you' else gone} on {named.yours} by {words.person(new)}.",
    )
    return fulfilled(scene, goal, scene.read(trip), prose)


# --- bags -----------------------------------------------------------------------------------------------------------------


def bags(scene: Scene) -> Part | None:
    """More bags, of which some have to be paid."""
    for trip in scene.ahead():
        part = packed(scene, trip)
        if part is not None:
            scene.taken.add(trip.id)
            return part
    return None


def packed(scene: Scene, trip: Trip) -> Part | None:
    """One bag more than before, or several; None where they would all be free."""
    more = scene.dice.between(1, 3)
    nonfree = max(0, trip.bags + more - scene.customer.free(trip.cabin, len(trip.passengers)))
    if nonfree <= trip.nonfree:
        return None
    pay = paying.change(scene, (nonfree - trip.nonfree) * EXTRA_BAG)
    named = words.trip_said(scene, trip)
    many = "one more bag" if more == 1 else f"{('two', 'three')[more - 2]} more bags"
    goal = AirlineGoal(
        kind="change_bags",
        **named_fields(scene, trip),
        bags=trip.bags + more,
        nonfree_bags=nonfree,
        amount=more,
        payment_method_ids=pay.ids,
        payment_said=pay.said,
        question=f"I want to add {many} to {named.mine}.",
    )
    prose = scene.pick(f"You want to check {many} on {named.yours}.", f"You would like to add {many} to {named.yours}.")
    return fulfilled(scene, goal, scene.read(trip), f"{prose} If it costs something, you pay with {pay.yours}.")

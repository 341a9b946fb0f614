"""Single sentences for training the projector: numbers, codes, names, cities, days and the airline's words."""

import random
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from tarl_app.language.spoken import spelling

_DICTATED = (
    "It's {number}.",
    "My customer number is {number}.",
    "Sure, {number}.",
    "No, I said {number}.",
    "{code}.",
    "The reservation code is {code}.",
    "My reservation is {code}.",
    "It's about reservation {code}.",
    "Flight {flight}, please.",
    "I'm on flight {flight}.",
    "{name}, born {birth}.",
    "My name is {name} and I was born on {birth}.",
    "I'm {name}, date of birth {birth}.",
    "{birth}.",
    "{name}.",
    "It should be {name}, born {birth}, instead of {other}.",
    "Me and {name}, born {birth}.",
    "The card that ends in {four}.",
    "With my {brand} that ends in {four}, please.",
)
_SPELLED = (
    "My last name is spelled {last_letters}.",
    "{last}, {last_letters}.",
    "My first name is {first}, that's {first_letters}.",
    "My name is {name}, {first_letters}, {last_letters}.",
    "I'll spell it: {last_letters}.",
    "The code is {spelled_code}.",
    "It's {spelled_code}.",
    "{spelled_code}.",
)
_WORDS = (
    "From {origin} to {destination}, please.",
    "I'd like to fly from {origin} to {destination} on {day}.",
    "A round trip from {origin} to {destination}, on {day}, and back on {later}.",
    "One way from {origin} to {destination}.",
    "On {day}, please.",
    "{day} would be fine.",
    "The {rank} {kind} that leaves after {clock}.",
    "The {rank} {kind} that leaves before {clock}, please.",
    "In {cabin}, please.",
    "Change it to {cabin}.",
    "{bags}, and {insured}.",
    "We have {bags}.",
)
_SHARE = 0.25
"""Of sentences that are spelled; as many again name cities, days, flights and cabins, the cities each in turn."""
_FIRST_DAY = date(2026, 5, 14)


def held_out() -> frozenset[str]:
    """Names ("Mia Kovac") and e-mails of the customers of dev and test."""
    from tarl_app.domains.airline.tasks import customers

    people = (*customers("dev"), *customers("test"))
    return frozenset(fact for one in people for fact in (f"{one.person.first_name} {one.person.last_name}", one.email))


def dictation(count: int, seed: int, without: Iterable[str] = ()) -> list[str]:
    """Sentences with content that is hard to recognise; none is about a name of ``without``."""
    rng = random.Random(f"dictation airline {seed}")
    avoid = set(without)
    sentences: list[str] = []
    while len(sentences) < count:
        draw = rng.random()
        template = rng.choice(_SPELLED if draw < _SHARE else _WORDS if draw < 2 * _SHARE else _DICTATED)
        slots = {**_person(rng), **_trip(rng, len(sentences))}
        if avoid.isdisjoint((slots["name"], slots["other"])):
            sentence = template.format(**slots)
            sentences.append(sentence[:1].upper() + sentence[1:])
    return sentences


def _person(rng: random.Random) -> Mapping[str, str]:
    from tarl_app.domains.airline.tasks.words import born
    from tarl_app.domains.airline.world.vocabulary import CARD_BRANDS, FIRST_NAMES, LAST_NAMES

    first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
    return {
        "first": first,
        "last": last,
        "name": f"{first} {last}",
        "other": f"{rng.choice(FIRST_NAMES)} {last}",
        "first_letters": spelling.letters(first),
        "last_letters": spelling.letters(last),
        "birth": born(f"{rng.randint(1940, 2024)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"),
        "number": f"M{rng.randrange(10_000_000):07d}",
        "four": f"{rng.randrange(10_000):04d}",
        "brand": rng.choice(CARD_BRANDS).title(),
    }


def _trip(rng: random.Random, number: int) -> Mapping[str, str]:
    from tarl_app.domains.airline.tasks.words import CABIN, day
    from tarl_app.domains.airline.user.values import bags_said
    from tarl_app.domains.airline.words.fact_words import twelve_hours
    from tarl_app.domains.airline.world.vocabulary import AIRPORTS

    cities = [city for _, city, *_ in AIRPORTS]
    origin = cities[number % len(cities)]
    leaves = _FIRST_DAY + timedelta(days=rng.randrange(30))
    code = "".join(rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=6))
    return {
        "origin": origin,
        "destination": rng.choice([city for city in cities if city != origin]),
        "day": day(leaves.isoformat()),
        "later": day((leaves + timedelta(days=rng.randint(1, 9))).isoformat()),
        "clock": twelve_hours(f"{rng.randint(6, 21):02d}:{rng.choice(('00', '15', '30', '45'))}"),
        "rank": rng.choice(("cheapest", "earliest", "latest")),
        "kind": rng.choice(("direct flight", "connection with one stop")),
        "cabin": rng.choice(sorted(CABIN.values())),
        "bags": bags_said(rng.randint(0, 6)),
        "insured": rng.choice(("with insurance", "no insurance, thanks")),
        "code": rng.choice((code, f"{code[:3]} {code[3:]}")),
        "spelled_code": rng.choice((" ".join(code), "-".join(code))),
        "flight": f"JN{rng.randrange(10_000):04d}",
    }

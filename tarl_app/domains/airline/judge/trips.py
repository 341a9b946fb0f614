"""Rules about what is told of a trip: its flights, their hours, cabin, bags and price are those of that very trip."""

import re

from tarl_app.core.domain.judging import Finding
from tarl_app.core.types import AgentTurn
from tarl_app.domains.airline.judge.ids import ids
from tarl_app.domains.airline.judge.shows import Json, reservation
from tarl_app.domains.airline.words.fact_words import twelve_hours
from tarl_app.judges.reference import words
from tarl_app.judges.reference.evidence import Evidence
from tarl_app.judges.reference.results import objects, parsed
from tarl_app.judges.reference.rules.promises import NEGATED
from tarl_app.language import availability, consent, told
from tarl_app.language.spoken.numerals import in_digits

CABIN = re.compile(
    r"\b(?:is|was|are|booked|travel\w*|fly\w*) (?:booked |flying |travelling )?in (basic economy|economy|business)\b"
)
BAGS = re.compile(r"\b(\d+|no) (?:checked )?(?:bags?|suitcases?)\b(?! (?:free|for free))")
BOOKED = re.compile(r"\b(?:booked|checked|has|have|there (?:is|are)|includes?)\b")
FREE = re.compile(r"\b(?:free|each|add\w*|more|further|allow\w*|dollars?)\b|\$")
PAID = re.compile(r"\b(?:you paid|total|price of (?:your )?reservation|altogether|in all)\b")
TIMED = re.compile(r"\b(?:leaves?|departs?|departure|takes? off)\b")

AT_A_TIME = re.compile(r"\b(?:before|after|morning|afternoon|evening|noon|earl(?:y|ier|iest)|late(?:r|st)?|\d ?[ap]\.?m)\b")
"""Words by which a statement is about some of the flights only."""


def wrong_trip_facts(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """A sentence about one trip tells nothing that belongs to another."""
    if turn.tool_calls or words.asks_on(turn.text):
        return None
    for sentence in consent.sentences(turn.text):
        trips = [trip for code in ids(sentence) if (trip := reservation(evidence, code)) is not None]
        if len(trips) != 1 or NEGATED.search(sentence) or words.HYPOTHETICAL.search(sentence):
            continue
        if wrong := _wrong(trips[0], in_digits(sentence)):
            return -1, f"told the customer of reservation {trips[0]['reservation_id']} {wrong}"
    return None


def _wrong(trip: Json, sentence: str) -> str:
    """What a sentence about a trip tells wrong, in words; empty when nothing is."""
    legs = objects_of(trip)
    flights = {one for one in ids(sentence) if one.startswith("jn")}
    if flights - {str(leg.get("flight_number")).lower() for leg in legs}:
        return f"the flight {min(flights).upper()}, which is not on it"
    cabin = CABIN.search(sentence)
    if cabin and cabin[1].replace(" ", "_") != trip.get("cabin"):
        return f"that it is in {cabin[1]}, which it is not"
    bags = BAGS.search(sentence)
    if bags and BOOKED.search(sentence) and not FREE.search(sentence):
        number = 0 if bags[1] == "no" else int(bags[1])
        if number != trip.get("total_baggages") and "change" not in sentence:
            return f"{number} bags; it has {trip.get('total_baggages')}"
    amounts = told.cents_in(sentence)
    if len(amounts) == 1 and PAID.search(sentence) and not amounts & follows_of(trip):
        return f"a price of ${min(amounts) / 100:.2f}, which was not paid for it"
    hours = [twelve_hours(str(leg.get("departure"))) for leg in legs if leg.get("departure")]
    clock = re.search(r"\b\d{1,2}:\d\d [ap]m\b", sentence)
    if clock and TIMED.search(sentence) and hours and clock[0] not in hours:
        return f"a departure at {clock[0]}, which is none of its own"
    return ""


def objects_of(trip: Json) -> list[Json]:
    """The flights of a trip."""
    return [*objects(trip.get("flights", []))]


def follows_of(trip: Json) -> set[int]:
    """The amounts that follow from a trip's payments and fares, in cents."""
    paid = [round(float(one["amount"]) * 100) for one in objects(trip.get("payment_history", [])) if "amount" in one]
    return {abs(one) for one in paid} | {abs(sum(paid))}


def false_sold_out(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """What is said to be sold out has no seats in what the search has shown."""
    for sentence in consent.sentences(turn.text):
        if not availability.gone(sentence) or AT_A_TIME.search(sentence):
            continue
        cabins = re.findall(r"\b(basic economy|business|economy)\b", sentence)
        found = _offers(evidence)
        if len(set(cabins)) != 1 or not found:
            continue
        seats = [one["available_seats"].get(cabins[0].replace(" ", "_"), 0) for one in found]
        if seats and min(seats) >= MANY:
            return -1, f"told the customer that {cabins[0]} is sold out, but there are seats"
    return None


MANY = 9
"""Seats on every flight found that are enough for anybody."""


def _offers(evidence: Evidence) -> list[Json]:
    """The flights of the last search."""
    for result in reversed(evidence.results):
        value = parsed(result.content)
        if isinstance(value, list):
            return [one for one in objects(value) if isinstance(one.get("available_seats"), dict)]
    return []

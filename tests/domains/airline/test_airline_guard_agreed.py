"""A change is the one that was proposed: what the proposal names is held to, what it leaves open is left open."""

import pytest

from tarl_app.core.types import AgentTurn
from tarl_app.domains.airline.guard.agreed import agreed
from tests.domains.airline.guard_cases import (
    AMEX,
    ANA,
    CODE,
    GIFT,
    KNOWN,
    LEON,
    NUMBER,
    VISA,
    after,
    bags,
    booking,
    leg,
    new_flights,
    people,
    said,
    shown,
    trip,
    why,
)

OTHER = "W7RD4F"
BOOK = (
    "To confirm: I book a one-way trip from Denver to Boston in economy, JN2041 on May 20 at 8:05 am, for Ana Cortez, "
    "1 bag, without insurance. That is $100 altogether, on your Visa ending in 4242. Is that right?"
)
MOVE = (
    f"To confirm: I change reservation {CODE} to JN3000 on May 21 at 8:05 am. $31 more will be charged to your Visa "
    "ending in 4242. Is that right?"
)


def booked(proposal: str, **changes) -> str:
    return why(after(proposal), "book_reservation", **booking(**changes))


def moved(proposal: str = MOVE, **changes) -> str:
    return why(
        after(proposal, shown(trip(), trip(reservation_id=OTHER))), "update_reservation_flights", **new_flights(**changes)
    )


def added(proposal: str, total: int, nonfree: int, **changes) -> str:
    return why(after(proposal, shown(trip(**changes))), "update_reservation_baggages", **bags(total, nonfree))


def test_what_was_proposed_is_done():
    assert not booked(BOOK)
    assert not moved()


def test_the_trip_is_the_one_that_was_named():
    assert f"has agreed to reservation_id {CODE}" in moved(reservation_id=OTHER)
    assert not moved("I move you to JN3000 on May 21. Is that right?", reservation_id=OTHER)


def test_one_payment_method_is_the_one_that_was_named():
    assert "has agreed to payment_method_id" in moved(payment_method_id=AMEX)
    free = f"To confirm: I change reservation {CODE} to JN3000 on May 21. There is no price difference. Is that right?"
    assert not moved(free, payment_method_id=AMEX)


def test_the_payment_methods_of_a_new_trip_are_those_that_were_named():
    both = BOOK.replace("your Visa", "your gift card and your Visa")
    assert "pay with" in booked(BOOK, payment_method_ids=[AMEX])
    assert "pay with" in booked(both, payment_method_ids=[VISA])
    assert not booked(both, payment_method_ids=[VISA, GIFT])
    unclear = BOOK.replace("on your Visa", "not on your gift card, but on your Visa")
    assert not booked(unclear)
    assert not booked(BOOK.replace(", on your Visa ending in 4242", ""), payment_method_ids=[AMEX])


def test_flights_and_days_are_those_that_were_named_or_that_stay():
    assert "flight JN3000" in moved(flight_numbers=["JN3001"])
    assert "on 2026-05-21" in moved(dates=["2026-05-22"])
    assert "flight JN2041" in booked(BOOK, flight_numbers=["JN2042"])
    assert "on 2026-05-20" in booked(BOOK, dates=["2026-05-21"])
    assert "flight JN3000" in moved(flight_numbers=["JN2041"])  # the flight of before, on another day
    there_and_back = trip(flights=[leg("JN2041", "2026-05-20"), leg("JN2050", "2026-05-25")])
    both = new_flights(flight_numbers=["JN2041", "JN3000"], dates=["2026-05-20", "2026-05-21"])
    assert not why(after(MOVE, shown(there_and_back)), "update_reservation_flights", **both)
    assert not moved(f"Shall I move {CODE} to the flight at 8:05 am, the day after?")


def test_where_no_flight_is_named_none_changes():
    upgrade = f"To confirm: I change reservation {CODE} to business. Is that right?"
    assert "no other flight" in moved(upgrade, cabin="business")
    assert not moved(upgrade, cabin="business", flight_numbers=["JN2041"], dates=["2026-05-20"])


def test_the_cabin_is_the_one_that_was_named_or_that_there_is():
    assert "economy" in moved(cabin="business")
    assert "economy" in booked(BOOK, cabin="business", nonfree_baggages="0")
    refund = MOVE.replace("$31 more will be charged", "within seven business days $31 will be refunded")
    assert moved(refund, cabin="business")
    assert not moved(f"Shall I change {CODE} to JN3000 on May 21 in business?", cabin="business")


@pytest.mark.parametrize(
    ("named", "total", "nonfree", "right"),
    [
        ("I add 1 bag to reservation K3QX7P, which makes 2 in all.", 2, 1, True),
        ("I add 1 bag to reservation K3QX7P, which makes 2 in all.", 3, 2, False),
        ("I will add 2 bags to reservation K3QX7P, so 3 in all.", 3, 2, True),
        ("K3QX7P: plus two bags, total three. $80.", 3, 2, True),
        ("K3QX7P: plus two bags, total three. $80.", 2, 1, False),
        ("1 more bag on K3QX7P for $40.", 2, 1, True),
        ("1 more bag on K3QX7P for $40.", 3, 2, False),
        ("Then K3QX7P has 3 bags.", 3, 2, True),
        ("Then K3QX7P has 3 bags.", 5, 4, False),
        ("I add the bags to K3QX7P.", 3, 2, True),
    ],
)
def test_the_bags_are_as_many_as_were_named(named, total, nonfree, right):
    assert bool(added(f"{named} Shall I go ahead?", total, nonfree)) != right


def test_a_new_trip_has_as_many_bags_as_were_named():
    assert "1 bags in all" in booked(BOOK, total_baggages="2", nonfree_baggages="1")
    assert "0 bags in all" in booked(BOOK.replace("1 bag", "no bags"))


@pytest.mark.parametrize(
    ("words", "insurance"),
    [
        ("with insurance", "yes"),
        ("without insurance", "no"),
        ("with no bags and with insurance", "yes"),
        ("no insurance", "no"),
        ("Insurance: no", "no"),
        ("insured", "yes"),
    ],
)
def test_the_insurance_is_as_it_was_named(words, insurance):
    proposal = BOOK.replace("1 bag, without insurance", words)
    other = "no" if insurance == "yes" else "yes"
    bag = {"total_baggages": "0"} if "no bags" in words else {}
    assert not booked(proposal, insurance=insurance, **bag)
    assert "insurance" in booked(proposal, insurance=other, **bag)
    assert not booked(BOOK.replace(", without insurance", ""), insurance=other)


@pytest.mark.parametrize(
    ("text", "person", "right"),
    [
        ("For Eva Lund, born on 1990-05-07.", ("Eva", "Lund", "1990-05-07"), True),
        ("It's Eva Lund, the seventh of May 1990.", ("Eva", "Lund", "1990-05-07"), True),
        ("eva lund, 5/7/90", ("Eva", "Lund", "1990-05-07"), True),
        ("For Eva Lund, born May 7, 1990.", ("Eva", "Lunde", "1990-05-07"), False),
        ("For Eva Lund, born May 7, 1990.", ("Eva", "Lund", "1989-05-07"), False),
        ("For Eva Lund, born May 7, 1990.", ("Bob", "Lund", "1990-05-07"), False),
    ],
)
def test_passengers_are_known_or_were_named(text, person, right):
    newcomer = dict(zip(("first_name", "last_name", "date_of_birth"), person, strict=True))
    proposal = f"To confirm: on reservation {CODE} the new passenger travels instead of Ana Cortez. Is that right?"
    turns = [*KNOWN, said(text), *after(proposal, shown(trip()))[2:]]
    assert bool(why(turns, "update_reservation_passengers", **people(newcomer))) != right
    for known in (ANA, LEON):  # the customer, and a saved passenger
        assert not why(turns, "update_reservation_passengers", **people(known))


def test_the_amount_of_a_certificate_is_the_one_that_was_named():
    trouble = {"flights": [leg("JN2041", "2026-05-20", "delayed")], "insurance": "yes"}
    both = shown(trip(**trouble), trip(**trouble, reservation_id=OTHER, passengers=[ANA, LEON]))
    asked = after(f"I send you a certificate of $50 for reservation {CODE}. Is that right?", both)
    assert not why(asked, "send_certificate", user_id=NUMBER, amount="50")
    assert "$50.00" in why(asked, "send_certificate", user_id=NUMBER, amount="100")


def test_values_are_read_off_the_proposal_for_agents_that_decode_under_it():
    assert agreed([*after(MOVE, shown(trip()))]) == {"reservation_id": (CODE,), "payment_method_id": (VISA,)}
    assert agreed([*after(MOVE.replace("4242", "9999"), shown(trip()))])["payment_method_id"] == (VISA,)
    assert agreed(after("Which reservation is it?")) == {}
    assert agreed([*KNOWN, AgentTurn(text="Done."), said("Thanks.")]) == {}

"""What fares, insurance, time and membership allow is all that can be changed, paid with or sent."""

import pytest

from tests.domains.airline.guard_cases import (
    ACCOUNT,
    ANA,
    CERTIFICATE,
    CODE,
    GIFT,
    KNOWN,
    NUMBER,
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

CANCEL = f"To confirm: I cancel reservation {CODE}. Is that right?"
MOVE = f"To confirm: I change reservation {CODE} to JN3000 on May 21 at 8:05 am. Is that right?"
MORE = f"To confirm: I add the bags to reservation {CODE}. Is that right?"
BOOK = "To confirm: I book JN2041 on May 20. Is that right?"
SEND = "I am sorry for the flight. I send you a certificate. Is that right?"
BASIC = trip(cabin="basic_economy")


def cancelled(reason: str = "My plans changed.", **changes) -> str:
    return why([*KNOWN, said(reason), *after(CANCEL, shown(trip(**changes)))[2:]], "cancel_reservation", reservation_id=CODE)


# --- whose ------------------------------------------------------------------------------------------------------------


def test_nothing_is_booked_or_sent_for_somebody_else():
    assert "this is for M1111111" in why(after(BOOK), "book_reservation", **booking(user_id="M1111111"))
    assert not why(after(BOOK), "book_reservation", **booking())


def test_a_trip_is_looked_up_before_it_is_changed():
    assert "look up reservation" in why(after(CANCEL), "cancel_reservation", reservation_id=CODE)


def test_a_trip_of_another_customer_is_not_changed():
    assert "another customer" in cancelled(user_id="M1111111", insurance="yes", cabin="business")


def test_payment_methods_are_the_customers():
    strange = booking(payment_method_ids=["credit_card_9999999"])
    assert "no payment method of this customer" in why(after(BOOK), "book_reservation", **strange)
    moved = new_flights(payment_method_id="gift_card_9999999")
    assert "no payment method" in why(after(MOVE, shown(trip())), "update_reservation_flights", **moved)
    assert not why(after(MOVE, shown(trip())), "update_reservation_flights", **new_flights(payment_method_id=GIFT))


# --- cancellations ----------------------------------------------------------------------------------------------------


def test_a_trip_can_be_cancelled_only_for_one_of_the_four_reasons():
    assert "cannot be cancelled" in cancelled()
    assert not cancelled(created_at="2026-05-14T20:00")
    assert not cancelled(cabin="business")
    assert not cancelled(flights=[leg("JN2041", "2026-05-20", "cancelled")])
    assert not cancelled("I've fallen ill.", insurance="yes")
    assert not cancelled("A storm is coming.", insurance="yes")


def test_the_insurance_does_not_cover_a_change_of_plans():
    assert "health and weather" in cancelled(insurance="yes")
    assert not cancelled("My plans changed. You see, I am in hospital.", insurance="yes")
    assert not cancelled("I broke my leg.", insurance="yes")  # no rule reads that


def test_nothing_of_a_trip_that_has_begun_is_changed():
    flown = [leg("JN2041", "2026-05-15")]
    assert "has begun" in cancelled(cabin="business", flights=flown)
    moved = why(after(MOVE, shown(trip(flights=flown))), "update_reservation_flights", **new_flights())
    assert "has begun" in moved
    assert "has begun" in why(after(MORE, shown(trip(flights=flown))), "update_reservation_baggages", **bags(2, 1))


# --- changes ----------------------------------------------------------------------------------------------------------


def test_flights_in_basic_economy_stay_but_its_cabin_does_not():
    assert "basic economy" in why(
        after(MOVE, shown(BASIC)), "update_reservation_flights", **new_flights(cabin="basic_economy")
    )
    upgrade = new_flights(flight_numbers=["JN2041"], dates=["2026-05-20"])
    proposal = f"To confirm: I change reservation {CODE} to economy. Is that right?"
    assert not why(after(proposal, shown(BASIC)), "update_reservation_flights", **upgrade)


def test_a_certificate_pays_for_no_change():
    with_it = {"payment_method_id": CERTIFICATE}
    assert "new reservations only" in why(after(MORE, shown(trip())), "update_reservation_baggages", **bags(2, 1, **with_it))
    assert not why(after(BOOK), "book_reservation", **booking(payment_method_ids=[CERTIFICATE]))


def test_bags_are_added_and_not_removed():
    assert "not removed" in why(after(MORE, shown(trip())), "update_reservation_baggages", **bags(0, 0))
    assert not why(after(MORE, shown(trip())), "update_reservation_baggages", **bags(2, 1))


@pytest.mark.parametrize(("membership", "total", "nonfree"), [("regular", 3, 2), ("silver", 3, 1), ("gold", 3, 0)])
def test_what_goes_beyond_the_free_bags_is_paid_and_no_more(membership, total, nonfree):
    known = [*KNOWN, shown({**ACCOUNT, "membership": membership})]
    asked = after(MORE, shown(trip()))[2:]
    for said_nonfree in range(4):
        change = bags(total, said_nonfree)
        booked = booking(total_baggages=str(total), nonfree_baggages=str(said_nonfree))
        for turns, name, arguments in (
            ([*known, *asked], "update_reservation_baggages", change),
            ([*known, *after(BOOK)[2:]], "book_reservation", booked),
        ):
            assert ("are not free" in why(turns, name, **arguments)) == (said_nonfree != nonfree), (name, said_nonfree)


def test_bags_that_were_paid_for_stay_so():
    paid = trip(total_baggages=2, nonfree_baggages=2)
    assert not why(after(MORE, shown(paid)), "update_reservation_baggages", **bags(3, 2))


# --- certificates -----------------------------------------------------------------------------------------------------


def sent(amount: int, *before, **changes) -> str:
    return why(after(SEND, shown(trip(**changes)), *before), "send_certificate", user_id=NUMBER, amount=str(amount))


def test_a_certificate_is_worth_what_the_trouble_is():
    gone, late = [leg("JN2041", "2026-05-20", "cancelled")], [leg("JN2041", "2026-05-20", "delayed")]
    assert "it is nothing" in sent(100, flights=gone)  # a regular member in economy without insurance
    assert not sent(100, flights=gone, insurance="yes")
    assert "it is $200" in sent(100, flights=gone, passengers=[ANA, ANA], cabin="business")
    assert not sent(200, flights=gone, passengers=[ANA, ANA], cabin="business")
    assert not sent(50, flights=late, insurance="yes")
    assert "it is $50" in sent(100, flights=late, insurance="yes")
    assert "it is nothing" in sent(50, insurance="yes")


def test_it_is_sent_once_for_each_trip():
    late = {"flights": [leg("JN2041", "2026-05-20", "delayed")], "insurance": "yes"}
    once = shown(ACCOUNT, tool="send_certificate")
    assert "has been sent already" in sent(50, once, **late)
    assert not sent(50, once, shown(trip(**late, reservation_id="W7RD4F")), **late)


def test_whom_it_changes_is_not_looked_at_here():
    """The number of passengers, seats and balances are the tools' to check."""
    proposal = f"To confirm: on reservation {CODE} Leon Hale travels instead of Ana Cortez. Is that right?"
    leon = {"first_name": "Leon", "last_name": "Hale", "date_of_birth": "1990-01-31"}
    assert not why(after(proposal, shown(trip())), "update_reservation_passengers", **people(ANA, leon))

"""Who calls is known before anything else happens, a change is agreed to, and nobody is handed over for nothing."""

import pytest

from tarl_app.core.types import AgentTurn, UserTurn
from tests.domains.airline.guard_cases import ACCOUNT, CODE, KNOWN, NUMBER, SOUND, after, said, shown, trip, why

HELLO = said("Hi, I'd like to change a trip.")
BIRTH = said(f"I don't have my number. {CODE}, I'm Ana Cortez, born March 2, 1985.")
CANCEL = f"To confirm: I cancel reservation {CODE}, and $100 goes back to your Visa ending in 4242. Is that right?"
BOOKED_TODAY = trip(created_at="2026-05-15T09:00")
TRANSFER = "transfer_to_human_agents"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("list_all_airports", {}),
        ("search_direct_flight", {"origin": "DEN", "destination": "BOS", "date": "2026-05-20"}),
        ("cancel_reservation", {"reservation_id": CODE}),
        (TRANSFER, {"summary": "A wheelchair."}),
    ],
)
def test_before_the_customer_is_known_nothing_else_is_done(name, arguments):
    assert "identified" in why([said("I need a wheelchair.")], name, **arguments)
    assert "identified" not in why([*KNOWN, said("I need a wheelchair.")], name, **arguments)


def test_thinking_is_free():
    assert not why([HELLO], "think", thought="Who may this be?")


@pytest.mark.parametrize(
    "text", ["It's M4821359.", "482 1359", "m 4-8-2-1-3-5-9", "M four eight two one three five nine", "four 82, 1359"]
)
def test_a_number_is_looked_up_that_was_given_in_whatever_form(text):
    assert not why([said(text)], "get_user_details", user_id=NUMBER)


def test_a_number_that_nobody_gave_is_not_looked_up():
    assert "nobody has given" in why([HELLO], "get_user_details", user_id=NUMBER)
    owner = shown(trip())
    assert not why([BIRTH, owner], "get_user_details", user_id=NUMBER)


def test_one_customer_is_served():
    turns = [*KNOWN, said("And now my neighbour, M1111111.")]
    assert "one customer" in why(turns, "get_user_details", user_id="M1111111")
    assert not why(turns, "get_user_details", user_id=NUMBER)


def test_an_account_is_the_customers_only_with_its_name_and_date_of_birth():
    def served(text: str) -> bool:
        turns = [said(f"No number, but {CODE}."), said(text), shown(trip()), shown(ACCOUNT)]
        return not why(turns, "list_all_airports")

    assert served("I'm Ana Cortez, born March 2, 1985.")
    assert served("Anna Cortes, the second of March 1985")
    assert not served("I'm Ana Cortez, born March 2, 1986.")
    assert not served("I'm Ana Cortez, born March 3, 1985.")
    assert not served("I'm Bob Stone, born March 2, 1985.")
    assert not served("I'm Ana.")


def test_a_reservation_is_opened_first_only_to_find_somebody_without_a_number():
    def opened(*turns: UserTurn) -> str:
        return why(turns, "get_reservation_details", reservation_id=CODE)

    assert not opened(BIRTH)
    assert "look up the customer number" in opened(said(f"{NUMBER}, about {CODE}, and I was born March 2, 1985."))
    assert "date of birth" in opened(said(f"I don't have it. It's {CODE}."))
    assert "nobody has given the reservation code" in opened(said("I'm Ana Cortez, born March 2, 1985."))


def test_after_a_number_that_failed_the_reservation_is_opened():
    failed = shown("Error: there is no such customer", tool="get_user_details", error=True)
    turns = [said("M9999999"), failed, said(f"Then {CODE}, Ana Cortez, March 2, 1985.")]
    assert not why(turns, "get_reservation_details", reservation_id=CODE)


def test_a_code_that_nobody_named_is_not_opened():
    assert "nobody has given" in why(KNOWN, "get_reservation_details", reservation_id="ABC2D3")
    assert not why(KNOWN, "get_reservation_details", reservation_id=CODE)  # the account lists it
    turns = [*KNOWN, said("My friend has A B C, two d 3.")]
    assert not why(turns, "get_reservation_details", reservation_id="ABC2D3")


def test_whoever_speaks_is_not_held_to_what_was_heard():
    spoken = UserTurn(text=f"It's {NUMBER}.", audio=SOUND, heard="it's m for a two one three five nine")
    assert not why([spoken], "get_user_details", user_id=NUMBER)
    assert not why([spoken, shown(ACCOUNT)], "list_all_airports")
    assert not why([spoken], "get_reservation_details", reservation_id=CODE)


# --- consent ----------------------------------------------------------------------------------------------------------


def cancelled(asked: str, answer: str) -> str:
    return why(after(asked, shown(BOOKED_TODAY), answer=answer), "cancel_reservation", reservation_id=CODE)


def test_a_change_needs_a_proposal_and_a_yes():
    assert not cancelled(CANCEL, "Yes, please.")
    assert not cancelled(f"Reservation {CODE} gets cancelled, ${100} back. Cool with you?", "Sure.")
    assert "ask them to confirm" in cancelled("Let me see.", "Yes, please.")
    assert "ask them to confirm" in cancelled("What is the reason for the cancellation?", "Yes, I am ill.")
    assert "not agreed" in cancelled(CANCEL, "Hmm, I'm not sure yet.")
    assert "not agreed" in cancelled(CANCEL, "And how long does that usually take?")


@pytest.mark.parametrize(
    "proposal",
    [
        f"To confirm: I change reservation {CODE} to JN2042 on May 20, and $20 will be refunded. Is that right?",
        f"To confirm: I add 1 bag to reservation {CODE}. Is that right?",
    ],
)
def test_a_yes_to_another_change_is_none_to_a_cancellation(proposal):
    assert "another kind of change" in cancelled(proposal, "Yes.")


def test_a_yes_to_a_cancellation_is_none_to_a_change():
    turns = after(CANCEL, shown(BOOKED_TODAY))
    arguments = {"reservation_id": CODE, "total_baggages": "2", "nonfree_baggages": "1"}
    method = {"payment_method_id": "credit_card_1111111"}
    assert "another kind" in why(turns, "update_reservation_baggages", **arguments, **method)


def test_of_someone_who_speaks_only_a_no_is_believed():
    def spoken(heard: str | None) -> str:
        answer = UserTurn(text="Absolutely.", audio=SOUND, heard=heard)
        turns = [*KNOWN, shown(BOOKED_TODAY), AgentTurn(text=CANCEL), answer]
        return why(turns, "cancel_reservation", reservation_id=CODE)

    assert not spoken("absolute lee")
    assert not spoken(None)
    assert "not agreed" in spoken("no wait")


# --- transfers --------------------------------------------------------------------------------------------------------


def test_a_transfer_is_for_what_no_tool_can_do():
    assert not why([*KNOWN, said("My suitcase has never arrived.")], TRANSFER, summary="s")
    assert not why([*KNOWN, said("Something odd happened at the gate.")], TRANSFER, summary="s")
    assert "what your tools can do" in why([*KNOWN, said(f"Please cancel reservation {CODE}.")], TRANSFER, summary="s")
    both = said(f"Please cancel reservation {CODE}, and I need a wheelchair.")
    assert not why([*KNOWN, both], TRANSFER, summary="s")


def test_neither_a_refused_call_nor_a_no_is_a_reason_for_one():
    refused = shown("Error: there is no such reservation", error=True)
    assert "refused call" in why([*KNOWN, said("It is ABC2D3."), refused], TRANSFER, summary="s")
    assert "asked to agree" in why(after(CANCEL, answer="No, leave it."), TRANSFER, summary="s")
    assert not why(after(CANCEL, answer="No. I need a wheelchair instead."), TRANSFER, summary="s")

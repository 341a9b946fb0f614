"""Rules where there is no task: each with what it marks down, and the nearest thing that it must leave alone."""

from typing import Any

import pytest

from tarl_app.core.types import AgentTurn, Episode, StopReason, ToolCall, ToolTurn, Turn, TurnScore, UserTurn
from tarl_app.domains import free_task, load_domain
from tarl_app.judges.reference.judge import ReferenceJudge

Line = str | tuple[str, dict[str, Any]]
NGATA = ("find_user_id_by_name_zip", {"first_name": "Harpreet", "last_name": "Ngata", "zip": "68119"})
NAVARRO = ("find_user_id_by_name_zip", {"first_name": "Magnus", "last_name": "Navarro", "zip": "75274"})
SINGH = ("find_user_id_by_name_zip", {"first_name": "Emeka", "last_name": "Singh", "zip": "70133"})


def order(number: str) -> Line:
    return "get_order_details", {"order_id": f"#{number}"}


def judged(domain: str, *lines: Line) -> TurnScore:
    """The score of the last agent turn. A text that begins with "> " is the customer's; a pair is a call."""
    loaded = load_domain(domain)
    environment = loaded.open()
    turns: list[Turn] = []
    try:
        for line in lines:
            if isinstance(line, tuple):
                call = ToolCall(id=f"call_{len(turns)}", name=line[0], arguments=line[1])
                result = environment.call(call)
                assert not result.is_error, result.content
                turns += [AgentTurn(tool_calls=(call,)), ToolTurn(results=(result,))]
            elif line.startswith("> "):
                turns.append(UserTurn(text=line[2:]))
            else:
                turns.append(AgentTurn(text=line))
    finally:
        environment.close()
    episode = Episode(id="x", task=free_task(domain), agent="a", user="u", turns=tuple(turns), stop=StopReason.USER_DONE)
    return ReferenceJudge(loaded).judge(episode).scores[-1]


ASKED = ("> How is W5808662 coming along? Harpreet Ngata, 68119", NGATA)


@pytest.mark.parametrize(
    "said",
    [
        "It is on its way to you.",
        "Your order has been shipped.",
        "Order #W5808662 is delivered.",
        "It has left our warehouse.",
    ],
)
def test_a_state_that_was_not_looked_up_is_invented(said: str) -> None:
    assert judged("retail", *ASKED, said).score == -1


@pytest.mark.parametrize(
    "said",
    [
        "Is it on its way to you already?",
        "Once it is delivered, you can return it.",
        "A processed order is on the way and cannot be cancelled.",
        "I will look whether it has been shipped.",
    ],
)
def test_a_question_a_condition_and_a_rule_tell_no_state(said: str) -> None:
    assert judged("retail", *ASKED, said).rule != "unread_state"


def test_a_state_that_was_read_or_that_the_customer_has_stated_is_told() -> None:
    assert judged("retail", *ASKED, order("W5808662"), "Your order is processed, so it is on its way.").score == 1
    own = judged(
        "retail", "> W5808662 is on its way, I got the mail. Harpreet Ngata, 68119", NGATA, "Good, it is on its way."
    )
    assert own.rule != "unread_state"


def test_the_price_of_a_variant_is_its_own() -> None:
    asked = ("> the 12 inch classic wall clock? Harpreet Ngata, 68119", NGATA, ("list_all_product_types", {}))
    clock = ("get_product_details", {"product_id": "7204463881"})
    wrong = judged("retail", *asked, clock, "The Wall Clock with diameter 12 inch and style classic costs $40.21.")
    assert (wrong.score, wrong.rule) == (-1, "wrong_price")
    assert judged("retail", *asked, clock, "The Wall Clock with diameter 12 inch and style classic costs $42.45.").score == 1
    some = judged("retail", *asked, clock, "A Wall Clock with style classic costs $40.21 in 10 inch.")
    assert some.score == 1


def test_money_of_another_order_is_not_told_for_the_one_that_was_named() -> None:
    asked = ("> what was W4862882 in all? Emeka Singh 70133", SINGH, ("get_user_details", {"user_id": "emeka_singh_5501"}))
    assert judged("retail", *asked, order("W2622787"), "You paid $313.88 in total.").rule == "told_of_another"
    assert judged("retail", *asked, order("W4862882"), "You paid $122.14 in total.").score == 1
    both = judged("retail", *asked, order("W2622787"), order("W4862882"), "You paid $122.14 in total.")
    assert both.score == 1


SWAP = (
    "> swap the suitcase in W2622787 for a silver one, medium, soft. Emeka Singh 70133. amex",
    SINGH,
    order("W2622787"),
    ("get_product_details", {"product_id": "5472548018"}),
    "In order #W2622787 I change the Suitcase for one with color silver, size medium and shell soft. Is that right?",
)


def test_a_correction_is_in_the_next_read_back() -> None:
    again = "So in order #W2622787 the Suitcase becomes one with color silver, size medium and shell soft. Shall I go ahead?"
    right = "So in order #W2622787 the Suitcase becomes one with color teal, size medium and shell hard. Shall I go ahead?"
    assert judged("retail", *SWAP, "> no, teal and hard", again).rule == "lost_correction"
    assert judged("retail", *SWAP, "> no, teal and hard", right).score == 1
    assert judged("retail", *SWAP, "> no wait, what was that?", again).rule != "lost_correction"
    assert judged("retail", *SWAP, "> no, teal", "Which payment method should I use?").rule != "lost_correction"


def test_a_question_that_is_asked_again_is_no_read_back() -> None:
    asked = "Which payment method should I use for the price difference?"
    again = judged("retail", *SWAP[:-1], asked, "> no more bots, staff please, a human", asked)
    assert (again.score, again.rule) != (-1, "refused_again")


MOVED = ("> W7125338 has to go to 12 Harbor Street, Dallas TX 75201. Magnus Navarro, 75274", NAVARRO, order("W7125338"))


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("I am sorry, the address of order #W7125338 can no longer be changed.", True),
        ("I am sorry, I cannot change the address of order #W7125338.", True),
        ("I am sorry, I cannot change the default address with this.", False),
        ("I cannot change the address before I have the city.", False),
    ],
)
def test_what_the_shop_allows_is_not_refused(said: str, wrong: bool) -> None:
    found = judged("retail", *MOVED, said)
    assert (found.rule == "wrong_refusal") == wrong == (found.score == -1)


def test_a_refusal_that_the_policy_demands_is_right() -> None:
    cancel = ("> cancel W5808662, I do not need it any more. Harpreet Ngata, 68119", NGATA, order("W5808662"))
    assert judged("retail", *cancel, "I am sorry, order #W5808662 is processed, so I cannot cancel it.").score == 1
    cheaper = ("> cancel W7125338, I found it cheaper elsewhere. Magnus Navarro, 75274", NAVARRO, order("W7125338"))
    assert judged("retail", *cheaper, "I am sorry, I cannot cancel order #W7125338 for that.").score == 1


def trip(user: str, code: str) -> tuple[Line, Line]:
    return ("get_user_details", {"user_id": user}), ("get_reservation_details", {"reservation_id": code})


@pytest.mark.parametrize(
    ("asked", "user", "code", "said", "score"),
    [
        ("> cancel 6XX3HU please. M4138499", "M4138499", "6XX3HU", "I am sorry, I cannot cancel reservation 6XX3HU.", -1),
        ("> cancel QHT4Y6 please. M4138499", "M4138499", "QHT4Y6", "I am sorry, I cannot cancel reservation QHT4Y6.", 1),
        ("> I am ill, cancel MJN8K2. M4138499", "M4138499", "MJN8K2", "Sorry, I cannot cancel reservation MJN8K2.", -1),
        ("> cancel MJN8K2. M4138499", "M4138499", "MJN8K2", "Sorry, I cannot cancel reservation MJN8K2.", 1),
        ("> a bag more on ESZ7C9. M3845061", "M3845061", "ESZ7C9", "I cannot add more bags to reservation ESZ7C9.", -1),
        ("> a bag less on ESZ7C9. M3845061", "M3845061", "ESZ7C9", "I cannot remove bags from reservation ESZ7C9.", 1),
    ],
)
def test_what_the_airline_allows_is_not_refused(asked: str, user: str, code: str, said: str, score: int) -> None:
    assert judged("airline", asked, *trip(user, code), said).score == score


def test_seats_that_the_search_has_shown_are_not_gone_except_at_some_hours() -> None:
    asked = ("> economy, Pittsburgh to Austin on May 17? M4855118", ("get_user_details", {"user_id": "M4855118"}))
    search = ("search_direct_flight", {"origin": "PIT", "destination": "AUS", "date": "2026-05-17"})
    assert judged("airline", *asked, search, "Every seat in economy is taken on that day.").rule == "false_sold_out"
    assert judged("airline", *asked, search, "There are no seats left in economy before noon.").rule != "false_sold_out"


def test_after_a_wrong_refusal_a_farewell_is_a_consequence_of_it() -> None:
    refused = "I am sorry, the address of order #W7125338 can no longer be changed."
    left = judged("retail", *MOVED, refused, "> ok then. bye", "You are welcome. Goodbye!")
    assert (left.score, left.rule) == (0, "consequence")
    helped = judged("retail", *MOVED, refused, "> why?", "It can be changed. Which city is it?")
    assert helped.score == 1


def test_what_the_policy_calls_free_may_be_called_free_of_charge() -> None:
    asked = ("> one bag more on ESZ7C9 please. M3845061", *trip("M3845061", "ESZ7C9"))
    assert (
        judged("airline", *asked, "To confirm: one more bag on reservation ESZ7C9, free of charge. Right?").rule != "present"
    )
    assert judged("airline", *asked, "I will add a hotel, free of charge.").rule == "present"

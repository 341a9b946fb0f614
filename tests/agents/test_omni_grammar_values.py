"""Ids, numbers and addresses in a call are those that were said or shown."""

import pytest

from tarl_app.agents.omni.audio.keyword_spotting import Recognition
from tarl_app.agents.omni.decoding.call_schema import call_schema
from tarl_app.core.types import UserTurn
from tests.agents.grammar_parts import IDENTIFIED, RETAIL, SPOKEN, accepts, agreed, argument, call, offered, shown


def test_before_anything_is_known_only_tools_that_need_no_shown_id_are_offered() -> None:
    names = offered(UserTurn(text="My item is 1234567890."))
    assert {"transfer_to_human_agents", "calculate"} <= names
    assert (
        not {
            "find_user_id_by_email",
            "get_product_details",
            "return_delivered_order_items",
            "get_user_details",
            "modify_user_address",
        }
        & names
    )


def test_an_id_that_a_tool_has_shown_can_be_used_and_no_other() -> None:
    known = shown('{"product_id": "1234567890", "user_id": "mei_kovacs_1234"}')
    assert accepts(call("get_product_details", product_id="1234567890"), known)
    assert not accepts(call("get_product_details", product_id="1234567891"), known)
    assert accepts(call("get_user_details", user_id="mei_kovacs_1234"), known)


def test_an_id_in_an_error_is_not_shown() -> None:
    assert "get_product_details" not in offered(shown("Error: no product 1234567890", is_error=True))


@pytest.mark.parametrize(
    "text",
    ["#W1234567", "order w1234567.", "W 123 4567", "it's 123-4567", "one two three four five six seven", "W12 34 567"],
)
def test_a_number_is_found_however_it_is_put_and_no_other_is_invented(text: str) -> None:
    assert accepts(call("get_order_details", order_id="#W1234567"), UserTurn(text=text))
    assert not accepts(call("get_order_details", order_id="#W7654321"), UserTurn(text=text))


def test_doubled_digits_are_written_out() -> None:
    assert accepts(call("get_order_details", order_id="#W1223334"), UserTurn(text="one double two triple three four"))


def test_without_a_number_the_model_has_to_ask_for_it() -> None:
    assert "get_order_details" not in offered(UserTurn(text="I lost my order number, it ends in 4567."))
    assert "get_order_details" in offered(shown('{"orders": ["#W1234567"]}'))


def test_a_number_that_an_ear_without_words_heard_is_free_but_has_the_right_form() -> None:
    schema = call_schema(RETAIL, [IDENTIFIED, SPOKEN], heard=lambda ref: None)
    assert argument(schema, "get_order_details", "order_id") == {"type": "string", "pattern": "^#W[0-9]{7}$"}


def test_a_number_that_was_recognised_is_copied() -> None:
    schema = call_schema(RETAIL, [IDENTIFIED, SPOKEN], heard=lambda ref: Recognition("my order is #W9452,101 I think"))
    assert argument(schema, "get_order_details", "order_id") == {"enum": ["#W9452101"]}


def test_what_customers_say_has_the_right_form() -> None:
    typed = UserTurn(text="Mei O'Neil, 01234")
    assert accepts(call("find_user_id_by_name_zip", first_name="Mei", last_name="O'Neil", zip="01234"), typed)
    assert not accepts(call("find_user_id_by_name_zip", first_name="Mei", last_name="O'Neil", zip="1234"), typed)
    known = UserTurn(text="#W1234567")
    yes = agreed("I cancel it")
    assert accepts(call("cancel_pending_order", order_id="#W1234567", reason="no longer needed"), known, *yes)
    assert not accepts(call("cancel_pending_order", order_id="#W1234567", reason="just because"), known, *yes)


def test_names_and_addresses_are_copied_from_what_was_typed_or_shown() -> None:
    typed = UserTurn(text="Mei Kovacs here, I moved to 9805 Heron Court, Louisville, KY 40251. Write to mei@example.com.")
    known = shown('{"user_id": "mei_kovacs_1234", "address": {"city": "Salt Lake City"}}')

    def address(**changes: str) -> str:
        parts = {"user_id": "mei_kovacs_1234", "address1": "9805 Heron Court", "address2": "", "city": "Louisville"}
        return call("modify_user_address", **parts | {"state": "KY", "country": "USA", "zip": "40251"} | changes)

    yes = agreed("your account gets the address at 12345")
    assert accepts(address(), typed, known, *yes)
    assert accepts(address(city="Salt Lake City"), typed, known, *yes)
    assert not accepts(address(city="Lynd"), typed, known, *yes)
    assert not accepts(address(zip="40252"), typed, known, *yes)
    assert not accepts(address(address1="Court, Louisville"), typed, known, *yes)
    assert accepts(call("find_user_id_by_email", email="mei@example.com"), typed)
    assert not accepts(call("find_user_id_by_email", email="may@example.com"), typed)


def test_a_pause_is_nobodys_name() -> None:
    told = UserTurn(text="Hmm, so, it's 5 Elm Street, uh, Springtown, OK 12345.")
    turns = (IDENTIFIED, shown('{"user_id": "mei_kovacs_1234"}'), told, *agreed("your account gets the address at 12345"))
    cities = argument(call_schema(RETAIL, turns), "modify_user_address", "city")["enum"]
    assert "Springtown" in cities
    assert "5 Elm Street" in cities
    assert not {"Hmm", "so", "uh"} & set(cities)
    assert "OK" in argument(call_schema(RETAIL, turns), "modify_user_address", "state")["enum"]

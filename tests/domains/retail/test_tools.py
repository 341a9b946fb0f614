from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from tarl_app.domains.retail.world import world
from tarl_app.sandbox.environment import DatabaseEnvironment
from tests.domains.retail.retail_cases import RETAIL, an_order, answer, refusal, run

READS = {
    "calculate",
    "find_user_id_by_email",
    "find_user_id_by_name_zip",
    "get_order_details",
    "get_product_details",
    "get_user_details",
    "list_all_product_types",
    "think",
    "transfer_to_human_agents",
}
WRITES = {
    "cancel_pending_order",
    "exchange_delivered_order_items",
    "modify_pending_order_address",
    "modify_pending_order_items",
    "modify_pending_order_payment",
    "modify_user_address",
    "return_delivered_order_items",
}


@pytest.fixture
def environment() -> Iterator[DatabaseEnvironment]:
    with RETAIL.open() as opened:
        yield opened


# --- all of them --------------------------------------------------------------------------------------------------------


def test_there_are_the_sixteen_tools_and_seven_of_them_write():
    assert {tool.name for tool in RETAIL.tools} == READS | WRITES
    assert {tool.name for tool in RETAIL.tools if tool.writes} == WRITES
    assert RETAIL.writes("cancel_pending_order")
    assert not RETAIL.writes("no_such_tool")


def test_every_tool_has_words_and_a_valid_schema_whose_parameters_are_all_required():
    for tool in RETAIL.tools:
        jsonschema.Draft202012Validator.check_schema(tool.parameters)
        assert len(tool.description) > 20
        assert set(tool.parameters["required"]) == set(tool.parameters["properties"])


def test_an_unknown_tool_is_refused(environment):
    assert "no tool named drop_tables" in refusal(environment, "drop_tables")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "order_id is missing"),
        ({"order_id": 5}, "order_id: Input should be a valid string"),
        ({"order_id": "#W0000000", "now": True}, "no argument now"),
        ({"order_id": "#W0000000"}, "no such order"),
        ({"order_id": "x" * 5000}, "at most 4000 characters"),
        ({"order_id": None}, "valid string"),
        ({"order_id": ["#W0000000"]}, "valid string"),
        ({"order_id": "\ud800"}, "no such order"),
    ],
)
def test_bad_arguments_are_refused_in_words(environment, arguments: dict[str, Any], words: str):
    assert words in refusal(environment, "get_order_details", **arguments)


# --- look-ups -----------------------------------------------------------------------------------------------------------


def test_a_user_is_found_by_email_in_any_case(environment):
    user = next(iter(world().users.values()))
    assert run(environment, "find_user_id_by_email", email=f" {user.email.upper()} ").content == user.user_id
    assert "no user" in refusal(environment, "find_user_id_by_email", email="nobody@example.com")


def test_a_user_is_found_by_name_in_any_case_and_zip(environment):
    user = next(iter(world().users.values()))
    who = {"first_name": user.first_name.upper(), "last_name": user.last_name.lower(), "zip": user.address.zip}
    assert run(environment, "find_user_id_by_name_zip", **who).content == user.user_id
    assert "no user" in refusal(environment, "find_user_id_by_name_zip", **{**who, "zip": "00000"})
    assert "five digits" in refusal(environment, "find_user_id_by_name_zip", **{**who, "zip": "123"})
    assert "not be empty" in refusal(environment, "find_user_id_by_name_zip", **{**who, "first_name": " "})


def test_user_details_have_the_documented_shape(environment):
    user = next(u for u in world().users.values() if len({m.source for m in u.payment_methods}) == 3)
    details = answer(environment, "get_user_details", user_id=user.user_id)
    assert set(details) == {"name", "address", "email", "payment_methods", "orders"}
    assert details["name"] == {"first_name": user.first_name, "last_name": user.last_name}
    assert set(details["address"]) == {"address1", "address2", "city", "country", "state", "zip"}
    assert set(details["orders"]) == {key for key, order in world().orders.items() if order.user_id == user.user_id}
    fields = {m["source"]: set(m) for m in details["payment_methods"].values()}
    assert fields["credit_card"] == {"source", "id", "brand", "last_four"}
    assert fields["gift_card"] == {"source", "id", "balance"}
    assert fields["paypal"] == {"source", "id"}
    assert "no such user" in refusal(environment, "get_user_details", user_id="nobody_1")


def test_order_details_have_the_documented_shape(environment):
    order = an_order("delivered", lambda o: len(o.items) > 1)
    details = answer(environment, "get_order_details", order_id=order.order_id)
    assert set(details) == {"order_id", "user_id", "address", "items", "fulfillments", "status", "payment_history"}
    assert set(details["items"][0]) == {"name", "product_id", "item_id", "price", "options"}
    assert [i["item_id"] for i in details["items"]] == [i.item_id for i in order.items]
    assert set(details["fulfillments"][0]) == {"tracking_id", "item_ids"}
    packed = [item_id for parcel in details["fulfillments"] for item_id in parcel["item_ids"]]
    assert sorted(packed) == sorted(i.item_id for i in order.items)
    assert set(details["payment_history"][0]) == {"transaction_type", "amount", "payment_method_id"}
    assert details["payment_history"][0]["amount"] == order.payments[0].amount_cents / 100


def test_order_ids_are_completed(environment):
    order = an_order("pending")
    whole = run(environment, "get_order_details", order_id=order.order_id).content
    for form in (order.order_id[1:], f" {order.order_id} ", order.order_id.lower(), "# " + order.order_id[1:]):
        assert run(environment, "get_order_details", order_id=form).content == whole
    assert not run(environment, "cancel_pending_order", order_id=order.order_id[1:], reason="no longer needed").is_error


def test_product_details_have_the_documented_shape(environment):
    types = answer(environment, "list_all_product_types")
    assert types == {p.name: p.product_id for p in world().products.values()}
    assert list(types) == sorted(types)
    product_id = types["Desk Lamp"]
    details = answer(environment, "get_product_details", product_id=product_id)
    assert (details["name"], details["product_id"]) == ("Desk Lamp", product_id)
    for item_id, variant in details["variants"].items():
        assert variant.keys() == {"item_id", "options", "available", "price"}
        assert variant["price"] == world().variants[item_id].price_cents / 100
    assert "no such product" in refusal(environment, "get_product_details", product_id="1")


def test_thinking_and_calculating_change_nothing(environment):
    assert run(environment, "think", thought="hm").content == ""
    assert run(environment, "calculate", expression="2 * (3.5 + 1)").content == "9"
    assert "too large" in refusal(environment, "calculate", expression="999999999 * 999999999")
    assert environment.changes() == ()

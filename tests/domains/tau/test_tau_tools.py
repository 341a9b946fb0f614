"""The tools answer as the benchmark's do: data and texts below were worked out by hand from its behaviour."""

import json
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.core.types import ToolCall
from tarl_app.domains.tau.environment import TauEnvironment
from tarl_app.domains.tau.tools.airline import AIRLINE
from tarl_app.domains.tau.tools.arithmetic import calculated
from tarl_app.domains.tau.tools.retail import RETAIL
from tarl_app.domains.tau.world import Base, World, copied
from tests.domains.tau.copies import DATA

AIRPORTS = {"SFO": "San Francisco", "DEN": "Denver", "JFK": "New York"}
SHOP, AIR = Base(DATA["retail"]), Base(DATA["airline"], {"airports": AIRPORTS})
ADA, CY = "ada_north_1001", "cy_west_2001"
CARD, GIFT, CASH = "credit_card_0000013", "gift_card_0000011", "certificate_0000012"
ME = [{"first_name": "Cy", "last_name": "West", "dob": "1990-01-01"}]


def shop(world: World, name: str, **arguments: Any) -> str:
    return RETAIL.call(world, name, arguments)


def air(world: World, name: str, **arguments: Any) -> str:
    return AIRLINE.call(world, name, arguments)


def booking(**other: Any) -> dict[str, Any]:
    flights = [{"flight_number": "HAT003", "date": "2024-05-20"}]
    paid = [{"payment_id": CASH, "amount": 100}]
    trip = {"user_id": CY, "origin": "SFO", "destination": "JFK", "flight_type": "one_way", "cabin": "economy"}
    bags = {"total_baggages": 0, "nonfree_baggages": 0, "insurance": "no"}
    return {**trip, "flights": flights, "passengers": ME, "payment_methods": paid, **bags, **other}


# --- data -----------------------------------------------------------------------------------------------------------------


def as_tuples(value: Any) -> Any:
    """The definition, once more and in another way."""
    if isinstance(value, dict):
        return tuple(sorted(((key, as_tuples(one)) for key, one in value.items()), key=lambda pair: pair[0]))
    return tuple(as_tuples(one) for one in value) if isinstance(value, list) else value


@pytest.mark.parametrize(("kind", "base"), [("retail", SHOP), ("airline", AIR)])
def test_the_hash_is_that_of_all_data_as_sorted_tuples(kind: str, base: Base) -> None:
    assert World(base).digest() == sha256(str(as_tuples(DATA[kind])).encode()).hexdigest()


def test_a_change_changes_the_hash_and_the_shared_data_stays() -> None:
    before, world = copied(DATA["retail"]), World(SHOP)
    shop(world, "cancel_pending_order", order_id="#W0000001", reason="no longer needed")
    whole = {name: dict(table) for name, table in world.tables.items()}
    assert world.digest() == sha256(str(as_tuples(whole)).encode()).hexdigest() != World(SHOP).digest()
    assert DATA["retail"] == before
    assert {change.table for change in world.changes()} == {"orders", "users"}


def test_a_change_that_is_taken_back_is_none() -> None:
    world = World(SHOP)
    place = DATA["retail"]["users"][ADA]["address"]
    assert shop(world, "modify_user_address", user_id=ADA, **(place | {"city": "Elsewhere"}))
    assert world.changed()
    shop(world, "modify_user_address", user_id=ADA, **place)
    assert (world.changed(), world.changes()) == ({}, ())
    assert world.digest() == World(SHOP).digest()


def test_one_is_not_one_point_zero() -> None:
    whole, part = World(AIR), World(AIR)
    air(whole, "send_certificate", user_id=CY, amount=50)
    air(part, "send_certificate", user_id=CY, amount=50.0)
    assert whole.digest() != part.digest()
    assert whole.changed() != part.changed()


# --- the shop -------------------------------------------------------------------------------------------------------------


def test_cancelling_credits_the_gift_card_at_once() -> None:
    world = World(SHOP)
    order = json.loads(shop(world, "cancel_pending_order", order_id="#W0000001", reason="ordered by mistake"))
    assert (order["status"], order["cancel_reason"]) == ("cancelled", "ordered by mistake")
    assert [one["transaction_type"] for one in order["payment_history"]] == ["payment", "refund"]
    assert world["users"][ADA]["payment_methods"]["gift_card_0000001"]["balance"] == 37.2


def test_a_difference_is_not_rounded_in_a_modification_but_in_an_exchange() -> None:
    world = World(SHOP)
    items = {"item_ids": ["71"], "new_item_ids": ["72"]}
    made = json.loads(
        shop(world, "modify_pending_order_items", order_id="#W0000001", **items, payment_method_id="credit_card_0000002")
    )
    assert made["payment_history"][-1]["amount"] == 30.3 - 10.1 != 20.2
    assert made["status"] == "pending (item modified)"
    made = json.loads(
        shop(world, "exchange_delivered_order_items", order_id="#W0000002", **items, payment_method_id="gift_card_0000001")
        .removeprefix("Error: ")
        .replace("insufficient gift card balance to pay for the price difference", "{}")
    )
    assert made == {}
    made = json.loads(
        shop(world, "exchange_delivered_order_items", order_id="#W0000002", **items, payment_method_id="credit_card_0000002")
    )
    assert made["exchange_price_difference"] == 20.2


@pytest.mark.parametrize(
    ("name", "arguments", "answer"),
    [
        ("get_order_details", {"order_id": "W1"}, "Error: order not found"),
        ("get_order_details", {"order_id": ["#W0000001"]}, "Error: unhashable type: 'list'"),
        ("get_order_details", {}, "Error: GetOrderDetails.invoke() missing 1 required positional argument: 'order_id'"),
        (
            "cancel_pending_order",
            {},
            "Error: CancelPendingOrder.invoke() missing 2 required positional arguments: 'order_id' and 'reason'",
        ),
        (
            "think",
            {"thought": "", "data": 1},
            "Error: tau_bench.envs.retail.tools.think.Think.invoke() got multiple values for keyword argument 'data'",
        ),
        ("fly", {}, "Unknown action fly"),
        ("cancel_pending_order", {"order_id": "#W0000004", "reason": "x"}, "Error: non-pending order cannot be cancelled"),
        ("cancel_pending_order", {"order_id": "#W0000001", "reason": "x"}, "Error: invalid reason"),
        ("find_user_id_by_email", {"email": "BO@example.COM"}, "bo_south_1002"),
        ("find_user_id_by_email", {"email": 5}, "Error: 'int' object has no attribute 'lower'"),
        ("find_user_id_by_name_zip", {"first_name": "ada", "last_name": "NORTH", "zip": "90001"}, ADA),
        ("find_user_id_by_name_zip", {"first_name": "ada", "last_name": "NORTH", "zip": 90001}, "Error: user not found"),
        ("list_all_product_types", {}, '{"Mat": "800", "Teapot": "700"}'),
        ("transfer_to_human_agents", {"summary": ""}, "Transfer successful"),
        (
            "modify_pending_order_payment",
            {"order_id": "#W0000003", "payment_method_id": "gift_card_0000001"},
            "Error: insufficient gift card balance to pay for the order",
        ),
        (
            "modify_pending_order_payment",
            {"order_id": "#W0000003", "payment_method_id": "credit_card_0000002"},
            "Error: the new payment method should be different from the current one",
        ),
        (
            "return_delivered_order_items",
            {"order_id": "#W0000002", "item_ids": ["71"] * 3, "payment_method_id": "credit_card_0000002"},
            "Error: some item not found",
        ),
        (
            "modify_pending_order_items",
            {
                "order_id": "#W0000003",
                "item_ids": ["72"],
                "new_item_ids": ["73"],
                "payment_method_id": "credit_card_0000002",
            },
            "Error: new item 73 not found or available",
        ),
        (
            "modify_pending_order_items",
            {"order_id": "#W0000003", "item_ids": [None], "new_item_ids": [], "payment_method_id": "x"},
            "Error: None not found",
        ),
    ],
)
def test_the_shop_answers_word_for_word(name: str, arguments: dict[str, Any], answer: str) -> None:
    world = World(SHOP)
    assert RETAIL.call(world, name, arguments) == answer
    assert world.digest() == World(SHOP).digest()


def test_what_fails_halfway_stays_half_done() -> None:
    tables = copied(DATA["retail"])
    paid = {"transaction_type": "payment", "amount": 5, "payment_method_id": "gift_card_9999999"}
    tables["orders"]["#W0000001"]["payment_history"].append(paid)
    world = World(Base(tables))
    assert (
        shop(world, "cancel_pending_order", order_id="#W0000001", reason="no longer needed") == "Error: 'gift_card_9999999'"
    )
    assert {(change.table, change.column) for change in world.changes()} == {("users", "payment_methods")}


# --- the airline ----------------------------------------------------------------------------------------------------------


def test_a_booking_uses_up_a_certificate_and_no_seat() -> None:
    world = World(AIR)
    made = json.loads(air(world, "book_reservation", **booking()))
    assert (made["reservation_id"], made["flights"][0]["price"]) == ("HATHAT", 100)
    assert CASH not in world["users"][CY]["payment_methods"]
    assert world["users"][CY]["reservations"] == ["AAAAAA", "HATHAT"]
    assert not world["flights"].own
    assert air(world, "get_reservation_details", reservation_id="HATHAT") == json.dumps(made)


def test_only_three_bookings_have_ids_of_their_own() -> None:
    world = World(AIR)
    paid = [{"payment_id": CARD, "amount": 100}]
    made = [json.loads(air(world, "book_reservation", **booking(payment_methods=paid))) for _ in range(4)]
    assert [one["reservation_id"] for one in made] == ["HATHAT", "HATHAU", "HATHAV", "HATHAV"]


@pytest.mark.parametrize(
    ("other", "answer"),
    [
        ({"user_id": "x"}, "Error: user not found"),
        ({"flights": [{"flight_number": "X", "date": "2024-05-20"}]}, "Error: flight X not found"),
        ({"flights": [{"flight_number": "HAT003"}]}, "Error: 'date'"),
        (
            {"flights": [{"flight_number": "HAT003", "date": "2024-05-22"}]},
            "Error: flight HAT003 not found on date 2024-05-22",
        ),
        (
            {"flights": [{"flight_number": "HAT003", "date": "2024-05-21"}]},
            "Error: flight HAT003 not available on date 2024-05-21",
        ),
        ({"passengers": ME * 6}, "Error: not enough seats on flight HAT003"),
        (
            {"insurance": "yes", "nonfree_baggages": 1},
            "Error: payment amount does not add up, total price is 180, but paid 100",
        ),
        ({"payment_methods": [{"payment_id": CASH, "amount": 101}]}, f"Error: not enough balance in payment method {CASH}"),
        ({"payment_methods": [{"payment_id": "x", "amount": 1}]}, "Error: payment method x not found"),
    ],
)
def test_a_booking_is_refused_word_for_word(other: dict[str, Any], answer: str) -> None:
    world = World(AIR)
    assert air(world, "book_reservation", **booking(**other)) == answer
    assert not world.changed()


def test_a_connection_shows_the_seats_of_the_first_day_and_may_leave_on_the_next() -> None:
    found = json.loads(air(World(AIR), "search_onestop_flight", origin="SFO", destination="JFK", date="2024-05-20"))
    trips = [[(leg["flight_number"], leg["date"]) for leg in trip] for trip in found]
    assert trips == [
        [("HAT001", "2024-05-20"), ("HAT002", "2024-05-20")],
        [("HAT004", "2024-05-20"), ("HAT002", "2024-05-21")],
        [("HAT004", "2024-05-20"), ("HAT005", "2024-05-21")],
    ]
    assert found[1][1]["prices"]["economy"] == 100  # it is 120 on the day of that flight
    assert air(World(AIR), "search_onestop_flight", origin=["SFO"], destination="JFK", date=5) == "[]"
    wrong = air(World(AIR), "search_onestop_flight", origin="SFO", destination="JFK", date=5)
    assert wrong == "Error: 'int' object is not subscriptable"


def test_flights_that_stay_keep_their_price_in_the_same_cabin_alone() -> None:
    kept = [{"flight_number": "HAT001", "date": "2024-05-20"}]
    asked = {"reservation_id": "AAAAAA", "flights": kept, "payment_id": GIFT}
    world = World(AIR)
    made = json.loads(air(world, "update_reservation_flights", cabin="economy", **asked))
    assert (made["flights"][0]["price"], len(made["payment_history"])) == (90, 1)
    made = json.loads(air(world, "update_reservation_flights", cabin="basic_economy", **asked))
    assert made["payment_history"][-1] == {"payment_id": GIFT, "amount": -40}
    assert made["cabin"] == "economy"  # as in the benchmark, which changes flights and prices alone
    assert world["users"][CY]["payment_methods"][GIFT]["amount"] == 170
    refused = air(world, "update_reservation_flights", cabin="business", **(asked | {"payment_id": CASH}))
    assert refused == "Error: certificate cannot be used to update reservation"


def test_further_changes_of_reservations() -> None:
    world = World(AIR)
    bags = {"reservation_id": "AAAAAA", "total_baggages": 3, "payment_id": GIFT}
    assert air(world, "update_reservation_baggages", nonfree_baggages=3, **bags) == "Error: gift card balance is not enough"
    assert json.loads(air(world, "update_reservation_baggages", nonfree_baggages=2, **bags))["nonfree_baggages"] == 2
    assert world["users"][CY]["payment_methods"][GIFT]["amount"] == 30
    wrong = air(world, "update_reservation_passengers", reservation_id="AAAAAA", passengers=[])
    assert wrong == "Error: number of passengers does not match"
    made = json.loads(air(world, "cancel_reservation", reservation_id="AAAAAA"))
    assert [one["amount"] for one in made["payment_history"]] == [90, 100, -90, -100]
    assert air(world, "get_reservation_details", reservation_id="x") == "Error: user not found"
    sent = [air(world, "send_certificate", user_id=CY, amount=1) for _ in range(4)]
    assert sent[0] == f"Certificate certificate_3221322 added to user {CY} with amount 1."
    assert sent[3].startswith("Error: ")


# --- the calculator -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("2 + 2", "4.0"),
        ("  7 // 2 * 1.5", "4.5"),
        ("2 ** -1", "0.5"),
        ("1/3", "0.33"),
        ("-(-3)", "3.0"),
        ("1 / 0", "Error: division by zero"),
        ("2(3)", "Error: 'int' object is not callable"),
        ("(*1)", "Error: cannot use starred expression here (<string>, line 1)"),
        ("two", "Error: invalid characters in expression"),
        ("", "Error: invalid syntax (<string>, line 0)"),
        ("()", "Error: float() argument must be a string or a real number, not 'tuple'"),
        ("9**9**9**9", "Error: int too large to convert to float"),
        ("9**99999*9**99999", "Error: int too large to convert to float"),
        ("+".join(["1"] * 500), "500.0"),
        ([], "Error: eval() arg 1 must be a string, bytes or code object"),
    ],
)
def test_the_calculator_says_what_python_says(expression: Any, answer: str) -> None:
    assert calculated(expression) == answer


@given(st.text("0123456789+-*/(). ", max_size=12))
def test_the_calculator_always_answers(expression: str) -> None:
    answer = calculated(expression)
    assert answer.startswith("Error: ") or float(answer) is not None


# --- the environment ------------------------------------------------------------------------------------------------------


def call(name: str, **arguments: Any) -> ToolCall:
    return ToolCall(id="1", name=name, arguments=arguments)


def test_an_environment_ends_with_a_transfer() -> None:
    environment = TauEnvironment(SHOP, RETAIL)
    assert not environment.call(call("get_user_details", user_id=ADA)).is_error
    assert environment.call(call("get_user_details", user_id="x")).is_error
    assert environment.call(call("nothing")).is_error
    assert not environment.call(call("transfer_to_human_agents", summary="x")).is_error
    assert environment.transferred
    assert environment.call(call("think", thought="")).is_error
    environment.close()
    assert environment.changes() == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("kind", ["retail", "airline"])
@given(data=st.data())
def test_no_call_raises_or_reaches_what_is_shared(kind: str, data: st.DataObject) -> None:
    base, tools = (SHOP, RETAIL) if kind == "retail" else (AIR, AIRLINE)
    before, world = copied(DATA[kind]), World(base)
    known = [*DATA[kind]["users"], "#W0000001", "AAAAAA", "71", "72", GIFT, CARD, "economy", "SFO", "2024-05-20"]
    for _ in range(3):
        tool = data.draw(st.sampled_from(tools.specs))
        names = [*tool.parameters["properties"]]
        arguments = {name: data.draw(st.sampled_from(known) | JSON) for name in data.draw(st.permutations(names))}
        assert isinstance(tools.call(world, tool.name, arguments), str)
    assert DATA[kind] == before

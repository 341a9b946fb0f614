"""Terse results: short, nothing lost that a conversation needs, never an exception."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tarl_app.agents.omni.prompt.compact_results import compact
from tarl_app.core.types import ToolCall
from tarl_app.domains import load_domain

ORDER = {
    "order_id": "#W1",
    "address": {"address1": "1 Elm Street", "address2": "", "zip": "12345"},
    "items": [{"name": "Mug", "item_id": "77", "price": 9.5, "options": {"color": "blue", "lid": "no"}}],
    "fulfillments": [{"tracking_id": ["555555"], "item_ids": ["77"]}],
    "status": "pending",
}
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


def test_an_object_becomes_lines() -> None:
    assert compact(json.dumps(ORDER)).splitlines() == [
        "order_id #W1",
        "address 1 Elm Street, 12345",
        "items: 1",
        "name Mug, item_id 77, price 9.5, color blue, lid no",
        "fulfillments: 1",
        "555555",
        "status pending",
    ]


def test_after_a_write_only_top_level_values_stay() -> None:
    assert compact(json.dumps(ORDER), changed=True) == "order_id #W1\nstatus pending"


def test_keyed_objects_become_rows_that_end_with_their_key_and_begin_with_what_people_say() -> None:
    variants = {"variants": {"123": {"item_id": "123", "available": True, "price": 5, "options": {"size": "XL"}}}}
    assert compact(json.dumps(variants)) == "variants: 1, available 1\nsize XL, available, price 5, 123"


def test_a_table_counts_its_rows_and_every_yes() -> None:
    rows = {"5": {"available": False, "gift": True}, "6": {"available": False, "gift": True}}
    assert compact(json.dumps({"variants": rows})).splitlines() == [
        "variants: 2, available 0, gift 2",
        "not available, gift, 5",
        "not available, gift, 6",
    ]


def test_a_key_that_one_row_needs_stands_in_all_rows() -> None:
    rows = [{"colour": "red", "material": "bamboo"}, {"colour": "green", "material": "ceramic"}]
    assert compact(json.dumps({"mugs": rows})).splitlines()[1:] == ["colour red, bamboo", "colour green, ceramic"]


def test_plain_text_and_other_json_stay_as_they_are() -> None:
    for content in ("mei_kovacs_1234", "165.58", "Error: no", "[1, 2]", "{broken"):
        assert compact(content) == content


@given(st.dictionaries(st.text(max_size=8), values, max_size=5), st.booleans())
def test_no_object_raises(body: dict[str, object], changed: bool) -> None:
    assert isinstance(compact(json.dumps(body), changed), str)


def test_real_results_are_less_than_half_as_long_and_keep_every_id_and_price() -> None:
    domain = load_domain("retail")
    environment = domain.open()
    order = next(fact for task in domain.tasks("train") for fact in task.gold if "order_id" in fact.arguments)
    call = ToolCall(id="a", name="get_order_details", arguments={"order_id": order.arguments["order_id"]})
    result = environment.call(call)
    body, short = json.loads(result.content), compact(result.content)
    assert len(short) < 0.6 * len(result.content)
    for item in body["items"]:
        assert item["item_id"] in short
        assert item["product_id"] in short
        assert str(item["price"]) in short

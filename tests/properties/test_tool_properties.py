"""Tools answer anything at all, and calculate is bounded."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tarl_app.core.types import ToolCall, ToolResult
from tarl_app.domains import load_domain
from tarl_app.domains.retail.world import template, world
from tarl_app.sandbox.tools.calculator import calculate

RETAIL = load_domain("retail")
ORDERS = list(world().orders)[:200]
ITEMS = list(world().variants)[:200]
METHODS = [m.payment_method_id for user in list(world().users.values())[:100] for m in user.payment_methods]

# Lone surrogates included: a model's tokens can decode to them.
wild_text = st.text(st.characters(), max_size=30)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | wild_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(wild_text, inner, max_size=3),
    max_leaves=6,
)
plausible: dict[str, st.SearchStrategy[Any]] = {
    "order_id": st.sampled_from(ORDERS),
    "item_ids": st.lists(st.sampled_from(ITEMS), max_size=4),
    "new_item_ids": st.lists(st.sampled_from(ITEMS), max_size=4),
    "payment_method_id": st.sampled_from(METHODS),
    "user_id": st.sampled_from(list(world().users)[:100]),
    "zip": st.sampled_from(["78701", "00000"]),
    "reason": st.sampled_from(["no longer needed", "ordered by mistake", "bored"]),
}


@st.composite
def calls(draw: st.DrawFn) -> ToolCall:
    """Any call of a real tool, with each argument right, wrong, missing or of another type."""
    tool = draw(st.sampled_from(RETAIL.tools))
    arguments: dict[str, Any] = {}
    for name in tool.parameters["properties"]:
        match draw(st.integers(0, 9)):
            case 0:
                continue
            case 1:
                arguments[name] = draw(anything)
            case _:
                arguments[name] = draw(plausible.get(name, wild_text))
    if draw(st.integers(0, 9)) == 0:
        arguments[draw(st.text(min_size=1, max_size=8))] = draw(anything)
    return ToolCall(id="1", name=tool.name, arguments=arguments)


@settings(max_examples=150, deadline=None)
@given(st.lists(calls(), min_size=1, max_size=5))
def test_no_call_raises_and_a_refused_one_changes_nothing(many: list[ToolCall]):
    with RETAIL.open() as environment:
        for call in many:
            before = environment.changes()
            result = environment.call(call)
            assert ToolResult.model_validate_json(result.model_dump_json()) == result
            assert result.is_error == result.content.startswith("Error: ")
            assert len(result.content) < 20_000
            if result.is_error or not RETAIL.writes(call.name):
                assert environment.changes() == before
            else:
                json.loads(result.content)


@settings(max_examples=60, deadline=None)
@given(calls())
def test_any_call_can_be_normalised(call: ToolCall):
    assert RETAIL.normalise(call) == RETAIL.normalise(call.model_copy(deep=True))


@given(st.sampled_from(ORDERS), st.permutations(ITEMS[:3]), st.permutations(ITEMS[3:6]))
def test_two_swaps_that_pair_the_same_items_are_the_same(order_id: str, old: list[str], new: list[str]):
    def swap(order_id: str, pairs: list[tuple[str, str]]) -> dict[str, Any]:
        olds, news = [a for a, _ in pairs], [b for _, b in pairs]
        arguments = {"order_id": order_id, "item_ids": olds, "new_item_ids": news, "payment_method_id": METHODS[0]}
        return RETAIL.normalise(ToolCall(id="1", name="exchange_delivered_order_items", arguments=arguments))

    pairs = list(zip(old, new, strict=True))
    assert swap(order_id, pairs) == swap(order_id[1:].lower(), pairs[::-1])
    crossed = list(zip(old, [*new[1:], new[0]], strict=True))
    assert swap(order_id, pairs) != swap(order_id, crossed)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=20), st.dictionaries(st.text(max_size=10), anything, max_size=4))
def test_an_unknown_tool_with_any_arguments_is_refused(name: str, arguments: dict[str, Any]):
    with RETAIL.open() as environment:
        if RETAIL.tool(name) is None:
            assert environment.call(ToolCall(id="1", name=name, arguments=arguments)).is_error


@settings(max_examples=6, deadline=None)
@given(st.lists(calls(), min_size=1, max_size=4))
def test_the_template_is_never_written(many: list[ToolCall]):
    image = template().image
    with RETAIL.open() as environment:
        for call in many:
            environment.call(call)
    assert template().image == image
    fresh = template().open()
    assert template().dump(fresh) == template().rows
    fresh.close()


def test_arguments_nested_a_thousand_deep_are_refused():
    deep: Any = "x"
    for _ in range(1000):
        deep = [deep]
    with RETAIL.open() as environment:
        assert environment.call(ToolCall(id="1", name="get_order_details", arguments={"order_id": deep})).is_error


# --- calculate ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3", "7"),
        ("0.1 + 0.2", "0.3"),
        ("-(4 - 6) / 3", "0.67"),
        ("$1,234.50 * 2", "2469"),
        ("2 ** 10", "1024"),
        ("10 ** -1", "0.1"),
        ("100", "100"),
        ("1e3", "1000"),
        ("0 * -1", "0"),
        (" 54.04 - 46.23 ", "7.81"),
        ("2.675 * 100", "267.5"),
    ],
)
def test_arithmetic_is_exact_to_the_cent(expression: str, value: str):
    assert calculate(expression) == value


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "9**9**9",
        "9**9**9**9",
        "2 ** 0.5",
        "(10**12)**12",
        "1/0",
        "0 ** -1",
        "1e999",
        "1e400 - 1e400",
        "10**15 * 10",
        "1" * 201,
        "(" * 100 + ")" * 100,
        "-" * 199 + "1",
        "+".join(["1"] * 100),
        "__import__('os').system('true')",
        "abs(1)",
        "[1][0]",
        "'a' * 3",
        "True + 1",
        "1j",
        "x",
        "1, 2",
        "1 if 1 else 2",
        "lambda: 1",
        "1 // 2",
        "1 << 60",
        "\0",
        "\ud800",
    ],
)
def test_everything_but_small_arithmetic_is_refused(expression: str):
    with pytest.raises(ValueError, match=r"expression|exponent|number"):
        calculate(expression)


@given(st.text("0123456789+-*/(). eE$,_", max_size=60))
def test_any_arithmetic_text_gives_a_number_or_is_refused(expression: str):
    try:
        value = calculate(expression)
    except ValueError:
        return
    assert abs(float(value)) <= 10**15


@given(st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6))
def test_sums_of_integers_are_right(a: int, b: int):
    assert calculate(f"{a} + {b}") == str(a + b)

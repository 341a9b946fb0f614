import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.core.domain.labels import PLAIN
from tarl_app.core.types import Goal, Task, ToolCall, ToolResult
from tarl_app.domains import DOMAINS, labels_of, load_domain
from tarl_app.ui import example, words


def test_every_tool_of_a_domain_has_words() -> None:
    for name in DOMAINS:
        assert {tool.name for tool in load_domain(name).tools} == {*load_domain(name).labels.tools}


def test_every_task_is_offered_once_under_a_label_of_its_own() -> None:
    tasks = load_domain("retail").tasks("dev")
    choices = words.task_choices(tasks)
    assert {identifier for _, identifier in choices} == {task.id for task in tasks}
    assert len({label for label, _ in choices}) == len(tasks)
    assert all("_" not in label and len(label) < 140 for label, _ in choices)


@given(st.text(max_size=300), st.integers(5, 80))
def test_shortened_text_is_one_line_within_its_limit(text: str, limit: int) -> None:
    short = words.shorten(text, limit)
    assert len(short) <= limit
    assert short == " ".join(short.split())


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=20), lambda inner: st.lists(inner, max_size=4))
)
def test_any_result_of_a_tool_reads_as_one_line(value: object) -> None:
    line = words.result_words(ToolResult(call_id="c", name="t", content=json.dumps(value)), PLAIN)
    assert "\n" not in line
    assert len(line) <= 160


def test_a_refusal_is_told_without_its_prefix() -> None:
    assert (
        words.result_words(ToolResult(call_id="c", name="t", content="Error: no such order", is_error=True), PLAIN)
        == "no such order"
    )


def test_a_call_is_told_in_words_with_its_arguments() -> None:
    title, given = words.call_words(
        ToolCall(id="c", name="get_order_details", arguments={"order_id": "#W1"}), labels_of("retail")
    )
    assert (title, given) == ("Opened the order", "#W1")


def test_a_tool_that_nobody_named_is_told_by_its_name() -> None:
    assert words.call_words(ToolCall(id="c", name="feed_the_cat"), labels_of("retail"))[0] == "Feed the cat"


def test_a_domain_that_declares_no_labels_reads_well_all_the_same() -> None:
    task = Task(
        id="x-dev-000",
        domain="a domain of another installation",
        split="dev",
        kind="late_return",
        instruction="Bring a book back.",
        facts={"name": "Ada King"},
        goals=(Goal(kind="return_book"), Goal(kind="transfer")),
    )
    assert words.task_choices([task]) == [("Late return · Return book, then speak to a person · Ada King", "x-dev-000")]


def test_what_a_call_came_to_is_told_in_words_of_the_domain() -> None:
    found = example.load()
    assert found is not None
    assert words.outcome(found.after.episode) == "order cancelled, $794.54 back"
    assert words.outcome(found.before.episode).startswith("The order #W9878621 was not cancelled")


@pytest.mark.parametrize(
    ("domain", "name", "arguments", "answer", "told"),
    [
        (
            "retail",
            "return_delivered_order_items",
            {"item_ids": ["1"]},
            {"items": [{"item_id": "1", "price": 20.5}, {"item_id": "2", "price": 9}]},
            "one item to be returned, $20.50 back",
        ),
        (
            "retail",
            "exchange_delivered_order_items",
            {"item_ids": ["1", "2"]},
            {"exchange_price_difference": 3.0},
            "2 items to be exchanged, $3.00 more",
        ),
        (
            "airline",
            "cancel_reservation",
            {},
            {"payment_history": [{"amount": 99.0}, {"amount": -99.0}]},
            "trip cancelled, $99.00 back",
        ),
        ("airline", "update_reservation_baggages", {"total_baggages": 2}, {}, "2 bags"),
        ("airline", "get_user_details", {}, {}, ""),
    ],
)
def test_each_write_has_its_words(
    domain: str, name: str, arguments: dict[str, object], answer: dict[str, object], told: str
) -> None:
    assert labels_of(domain).outcome(ToolCall(id="c", name=name, arguments=arguments), answer) == told


@given(st.sampled_from(["retail", "airline"]), st.dictionaries(st.text(max_size=8), st.none() | st.text() | st.integers()))
def test_odd_answers_of_tools_have_words_too(domain: str, answer: dict[str, object]) -> None:
    labels = labels_of(domain)
    for name in labels.tools:
        assert isinstance(labels.outcome(ToolCall(id="c", name=name, arguments=answer), answer), str)

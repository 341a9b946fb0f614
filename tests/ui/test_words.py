import json

from hypothesis import given
from hypothesis import strategies as st

from tarl_app.core.types import ToolCall, ToolResult
from tarl_app.domains import load_domain
from tarl_app.ui import words


def test_every_tool_of_the_domain_has_words() -> None:
    assert {tool.name for tool in load_domain("retail").tools} == set(words.TOOLS)


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
    line = words.result_words(ToolResult(call_id="c", name="t", content=json.dumps(value)))
    assert "\n" not in line
    assert len(line) <= 160


def test_a_refusal_is_told_without_its_prefix() -> None:
    assert (
        words.result_words(ToolResult(call_id="c", name="t", content="Error: no such order", is_error=True))
        == "no such order"
    )


def test_a_call_is_told_in_words_with_its_arguments() -> None:
    title, given = words.call_words(ToolCall(id="c", name="get_order_details", arguments={"order_id": "#W1"}))
    assert (title, given) == ("Opened the order", "#W1")


def test_a_tool_that_nobody_named_is_told_by_its_name() -> None:
    assert words.call_words(ToolCall(id="c", name="feed_the_cat"))[0] == "Feed the cat"

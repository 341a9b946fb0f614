import json

from hypothesis import given
from hypothesis import strategies as st

from tarl_app.core.domain.labels import PLAIN
from tarl_app.core.types import Goal, Task, ToolCall, ToolResult
from tarl_app.domains import DOMAINS, labels_of, load_domain
from tarl_app.ui import words


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

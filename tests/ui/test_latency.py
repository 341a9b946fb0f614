"""Latency of a turn and of a call."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.core.types import AgentTurn, Episode, Task, Timing, ToolCall, ToolResult, ToolTurn, Turn, UserTurn
from tarl_app.ui.latency import bar, parts, responses, table

CALL = ToolCall(id="c", name="calculate", arguments={})
RESULT = ToolResult(call_id="c", name="calculate", content="2")
HEARD = Timing(hearing=0.4, first_token=0.5, total=0.8, tokens=9)
SPOKEN = Timing(first_token=0.1, total=2.0, voice=0.7, tokens=20)


def an_episode(*turns: Turn) -> Episode:
    task = Task(id="t", domain="retail", split="free", kind="free", instruction="Ask.")
    return Episode(id="e", task=task, agent="a", user="human", turns=turns)


def test_a_spoken_turn_lasts_until_its_first_sound() -> None:
    assert parts(SPOKEN) == [("first token", 0.1), ("first sound", pytest.approx(0.6))]


def test_a_turn_with_calls_lasts_until_their_results() -> None:
    assert parts(HEARD, 0.05) == [
        ("hearing", 0.4),
        ("first token", pytest.approx(0.1)),
        ("writing", pytest.approx(0.3)),
        ("tools", 0.05),
    ]


def test_the_bar_tells_each_part_in_words_too() -> None:
    html = bar(HEARD, 0.05)
    assert 'aria-label="0.9 s: hearing 0.40 s, first token 0.10 s, writing 0.30 s, tools 0.05 s, 9 tokens"' in html
    assert html.count("<i ") == 4
    assert bar(None) == ""


@given(st.builds(Timing, **dict.fromkeys(("hearing", "first_token", "total", "voice"), st.none() | st.floats(0, 100))))
def test_no_part_is_negative(timing: Timing) -> None:
    assert all(seconds >= 0 for _, seconds in parts(timing))


def test_an_answer_with_calls_before_it_counts_as_one_response() -> None:
    turns = (
        UserTurn(text="Two?"),
        AgentTurn(tool_calls=(CALL,), timing=HEARD),
        ToolTurn(results=(RESULT,), seconds=0.05),
        AgentTurn(text="Two.", timing=SPOKEN),
        UserTurn(text="And?"),
        AgentTurn(text="No.", timing=SPOKEN),
        UserTurn(text="Hello?"),
    )
    assert responses(an_episode(*turns)) == [pytest.approx(0.85 + 0.7), pytest.approx(0.7)]
    html = table(an_episode(*turns))
    assert '<tr><th scope="row">until it is heard</th><td>1.12</td><td>1.51</td><td>2</td></tr>' in html
    assert "hearing</th><td>0.40</td><td>0.40</td><td>1</td>" in html


def test_without_an_answer_there_are_no_percentiles() -> None:
    assert "<table" not in table(an_episode(UserTurn(text="Hello?")))

"""What a dozen kinds of servers answer means the same turn, whole and streamed."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tarl_app.agents.chat import ChatAgent
from tarl_app.core.types import AgentTurn, UserTurn
from tarl_app.domains import load_domain
from tarl_app.llm import LLM, RawCall
from tarl_app.llm.answers.tool_calls import Calls, arguments_of
from tests.world.hostile_endpoint import CALLED, SAID, SERVERS, chunk, hostile, streamed, whole

RETAIL = load_domain("retail")
HELLO = (UserTurn(text="Where is my order?"),)
ASK = [{"role": "user", "content": "Hello"}]
MEANT = (SAID, CALLED, None)


def meaning(turn: AgentTurn) -> tuple[Any, ...]:
    return turn.text, tuple((call.name, call.arguments) for call in turn.tool_calls), turn.malformed


@pytest.mark.parametrize("name", SERVERS)
def test_every_server_says_and_calls_the_same(name: str):
    with hostile(SERVERS[name]) as server:
        agent = ChatAgent(LLM(server.endpoint(attempts=3)), RETAIL)
        for _ in range(2):  # the second time with what was found out about it
            said: list[str] = []
            turn = agent.reply(HELLO, said.append)
            assert meaning(turn) == MEANT
            assert "".join(said) in (SAID, SAID[:10])  # a stream that broke off is not said twice


@pytest.mark.parametrize("name", SERVERS)
def test_and_so_it_does_when_it_is_asked_for_a_whole_answer(name: str):
    with hostile(SERVERS[name]) as server:
        answer = LLM(server.endpoint()).ask(ASK, tools=[{"function": {"name": name}} for name, _ in CALLED])
        assert answer.text.startswith(SAID)
        if answer.calls:
            assert [(call.name, arguments_of(call.arguments)) for call in answer.calls] == list(CALLED)
        assert "stream" not in server.requests[0]


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (None, {}),
        ("", {}),
        (" ", {}),
        ("null", {}),
        ("{}", {}),
        ({"a": 1}, {"a": 1}),
        ('"{\\"a\\": 1}"', {"a": 1}),
        ('{"a": "one\ntwo"}', {"a": "one\ntwo"}),
        ('{"a": "\\ud83d"}', {"a": "\ufffd"}),
        ('{"a": "\\ud83d\\ude00"}', {"a": "\U0001f600"}),
        (5, None),
        ([1], None),
        (False, None),
        ("[1]", None),
        ("{", None),
        ('{"a": Infinity}', None),
        ('{"a": ' + "[" * 100 + "]" * 100 + "}", None),
        ("[" * 100_000, None),
    ],
)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_arguments_are_an_object_or_a_call_that_is_sent_back_to_the_model(arguments: Any, meant: Any, stream: bool):
    call = {"index": 0, "id": "c", "function": {"name": "think", "arguments": arguments}}
    message = {"content": None, "tool_calls": [call]}
    answer = streamed(chunk(message), chunk({}, "tool_calls")) if stream else whole(message)
    with hostile(lambda body: answer) as server:
        turn = ChatAgent(LLM(server.endpoint()), RETAIL).reply(HELLO)
    assert [one.arguments for one in turn.tool_calls] == ([] if meant is None else [meant])
    assert (turn.malformed is not None) == (meant is None)
    assert AgentTurn.model_validate_json(turn.model_dump_json()) == turn


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, ""),
        ([], ""),
        (5, "5"),
        (0.5, "0.5"),
        ({"type": "text", "text": "Hi"}, "Hi"),
        ([{"type": "text", "text": "Hi"}, " there"], "Hi there"),
        ([{"type": "output_text", "text": {"value": "Hi"}}], "Hi"),
        ([{"type": "redacted_thinking", "data": "x"}, {"type": "text", "text": "Hi"}], "Hi"),
        ([{"type": "reasoning", "text": "hm"}, {"type": "text", "text": "Hi"}], "Hi"),
        ([{"type": "image_url", "image_url": {"url": "x"}}, {"type": "text", "text": None}], ""),
        ("\ud83d\ude00 and \ud83d", "\U0001f600 and \ufffd"),
    ],
)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_text_is_read_whatever_it_is_wrapped_in(content: Any, text: str, stream: bool):
    message = {"role": "assistant", "content": content}
    answer = streamed(chunk(message), chunk({}, "stop")) if stream else whole(message)
    with hostile(lambda body: answer) as server:
        assert LLM(server.endpoint()).ask(ASK, on_text=(lambda piece: None) if stream else None).text == text


def test_a_sign_whose_halves_come_apart_is_one_sign_in_the_stream():
    said: list[str] = []
    answer = streamed(chunk({"content": "a\ud83d"}), chunk({"content": "\ude00b\ud83d"}), chunk({}, "stop"))
    with hostile(lambda body: answer) as server:
        text = LLM(server.endpoint()).ask(ASK, on_text=said.append).text
    assert text == "a\U0001f600b\ufffd"
    "".join(said).encode()


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"prompt_tokens": 7, "completion_tokens": 2}, (7, 2)),
        ({"prompt_tokens": "7", "completion_tokens": 2.0}, (7, 2)),
        ({"input_tokens": 7, "output_tokens": 2}, (7, 2)),
    ],
)
def test_usage_is_read_as_number_or_text(usage: Any, tokens: tuple[int, int]):
    with hostile(lambda body: whole({"content": "Hi"}, usage=usage)) as server:
        used = LLM(server.endpoint()).ask(ASK).usage
    assert (used.input_tokens, used.output_tokens, used.estimated) == (*tokens, False)


@pytest.mark.parametrize("odd", [None, "many", [], {}, -1, 1e300, True, {"value": 3}, "NaN"])
def test_usage_that_is_none_is_estimated(odd: Any):
    usage = {"prompt_tokens": odd, "completion_tokens": 2, "cost": odd if odd != 1e300 else -5}
    with hostile(lambda body: whole({"content": "Hi"}, usage=usage)) as server:
        used = LLM(server.endpoint(input_usd=1.0)).ask(ASK).usage
    assert used.estimated
    assert 0 < used.input_tokens < 100
    assert 0 < used.cost_usd < 0.001


def made(*given: dict[str, Any]) -> list[tuple[str, str]]:
    calls = Calls(("a", "b"))
    for piece in given:
        calls.add(piece)
    return [(call.name, call.arguments) for call in calls.whole]


def piece(name: str | None, arguments: Any, **more: Any) -> dict[str, Any]:
    return {"function": {"name": name, "arguments": arguments}, **more}


class TestPieces:
    """What is another call, and what goes on."""

    def test_a_new_id_is_a_new_call_even_with_the_same_number_name_and_no_arguments(self):
        assert made(piece("a", "", index=0, id="x"), piece("a", "", index=0, id="y")) == [("a", ""), ("a", "")]

    def test_pieces_of_two_calls_in_turns_go_to_their_own(self):
        turns = [
            piece("a", '{"x"', id="x"),
            piece("b", '{"y"', id="y"),
            piece(None, ": 1}", id="x"),
            piece("", ": 2}", id="y"),
        ]
        assert made(*turns) == [("a", '{"x": 1}'), ("b", '{"y": 2}')]

    def test_an_id_that_comes_late_belongs_to_the_call(self):
        assert made(piece("a", "", index=0), piece(None, "{}", index=0, id="x")) == [("a", "{}")]

    def test_a_name_in_pieces_is_one_name(self):
        assert made(piece("get_", None, index=0, id="x"), piece("order", "{}", index=0)) == [("get_order", "{}")]

    def test_the_whole_call_once_more_is_not_another(self):
        assert made(*[piece("a", '{"x": 1}', index=0, id="x")] * 2) == [("a", '{"x": 1}')]

    def test_another_call_with_the_same_id_is_another(self):
        assert len(made(piece("a", '{"x": 1}', index=0, id="x"), piece("a", '{"x": 2}', index=0, id="x"))) == 2

    def test_without_numbers_and_ids_another_name_is_another_call(self):
        assert made(piece("a", None), piece("b", None), piece("b", "{}")) == [("a", ""), ("b", "{}")]

    @settings(max_examples=60)
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["id", "index", "function", "name", "arguments"]), inner)
            ),
            max_leaves=6,
        )
    )
    def test_anything_is_a_piece(self, thing: Any):
        calls = Calls(("a",))
        calls.add({"function": {"name": "a", "arguments": "{"}})
        calls.add(thing)
        assert all(isinstance(call, RawCall) for call in calls.whole)
        json.dumps([call.arguments for call in calls.whole], ensure_ascii=False).encode()

"""Endpoints that cannot stream are asked for whole answers, and are remembered not to fail each time."""

import json
from typing import Any

import pytest

from tarl_app import wiring_llm
from tarl_app.core.errors import LLMError
from tarl_app.llm import LLM
from tests.world.hostile_endpoint import PLAIN, SAID, Played, chunk, hostile, streamed, talk, whole

ASK = [{"role": "user", "content": "Hello"}]


def ask(llm: LLM) -> str:
    said: list[str] = []
    assert llm.ask(ASK, on_text=said.append).text == SAID
    return "".join(said)


def refusing(status: int, error: Any) -> Any:
    body = json.dumps({"error": error}).encode()
    return lambda asked: Played(body, status=status) if asked.get("stream") else whole({"content": SAID})


REFUSALS = [
    refusing(500, {"code": 500, "message": "Cannot use tools with stream", "type": "server_error"}),
    refusing(400, {"message": "Streaming is not supported by this model", "param": "stream"}),
    refusing(422, "stream: Input should be false"),
    refusing(501, {"message": "this model doesn't support streaming"}),
    refusing(200, {"message": "stream=true is unsupported"}),
    refusing(400, "Only non-streaming requests are accepted"),
]
SILENT = [
    lambda asked: streamed(done=False, first=": hello\n\n") if asked.get("stream") else whole({"content": SAID}),
    lambda asked: streamed() if asked.get("stream") else whole({"content": SAID}),
    lambda asked: streamed(chunk({"role": "assistant"})) if asked.get("stream") else whole({"content": SAID}),
]


@pytest.mark.parametrize("player", [*REFUSALS, *SILENT], ids=range(len(REFUSALS) + len(SILENT)))
def test_it_is_asked_again_without_a_stream_once_and_from_then_on_at_once(player: Any):
    with hostile(player) as server:
        llm = LLM(server.endpoint(attempts=1))
        assert [ask(llm) for _ in range(3)] == [SAID] * 3
        assert [bool(body.get("stream")) for body in server.requests] == [True, False, False, False]
        assert "stream_options" not in server.requests[-1]


def test_an_endpoint_that_only_refuses_stream_options_goes_on_streaming():
    def player(body: dict[str, Any]) -> Played:
        if "stream_options" in body:
            return Played(b'{"error": {"message": "Unrecognized request argument: stream_options"}}', status=400)
        return streamed(*talk(SAID), chunk({}, "stop"))

    with hostile(player) as server:
        llm = LLM(server.endpoint(attempts=1))
        assert ask(llm) == ask(llm) == SAID
        assert all(body["stream"] for body in server.requests)


@pytest.mark.parametrize(
    "answer",
    [
        whole({"content": SAID}),
        Played(whole({"content": SAID}).body, "text/event-stream"),
        streamed(*talk(SAID)),
        streamed(*talk(SAID), chunk({}, "")),
        streamed(*talk(SAID), chunk({}, "stop"), done=False),
    ],
    ids=["plain JSON", "plain JSON named a stream", "[DONE] alone", "an empty reason", "a reason alone"],
)
def test_what_can_be_read_as_it_came_is_not_asked_for_again(answer: Played):
    with hostile(lambda body: answer) as server:
        assert ask(LLM(server.endpoint(attempts=1))) == SAID
        assert len(server.requests) == 1


def test_a_stream_that_breaks_off_twice_is_followed_by_whole_answers():
    def player(body: dict[str, Any]) -> Played:
        return streamed(*talk(SAID)[:2], done=False) if body.get("stream") else whole({"content": SAID})

    with hostile(player) as server:
        llm = LLM(server.endpoint(attempts=3))
        assert llm.ask(ASK, on_text=lambda piece: None).text == SAID
        assert ask(llm) == SAID
        assert [bool(body.get("stream")) for body in server.requests] == [True, True, False, False]


def test_one_that_breaks_off_once_goes_on_streaming():
    answers = [streamed(*talk(SAID)[:2], done=False), *[streamed(*talk(SAID), chunk({}, "stop"))] * 2]
    with hostile(lambda body: answers.pop(0)) as server:
        llm = LLM(server.endpoint(attempts=3))
        assert llm.ask(ASK, on_text=lambda piece: None).text == SAID
        assert ask(llm) == SAID
        assert all(body["stream"] for body in server.requests)


def test_an_error_behind_an_unsupported_stream_is_shown_in_the_end():
    with hostile(lambda body: streamed() if body.get("stream") else Played(b'{"error": "out of memory"}')) as server:
        with pytest.raises(LLMError, match="out of memory"):
            LLM(server.endpoint(attempts=2)).ask(ASK, on_text=lambda piece: None)
        assert [bool(body.get("stream")) for body in server.requests] == [True, False, False]


def test_what_is_known_of_a_model_is_shared_by_all_who_ask_it_and_by_nobody_else():
    with hostile(SILENT[0]) as server:
        endpoint = server.endpoint()
        assert ask(wiring_llm.model("agent", endpoint=endpoint)) == SAID
        again = wiring_llm.model("agent", endpoint=server.endpoint())
        assert "stream" in again.habits.left_out
        assert not wiring_llm.model("agent", endpoint=server.endpoint(model="other")).habits.left_out
        assert endpoint.api_key.get_secret_value() not in repr(again.habits)


def test_tool_calls_of_a_whole_answer_are_read_where_a_stream_was_wanted():
    with hostile(lambda body: whole(PLAIN)) as server:
        answer = LLM(server.endpoint()).ask(ASK, on_text=lambda piece: None)
    assert len(answer.calls) == 2

"""An answer that cannot be read is one failed request, in words; it is never an exception of another kind."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tarl_app.agents.chat import ChatAgent
from tarl_app.conversation import Conversation
from tarl_app.core.errors import AgentError, LLMError
from tarl_app.core.types import AgentTurn, StopReason, UserTurn
from tarl_app.domains import load_domain
from tarl_app.evaluation.evaluate import EvaluationConfig, Parts, evaluate
from tarl_app.judges.llm import LLMJudge
from tarl_app.judges.reference.judge import ReferenceJudge
from tarl_app.llm import LLM, Habits
from tarl_app.users.llm import LLMUser
from tarl_app.users.scripted import ScriptedUser
from tests.world.hostile_endpoint import END, PLAIN, SAID, STREAM, Hostile, Played, calls, chunk, hostile, streamed, whole

RETAIL = load_domain("retail")
TASK = RETAIL.tasks("dev")[0]
HELLO = (UserTurn(text="Where is my order?"),)
ASK = [{"role": "user", "content": "Hello"}]


def an_error(body: Any, status: int = 200) -> Played:
    return Played(json.dumps(body).encode(), status=status)


WORD = "the model is on holiday"
ERRORS = {
    "openai": {"error": {"message": WORD, "type": "server_error", "code": None}},
    "a text": {"error": WORD},
    "choices are null": {"id": "c", "choices": None, "usage": {"prompt_tokens": 0}, "error": {"message": WORD, "code": 502}},
    "inside of the choice": {
        "choices": [{"error": {"message": WORD}, "finish_reason": "error", "message": {"content": ""}}]
    },
    "in another error": {"error": {"code": 400, "metadata": {}, "error": {"message": WORD}}},
    "vllm of old": {"object": "error", "message": WORD, "type": "NotFoundError", "code": 404},
    "anthropic": {"type": "error", "error": {"type": "overloaded_error", "message": WORD}},
    "minimax": {"choices": None, "usage": {"total_tokens": 0}, "base_resp": {"status_code": 1004, "status_msg": WORD}},
    "a code and a text": {"code": 1261, "msg": WORD},
    "fastapi": {"detail": [{"loc": ["body", "messages"], "msg": WORD, "type": "value_error"}]},
    "a flag": {"error": True, "message": WORD},
    "a list": {"errors": [{"message": WORD}]},
}


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize("how", ["whole", "as JSON where a stream was wanted", "in the stream"])
def test_an_error_in_an_answer_with_a_good_status_is_shown(name: str, how: str):
    in_stream = streamed(*[chunk({"content": "He"}), ERRORS[name]])
    with hostile(lambda body: in_stream if how == "in the stream" else an_error(ERRORS[name])) as server:
        with pytest.raises(LLMError, match=WORD):
            LLM(server.endpoint()).ask(ASK, on_text=None if how == "whole" else lambda piece: None)
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("code", "asked"), [(401, 1), ("invalid_api_key", 1), (400, 1), (502, 3), (429, 3), (None, 3)], ids=str
)
def test_such_an_error_is_tried_again_only_where_that_may_help(code: Any, asked: int):
    with hostile(lambda body: an_error({"error": {"message": WORD, "code": code}})) as server:
        with pytest.raises(LLMError, match=WORD):
            LLM(server.endpoint(attempts=3)).ask(ASK)
        assert len(server.requests) == asked


def test_a_key_that_an_error_quotes_is_not_shown():
    error = {"error": {"message": "bad key sk-odd-12345678", "code": 401}}
    with hostile(lambda body: an_error(error)) as server, pytest.raises(LLMError) as caught:
        LLM(server.endpoint()).ask(ASK)
    assert "sk-odd" not in str(caught.value)


UNREADABLE = {
    "no body": Played(b""),
    "null": Played(b"null"),
    "a number": Played(b"5"),
    "half a body": Played(whole(PLAIN).body[:40]),
    "a page": Played(b"<html><title>Sign in</title></html>", "text/html"),
    "choices missing": Played(b'{"id": "c"}'),
    "choices null": Played(b'{"choices": null}'),
    "choices empty": Played(b'{"choices": []}'),
    "choices of nothing": Played(b'{"choices": [null, 1, "x"]}'),
    "choices a text": Played(b'{"choices": "none"}'),
    "no message": Played(b'{"choices": [{"index": 0}]}'),
    "message null": whole(None),
    "message a list": whole([PLAIN]),
    "text is a flag": whole({"content": True}),
    "text of numbers": whole({"content": [1, 2]}),
    "too many calls": whole({"tool_calls": calls() * 100}),
    "brackets without end": Played(b"[" * 200_000),
    "numbers without end": Played(b'{"choices": ' + b"9" * 10_000 + b"}"),
    "bytes": Played(bytes(range(256))),
    "packed wrongly": Played(b"\x1f\x8b\x08 no gzip", headers={"content-encoding": "gzip"}),
    "broken off": Played(b'{"choices"', headers={"content-length": "500", "connection": "close"}),
    "moved to nowhere": Played(b"", status=307, headers={"location": "http://[::1"}),
    "moved to a name too long": Played(b"", status=307, headers={"location": f"http://{'a' * 80}.localhost/v1"}),
    "moved in circles": Played(b"", status=307, headers={"location": "/v1/chat/completions"}),
    "larger than allowed": Played(b'{"a": "' + b"x" * (17 * 1024 * 1024)),
    "an odd status": Played(b"teapot", status=418),
    "a refusal that is a page": Played(b"<html><title>502 Bad Gateway</title></html>", "text/html", 502),
    "a refusal of brackets": Played(b"[" * 200_000, status=500),
    "a refusal without words": Played(b"{}", status=400),
}
STREAMED = {
    "broken JSON": streamed('data: {"choices"'),
    "numbers": streamed(1, 2, 3),
    "a text that is a flag": streamed(chunk({"content": True})),
    "no end": streamed(chunk({"content": "He"}), done=False),
    "a page": streamed("data: <html>"),
    "calls without end": streamed(*[chunk({"tool_calls": [{"index": n, "function": {"name": "a"}}]}) for n in range(100)]),
    "bytes": Played(b"data: \xff\xfe\n\n", "text/event-stream"),
    "not even that": Played(b"data:\n\n" * 50, "text/event-stream"),
}


@pytest.mark.parametrize("name", [*UNREADABLE, *STREAMED])
def test_what_cannot_be_read_is_a_failed_request_in_words(name: str):
    played = {**UNREADABLE, **STREAMED}[name]
    with hostile(lambda body: played) as server:
        llm, said = LLM(server.endpoint()), []
        with pytest.raises(LLMError) as plain:
            llm.ask(ASK)
        with pytest.raises(AgentError) as streaming:
            ChatAgent(llm, RETAIL).reply(HELLO, said.append)
    for text in (str(plain.value), str(streaming.value)):
        assert text.startswith("odd at http://127.0.0.1")
        assert "Error" not in text.replace("Internal Server Error", "")
        assert len(text) < 600


# --- any value in any place -----------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["0", "{}", "null"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["content", "text", "name", "id"]), inner),
    max_leaves=5,
)
BODY = json.loads(whole(PLAIN, usage={"prompt_tokens": 9, "completion_tokens": 3, "cost": 0.1}).body)
CHUNKS = [STREAM[0], *STREAM[-7:], chunk({}, usage={"prompt_tokens": 9, "completion_tokens": 3})]


def places(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield here
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*here, key))


def changed(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    """The same with another value, or none at all, in one place."""
    if not place:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    if len(place) == 1 and new is ...:
        del copy[place[0]]
    else:
        copy[place[0]] = changed(copy[place[0]], place[1:], new)
    return copy


@pytest.fixture(scope="module")
def server() -> Iterator[Hostile]:
    with hostile(lambda body: whole(PLAIN)) as up:
        yield up


@settings(max_examples=80)
@given(st.sampled_from(list(places(BODY))[1:]), JSON | st.just(...), st.booleans())
@example(("choices", 0, "message", "tool_calls", 0, "function", "arguments"), "null", False)
def test_any_value_in_any_place_of_an_answer(server: Hostile, place: tuple[Any, ...], new: Any, asks_stream: bool):
    played = Played(json.dumps(changed(BODY, place, new)).encode())
    server.player = lambda body: played
    answered(server, asks_stream)


@settings(max_examples=80)
@given(st.sampled_from([one for one in places(CHUNKS) if one]), JSON | st.just(...))
def test_any_value_in_any_place_of_a_stream(server: Hostile, place: tuple[Any, ...], new: Any):
    played = streamed(*changed(CHUNKS, place, new))
    server.player = lambda body: played
    answered(server, True)


def answered(server: Hostile, asks_stream: bool) -> None:
    """A turn that can be stored and sent, or the one error."""
    llm = LLM(server.endpoint(), habits=Habits({"stream", "stream_options"} if not asks_stream else set()))
    said: list[str] = []
    try:
        turn = ChatAgent(llm, RETAIL).reply(HELLO, said.append)
    except AgentError as error:
        str(error).encode()
        return
    assert AgentTurn.model_validate_json(turn.model_dump_json()) == turn
    "".join(said).encode()


# --- a whole evaluation ---------------------------------------------------------------------------------------------------

ODD = [
    whole({"content": True}),
    streamed(chunk({"content": [3]})),
    Played(b'{"error": "gone"}'),
    Played(b"\xff"),
    whole({"content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": SAID}]}),
    whole({"tool_calls": calls(lambda given: given)}),
    whole({"tool_calls": calls(lambda given: "null")}),
    whole(
        {"tool_calls": [{"function": {"name": "cancel_pending_order", "arguments": {"order_id": 10**40, "reason": [[]]}}}]}
    ),
    whole({"tool_calls": [{"function": {"name": "calculate", "arguments": {"expression": "9**9**9"}}}, {"id": 3}, 5]}),
    whole({"content": "\ud83d and </think> \udc00 <tool_call>{"}),
    streamed(chunk({"tool_calls": [{"function": {"name": "think", "arguments": '{"thought": "\\ud83d"}'}}]}), END),
]


def test_an_evaluation_goes_on_whatever_the_endpoint_answers(tmp_path: Path):
    asked = iter(range(10_000))
    with hostile(lambda body: ODD[next(asked) % len(ODD)]) as server:
        llm = LLM(server.endpoint())
        config = EvaluationConfig(agent="chat:odd", limit=12, max_agent_turns=4)
        parts = Parts(
            RETAIL,
            lambda task, seed: ChatAgent(llm, RETAIL),
            lambda task, seed: ScriptedUser(task, RETAIL),
            ReferenceJudge(RETAIL),
        )
        done = evaluate(config, parts, tmp_path, workers=2)
    assert len(done.episodes) == 12
    failed = [one for one in done.episodes if one.stop is StopReason.FAILURE]
    assert failed
    assert len(failed) < 12
    assert all((one.failure or "").startswith("agent: odd at http://") for one in failed)
    assert (tmp_path / "status.json").read_text().count('"finished"') == 1


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_and_so_do_customers_and_judges_who_get_such_answers(odd: Played):
    with hostile(lambda body: odd) as server:
        llm = LLM(server.endpoint())
        agent = ChatAgent(llm, RETAIL)
        conversation = Conversation(
            TASK, RETAIL, agent, LLMUser(TASK, RETAIL, llm), LLMJudge(llm, RETAIL), max_agent_turns=2
        )
        with closing(conversation):
            episode = conversation.run()
    assert episode.stop in (StopReason.FAILURE, StopReason.USER_FAULT, StopReason.LIMIT)
    assert type(episode).model_validate_json(episode.model_dump_json()) == episode

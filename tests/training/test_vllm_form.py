"""What is asked of vLLM, and how its answers are read: the documented form, over HTTP."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import torch
from llguidance import LLMatcher

from tarl_app.agents.omni.decoding.batched_decoder import Wanted, banned_tokens
from tarl_app.agents.omni.model.checkpoint import LoadedOmni
from tarl_app.core.errors import LLMError
from tarl_app.training.remote.server_client import Asking, MissingAdapter, Server, Unreachable
from tests.agents.omni_parts import DIALOGUE, SHOP, tiny_loaded

MODELS = {
    "data": [
        {
            "id": "Qwen/Qwen2.5-Omni-7B",
            "owned_by": "vllm",
            "root": "Qwen/Qwen2.5-Omni-7B",
            "parent": None,
            "max_model_len": 9,
        },
        {"id": "run-000001-ab", "owned_by": "vllm", "root": "/runs/x", "parent": "Qwen/Qwen2.5-Omni-7B", "permission": []},
    ]
}


class Endpoint(ThreadingHTTPServer):
    """Answers with ``status`` and ``answer``, and keeps what it was asked."""

    def __init__(self, answer: Any, status: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer, self.status, self.asked = answer, status, list[tuple[str, Any]]()


class _Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        self._send(200, MODELS)

    def do_POST(self) -> None:
        self.server.asked.append((self.path, json.loads(self.rfile.read(int(self.headers["content-length"])))))
        self._send(self.server.status, self.server.answer)

    def _send(self, status: int, answer: Any) -> None:
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def answering(answer: Any, status: int = 200) -> Iterator[tuple[Server, Endpoint]]:
    endpoint = Endpoint(answer, status)
    thread = threading.Thread(target=endpoint.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    client = Server(f"http://127.0.0.1:{endpoint.server_address[1]}/v1/", 10.0)
    try:
        yield client, endpoint
    finally:
        client.close()
        endpoint.shutdown()
        endpoint.server_close()
        thread.join()


@pytest.fixture(scope="module")
def loaded() -> LoadedOmni:
    return tiny_loaded()


def wanted(loaded: LoadedOmni, sounds: torch.Tensor | None = None) -> Wanted:
    ids = loaded.template.render(DIALOGUE[:3], SHOP, reply=True).ids
    return Wanted(0, ids, ids, sounds, loaded.grammar.guide(SHOP, DIALOGUE[:3]), 7)


def completion(ids: list[int], **changes: Any) -> dict[str, Any]:
    named = {"tokens": [f"token_id:{token}" for token in ids], "token_logprobs": [-0.5] * len(ids), "top_logprobs": []}
    return {"id": "x", "choices": [{"index": 0, "text": "?", "token_ids": ids, "logprobs": named, **changes}], "usage": {}}


@pytest.mark.parametrize("changes", [{}, {"token_ids": None}])
def test_a_call_is_asked_for_with_a_grammar_and_read_from_ids(loaded: LoadedOmni, changes: dict[str, Any]) -> None:
    special, asking = loaded.tokenizer.special, Asking(loaded.tokenizer, 0.7, 80)
    call = loaded.template.agent(DIALOGUE[3])[:-1]  # pyright: ignore[reportArgumentType]
    one = wanted(loaded)
    with answering(completion(call, **changes)) as (client, endpoint):
        reply = client.complete("run-000001-ab", one, asking)
    assert reply.ids == [*call, special.im_end]
    assert reply.logprobs[0] == -0.5
    assert not any(reply.logprobs[1:])  # in the call they are of the allowed tokens only
    ((path, body),) = endpoint.asked
    assert path == "/v1/completions"
    assert (body["model"], body["prompt"], body["seed"]) == ("run-000001-ab", list(one.ids), 7)
    assert (body["temperature"], body["top_p"], body["max_tokens"]) == (0.7, 1.0, 80)
    assert body["stop_token_ids"] == [special.im_end, special.call_close]
    assert {int(token) for token in body["logit_bias"]} == {*banned_tokens(loaded.tokenizer)}
    matcher = LLMatcher(loaded.grammar.tokens, LLMatcher.grammar_from_lark(body["structured_outputs"]["grammar"]))
    assert matcher.try_consume_tokens(call) == len(call)


def test_a_greedy_reply_is_asked_for_at_temperature_0(loaded: LoadedOmni) -> None:
    one = wanted(loaded)
    one.greedy = True
    with answering(completion(loaded.template.agent(DIALOGUE[3])[:-1])) as (client, endpoint):  # pyright: ignore[reportArgumentType]
        client.complete("run-000001-ab", one, Asking(loaded.tokenizer, 0.7, 80))
    assert [body["temperature"] for _, body in endpoint.asked] == [0.0]


def test_words_keep_their_log_probabilities(loaded: LoadedOmni) -> None:
    ids = [*loaded.tokenizer.encode("Which one?"), loaded.tokenizer.special.im_end]
    with answering(completion(ids)) as (client, _):
        reply = client.complete("a", wanted(loaded), Asking(loaded.tokenizer, 1.0, 80))
    assert (reply.ids, reply.logprobs) == (ids, [-0.5] * len(ids))
    assert all(reply.chosen)


def test_sounds_are_not_sent_to_vllm(loaded: LoadedOmni) -> None:
    with answering(completion([5])) as (client, endpoint), pytest.raises(LLMError, match="takes no sounds"):
        client.complete("a", wanted(loaded, torch.zeros(1, 32)), Asking(loaded.tokenizer, 1.0, 80))
    assert endpoint.asked == []


@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [
        (404, {"error": {"message": "The model `a` does not exist."}}, MissingAdapter),
        (500, {"error": {"message": "engine died"}}, Unreachable),
        (503, {}, Unreachable),
        (429, {}, Unreachable),
        (400, {"error": {"message": "maximum context length"}}, LLMError),
        (200, {"choices": []}, LLMError),
        (200, {"nothing": 1}, LLMError),
        (200, [], LLMError),
        (200, completion([5], logprobs=None), LLMError),
        (200, completion([5], logprobs={"tokens": ["a"], "token_logprobs": [None]}), LLMError),
        (200, completion([5, 6, 7], token_ids=[5, 6]), LLMError),
        (200, completion([]), LLMError),
    ],
)
def test_what_goes_wrong_is_told_apart(loaded: LoadedOmni, status: int, answer: Any, error: type[LLMError]) -> None:
    with answering(answer, status) as (client, _), pytest.raises(LLMError) as found:
        client.complete("a", wanted(loaded), Asking(loaded.tokenizer, 1.0, 80))
    assert type(found.value) is error


def test_an_adapter_that_is_there_already_is_no_error_and_any_other_refusal_is(tmp_path: Any) -> None:
    with answering({"message": "The lora adapter 'a' has already been loaded."}, 400) as (client, endpoint):
        client.load("a", tmp_path)
    assert endpoint.asked == [("/v1/load_lora_adapter", {"lora_name": "a", "lora_path": str(tmp_path)})]
    with answering({"message": "rank 64 is greater than max_lora_rank"}, 400) as (client, _), pytest.raises(LLMError):
        client.load("a", tmp_path)
    with answering({"message": "The lora adapter 'a' cannot be found."}, 404) as (client, _):
        client.unload("a")

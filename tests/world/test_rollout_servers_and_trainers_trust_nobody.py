"""Our rollout server refuses odd requests before it reads them; a trainer reads a foreign server's answers with care."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tarl_app.agents.omni.decoding.batched_decoder import Wanted
from tarl_app.agents.omni.serving.server import SHORT, RolloutServer, serving
from tarl_app.core.errors import ConfigError, LLMError
from tarl_app.training.configuration.config import parse_config
from tarl_app.training.remote.server_client import Asking, Server
from tarl_app.training.remote.server_pool import unreachable
from tests.agents.omni_parts import DIALOGUE, SHOP, tiny_loaded
from tests.agents.rollout_requests import send
from tests.world.hostile_endpoint import Hostile, Played, hostile


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RolloutServer]:
    made = RolloutServer(tiny_loaded(), "tiny", tmp_path_factory.mktemp("adapters"), "127.0.0.1", 0, 2)
    with serving(made) as up:
        yield up


class TestOurServer:
    @pytest.mark.parametrize("path", ["/health", "/v1/models", "/v1/completions"])
    def test_a_key_that_is_not_ascii_is_refused_and_any_other_will_do(self, server: RolloutServer, path: str):
        body = {"model": "tiny", "prompt": [1], "max_tokens": 1} if path.endswith("completions") else None
        status, answer = send(server, path, body, authorization="Bearer schl\u00fcssel")
        assert status == 401
        assert "key" in answer["error"]["message"]
        assert send(server, path, body, authorization="Bearer none")[0] == 200

    @pytest.mark.parametrize(
        ("path", "length", "status"),
        [
            ("/v1/load_lora_adapter", SHORT + 1, 413),
            ("/v1/unload_lora_adapter", SHORT + 1, 413),
            ("/v1/nothing", SHORT + 1, 413),
            ("/v1/completions", 10**9, 413),
            ("/v1/completions", "9" * 5000, 413),
            ("/v1/completions", "\u00b2", 411),
            ("/v1/completions", "-1", 411),
            ("/v1/completions", "", 411),
        ],
    )
    def test_a_request_that_is_too_long_is_refused_by_its_length_alone(
        self, server: RolloutServer, path: str, length: Any, status: int
    ):
        assert send(server, path, b"{}", **{"content-length": str(length)})[0] == status

    def test_what_a_request_may_need_fits(self, server: RolloutServer):
        sound = 4 * server.engine.loaded.thinker.lm_head.weight.shape[1] * server.engine.loaded.config.context
        assert sound * 4 / 3 < server.longest < 4 * sound

    @pytest.mark.parametrize("body", [b"", b"\xff", b"[" * 50_000, b'{"model": "\\ud83d"}', b"null"])
    def test_a_body_that_is_no_request_is_refused_in_words(self, server: RolloutServer, body: bytes):
        status, answer = send(server, "/v1/completions", body)
        assert status == 400
        assert answer["error"]["message"]


# --- the trainer's side ---------------------------------------------------------------------------------------------------

MODELS = {"data": [{"id": "base", "owned_by": "vllm", "root": "base", "parent": None, "max_model_len": 99}]}


@pytest.fixture(scope="module")
def vllm() -> Iterator[Hostile]:
    with hostile(lambda body: Played(b"")) as up:
        yield up


@pytest.fixture(scope="module")
def client(vllm: Hostile) -> Iterator[Server]:
    client = Server(vllm.endpoint().base_url, 5.0)
    vllm.player = lambda body: Played(json.dumps(MODELS).encode())
    client.models()
    yield client
    client.close()


Ask = Callable[[Played], list[int]]


@pytest.fixture(scope="module")
def reply(vllm: Hostile, client: Server, server: RolloutServer) -> Ask:
    """The tokens of the reply that a trainer takes this answer for."""
    loaded = server.engine.loaded
    asking, ids = Asking(loaded.tokenizer, 1.0, 8), loaded.template.render(DIALOGUE[:1], SHOP, reply=True).ids

    def ask(played: Played) -> list[int]:
        vllm.player = lambda body: played
        return client.complete("base", Wanted(0, ids, ids, None, loaded.grammar.guide(SHOP, DIALOGUE[:1]), 0), asking).ids

    return ask


def completion(server: RolloutServer, **changes: Any) -> dict[str, Any]:
    end = server.engine.loaded.tokenizer.special.im_end
    ids = [*server.engine.loaded.tokenizer.encode("Hello"), end]
    choice = {"token_ids": ids, "logprobs": {"tokens": ["?"] * len(ids), "token_logprobs": [-0.5] * len(ids)}}
    return {"id": "x", "choices": [{**choice, **changes}]}


def test_a_good_answer_is_read(reply: Ask, server: RolloutServer):
    answer = completion(server)
    assert reply(Played(json.dumps(answer).encode())) == answer["choices"][0]["token_ids"]


ODD: dict[str, dict[str, Any]] = {
    "a negative token": {"token_ids": [-1], "logprobs": {"token_logprobs": [-0.5]}},
    "a token beyond all": {"token_ids": [10**12], "logprobs": {"token_logprobs": [-0.5]}},
    "not a number": {"token_ids": [5], "logprobs": {"token_logprobs": [float("nan")]}},
    "never": {"token_ids": [5], "logprobs": {"token_logprobs": [float("-inf")]}},
    "more than certain": {"token_ids": [5], "logprobs": {"token_logprobs": [3.0]}},
    "tokens named by other digits": {
        "token_ids": None,
        "logprobs": {"tokens": ["token_id:\u00b2"], "token_logprobs": [-1.0]},
    },
    "more than was asked for": {"token_ids": [5] * 2000, "logprobs": {"token_logprobs": [-0.5] * 2000}},
    "text": {"token_ids": "5"},
    "null": {"token_ids": None, "logprobs": None},
}


@pytest.mark.parametrize("name", ODD)
def test_numbers_that_are_none_do_not_reach_the_training(reply: Ask, server: RolloutServer, name: str):
    with pytest.raises(LLMError, match=r"^http://127|grammar"):
        reply(Played(json.dumps(completion(server, **ODD[name])).encode()))


@pytest.mark.parametrize(
    ("played", "words"),
    [
        (Played(b'{"object": "error", "message": "no such model", "code": 404}'), "no such model"),
        (Played(b"<html>"), "cannot be read"),
        (Played(b"[" * 100_000), "cannot be read"),
        (Played(b'{"choices": null}'), "choices: Input should be"),
        (Played(b"\x1f\x8b\x08 no gzip", headers={"content-encoding": "gzip"}), "cannot be unpacked"),
        (Played(b'{"choices"', headers={"content-length": "500", "connection": "close"}), "cannot be reached"),
        (Played(b'{"error": {"message": "bad\\nrequest"}}', status=400), "400: bad request"),
        (Played(b"<html><title>Bad Gateway</title>", "text/html", 502), "502: Bad Gateway"),
    ],
)
def test_an_answer_of_another_kind_is_an_error_in_words(reply: Ask, played: Played, words: str):
    with pytest.raises(LLMError, match=words) as caught:
        reply(played)
    assert "\n" not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 10**20) | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=40)
@given(st.sampled_from(["token_ids", "logprobs", "finish_reason"]), JSON)
def test_any_value_in_any_field_is_a_reply_or_an_error(reply: Ask, server: RolloutServer, field: str, value: Any):
    answer = completion(server)
    good = answer["choices"][0]["token_ids"]
    answer["choices"][0][field] = value
    try:
        assert reply(Played(json.dumps(answer).encode())) == good
    except LLMError as error:
        str(error).encode()


@pytest.mark.parametrize(
    "url", ["http://[::1", "http://x:99999", "http://..", "ftp://x", "http://a b", f"http://{'a' * 70}"]
)
def test_addresses_that_are_none_are_named_in_a_run_file_and_harm_nobody_who_asks_them(url: str, tmp_path: Path):
    with pytest.raises(ConfigError, match="the address of a rollout server is no address") as caught:
        parse_config({"name": "x", "servers": {"urls": [url]}})
    assert "\n" not in str(caught.value)
    (said,) = unreachable([url])
    assert "cannot be reached" in said

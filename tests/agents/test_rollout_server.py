"""The rollout server: what it serves over HTTP, what it refuses, and that a reply is the one its model gives at hand."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from llguidance import LLMatcher

from tarl_app.agents.omni.decoding.batched_decoder import BatchedDecoder, Reply, Wanted
from tarl_app.agents.omni.decoding.call_schema import call_schema
from tarl_app.agents.omni.model.adapters import LoraSettings, Sampling, attach_lora
from tarl_app.agents.omni.model.checkpoint import LoadedOmni
from tarl_app.agents.omni.model.peft_files import CONFIG, WEIGHTS, adapter_digest, collect_pairs, read_peft, write_peft
from tarl_app.agents.omni.model.switch import Switch
from tarl_app.agents.omni.serving.completions import CompletionRequest, Sound
from tarl_app.agents.omni.serving.engine import Engine
from tarl_app.agents.omni.serving.server import RolloutServer, serving
from tarl_app.core.errors import AgentError, Cancelled, ConfigError, LLMError
from tarl_app.training.remote.server_client import Asking, Server, replayed
from tests.agents.omni_parts import CALL, DIALOGUE, SHOP, tiny_loaded
from tests.agents.rollout_requests import send

SAMPLING = Sampling(temperature=1.0, max_new_tokens=40)


def fond_of_calling(folder: Path | None = None) -> LoadedOmni:
    loaded = tiny_loaded(folder=folder)
    bias = torch.zeros(loaded.tokenizer.size)
    bias[loaded.tokenizer.special.call_open] = 6.0
    bias[loaded.tokenizer.encode('"')[0]] = 4.0  # strings end
    loaded.thinker.lm_head.register_forward_hook(lambda _module, _inputs, logits: logits + bias)
    return loaded


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RolloutServer]:
    folder = tmp_path_factory.mktemp("adapters")
    with serving(RolloutServer(fond_of_calling(), "tiny", folder, "127.0.0.1", 0, 4)) as up:
        yield up


def wanted(loaded: LoadedOmni, turns: Any, seed: int) -> Wanted:
    ids = loaded.template.render(turns, SHOP, reply=True).ids
    return Wanted(0, ids, ids, None, loaded.grammar.guide(SHOP, turns), seed)


def at_hand(loaded: LoadedOmni, one: Wanted) -> Reply:
    decoder = BatchedDecoder(loaded.thinker, loaded.tokenizer, 1, SAMPLING)
    decoder.want(one)
    while len(decoder):
        decoder.step()
    return one.reply


def test_a_reply_with_a_call_is_the_one_given_at_hand_and_so_is_what_was_chosen_in_it(server: RolloutServer) -> None:
    loaded = server.engine.loaded
    client, asking = Server(server.url, 60.0), Asking(loaded.tokenizer, 1.0, SAMPLING.max_new_tokens)
    calls = 0
    for seed in range(12):
        turns = DIALOGUE[: 1 + 2 * (seed % 2)]
        here = at_hand(loaded, wanted(loaded, turns, seed))
        there = client.complete("tiny", wanted(loaded, turns, seed), asking)
        assert (there.ids, there.chosen) == (here.ids, here.chosen)
        assert there.logprobs == pytest.approx(here.logprobs, abs=1e-5)
        calls += loaded.tokenizer.special.call_close in here.ids
    client.close()
    assert calls >= 3


def test_a_greedy_reply_is_the_same_by_any_seed_and_the_one_given_at_hand(server: RolloutServer) -> None:
    loaded = server.engine.loaded
    client, hot = Server(server.url, 60.0), Asking(loaded.tokenizer, 1.0, SAMPLING.max_new_tokens)

    def likely(seed: int) -> Wanted:
        one = wanted(loaded, DIALOGUE[:1], seed)
        one.greedy = True
        return one

    there = {tuple(client.complete("tiny", likely(seed), hot).ids) for seed in range(4)}
    sampled = {tuple(client.complete("tiny", wanted(loaded, DIALOGUE[:1], seed), hot).ids) for seed in range(4)}
    client.close()
    assert len(sampled) > 1
    assert there == {tuple(at_hand(loaded, likely(9)).ids)}


def test_a_call_that_was_opened_within_max_tokens_is_finished(server: RolloutServer) -> None:
    schema = call_schema(SHOP, DIALOGUE[:3])
    opening, closing = server.engine.loaded.tokenizer.special.call_open, server.engine.loaded.tokenizer.special.call_close
    ended: list[tuple[str, bool]] = []
    for seed in range(12):
        _, answer = send(server, "/v1/completions", request(server, max_tokens=2, seed=seed, call_schema=schema))
        (choice,) = answer["choices"]
        called = opening in choice["token_ids"]
        ended.append((choice["finish_reason"], called))
        assert (choice["token_ids"][-1] == closing) == called
        assert called or len(choice["token_ids"]) == answer["usage"]["completion_tokens"] <= 2
    assert {("stop", True), ("length", False)} <= set(ended)


def request(server: RolloutServer, **changes: Any) -> dict[str, Any]:
    ids = server.engine.loaded.template.render(DIALOGUE[:1], SHOP, reply=True).ids
    return {"model": "tiny", "prompt": ids, "max_tokens": 5, "seed": 1, "return_token_ids": True, "logprobs": 1, **changes}


def test_an_answer_has_the_form_of_openais_completions(server: RolloutServer) -> None:
    assert send(server, "/health") == (200, {})
    status, models = send(server, "/v1/models")
    assert (status, models["data"][0]["id"], models["data"][0]["owned_by"]) == (200, "tiny", "tarl-app")
    status, answer = send(server, "/v1/completions", request(server))
    (choice,) = answer["choices"]
    assert (status, answer["object"], choice["finish_reason"]) == (200, "text_completion", "length")
    assert len(choice["token_ids"]) == len(choice["logprobs"]["token_logprobs"]) == answer["usage"]["completion_tokens"] == 5
    assert choice["logprobs"]["tokens"][0] == f"token_id:{choice['token_ids'][0]}"
    _, bare = send(server, "/v1/completions", request(server, logprobs=None, return_token_ids=False))
    assert bare["choices"][0].keys() == {"index", "text", "finish_reason"}


@pytest.mark.parametrize(
    ("changes", "status", "message"),
    [
        ({"model": "other"}, 404, "does not exist"),
        ({"top_p": 0.9}, 400, "top_p"),
        ({"prompt": []}, 400, "prompt"),
        ({"prompt": "text"}, 400, "prompt"),
        ({"prompt": [10**6]}, 400, "Token ids are from 0"),
        ({"prompt": [-1]}, 400, "Token ids are from 0"),
        ({"max_tokens": 5000}, 400, "4096 fit"),
        ({"call_schema": {"type": 7}}, 400, "cannot guide decoding"),
        ({"sounds": [{"width": 8, "data": "%%%"}]}, 400, "cannot be read"),
        ({"sounds": [Sound.of(torch.zeros(2, 3)).model_dump()]}, 400, "wide"),
        ({"sounds": [Sound.of(torch.zeros(2, 32)).model_dump()]}, 400, "do not fit their places"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_words(
    server: RolloutServer, changes: dict[str, Any], status: int, message: str
) -> None:
    found, answer = send(server, "/v1/completions", request(server, **changes))
    assert (found, message in answer["error"]["message"]) == (status, True), answer
    assert send(server, "/v1/completions", request(server))[0] == 200  # and it goes on


def test_paths_and_bodies_that_make_no_sense_are_refused(server: RolloutServer) -> None:
    assert send(server, "/etc/passwd")[0] == 404
    assert send(server, "/v1/chat/completions", {})[0] == 404
    assert send(server, "/v1/completions", b"{not json")[0] == 400
    assert send(server, "/v1/completions", b"{}", **{"content-length": str(10**12)})[0] == 413


def adapter(folder: Path, seed: int = 0) -> tuple[LoadedOmni, dict[str, torch.Tensor]]:
    """A model with a trained LoRA, written to the folder."""
    loaded, entry = tiny_loaded(), LoraSettings(targets=r".*language_model.*\.(q_proj|down_proj)", rank=4, alpha=8.0)
    torch.manual_seed(seed)
    for parameter in attach_lora(loaded.thinker, (entry,)):
        torch.nn.init.normal_(parameter, std=0.3)
    tensors = collect_pairs(loaded.thinker)
    write_peft(folder, tensors, entry, "tiny")
    return loaded, tensors


def test_an_adapter_file_adds_what_the_trainer_computed(tmp_path: Path) -> None:
    tuned, tensors = adapter(tmp_path / "one")
    assert all(name.startswith("base_model.model.thinker.model.layers.") for name in tensors)
    assert json.loads((tmp_path / "one" / CONFIG).read_text())["target_modules"] == ["down_proj", "q_proj"]
    plain = tiny_loaded()
    before = at_hand(plain, wanted(plain, DIALOGUE, 3))
    Switch(plain.thinker).to((read_peft(tmp_path / "one", plain.thinker),))
    after, expected = (at_hand(one, wanted(one, DIALOGUE, 3)) for one in (plain, tuned))
    assert after.ids == expected.ids
    assert after.logprobs == pytest.approx(expected.logprobs, abs=1e-5)
    assert after.logprobs != pytest.approx(before.logprobs, abs=1e-2)


def test_adapters_have_different_digests(tmp_path: Path) -> None:
    (_, one), (_, same), (_, other) = adapter(tmp_path / "a"), adapter(tmp_path / "a"), adapter(tmp_path / "b", 1)
    assert adapter_digest(one) == adapter_digest(same) != adapter_digest(other)


def test_files_that_are_no_plain_lora_are_refused(tmp_path: Path) -> None:
    plain = tiny_loaded().thinker
    with pytest.raises(AgentError, match="no adapter that can be read"):
        read_peft(tmp_path, plain)
    adapter(tmp_path / "one")
    config = json.loads((tmp_path / "one" / CONFIG).read_text())
    (tmp_path / "one" / CONFIG).write_text(json.dumps(config | {"use_dora": True}))
    with pytest.raises(AgentError, match="DoRA"):
        read_peft(tmp_path / "one", plain)
    (tmp_path / "one" / CONFIG).write_text(json.dumps(config))
    (tmp_path / "one" / WEIGHTS).write_bytes(b"no safetensors")
    with pytest.raises(AgentError, match="no adapter that can be read"):
        read_peft(tmp_path / "one", plain)


def test_adapters_are_loaded_from_below_one_folder_under_free_names(tmp_path: Path) -> None:
    adapter(tmp_path / "inside" / "one")
    adapter(tmp_path / "outside")
    with serving(RolloutServer(tiny_loaded(), "tiny", tmp_path / "inside", "127.0.0.1", 0, 2)) as up:

        def load(name: str, path: Path) -> tuple[int, dict[str, Any]]:
            return send(up, "/v1/load_lora_adapter", {"lora_name": name, "lora_path": str(path)})

        for path in (tmp_path / "outside", tmp_path / "inside" / ".." / "outside"):
            status, answer = load("x", path)
            assert (status, "from below" in answer["error"]["message"]) == (400, True)
        assert load("one", tmp_path / "inside" / "one")[0] == 200
        assert "already been loaded" in load("one", tmp_path / "inside" / "one")[1]["error"]["message"]
        assert load("tiny", tmp_path / "inside" / "one")[0] == 400
        assert [one["id"] for one in send(up, "/v1/models")[1]["data"]] == ["tiny", "one"]
        assert send(up, "/v1/unload_lora_adapter", {"lora_name": "one"})[0] == 200
        assert send(up, "/v1/unload_lora_adapter", {"lora_name": "one"})[0] == 404


# --- the grammar of a whole reply, for vLLM -----------------------------------------------------------------------------


def test_the_grammar_for_other_servers_takes_text_and_possible_calls_alone() -> None:
    loaded = tiny_loaded()
    guide, special, encode = loaded.grammar.guide(SHOP, DIALOGUE[:3]), loaded.tokenizer.special, loaded.tokenizer.encode
    call = loaded.template.agent(DIALOGUE[3])[:-1]  # pyright: ignore[reportArgumentType]
    assert special.call_close in call

    def accepted(ids: list[int], grammar: str) -> bool:
        matcher = LLMatcher(loaded.grammar.tokens, LLMatcher.grammar_from_lark(grammar))
        return matcher.try_consume_tokens(ids) == len(ids) and matcher.is_accepting()

    assert accepted([*encode("It is\npending, café."), special.im_end], guide.whole_reply())
    assert accepted([*encode("One moment."), *call], guide.whole_reply())
    assert accepted(call, guide.whole_reply())
    unknown = [special.call_open, *encode('{"name": "fly", "arguments": {}}'), special.call_close]
    assert not accepted(unknown, guide.whole_reply())
    assert not accepted([special.audio_pad], guide.whole_reply())
    amounts = loaded.grammar.whole_reply(None, ["12.50", "3.00"])
    assert accepted(encode("That is $12.50 and $3.00."), amounts)
    assert not accepted(encode("That is $12.51."), amounts)
    nothing = loaded.grammar.whole_reply(None)
    assert accepted(encode("Hello."), nothing)
    assert not accepted(call, nothing)


def test_a_server_that_breaks_the_grammar_is_found_out() -> None:
    loaded = tiny_loaded()
    asking, special, encode = Asking(loaded.tokenizer, 1.0, 40), loaded.tokenizer.special, loaded.tokenizer.encode
    for ids in ([special.call_open, *encode('{"name": "fly"')], [special.audio_pad]):
        with pytest.raises(LLMError, match="broke the grammar"):
            replayed(loaded.grammar.guide(SHOP, DIALOGUE[:3]), ids, [-1.0] * len(ids), asking)


def test_in_calls_of_vllm_nothing_is_said_of_log_probabilities() -> None:
    loaded = tiny_loaded()
    ids = loaded.template.agent(DIALOGUE[3])[:-1]  # pyright: ignore[reportArgumentType]
    asking = Asking(loaded.tokenizer, 1.0, 80)
    exact, masked = (
        replayed(loaded.grammar.guide(SHOP, DIALOGUE[:3]), ids, [-1.0] * len(ids), asking, exact_in_calls=exact)
        for exact in (True, False)
    )
    assert exact.chosen == masked.chosen
    assert 1 < sum(exact.chosen) < len(ids)  # which tool, its argument; not the brackets
    assert masked.logprobs == [-1.0] + [0.0] * (len(ids) - 1)  # whether to call at all is no part of the call
    assert CALL.name in loaded.tokenizer.decode(ids)


# --- the command --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_command_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tarl_app", "serve-rollouts", "--base", "tiny-random", "--port", "0", "--json"]
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [*command, "--adapters", str(tmp_path)],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    try:
        assert process.stderr is not None
        line = next(line for line in process.stderr if "tiny-random on cpu at http://127.0.0.1:" in line)
        client = Server(line.split(" at ")[1].split(";")[0], 30.0)
        assert client.models()[0].id == "tiny-random"
        client.close()
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        assert json.loads(out)["base"] == "tiny-random"
    finally:
        process.kill()
        process.communicate()


def test_an_address_that_is_taken_is_told_in_words(server: RolloutServer, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Nothing can be served at"):
        RolloutServer(server.engine.loaded, "tiny", tmp_path, "127.0.0.1", server.server_address[1], 1)


def test_an_engine_that_is_closed_takes_nothing_more(tmp_path: Path) -> None:
    engine = Engine(tiny_loaded(), "tiny", 1, tmp_path)
    engine.close()
    with pytest.raises(Cancelled):
        engine.complete(CompletionRequest(model="tiny", prompt=(1,)))
    adapter(tmp_path / "one")
    with pytest.raises(Cancelled):
        engine.load("one", tmp_path / "one")
    engine.close()

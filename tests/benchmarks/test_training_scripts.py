"""The benchmarks of training in their smallest modes: they run and say what is documented; how fast is no matter here."""

import pytest

from tarl_app.agents.omni.model.adapters import TINY
from tests.benchmarks.scripts import call, run


@pytest.mark.slow  # importing TRL takes seconds
def test_a_training_step_is_compared_with_trls_in_speed_and_memory() -> None:
    found = run("training_step", "--size", "tiny", "--steps", "1", "--device", "cpu", "--vocabulary", "2000")
    assert found.keys() == {"speed_ratio", "memory_ratio", "size", "dtype", "ours", "trl"}
    assert found["ours"].keys() == found["trl"].keys() == {"tokens_per_second", "peak_bytes"}
    ours, trl = found["ours"], found["trl"]
    assert found["speed_ratio"] == ours["tokens_per_second"] / trl["tokens_per_second"] > 0
    assert found["memory_ratio"] == ours["peak_bytes"] / trl["peak_bytes"] > 0


@pytest.mark.slow
def test_a_training_forward_computes_what_its_peer_does() -> None:
    options = ("--model", TINY, "--rows", "2", "--beginning", "50", "--times", "1")
    found = run("training_forward", *options)
    assert found.keys() == {
        "ratio",
        "seconds",
        "peer_seconds",
        "mean_logprob",
        "peer_mean_logprob",
        "layers",
        "model",
        "tokens",
    }
    assert found["mean_logprob"] == pytest.approx(found["peer_mean_logprob"], rel=1e-4)


@pytest.mark.slow
def test_rollouts_are_compared_with_one_conversation_after_another() -> None:
    options = ("--conversations", "2", "--peer-conversations", "1", "--max-agent-turns", "2", "--max-new-tokens", "8")
    found = run("rollouts", "--model", TINY, *options)
    assert found.keys() == {
        "ratio",
        "guesses_ratio",
        "tokens_per_second",
        "unguessed_tokens_per_second",
        "peer_tokens_per_second",
        "model",
        "conversations",
        "agent_tokens",
        "peer_agent_tokens",
    }
    assert found["conversations"] == 2
    assert found["ratio"] == found["tokens_per_second"] / found["peer_tokens_per_second"] > 0


def test_the_memory_of_many_calls_is_compared_with_a_dense_cache() -> None:
    found = call("cache_memory", "--calls", "6", "--limit", "1500")
    assert found.keys() == {"ratio", "peak_ratio", "ours", "peer", "calls", "tokens", "longest"}
    assert (found["calls"], found["tokens"] < 6 * found["longest"]) == (6, True)
    for side in ("ours", "peer"):
        assert 0 < found[side]["bytes"] <= found[side]["peak"]


@pytest.mark.slow
def test_cuts_of_the_model_are_compared_with_the_whole() -> None:
    found = run("model_sizes", "--tiny", "--rounds", "1")
    assert found.keys() == {"threads", "sizes"}
    whole, *cuts = found["sizes"].values()
    assert (whole["train_ratio"], whole["reply_ratio"], len(cuts)) == (1, 1, 4)
    assert all(row.keys() == whole.keys() and row["parameters"] < whole["parameters"] for row in cuts)
    assert whole.keys() == {
        "parameters",
        "trained",
        "train_tokens_per_second",
        "reply_ms_per_token",
        "train_ratio",
        "reply_ratio",
    }

"""Whole runs whose replies come from servers."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tarl_app.agents.omni.serving.server import RolloutServer
from tarl_app.core.errors import ConfigError, LLMError
from tarl_app.core.protocols import UserSimulator
from tarl_app.core.types import Task
from tarl_app.training.configuration.config import Source, TrainConfig, parse_config
from tarl_app.training.remote.server_client import ServedModel
from tarl_app.training.remote.server_pool import require_fitting
from tarl_app.training.rollouts.parts import Parts
from tarl_app.training.train import main
from tests.training import tiny_parts
from tests.training.served_parts import config_for, running


class Loaded:
    """Parts of the tiny run, for the model that ``tiny-random`` names; the n-th user takes all servers down."""

    def __init__(self, folder: Path, servers: list[RolloutServer], at: int | None) -> None:
        self.usual, self.servers, self.at, self.made = tiny_parts.parts(folder), servers, at, 0

    def __call__(self, config: TrainConfig, hears: bool) -> Parts:
        return replace(self.usual, user=self.user)

    def user(self, source: Source, task: Task, seed: int) -> UserSimulator:
        self.made += 1
        if self.made == self.at:
            for server in self.servers:
                server.engine.close()
        return self.usual.user(source, task, seed)


def rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


CHANGES: dict[str, Any] = {"sources": (tiny_parts.WRITTEN,), "replacements": 0}


def test_a_run_with_servers_learns_what_it_learns_without(tmp_path: Path) -> None:
    with running(tmp_path, 2, base_weights=True) as servers:
        main(config_for(servers, name="served", **CHANGES), parts_of=Loaded(tmp_path, [], None), runs=tmp_path)
    main(tiny_parts.config(name="alone", **CHANGES), parts_of=Loaded(tmp_path, [], None), runs=tmp_path)
    for served, alone in zip(rows(tmp_path / "served"), rows(tmp_path / "alone"), strict=True):
        assert served["sampler_gap"] < 1e-4
        assert served["reward"] == alone["reward"]
        assert served["loss"] == pytest.approx(alone["loss"], abs=1e-4)
        assert "sampler_gap" not in alone


def test_when_all_servers_die_the_step_is_counted_and_the_run_ends_with_the_reason(tmp_path: Path) -> None:
    with running(tmp_path, 2, base_weights=True) as servers:
        made = config_for(servers, concurrent=2, **CHANGES)
        with pytest.raises(LLMError, match="No rollout server took the adapter for step 3"):
            main(made, parts_of=Loaded(tmp_path, servers, at=13), runs=tmp_path)  # 8 rollouts a step: amid the second one
    first, second = rows(tmp_path / "tiny")
    assert (first["failures"], first["rollouts"]) == (0, 8)
    assert second["failures"] > 0
    assert second["failures"] + second["rollouts"] == 8
    status = json.loads((tmp_path / "tiny" / "status.json").read_text())
    assert (status["state"], status["step"]) == ("failed", 2)
    assert "No rollout server" in status["message"]


def test_a_step_without_a_single_reply_does_not_count(tmp_path: Path) -> None:
    with (
        running(tmp_path, 2, base_weights=True) as servers,
        pytest.raises(LLMError, match="No rollout server gave a reply in step 2"),
    ):
        main(config_for(servers, **CHANGES), parts_of=Loaded(tmp_path, servers, at=9), runs=tmp_path)
    assert len(rows(tmp_path / "tiny")) == 1
    status = json.loads((tmp_path / "tiny" / "status.json").read_text())
    assert (status["state"], status["step"]) == ("failed", 1)


def test_a_run_that_lost_its_servers_is_resumed_with_others(tmp_path: Path) -> None:
    with running(tmp_path, base_weights=True) as servers:
        made = config_for(servers, **CHANGES)
        with pytest.raises(LLMError):
            main(made, parts_of=Loaded(tmp_path, servers, at=9), runs=tmp_path)
    with running(tmp_path, base_weights=True) as servers:
        main(config_for(servers, **CHANGES), resume=True, parts_of=Loaded(tmp_path, [], None), runs=tmp_path)
    assert [row["step"] for row in rows(tmp_path / "tiny")] == [1, 2, 3]


VLLM = ServedModel(id="Qwen/Qwen2.5-Omni-7B", owned_by="vllm", root="Qwen/Qwen2.5-Omni-7B", max_model_len=32768)


def test_spoken_sources_are_refused_where_vllm_cannot_hear_them() -> None:
    made = tiny_parts.config(base=VLLM.id)
    with pytest.raises(ConfigError, match=r"spoken: the policy hears.*serve-rollouts"):
        require_fitting(made, VLLM, "http://node1:8000", hears=True)
    require_fitting(made, VLLM, "http://node1:8000", hears=False)
    require_fitting(made.model_copy(update={"sources": (tiny_parts.WRITTEN,)}), VLLM, "http://node1:8000", hears=True)


@pytest.mark.parametrize("base", ["omni-mini", "Qwen/Qwen2.5-Omni-3B"])
def test_vllm_with_another_base_is_refused(base: str) -> None:
    with pytest.raises(ConfigError, match="this run starts from"):
        require_fitting(tiny_parts.config(base=base), VLLM, "http://node1:8000", hears=False)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"servers": {"urls": ["node1:8000"]}}, "servers.urls"),
        ({"servers": {"urls": ["http://a:1", "http://a:1"]}}, "twice"),
        ({"shard": True}, "cannot decode by itself"),
        ({"servers": {"importance_cap": 0.5}}, "importance_cap"),
    ],
)
def test_what_cannot_work_is_refused_in_words(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_config(changes)

"""``train --dry-run`` finds what stands in the way, in words; whatever the configuration holds, it is no other exception."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from hypothesis import HealthCheck, example, given
from hypothesis import settings as checked
from hypothesis import strategies as st
from torch import nn

from tarl_app import training_service
from tarl_app.agents.omni.model.adapters import MINI, TINY, LoraSettings, OmniConfig, attach_lora, save_checkpoint
from tarl_app.agents.omni.model.assemble import tiny_random_thinker
from tarl_app.cli import FAILED, main
from tarl_app.core.errors import ConfigError, JobError, TarlError
from tarl_app.jobs import launch
from tarl_app.jobs.runs import Runs
from tarl_app.training.configuration.config import LANGUAGE_TARGETS, Adapter, Servers, Source, TrainConfig, parse_config
from tarl_app.training.configuration.form import Machine
from tarl_app.training.configuration.layers import SHAPES, layers_in, layers_of, require_adapter
from tarl_app.training.configuration.plan import Plan, make_plan
from tarl_app.training.distributed.devices import require_device
from tarl_app.training.policy import Policy
from tests.training import tiny_parts

HERE = Machine(cores=2, memory=8e9, gpu=False)


def plan(**changes: Any) -> Plan:
    config = parse_config({"base": TINY, "sources": [{"name": "text", "limit": 5}], **changes})
    return make_plan(config, Path("/runs") / config.name, 1, HERE)


without_gpu = pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
REFUSED = [
    ({"device": "banana"}, "no device 'banana'"),
    ({"device": "cuda:"}, "no device"),
    pytest.param({"device": "cuda"}, "torch finds no GPU here", marks=without_gpu),
    pytest.param({"device": "cuda:9"}, "cuda:9, and", marks=without_gpu),
    pytest.param({"device": "mps"}, "torch cannot use here", marks=without_gpu),
    ({"adapter": {"targets": "(("}}, "not a regular expression"),
    ({"adapter": {"targets": "a{99999999999}"}}, "not a regular expression"),
    ({"adapter": {"targets": "q_proj"}}, "means none of the 14 linear layers"),
    ({"adapter": {"targets": r"model\.audio_tower\..*"}}, "means none of the 14 linear layers"),
    ({"adapter": {"rank": 33}}, "the widest of these layers has 32"),
    ({"base": MINI, "adapter": {"rank": 600}}, "the widest of these layers has 576"),
    ({"base": "Qwen/Qwen2.5-Omni-7B", "adapter": {"rank": 500}}, "have room for 248"),
    ({"base": "nobody"}, "no checkpoint 'nobody'"),
    ({"base": "x" * 5000}, "no checkpoint"),
    ({"base": "x\0"}, "no checkpoint"),
    ({"base": "a..b/--c"}, "no name of a model"),
    ({"adapter": {"start": "nobody@3"}}, "no checkpoint 'nobody@3'"),
    ({"sources": [{"name": "x", "kinds": ["unknown"]}]}, "has no tasks"),
    ({"sources": [{"name": "x", "domain": "moon"}]}, "no domain named 'moon'"),
    ({"sources": [{"name": "x", "speech": True}], "voices": ["pico:xx"]}, "no voice 'xx'"),
    ({"sources": [{"name": "x", "speech": True}], "voices": ["kokoro:jf_alpha+nobody"]}, "no voice 'jf_alpha\\+nobody'"),
    ({"servers": {"urls": ["http://[::1"]}}, "no address"),
    ({"servers": {"urls": ["http://127.0.0.1:9"], "adapters": "/proc/version/x"}}, "cannot be written"),
    ({"seed": 2**70}, "seed"),
    ({"steps": 10**400}, "steps"),
    ({"patience": 1e300}, "patience"),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED, ids=[str(one)[:40] for one in range(len(REFUSED))])
def test_what_training_would_refuse_is_refused_in_words(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(TarlError, match=message):
        plan(**changes)


def test_all_linear_layers_of_the_language_model_may_be_meant_and_nothing_else_gets_an_adapter(tmp_path: Path) -> None:
    assert "on 14 layers" in str(plan(adapter={"targets": ".*"}).lines)
    policy = tiny_parts.policy(tmp_path, tiny_parts.config(adapter={"targets": ".*", "rank": 4, "alpha": 8}))
    assert len(policy.adapters) == 2 * 14


def test_the_layers_that_the_plan_knows_are_those_of_the_model() -> None:
    thinker, _ = tiny_random_thinker()
    assert layers_of(TINY) == layers_in(thinker) == SHAPES[TINY].linear
    assert layers_of("omni-mini") == layers_of(f"{MINI}-base") == SHAPES[MINI].linear
    assert layers_of("somebody/something") is None


@pytest.mark.parametrize("adapter", [{"targets": "q_proj"}, {"rank": 40}])
def test_the_policy_refuses_an_adapter_in_the_same_words(adapter: dict[str, Any], tmp_path: Path) -> None:
    config = tiny_parts.config(adapter=adapter)
    with pytest.raises(ConfigError) as planned:
        require_adapter(config.adapter.targets, config.adapter.rank, layers_of(TINY) or {})
    with pytest.raises(ConfigError) as trained:
        Policy(tiny_parts.loaded(tmp_path), config, torch.device("cpu"))
    assert str(planned.value) == str(trained.value)


def test_a_checkpoint_that_is_not_whole_is_no_base(home: Path) -> None:
    thinker, _ = tiny_random_thinker()
    entry = LoraSettings(targets=LANGUAGE_TARGETS, rank=2, alpha=4)
    attach_lora(thinker, [entry])
    folder = home / "checkpoints" / "mine"
    save_checkpoint(folder, thinker, OmniConfig(name="mine", base=TINY, lora=(entry,)))
    assert "mine" in str(plan(base="mine").lines)
    (weights,) = folder.glob("weights-*.safetensors")
    weights.write_bytes(weights.read_bytes()[:-10])
    with pytest.raises(TarlError, match="cannot be read"):
        plan(base="mine")
    weights.unlink()
    with pytest.raises(TarlError, match="lacks the weights"):
        plan(base="mine")


def test_a_device_is_tried_with_its_type() -> None:
    assert require_device("auto", "bfloat16") in ("cpu", "cuda")
    assert require_device("cpu", "float32", processes=4) == "cpu"


def test_a_folder_that_cannot_be_written_stands_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for root in (tmp_path / "file" / "runs", Path("/proc/version/runs"), tmp_path / ("x" * 300)):
        with pytest.raises(JobError, match="cannot be written"):
            Runs(root).check("mine")
    with pytest.raises(JobError, match="no name of a folder"):
        launch.require_writable(tmp_path / "x\0")
    Runs(tmp_path / "new" / "runs").check("mine")
    assert not (tmp_path / "new").exists()


def test_the_command_says_it_in_one_line_and_leaves_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "run.yaml"
    path.write_text("base: tiny-random\nsources: [{name: text, limit: 5}]\nadapter: {targets: q_proj}\n")
    for asked in (["--dry-run"], []):
        assert main(["train", str(path), *asked]) == FAILED
        told = capsys.readouterr().err
        assert told.startswith("error: adapter.targets means none")
        assert told.count("\n") == 1
        assert not (home / "runs" / "run").exists()


def test_the_form_refuses_the_same_and_creates_no_run(home: Path) -> None:
    form = training_service.open_desk().presets["tiny"]
    with pytest.raises(TarlError, match="means none of the 14"):
        training_service.open_desk().create("mine", {**form, "rest": {**form["rest"], "adapter": {"targets": "q_proj"}}})
    assert not (home / "runs" / "mine").exists()


def test_a_run_that_was_started_in_the_background_and_cannot_begin_says_why(home: Path) -> None:
    runs = Runs(home / "runs")
    run = runs.create("mine", {"base": "nobody"})
    launch.set_state(run.folder, "starting")
    launch.record(run.folder, launch.describe(os.getpid()))
    assert main(["train", str(run.folder / "config.yaml"), "--name", "mine"]) == FAILED
    told = json.loads((run.folder / "status.json").read_text())
    assert (told["state"], told["message"]) == ("failed", "There is no checkpoint 'nobody'.")


# --- any configuration ------------------------------------------------------------------------------------------------

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, -1, 2**31, 2**63, 2**64, 10**400]),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(
        ["", "auto", "cuda:0", "cpu", "a/b", "../x", "\0", "x" * 5000, "((", ".*", "http://[::1", "math", "llm"]
    ),
    st.lists(st.one_of(st.integers(), st.text(max_size=4)), max_size=2),
    st.dictionaries(st.text(max_size=4), st.integers(), max_size=2),
)


def odd(model: Any, least: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A few fields with whatever may stand there."""
    return st.dictionaries(st.sampled_from([*model.model_fields]), ODD, max_size=3).map(lambda some: {**least, **some})


NESTED = st.fixed_dictionaries(
    {},
    optional={
        "adapter": odd(Adapter, {}),
        "servers": odd(Servers, {}),
        "sources": st.lists(odd(Source, {"name": "x", "limit": 3}), max_size=2),
        "algorithm": st.sampled_from(
            [{"name": "grpo"}, {"name": "ppo", "gamma": 2}, {"name": "no"}, [], {"name": ["grpo"]}]
        ),
    },
)


@example({"base": TINY, "phrasings": []}, {})
@checked(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(odd(TrainConfig, {"base": TINY}), NESTED)
def test_any_configuration_is_planned_or_refused_in_words(top: dict[str, Any], nested: dict[str, Any]) -> None:
    config = {"sources": [{"name": "text", "limit": 3}], **top, **nested}
    with suppress(TarlError):
        assert plan(**config).lines
        assert yaml.safe_dump(parse_config({"base": TINY, **config}).model_dump(mode="json"))


def test_only_linear_layers_get_an_adapter() -> None:
    thinker, _ = tiny_random_thinker()
    assert all(isinstance(thinker.get_submodule(name), nn.Linear) for name in layers_in(thinker))

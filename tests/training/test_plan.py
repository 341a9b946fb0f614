"""``train --dry-run``: what a run would do, and what it could not."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from accelerate.commands.config.config_args import load_config_from_file

from tarl_app.cli import FAILED, main
from tarl_app.core.errors import ConfigError, TarlError
from tarl_app.recipes.omni_mini.__main__ import main as make
from tarl_app.training.configuration.config import Servers, Source, TrainConfig, read_config
from tarl_app.training.configuration.form import Machine
from tarl_app.training.configuration.plan import Plan, make_plan
from tarl_app.training.configuration.presets import PRESETS
from tarl_app.wiring import agent_names
from tests.training.served_parts import config_for, running

CONFIGS = Path(__file__).parents[2] / "configs"
RUNS = sorted(CONFIGS.glob("cluster-*.yaml"))
SMALL = sorted(path for name in ("omni-mini", "schemes", "tarl") for path in CONFIGS.glob(f"{name}-*.yaml"))
LAUNCHES = sorted({*CONFIGS.glob("*.yaml")} - {*RUNS, *SMALL})
GPU = Machine(cores=16, memory=80e9, gpu=True)


def plan(config: TrainConfig, processes: int = 1, machine: Machine = GPU) -> Plan:
    return make_plan(config, Path("/runs") / config.name, processes, machine)


def text(made: Plan) -> str:
    return "\n".join(f"{name} {line}" for name, line in made.lines)


def test_there_are_run_files_and_launch_files() -> None:
    assert len(RUNS) >= 2
    assert len(SMALL) >= 5
    assert len(LAUNCHES) >= 2


@pytest.mark.parametrize("path", RUNS, ids=lambda path: path.stem)
def test_each_run_file_that_is_shipped_can_be_started(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(path), "--dry-run", "--processes", "16", "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert told["config"]["shard"]
    assert any("16, the frozen layers divided among them" in one["text"] for one in told["plan"])
    assert sum("silent" in warning for warning in told["warnings"]) == len(told["config"]["servers"]["urls"])


@pytest.mark.parametrize("path", SMALL, ids=lambda path: path.stem)
def test_each_run_file_for_two_cores_can_be_started(path: Path, capfd: pytest.CaptureFixture[str], home: Path) -> None:
    """One that goes on from another run, or from a base that is made first, says what is missing until it is there."""
    config = read_config(path)
    first, _, step = config.adapter.start.partition("@")
    asked = ["train", str(path), "--dry-run", "--processes", str(config.processes), "--json"]
    if config.base not in agent_names():
        assert main(asked) == 2
        assert f"There is no checkpoint '{config.base}'." in capfd.readouterr().err
        ends = ["--adapters", "omni-mini-early", "--ear", "omni-mini", "--name", config.base]
        assert make(["between", *ends, "--out", str(home / "checkpoints")]) == 0
        capfd.readouterr()
    if step:
        assert read_config(CONFIGS / f"{first}.yaml").steps >= int(step)
        assert main(asked) == 2
        assert f"There is no checkpoint '{first}@{step}' to start from." in capfd.readouterr().err
        asked[1] = str(home / path.name)
        Path(asked[1]).write_text(path.read_text().replace(f"start: {first}@{step}", "start: omni-mini-tarl"))
    assert main(asked) == 0
    told = json.loads(capfd.readouterr().out)
    assert told["config"]["name"] == path.stem
    assert told["warnings"] == []


def test_a_lora_to_start_from_that_is_not_there_is_refused() -> None:
    config = read_config(CONFIGS / "omni-mini-tarl-2.yaml")
    assert "goes on from omni-mini-tarl" in text(plan(config))
    gone = config.adapter.model_copy(update={"start": "omni-mini-tarl@7777"})
    with pytest.raises(ConfigError, match="no checkpoint 'omni-mini-tarl@7777'"):
        plan(config.model_copy(update={"adapter": gone}))


@pytest.mark.parametrize("path", LAUNCHES, ids=lambda path: path.stem)
def test_each_launch_file_that_is_shipped_is_accelerates(path: Path) -> None:
    found = load_config_from_file(str(path))
    assert str(found.distributed_type).endswith("FSDP")
    assert found.fsdp_config["fsdp_version"] == 2
    assert yaml.safe_load(path.read_text())["num_processes"] == found.num_processes


@pytest.mark.parametrize("name", PRESETS)
def test_each_preset_can_be_started(name: str) -> None:
    made = plan(PRESETS[name])
    assert f"{PRESETS[name].steps} steps" in text(made)
    assert ("model hub" in text(made)) == ("/" in PRESETS[name].base)


def test_the_plan_says_what_a_step_takes() -> None:
    made = plan(TrainConfig(groups=6, group_size=4, max_agent_turns=5, max_new_tokens=10), processes=3)
    assert "24 rollouts a step (6 x 4), at most 1,200 tokens" in text(made)
    assert "3, each with the whole model, at most 2 groups x 4 rollouts each" in text(made)
    assert made.warnings == ()


@pytest.mark.parametrize(
    ("changes", "processes", "message"),
    [
        ({"base": "nobody"}, 1, "no checkpoint 'nobody'"),
        ({"groups": 2}, 3, "only 2 groups"),
        ({"sources": (Source(name="x", kinds=("unknown",)),)}, 1, "has no tasks"),
        ({"sources": (Source(name="x", speech=True),), "voices": ("parrot:green",)}, 1, "parrot:green"),
        ({"sources": (Source(name="x", speech=True),), "voices": ("espeak:en-gb",)}, 1, "must not hear it"),
    ],
)
def test_what_cannot_work_is_refused(changes: dict[str, Any], processes: int, message: str) -> None:
    with pytest.raises(TarlError, match=message):
        plan(TrainConfig(**changes), processes)


@pytest.mark.parametrize(
    ("changes", "processes", "machine", "message"),
    [
        ({"groups": 5}, 2, GPU, "do not divide by 2"),
        ({"base": "Qwen/Qwen2.5-Omni-7B"}, 1, Machine(16, 8e9, True), "8.0 GB are free"),
        ({"shard": True, "servers": Servers(urls=("http://127.0.0.1:9",))}, 1, GPU, "no effect on a single process"),
        ({"servers": Servers(urls=("http://127.0.0.1:9",))}, 1, GPU, "server is silent: http://127.0.0.1:9"),
    ],
)
def test_what_may_stand_in_the_way_is_a_warning(
    changes: dict[str, Any], processes: int, machine: Machine, message: str
) -> None:
    assert message in "\n".join(plan(TrainConfig(**changes), processes, machine).warnings)


def test_servers_that_answer_are_no_warning(tmp_path: Path) -> None:
    with running(tmp_path) as servers:
        config = config_for(servers, sources=(Source(name="text", limit=3),))
        made = plan(config)
    assert made.warnings == ()
    assert servers[0].url in text(made)


def test_a_file_that_is_wrong_exits_with_two_and_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("shard: true\nsteps: 3\n")
    assert main(["train", str(path), "--dry-run"]) == FAILED
    assert "set servers.urls" in capsys.readouterr().err
    path.write_text("judge: nobody\n")
    assert main(["train", str(path), "--dry-run"]) == FAILED
    assert "nobody" in capsys.readouterr().err


def test_a_dry_run_leaves_nothing_behind(home: Path) -> None:
    assert main(["train", "--preset", "tiny", "--dry-run"]) == 0
    assert not list((home / "runs").glob("*"))


def test_what_a_run_file_leaves_out_has_its_default() -> None:
    assert read_config(CONFIGS / "cluster-text.yaml").scheme == TrainConfig().scheme

"""What a study is asked for, refuses and brings along."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tarl_app.cli import FAILED, main
from tarl_app.core.errors import ConfigError
from tarl_app.core.settings import settings
from tarl_app.training.configuration.config import TrainConfig, read_config
from tarl_app.training.configuration.presets import PRESETS
from tarl_app.training.study.folder import StudyFolder
from tarl_app.training.study.plan import (
    ARMS,
    BASE,
    jobs,
    read_runs,
    require_equal,
)
from tests.training.tiny_study import SCHEMES, Tiny, run_of, small, study

CONFIGS = Path(__file__).parents[2] / "configs"


def test_the_run_files_are_comparable_and_one_base_replaces_that_of_all() -> None:
    runs = read_runs(CONFIGS)
    assert [*runs] == [arm for arm in ARMS if arm != BASE]
    assert {run.guard for run in runs.values()} == {"schema"}
    assert runs["shuffled"].shuffle_rewards
    assert runs["terminal"].scheme == "terminal"
    assert any(source.domain == "math" for source in runs["math"].sources)
    assert (runs["sft"].algorithm.name, runs["sft"].rollouts_by) == ("sft", "reference")
    moved = read_runs(CONFIGS, base="tiny-random", domain="airline", steps=2)
    assert {run.base for run in moved.values()} == {"tiny-random"}
    assert {run.steps for run in moved.values()} == {2}
    assert {source.domain for source in moved["math"].sources} == {"airline", "math"}
    alike = {arm: run.model_dump(exclude={"name", "scheme", "shuffle_rewards", "sources"}) for arm, run in runs.items()}
    assert alike["tarl"] == alike["terminal"] == alike["math"] == alike["shuffled"]


def test_the_quick_study_practises_what_its_base_passes_now_and_then() -> None:
    runs = read_runs(CONFIGS / "quick-study")
    assert [*runs] == [arm for arm in ARMS if arm != BASE]
    assert {source.kinds for run in runs.values() for source in run.sources if source.domain == "retail"} == {
        ("lookup", "cancel")
    }
    assert {run.guard for run in runs.values()} == {"policy"}
    alike = {arm: run.model_dump(exclude={"name", "scheme", "shuffle_rewards", "sources"}) for arm, run in runs.items()}
    assert alike["tarl"] == alike["terminal"] == alike["math"] == alike["shuffled"]
    own = {"name", "processes", "held_out", "checkpoint_every", "samples"}
    assert runs["tarl"].model_dump(exclude=own) == PRESETS["cpu-quick"].model_dump(exclude=own)


def test_arms_that_do_not_exist_are_refused(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["study", "tarl", "--arms", "tarl,sarsa"])
    assert "choose from base, sft, terminal" in capfd.readouterr().err


@pytest.mark.parametrize("wrong", [{"groups": 5}, {"steps": 3}, {"guard": "policy"}, {"probe": 2, "replacements": 1}])
def test_arms_that_are_not_comparable_are_refused(wrong: dict[str, Any]) -> None:
    changed = TrainConfig.model_validate(run_of("terminal").model_dump() | wrong)
    with pytest.raises(ConfigError):
        require_equal({"tarl": run_of("tarl"), "terminal": changed})


def test_seeds_come_one_after_the_other_so_that_all_arms_are_compared_early() -> None:
    names = [job.name for job in jobs(study(seeds=3))]
    assert names[:6] == ["base", "sft-s0", "terminal-s0", "tarl-s0", "math-s0", "shuffled-s0"]
    assert names[6:9] == ["terminal-s1", "tarl-s1", "shuffled-s1"]
    assert len(names) == 12


def test_another_study_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    folder.begin(small())
    with pytest.raises(ConfigError, match="another customer"):
        folder.begin(small().model_copy(update={"customer": "lifelike"}))
    (tmp_path / "study.json").write_text("[]")
    with pytest.raises(ConfigError, match="not the description"):
        folder.config()


def checkpoint(home: Path, name: str, tmp_path: Path) -> None:
    """An agent of one's own, under ``TARL_HOME``."""
    run = run_of("terminal", 1).model_copy(update={"name": "own"})
    Tiny().train(run, False, tmp_path / "runs", lambda step, row: None)
    shutil.copytree(tmp_path / "runs" / "own" / "checkpoints" / "step-000001", home / "checkpoints" / name)


def test_the_base_travels_with_the_study_and_another_one_of_its_name_is_refused(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tarl_app.agents.omni.model.adapters import weights_digest
    from tarl_app.cli.training.study import Local  # noqa: F401 - the command must load

    checkpoint(home, "mine@1", tmp_path)
    digest = weights_digest(home / "checkpoints" / "mine@1")
    config = small().model_copy(update={"base": "mine@1", "base_digest": digest})
    StudyFolder(tmp_path / "study").begin(config)
    monkeypatch.setenv("TARL_HOME", str(tmp_path / "elsewhere"))
    settings.cache_clear()
    StudyFolder(tmp_path / "study").begin(config)
    assert weights_digest(tmp_path / "elsewhere" / "checkpoints" / "mine@1") == digest
    weights = next((tmp_path / "elsewhere" / "checkpoints" / "mine@1").glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes() + b" ")
    with pytest.raises(ConfigError, match="began from another mine@1"):
        StudyFolder(tmp_path / "study").begin(config)
    settings.cache_clear()


@pytest.mark.parametrize("name", ["../../other", "a/../../b", "/etc", ".hidden"])
def test_a_copied_study_writes_nowhere_else(home: Path, tmp_path: Path, name: str) -> None:
    config = small().model_copy(update={"base": name})
    folder = tmp_path / "study"
    kept = folder / "base" / name
    if not name.startswith("/"):
        kept.mkdir(parents=True)
        (kept / "config.json").write_text("{}")
    before = sorted(tmp_path.rglob("*"))
    StudyFolder(folder).begin(config)
    own = {folder, folder / "study.json", folder / "locks", folder / "locks" / "begin"}
    assert {*tmp_path.rglob("*")} - {*before} <= own


def test_the_command_says_what_it_would_do(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["study", "tarl", "--dry-run", "--json", "--limit", "5", "--trials", "4", "--speech", "both"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert len(told["jobs"]) == 12
    assert told["rollouts"] == 11 * 10 * 48
    assert told["calls"] == 12 * 4 * 5 * 4
    assert not (home / "studies").exists()
    assert main(["study", "tarl", "--dry-run", "--json", "--arms", "tarl,base"]) == 0
    some = json.loads(capfd.readouterr().out)
    assert some["jobs"] == ["base", "tarl-s0", "tarl-s1", "tarl-s2"]
    assert some["rollouts"] == 3 * 10 * 48
    assert main(["study", "report", str(home)]) == FAILED
    assert main(["study", "tarl", "--configs", str(home)]) == FAILED


@pytest.mark.slow
def test_the_command_trains_measures_and_goes_on(home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """On real tasks, which a random model never passes; run files as the shipped ones, but tiny."""
    configs = tmp_path / "configs"
    configs.mkdir()
    small = {"groups": 2, "group_size": 2, "max_agent_turns": 1, "max_new_tokens": 4, "adapter": {"rank": 2}, "steps": 1}
    for arm in SCHEMES:
        fields = read_config(CONFIGS / f"tarl-study-{arm}.yaml").model_dump(mode="json") | small | {"base": "tiny-random"}
        (configs / f"tarl-study-{arm}.yaml").write_text(yaml.safe_dump(fields))
    asked = ["study", "tarl", "--out", str(tmp_path / "out"), "--configs", str(configs), "--json", "--seeds", "1"]
    asked += ["--limit", "2", "--guard", "schema", "--workers", "2", "--max-agent-turns", "1"]
    assert main(asked) == 0
    told = json.loads(capfd.readouterr().out)
    assert told["done"] == told["jobs"] == 6
    assert main(["study", "tarl", "--out", str(tmp_path / "out"), "--json", "--workers", "2"]) == 0  # nothing is left
    assert json.loads(capfd.readouterr().out) == told

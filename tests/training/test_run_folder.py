"""The directory of a run after every kind of accident."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from tarl_app.core.errors import ConfigError
from tarl_app.core.sound.audio import Audio, save
from tarl_app.core.types import Episode, UserTurn
from tarl_app.domains import load_domain
from tarl_app.training.configuration.config import read_config
from tarl_app.training.runs.run_folder import RunFolder
from tests.training import tiny_parts


def folder(root: Path) -> RunFolder:
    return RunFolder(root / "run", tiny_parts.config())


def test_the_newest_state_comes_back_and_of_older_ones_only_the_one_before_is_left(tmp_path: Path) -> None:
    made = folder(tmp_path)
    for step in (1, 2, 3):
        made.save_state(step, {"weight/a": torch.full((2,), float(step))}, {"curriculum": {"x": [step, 0]}})
    stored = folder(tmp_path).load_state()
    assert stored is not None
    assert stored[0]["weight/a"].tolist() == [3.0, 3.0]
    assert stored[1]["curriculum"] == {"x": [3, 0]}
    assert sorted(path.name for path in (tmp_path / "run" / "state").iterdir()) == ["step-000002", "step-000003"]


def test_a_state_that_was_being_written_does_not_count(tmp_path: Path) -> None:
    made = folder(tmp_path)
    made.save_state(1, {"weight/a": torch.ones(2)}, {})
    half = tmp_path / "run" / "state" / ".writing-abc"
    half.mkdir()
    (half / "tensors.safetensors").write_bytes(b"half")
    again = folder(tmp_path)
    assert again.load_state() is not None
    assert again.step == 1
    again.save_state(2, {"weight/a": torch.ones(2)}, {})
    assert not half.exists()


def test_rows_after_the_newest_state_and_half_lines_are_cut_off(tmp_path: Path) -> None:
    made = folder(tmp_path)
    made.append("metrics.jsonl", [{"step": 1}, {"step": 2}])
    made.save_state(1, {}, {})
    with (tmp_path / "run" / "metrics.jsonl").open("a") as file:
        file.write('{"step": 3, "lo')
    again = folder(tmp_path)
    again.load_state()
    assert (tmp_path / "run" / "metrics.jsonl").read_text() == '{"step": 1}\n'


def test_without_any_state_a_run_begins_with_empty_files(tmp_path: Path) -> None:
    made = folder(tmp_path)
    made.append("metrics.jsonl", [{"step": 1}])
    assert not made.has_state()
    assert folder(tmp_path).load_state() is None
    assert (tmp_path / "run" / "metrics.jsonl").read_text() == ""


def test_a_broken_state_is_named(tmp_path: Path) -> None:
    made = folder(tmp_path)
    made.save_state(1, {"weight/a": torch.ones(2)}, {})
    (tmp_path / "run" / "state" / "step-000001" / "tensors.safetensors").write_bytes(b"\x08")
    with pytest.raises(ConfigError, match="step-000001 cannot be read"):
        folder(tmp_path).load_state()


def test_a_large_state_is_several_files_below_10_mb_and_is_not_read_without_one_of_them(tmp_path: Path) -> None:
    made = folder(tmp_path)
    tensors = {f"weight/{n}": torch.full((700_000,), float(n)) for n in range(8)}  # 22 MB
    made.save_state(1, {"weight/a": torch.ones(1)}, {})
    made.save_state(2, tensors, {})
    files = sorted((tmp_path / "run" / "state" / "step-000002").iterdir())
    assert len(files) == 4
    assert all(path.stat().st_size < 10_000_000 for path in files)
    found = folder(tmp_path).load_state()
    assert found is not None
    assert {name: float(one[0]) for name, one in found[0].items()} == {f"weight/{n}": float(n) for n in range(8)}
    files[-1].unlink()
    again = folder(tmp_path).load_state()
    assert again is not None
    assert again[0].keys() == {"weight/a"}  # the older state, whole


def test_the_configuration_of_whoever_made_the_run_stays(tmp_path: Path) -> None:
    folder(tmp_path)
    RunFolder(tmp_path / "run", tiny_parts.config(seed=9))
    assert read_config(tmp_path / "run" / "config.yaml").seed == 0


def test_a_process_that_does_not_write_leaves_no_trace(tmp_path: Path) -> None:
    quiet = RunFolder(tmp_path / "run", tiny_parts.config(), writes=False)
    quiet.status("running")
    quiet.append("metrics.jsonl", [{"step": 1}])
    quiet.save_state(1, {}, {})
    assert quiet.step == 1
    assert not (tmp_path / "run").exists()


def test_the_status_is_one_whole_json_object(tmp_path: Path) -> None:
    made = folder(tmp_path)
    made.step = 3
    made.status("stopping", "soon")
    found = json.loads((tmp_path / "run" / "status.json").read_text())
    assert (found["state"], found["step"], found["steps"], found["message"]) == ("stopping", 3, 3, "soon")


def test_a_sound_that_is_gone_is_left_out_and_the_others_are_kept(home: Path) -> None:
    task = load_domain("retail").tasks("dev")[0]
    there = save(Audio(np.zeros(800, np.float32), 16_000))
    gone = there.model_copy(update={"path": f"00/{'0' * 64}.wav"})
    turns = (UserTurn(text="Hello.", audio=gone), UserTurn(text="Hello?", audio=there), UserTurn(text="Hello?", audio=there))
    episode = Episode(id="one", task=task, agent="tiny", user="scripted", turns=turns)
    assert episode.sounds == (gone, there)
    folder(home).keep_sounds(episode)
    kept = [path for path in (home / "run" / "audio").rglob("*") if path.is_file()]
    assert [path.relative_to(home / "run" / "audio").as_posix() for path in kept] == [there.path]

"""Which code and which weights a run came from."""

import subprocess
from pathlib import Path

import pytest
import torch
from huggingface_hub import constants
from safetensors.torch import save_file

from tarl_app.agents.omni.model.adapters import PARTS, weights_digest
from tarl_app.agents.omni.model.checkpoint_files import locate_checkpoint
from tarl_app.assets.table import ASSETS
from tarl_app.training.runs import provenance
from tarl_app.training.runs.provenance import PACKAGE, commit, root, sources_digest
from tests.training import tiny_parts


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=n", "-c", "user.email=e", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_a_checkout_is_known_by_its_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    assert commit(tmp_path) == ""  # nothing was committed yet
    git(tmp_path, "commit", "--quiet", "--allow-empty", "-m", "one")
    assert commit(tmp_path) == git(tmp_path, "rev-parse", "HEAD")
    assert len(commit(tmp_path)) == 40
    (tmp_path / "installed").mkdir()
    assert commit(tmp_path / "installed") == ""  # a package that lies within somebody's checkout is not of that commit


def test_without_git_there_is_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "-m", "one")
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    assert commit(tmp_path) == ""


def test_sources_are_known_by_their_names_and_content(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "a.py").write_text("a = 1\n")
    first = sources_digest(tmp_path)
    (tmp_path / "below" / "a.txt").write_text("a note")
    assert sources_digest(tmp_path) == first
    (tmp_path / "below" / "a.py").write_text("a = 2\n")
    second = sources_digest(tmp_path)
    (tmp_path / "below" / "a.py").rename(tmp_path / "below" / "b.py")
    assert len({first, second, sources_digest(tmp_path)}) == 3
    assert len(sources_digest(PACKAGE)) == 16


@pytest.mark.parametrize(
    ("base", "name"),
    [
        *((one, "omni-mini") for one in ("omni-mini", "omni-mini-base", "omni-mini-early", "omni-mini-tarl")),
        ("omni-mini-whisper-base", "omni-mini-whisper-base"),
    ],
)
def test_omni_minis_root_is_the_pinned_files_of_its_parts(base: str, name: str) -> None:
    found = root(base)
    pinned = {f"{one.name}/{file.name}": file.sha256 for one in ASSETS for file in one.files}
    assert found["name"] == name
    assert found["sha256"].items() <= pinned.items()
    assert {file.partition("/")[0] for file in found["sha256"]} == set(PARTS[name])


def test_the_root_of_a_directory_is_the_digest_of_its_weights(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "qwen2_5_omni"}')
    save_file({"a": torch.ones(2)}, tmp_path / "model.safetensors")
    first = root(str(tmp_path))
    assert first == {"name": str(tmp_path), "digest": weights_digest(tmp_path)}
    save_file({"a": torch.zeros(2)}, tmp_path / "model.safetensors")
    assert root(str(tmp_path)) != first


def test_the_root_of_a_model_of_the_hub_is_the_commit_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    assert root("someone/omni") == {"name": "someone/omni", "revision": ""}
    held = tmp_path / "models--someone--omni"
    (held / "snapshots" / "0123abcd").mkdir(parents=True)
    (held / "snapshots" / "0123abcd" / "config.json").write_text("{}")
    (held / "refs").mkdir()
    (held / "refs" / "main").write_text("0123abcd")
    assert root("someone/omni") == {"name": "someone/omni", "revision": "0123abcd"}


def test_a_run_says_all_of_it() -> None:
    found = provenance.provenance(tiny_parts.config(base="omni-mini-tarl", seed=7))
    folder = locate_checkpoint("omni-mini-tarl")
    assert folder is not None
    assert found["base_digest"] == weights_digest(folder)
    assert found["root"] == root("omni-mini-tarl")
    assert (found["sources_digest"], found["seed"]) == (sources_digest(PACKAGE), 7)
    assert found["commit"] == commit(PACKAGE.parent)
    assert provenance.provenance(tiny_parts.config())["root"] == {"name": "tiny-random"}

"""The assembled base is sealed when it is on the disk; one that is not whole is assembled anew, with a sentence."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tarl_app import assets
from tarl_app.agents.omni.assembled import SEAL, trouble
from tarl_app.agents.omni.model.assemble import assemble_directory, load_thinker
from tarl_app.cli import main
from tarl_app.core.errors import AgentError
from tests.agents.test_omni_assemble import tiny_llama, whisper_tensors, write_ctranslate2, write_gguf

WEIGHTS = "model.safetensors"
Assemble = Callable[[Path], Path]


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("parts")
    write_gguf(folder / "tiny.gguf", tiny_llama())
    write_ctranslate2(folder / "whisper", whisper_tensors())
    return folder / "tiny.gguf", folder / "whisper"


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def assemble(parts: tuple[Path, Path], told: list[str]) -> Assemble:
    return lambda cache: assemble_directory(*parts, torch.float32, cache, told.append)


def truncated(folder: Path) -> None:
    with (folder / WEIGHTS).open("r+b") as file:
        file.truncate(1000)


def emptied(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def unsealed(folder: Path) -> None:
    (folder / SEAL).unlink()


def sealed_by(content: str) -> Callable[[Path], None]:
    return lambda folder: void((folder / SEAL).write_text(content))


def void(_: object) -> None:
    """So that a lambda answers nothing."""


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (truncated, "model.safetensors has 1,000 bytes instead of"),
        (lambda folder: (folder / WEIGHTS).unlink(), "model.safetensors: No such file"),
        (emptied, "assembled.json: No such file"),
        (unsealed, "assembled.json: No such file"),
        (sealed_by(""), "assembled.json cannot be read"),
        (sealed_by("{}"), "assembled.json names no files"),
        (sealed_by('{"model.safetensors": 3}'), "assembled.json cannot be read"),
        (sealed_by('{"config.json": ["x", "y"]}'), "assembled.json cannot be read"),
        (sealed_by('{"../../escaped": [1, "y"]}'), "escaped: No such file"),
    ],
)
def test_a_base_that_is_not_whole_is_assembled_anew_with_a_sentence(
    damage: Callable[[Path], None], why: str, assemble: Assemble, told: list[str], tmp_path: Path
) -> None:
    folder = assemble(tmp_path)
    assert told == []
    written = (folder / WEIGHTS).read_bytes()
    damage(folder)
    assert assemble(tmp_path) == folder
    (line,) = told
    assert why in line
    assert line.endswith("it is assembled anew.")
    assert (folder / WEIGHTS).read_bytes() == written
    assert load_thinker(folder, torch.float32).dtype == torch.float32
    assert sorted(path.name for path in tmp_path.iterdir()) == [".assembling.lock", folder.name]


def test_a_whole_base_is_not_read_again_at_each_start(assemble: Assemble, told: list[str], tmp_path: Path) -> None:
    folder = assemble(tmp_path)
    before = (folder / WEIGHTS).stat()
    (folder / WEIGHTS).chmod(0)  # whoever reads it now is refused, unless it is root, who reads it and is slow
    assert assemble(tmp_path) == folder
    assert (folder / WEIGHTS).stat().st_mtime_ns == before.st_mtime_ns
    assert told == []


def test_bytes_that_changed_are_found_on_demand(assemble: Assemble, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = assemble(home / "cache")
    assets.store.cache_clear()
    assert main(["assets", "verify"]) == 0
    assert "as it should be" in capsys.readouterr().out
    with (folder / WEIGHTS).open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\xff")
    assert trouble(folder) == ""
    assert main(["assets", "verify"]) == 1
    assert "model.safetensors has another sha256 than when it was written" in capsys.readouterr().out
    assets.store.cache_clear()


def test_what_a_killed_process_left_is_cleared_up(assemble: Assemble, told: list[str], tmp_path: Path) -> None:
    half = tmp_path / ".assembling-abc" / "new"
    half.mkdir(parents=True)
    (half / WEIGHTS).write_bytes(bytes(100))
    folder = assemble(tmp_path)
    assert told == []
    assert sorted(path.name for path in tmp_path.iterdir()) == [".assembling.lock", folder.name]
    assert json.loads((folder / SEAL).read_text()).keys() == {path.name for path in folder.iterdir()} - {SEAL}


def test_a_cache_that_cannot_be_written_is_told_in_words(assemble: Assemble, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("not a folder")
    with pytest.raises(AgentError, match="A file lies where a folder is needed"):
        assemble(tmp_path / "cache")

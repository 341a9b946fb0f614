"""Run folders and small documents from elsewhere are read within bounds, whatever they hold, and nothing outside of them."""

import json
import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as checked
from hypothesis import strategies as st

from tarl_app import wiring
from tarl_app.agents.omni.model.checkpoint_files import read_config
from tarl_app.cli import main
from tarl_app.core import documents
from tarl_app.core.errors import AgentError, ConfigError, DocumentError, SpeechError
from tarl_app.core.sound import audio
from tarl_app.core.sound.audio import locate
from tarl_app.core.types import AudioRef
from tarl_app.jobs import run_record
from tarl_app.jobs.runs import Runs
from tarl_app.training.configuration.config import read_config as read_run_file
from tarl_app.ui.tabs.train.form import read_yaml

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefghi", "bcdefghij", strict=True)
)
DEEP = "[" * 100_000
FILES = ("config.yaml", "status.json", "process.json", "metrics.jsonl", "samples.jsonl", "log.txt")


def read_all(root: Path) -> None:
    """What the page and the command line read of runs."""
    for run in Runs(root).list():
        run_record.read_config(run.folder)
        run_record.metrics(run.folder)
        run_record.samples(run.folder)
        run_record.last_error(run.folder)
        run_record.checkpoints(run.folder)
    run_record.bases(root)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("text", [BOMB, DEEP, "{" * 5000, "- " * 5000, "? " * 5000, "x" * 10_000_000, "[1, " * 20_000])
def test_documents_that_would_take_for_ever_are_refused_at_once(text: str, tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / "run").mkdir(exist_ok=True)
        (tmp_path / "run" / name).write_text(text)
    read_all(tmp_path)
    with pytest.raises(ConfigError):
        read_run_file(tmp_path / "run" / "config.yaml")
    with pytest.raises(ConfigError):
        read_yaml(text)
    for parse in (documents.parse_yaml, documents.parse_json):
        with pytest.raises(DocumentError, match=r"This is not|too much"):
            parse(text)


def test_a_bomb_in_a_run_folder_does_not_keep_the_other_runs_from_being_listed(
    home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    runs = Runs(home / "runs")
    for name in ("bad", "deep", "good"):
        runs.create(name, {"steps": 3})
    (home / "runs" / "bad" / "config.yaml").write_text(BOMB)
    for name in FILES[1:]:
        (home / "runs" / "deep" / name).write_text(DEEP)
    assert main(["runs", "list", "--json"]) == 0
    assert {one["name"] for one in json.loads(capfd.readouterr().out)["runs"]} == {"bad", "deep", "good"}
    assert "good" in {run.name for run in runs.list()}
    assert "omni-mini" in wiring.agent_names()


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system [ls]",
        "!!timestamp 2026-99-99",
        "!!bool maybe",
        "!!int x",
        "!!float x",
        "!!binary x",
        "!!set {a, b}",
        "? [1]\n: 2",
        "9" * 5000,
        "1: 2",
        "a: *a",
        "\0",
        "- ]",
        "%YAML 9",
    ],
)
def test_yaml_that_builds_anything_but_plain_data_is_refused(text: str) -> None:
    with pytest.raises(DocumentError):
        documents.parse_yaml(text)


def test_plain_documents_are_read_as_they_are() -> None:
    text = "name: 2026-01-01\nrate: 1.0e-5\nlist: [1, true, null, {a: b}]\nword: Grüße\n"
    plain = {"name": "2026-01-01", "rate": 1e-5, "list": [1, True, None, {"a": "b"}], "word": "Grüße"}
    assert documents.parse_yaml(text.encode()) == documents.parse_json(json.dumps(plain)) == plain
    assert documents.parse_yaml("") is None
    assert documents.parse_json('"\\ud83d"') == "\ufffd"  # half of a character, which nothing can print
    assert documents.parse_json('"\\ud83d\\ude00"') == "😀"


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
@checked(max_examples=300)
def test_any_bytes_are_plain_data_or_refused(data: bytes) -> None:
    for parse in (documents.parse_yaml, documents.parse_json):
        with suppress(DocumentError):
            json.dumps(parse(data))


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)
KEYS = ("step", "reward", "seconds", "explained", "episode", "given", "base", "sources", "pid", "ticket", "host", "launcher")


@given(st.sampled_from(FILES), st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4))
@checked(max_examples=100)
def test_values_of_any_type_break_no_reader_of_a_run(tmp_path_factory: pytest.TempPathFactory, name: str, row: dict) -> None:
    folder = tmp_path_factory.getbasetemp() / "any" / "run"
    folder.mkdir(parents=True, exist_ok=True)
    for one in FILES:
        (folder / one).unlink(missing_ok=True)
    (folder / "config.yaml").write_text("name: run\n")
    (folder / name).write_text(json.dumps(row) + "\n")
    run_record.read_config(folder)
    assert all(type(value) in (int, float) for one in run_record.metrics(folder) for value in one.values())
    assert run_record.samples(folder) == ()
    run_record.bases(folder.parent)
    if name == "process.json":
        assert not Runs(folder.parent).get("run").live


def test_a_bad_or_a_huge_line_is_left_out_and_the_others_are_read(tmp_path: Path) -> None:
    good = '{"step": 1, "reward": 2.0, "note": "x", "more": [1]}\n{"step": 2}\n'
    (tmp_path / "metrics.jsonl").write_text(DEEP + "\n" + good + '{"step": "3"}\n[4]\n{"step": 9' + "9" * 400 + "}\n{half")
    assert run_record.metrics(tmp_path) == ({"step": 1, "reward": 2.0}, {"step": 2})
    with (tmp_path / "metrics.jsonl").open("r+b") as file:
        file.truncate(documents.LARGEST_ROWS * 40)  # sparse: more than a gigabyte that takes no space
        file.seek(0, os.SEEK_END)
        file.write(b'\n{"step": 3}\n')
    assert run_record.metrics(tmp_path) == ({"step": 3},)


def test_nothing_outside_of_the_folder_is_read_through_links_and_pipes(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text('base: "my password"\n')
    folder = tmp_path / "runs" / "mine"
    (folder / "checkpoints").mkdir(parents=True)
    for name in ("config.yaml", "log.txt"):
        (folder / name).symlink_to(secret)
    os.mkfifo(folder / "status.json")
    (folder / "metrics.jsonl").symlink_to(folder / "metrics.jsonl")
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    (outside / "config.json").write_text("{}")
    (folder / "checkpoints" / "step-000001").symlink_to(outside)
    assert run_record.read_config(folder) == {}
    assert run_record.log_tail(folder) == ""
    assert run_record.base(folder) == ""
    assert run_record.metrics(folder) == ()
    assert run_record.checkpoints(folder) == ()
    assert Runs(folder.parent).get("mine").state == "damaged"
    (tmp_path / "linked").symlink_to(folder.parent)  # the folder of all runs may well be a link
    (folder / "config.yaml").unlink()
    (folder / "config.yaml").write_text("base: omni-mini\n")
    assert run_record.base(tmp_path / "linked" / "mine") == "omni-mini"


def test_a_sound_of_a_run_is_brought_only_if_it_is_what_its_name_says(home: Path) -> None:
    source = home / "runs" / "mine" / "audio"
    forged = AudioRef(path=f"00/{'0' * 64}.wav", seconds=1.0, sample_rate=16_000)
    climbing = AudioRef(path="../../../runs/mine/audio/x.wav", seconds=1.0, sample_rate=16_000)
    (source / "00").mkdir(parents=True)
    for one in (source / forged.path, source / "x.wav"):
        one.write_bytes(b"not what it says")
    assert locate(climbing, source).is_file()
    for ref in (forged, climbing):
        with pytest.raises(SpeechError, match="not what its name says"):
            audio.bring(ref, source)
    assert not (home / "audio").exists()


@pytest.mark.parametrize("text", [DEEP, "[]", "{}", '{"name": 1e999}', "x" * 2_000_000, "\ufeff{"])
def test_a_checkpoints_description_is_read_or_refused_in_words(text: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(AgentError, match="is not the configuration of an omni checkpoint"):
        read_config(tmp_path)
    assert wiring.hears(str(tmp_path)) in (True, False)

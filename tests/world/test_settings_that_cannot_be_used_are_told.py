"""Values of TARL_ variables that cannot be used are told in a sentence with the variable's name; paths are resolved once."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from platformdirs import user_data_path

from tarl_app.cli import FAILED, main
from tarl_app.core.errors import ConfigError
from tarl_app.core.settings import Settings, settings
from tarl_app.jobs.launch import LocalLauncher, read_json

NAMES = tuple(f"TARL_{name}".upper() for name in Settings.model_fields)
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=20)
VALUES = (
    TEXTS | st.integers().map(str) | st.floats().map(str) | st.sampled_from(["", "[]", "{}", '{"a": 1}', "~nobody-here/x"])
)
TELL = """
import json, os, sys
from pathlib import Path
from tarl_app.core.settings import settings
found = settings()
told = {"home": str(found.home), "talker": found.talker, "assets": {name: str(path) for name, path in found.assets.items()}}
Path(sys.argv[1]).write_text(json.dumps(told))
"""


@pytest.fixture(autouse=True)
def _read_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in os.environ:
        if name.startswith("TARL_ASSET"):
            monkeypatch.delenv(name)
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        *(("TARL_PORT", value) for value in ("abc", "", "-1", "0", "99999", "7860.5")),
        *(("TARL_THREADS", value) for value in ("0", "-3", "many", "1e99")),
        *(("TARL_PAUSE", value) for value in ("-1", "nan", "inf", "soon")),
        *(("TARL_LLM_MAX_USD", value) for value in ("-1", "nan", "inf", "$5")),
        *(("TARL_LLM_TIMEOUT", value) for value in ("0", "inf", "nan")),
        *((name, "maybe") for name in ("TARL_SPACE", "TARL_OFFLINE", "TARL_HUB", "TARL_LLM_AGENT_HEARS")),
        *((name, "~nobody-here/x") for name in ("TARL_HOME", "TARL_TALKER", "TARL_ASSET_WHISPER_TINY_EN")),
        *(("TARL_ASSETS", value) for value in ("[1]", "3")),
        ("TARL_HOST", ""),
    ],
)
def test_a_value_that_cannot_be_used_is_one_sentence_with_the_variables_name(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(variable, value)
    assert main(["home"]) == FAILED
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {variable} is set to {value!r}, which cannot be used: ")
    assert line.endswith(".")
    assert not line.endswith("..")


@given(values=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4))
def test_whatever_is_set_there_are_settings_or_one_line_of_words(values: dict[str, str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setenv(name, value)
        settings.cache_clear()
        told = ""
        try:
            assert settings().home.is_absolute()
        except ConfigError as error:
            told = str(error)
        assert len(told.splitlines()) <= 1
        assert not told or "TARL_" in told


@pytest.mark.parametrize(
    ("written", "meant"), [("data", "{here}/data"), ("./data", "{here}/data"), ("~/data", "{user}/data"), ("/x/y", "/x/y")]
)
def test_paths_are_what_they_were_where_the_process_was_started(
    written: str, meant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TARL_HOME", written)
    monkeypatch.setenv("TARL_ASSET_MINE", written)
    found = settings()
    monkeypatch.chdir("/")
    place = Path(meant.format(here=tmp_path, user=tmp_path / "user"))
    assert found.home == found.assets["mine"] == place
    assert found.runs == place / "runs"


def test_a_home_set_to_nothing_is_the_usual_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARL_HOME", "")
    assert settings().home == user_data_path("tarl-app").absolute()


@pytest.mark.parametrize("name", ["Qwen/Qwen2.5-Omni-7B", "omni-mini", "chat:org/model", ""])
def test_a_models_name_stays_and_its_folder_is_resolved(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine" / "talker").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TARL_AGENT", name)
    monkeypatch.setenv("TARL_TALKER", "mine/talker")
    assert settings().agent == name
    assert settings().talker == str(tmp_path / "mine" / "talker")


def test_a_background_process_works_with_the_same_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TARL_HOME", "data")
    monkeypatch.setenv("TARL_TALKER", "./talker")
    monkeypatch.setenv("TARL_ASSET_MINE", "weights")
    folder = settings().runs / "one"
    folder.mkdir(parents=True)
    LocalLauncher().start(folder, [sys.executable, "-c", TELL, str(tmp_path / "told")], 0.0)
    end = time.monotonic() + 60
    while not (told := read_json(tmp_path / "told")) and time.monotonic() < end:
        time.sleep(0.05)
    assert told == {
        "home": str(tmp_path / "data"),
        "talker": str(tmp_path / "talker"),
        "assets": {"mine": str(tmp_path / "weights")},
    }

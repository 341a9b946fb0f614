"""Whatever one run's files hold, all runs are listed, and that one with a sentence."""

import json
import os
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tarl_app.cli import main
from tarl_app.cli.output import Output
from tarl_app.cli.training.runs import list_runs, show_run
from tarl_app.core.errors import JobError
from tarl_app.jobs import launch, run_record
from tarl_app.jobs.runs import Runs

FILES = (launch.STATUS, launch.PROCESS, run_record.CONFIG, run_record.METRICS)
NUMBERS = st.integers() | st.integers(10**20, 10**30) | st.floats()
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["state", "step", "steps", "message", "pid", "host", "launcher", "stop", "ticket", "reward", "name"]
)
NEARLY = st.dictionaries(FIELDS, JSON | st.sampled_from(["running", "finished", "local", "created"]))
WRITTEN = (NEARLY | JSON).map(json.dumps).map(str.encode) | st.binary(max_size=60)
ENDLESS = b"[" * 100_000


def a_run(runs: Runs, name: str = "mine", **status: Any) -> Path:
    folder = runs.create(name, {"steps": 9}).folder
    if status:
        launch.write_json(folder / launch.STATUS, {"step": 4, "steps": 9, "message": "", **status})
    return folder


@given(written=st.dictionaries(st.sampled_from(FILES), WRITTEN, min_size=1))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_run_is_listed_whatever_the_files_of_one_hold(
    written: dict[str, bytes], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs, output = Runs(home / "runs"), Output(only_json=False)
    if not (home / "runs" / "good").exists():
        a_run(runs, "good", state="stopped")
        a_run(runs, "odd")
    for name in FILES:
        (runs.root / "odd" / name).unlink(missing_ok=True)
    (runs.root / "odd" / run_record.CONFIG).write_text("name: odd\n")
    for name, data in written.items():
        (runs.root / "odd" / name).write_bytes(data)
    capsys.readouterr()  # of the example before
    assert list_runs(Namespace(), output) == 0
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} == {"good", "odd"}
    assert show_run(Namespace(name="odd"), output) == 0
    assert json.dumps(runs.get("odd").as_json())


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        (launch.STATUS, b'{"state": "finished", "step": "many"}', "status.json does not say what it should"),
        (launch.STATUS, b'{"state": 3}', "status.json does not say what it should"),
        (launch.STATUS, b"[]", "status.json does not say what it should"),
        (launch.STATUS, b"\xff\x00", "status.json cannot be read"),
        (launch.STATUS, ENDLESS, "status.json cannot be read"),
        (launch.PROCESS, b'{"pid": "me"}', "process.json does not say what it should"),
        (launch.PROCESS, b"", "process.json cannot be read"),
        (run_record.CONFIG, b"- a\n- list\n", "config.yaml holds no configuration"),
        (run_record.CONFIG, b"\x00", "config.yaml holds no configuration"),
    ],
)
def test_a_damaged_run_is_told_in_a_sentence_is_not_started_and_can_be_deleted(
    name: str, data: bytes, said: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = Runs(home / "runs")
    (a_run(runs, state="stopped") / name).write_bytes(data)
    assert main(["runs", "list"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("mine ")
    assert "damaged      step" in line
    assert said in line
    assert line.endswith("mend it, or delete the run.")
    with pytest.raises(JobError, match=said):
        runs.start("mine")
    assert main(["runs", "delete", "mine"]) == 0
    assert runs.list() == ()


def test_a_status_that_is_a_pipe_is_not_waited_for(home: Path) -> None:
    runs = Runs(home / "runs")
    os.mkfifo(a_run(runs) / launch.STATUS)
    assert [run.state for run in runs.list()] == ["damaged"]


def test_a_message_is_one_line_that_steers_no_terminal(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = Runs(home / "runs")
    a_run(runs, state="failed", message="first\nsecond \x1b[2Jthird \ud800")
    assert main(["runs", "list"]) == 0
    out = capsys.readouterr().out
    assert out.rstrip("\n").splitlines()[0].startswith("mine")
    assert len(out.splitlines()) == 1
    assert "first second [2Jthird" in out
    assert "\x1b" not in out

"""Runs as directories, without any process."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tarl_app.core.errors import JobError
from tarl_app.jobs import launch
from tarl_app.jobs.launch import read_json, write_json
from tarl_app.jobs.runs import Runs

SHORT = {"steps": 3, "seconds": 0.01}


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path / "runs")


def test_a_run_of_another_machine_is_not_taken_for_one_of_this(runs):
    run = runs.create("far", SHORT)
    launch.set_state(run.folder, "running")
    launch.record(run.folder, {**launch.describe(os.getpid()), "host": "elsewhere"})
    assert runs.get("far").state == "interrupted"


@pytest.mark.parametrize("name", ["", "a/b", "..", ".hidden", "-x", "a b", "x" * 82, "a\n"])
def test_a_name_that_is_no_plain_folder_is_refused(runs, name):
    if name:
        with pytest.raises(JobError, match="cannot be a run's name"):
            runs.create(name, SHORT)
    else:
        assert runs.create(name, SHORT).name == "run"
    with pytest.raises(JobError, match="no run"):
        runs.get(name)


def test_a_name_is_given_once(runs):
    runs.create("mine", SHORT)
    with pytest.raises(JobError, match="already"):
        runs.create("mine", SHORT)


def test_a_disk_that_takes_nothing_more_is_told_in_words_and_leaves_no_half_of_a_run(runs):
    runs.create("before", SHORT)
    code = (
        "import sys; from pathlib import Path; from tarl_app.core.errors import JobError\n"
        "from tarl_app.jobs.runs import Runs\n"
        "try: Runs(Path(sys.argv[1])).create('after', {'steps': 1})\n"
        "except JobError as error: sys.exit(str(error))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(runs.root)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "cannot be written" in done.stderr
    assert "GB free" in done.stderr
    assert [run.name for run in runs.list()] == ["before"]
    assert [path.name for path in runs.root.iterdir() if path.is_dir() and path.name != "before"] == []


def test_a_status_that_cannot_be_written_whole_stays_what_it_was(tmp_path):
    write_json(tmp_path / "status.json", {"state": "running"})
    with pytest.raises(TypeError):
        write_json(tmp_path / "status.json", {"state": object()})
    assert read_json(tmp_path / "status.json") == {"state": "running"}


@pytest.mark.parametrize(("cores", "shares"), [(1, (1, 1)), (2, (1, 1)), (4, (1, 3)), (16, (4, 12))])
def test_the_threads_are_divided_between_the_page_and_a_run(cores, shares):
    assert launch.divide(cores) == shares

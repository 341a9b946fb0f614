"""A run lives as long as its process holds the lock on its folder, whatever clocks and ``process.json`` say."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tarl_app.core.errors import ConfigError, JobError
from tarl_app.evaluation import folder as evaluations
from tarl_app.evaluation.board import Board
from tarl_app.evaluation.evaluate import EvaluationConfig
from tarl_app.jobs import launch
from tarl_app.jobs.launch import LocalLauncher, read_json, write_json
from tarl_app.jobs.liveness import ALIVE, is_held
from tarl_app.jobs.runs import Run, Runs

SLEEPS = (
    "import sys; from pathlib import Path; from tarl_app.jobs import launch; import time\n"
    "launch.set_state(Path({root!r}) / sys.argv[-1], 'running', 'sleeps'); time.sleep(600)"
)
PATIENCE = 120.0


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    made = Runs(tmp_path, (LocalLauncher(),), (sys.executable, "-c", SLEEPS.format(root=str(tmp_path))))
    yield made
    for run in made.list():
        if run.process.get("pid") not in (None, os.getpid()):
            os.kill(int(run.process["pid"]), signal.SIGKILL)


def until(runs: Runs, name: str, holds: Callable[[Run], bool]) -> Run:
    end = time.monotonic() + PATIENCE
    while not holds(run := runs.get(name)):
        assert time.monotonic() < end, run
        time.sleep(0.05)
    return run


def clock_set(folder: Path, seconds: float) -> None:
    """What ``process.json`` says of the start is now so far from what the system says, as after a step of the clock."""
    process = read_json(folder / launch.PROCESS)
    write_json(folder / launch.PROCESS, {**process, "started": process["started"] + seconds})


def test_after_a_step_of_the_clock_a_live_run_is_live_and_is_not_deleted(runs: Runs) -> None:
    runs.create("mine", {})
    runs.start("mine")
    run = until(runs, "mine", lambda now: now.message == "sleeps")  # the waiting process has become the trainer
    pid = run.process["pid"]
    for step in (-3600.0, 3600.0):
        clock_set(run.folder, step)
        again = Runs(runs.root)
        assert again.get("mine").state == "running"
        for refused in (again.delete, again.start, again.adopt):
            with pytest.raises(JobError, match="running"):
                refused("mine")
    (run.folder / launch.PROCESS).unlink()
    with pytest.raises(JobError, match="Stop it before deleting it"):
        runs.delete("mine")
    assert run.folder.is_dir()
    os.kill(pid, signal.SIGKILL)
    assert until(runs, "mine", lambda now: not now.live).state == "interrupted"
    runs.delete("mine")
    assert not run.folder.exists()


def test_a_run_is_live_from_the_moment_it_is_started_and_without_its_lock_file_by_its_pid(runs: Runs) -> None:
    runs.create("mine", {})
    run = runs.start("mine")
    assert is_held(run.folder)
    (run.folder / ALIVE).unlink()
    assert runs.get("mine").live
    assert not is_held(run.folder)


def test_the_process_at_the_terminal_holds_the_lock_and_adopts_its_own_run_again(runs: Runs) -> None:
    run = runs.create("mine", {})
    runs.adopt("mine")
    assert runs.adopt("mine").name == "mine"
    launch.set_state(run.folder, "running")
    clock_set(run.folder, 7200)
    assert Runs(runs.root).get("mine").state == "running"


def test_a_run_of_another_machine_that_holds_the_lock_is_live_and_has_to_be_stopped_there(runs: Runs) -> None:
    run = runs.create("far", {})
    runs.adopt("far")
    launch.set_state(run.folder, "running")
    launch.record(run.folder, {**read_json(run.folder / launch.PROCESS), "host": "node7"})
    assert runs.get("far").state == "running"
    with pytest.raises(JobError, match="computed on node7; stop it there"):
        runs.stop("far")


def test_an_evaluation_is_live_as_long_as_its_folder_is_held(tmp_path: Path) -> None:
    board, folder = Board(tmp_path), tmp_path / "mine"
    with evaluations.held(folder):
        write_json(folder / evaluations.CONFIG, EvaluationConfig(agent="null").model_dump(mode="json"))
        write_json(folder / evaluations.STATUS, {"state": "running"})
        assert board.row("mine").state == "running"
        with pytest.raises(ConfigError, match="already working"), evaluations.held(folder):
            pass
    assert board.row("mine").state == "interrupted"


def test_looking_does_not_keep_a_run_from_taking_its_lock(runs: Runs) -> None:
    run = runs.create("mine", {})
    for _ in range(200):
        assert not is_held(run.folder)
    assert not (run.folder / ALIVE).exists()  # a look leaves nothing behind
    runs.adopt("mine")
    assert is_held(run.folder)

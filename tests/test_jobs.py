"""Background runs, with real processes: the counting trainer stands in for one that learns."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil
import pytest

from tarl_app.core.errors import JobError
from tarl_app.core.settings import settings
from tarl_app.jobs import launch, run_record
from tarl_app.jobs.launch import LocalLauncher, read_json
from tarl_app.jobs.runs import Run, Runs

TRAIN = (sys.executable, "-m", "tests.counting_run", "train")
LONG = {"steps": 100_000, "seconds": 0.05}
SHORT = {"steps": 3, "seconds": 0.01}
PATIENCE = 120.0


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("TARL_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    for path in (tmp_path / "runs").glob(f"*/{launch.PROCESS}"):
        if read_json(path).get("pid") != os.getpid():
            LocalLauncher().stop(path.parent, force=True)
    settings.cache_clear()


@pytest.fixture
def runs(home: Path) -> Runs:
    return Runs(home / "runs", (LocalLauncher(threads=1),), TRAIN)


def until(runs: Runs, name: str, holds: Callable[[Run], bool]) -> Run:
    end = time.monotonic() + PATIENCE
    while not holds(run := runs.get(name)):
        assert time.monotonic() < end, f"{name} stays {run}; log:\n{run_record.log_tail(run.folder)}"
        time.sleep(0.05)
    return run


def counting(run: Run) -> bool:
    return run.state == "running" and run.step >= 2


def started(runs: Runs, name: str, config: dict, holds: Callable[[Run], bool] = counting) -> Run:
    runs.create(name, config)
    runs.start(name)
    return until(runs, name, holds)


def test_a_run_goes_to_its_end_and_says_so(runs):
    runs.create("short", SHORT)
    assert runs.get("short").state == "created"
    assert runs.start("short").live
    run = runs.wait("short", PATIENCE)
    assert (run.state, run.step, run.steps) == ("finished", 3, 3)
    assert [row["reward"] for row in run_record.metrics(run.folder)] == [0.1, 0.2, 0.3]
    assert "counts from 0" in run_record.log_tail(run.folder)


def test_a_run_is_a_process_group_of_its_own_and_found_again_by_anybody_who_looks(runs):
    run = started(runs, "long", LONG)
    assert os.getpgid(run.process["pid"]) == run.process["pid"] != os.getpgid(0)
    again = Runs(runs.root, train=TRAIN).get("long")
    assert again.live
    assert again.process["pid"] == run.process["pid"]


def test_a_run_outlives_the_kill_of_whoever_started_it(runs):
    runs.create("orphan", LONG)
    code = (
        "import sys, time; from pathlib import Path; from tarl_app.jobs.runs import Runs\n"
        "Runs(Path(sys.argv[1]), train=sys.argv[2:]).start('orphan'); print('started', flush=True); time.sleep(600)"
    )
    app = subprocess.Popen([sys.executable, "-c", code, str(runs.root), *TRAIN], stdout=subprocess.PIPE)
    with app:
        assert app.stdout is not None
        assert app.stdout.readline() == b"started\n"
        app.kill()
    run = until(runs, "orphan", counting)
    until(runs, "orphan", lambda now: now.step > run.step)
    runs.stop("orphan")
    assert runs.wait("orphan", PATIENCE).state == "stopped"


def test_a_stopped_run_resumes_where_it_was(runs):
    started(runs, "long", LONG)
    assert runs.stop("long").state in ("stopping", "stopped")
    stopped = runs.wait("long", PATIENCE)
    assert stopped.state == "stopped"
    runs.start("long")
    until(runs, "long", lambda run: run.state == "running" and run.step > stopped.step)
    assert f"counts from {stopped.step} " in run_record.log_tail(stopped.folder)
    steps = [row["step"] for row in run_record.metrics(stopped.folder)]
    assert steps == [*range(1, len(steps) + 1)]


def test_a_run_killed_without_a_word_is_interrupted_and_can_be_resumed(runs):
    run = started(runs, "long", LONG)
    os.kill(run.process["pid"], signal.SIGKILL)
    run = until(runs, "long", lambda now: not now.live)
    assert read_json(run.folder / launch.STATUS)["state"] == "running"
    assert run.state == "interrupted"
    runs.start("long")
    assert until(runs, "long", counting).step >= run.step


def test_a_run_that_fails_leaves_its_error_in_the_log(runs):
    run = started(runs, "bad", {**SHORT, "fail": 1}, lambda now: not now.live)
    assert run.state == "interrupted"
    assert run_record.last_error(run.folder) == "ZeroDivisionError: step 1"


def test_a_second_stop_ends_what_does_not_listen(home):
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    runs = Runs(home / "runs", train=(sys.executable, "-c", deaf))
    run = runs.create("deaf", SHORT)
    runs.start("deaf")
    until(runs, "deaf", lambda now: "deaf" in run_record.log_tail(run.folder))
    assert runs.stop("deaf").state == "stopping"
    time.sleep(0.3)
    assert runs.get("deaf").state == "stopping"
    runs.stop("deaf")
    assert runs.wait("deaf", PATIENCE).state == "stopped"


def test_runs_of_one_device_wait_for_one_another_in_their_order(runs):
    first = started(runs, "first", LONG)
    for name in ("second", "third"):
        runs.create(name, SHORT)
        runs.start(name)
    waiting = until(runs, "third", lambda run: run.message == "Waits for first, second.")
    assert waiting.state == "queued"
    assert runs.get("second").state == "queued"
    os.kill(first.process["pid"], signal.SIGKILL)
    assert runs.wait("second", PATIENCE).state == runs.wait("third", PATIENCE).state == "finished"
    ends = [(runs.get(name).folder / launch.STATUS).stat().st_mtime for name in ("second", "third")]
    assert ends == sorted(ends)


def test_the_run_keeps_the_process_that_waited_for_it(runs):
    runs.create("short", LONG)
    pid = runs.start("short").process["pid"]
    run = until(runs, "short", counting)
    assert run.process["pid"] == pid
    assert "tests.counting_run" in psutil.Process(pid).cmdline()


def test_a_waiting_run_can_be_stopped_and_leaves_the_queue(runs):
    started(runs, "first", LONG)
    for name in ("second", "third"):
        runs.create(name, SHORT)
        runs.start(name)
    until(runs, "third", lambda run: run.message == "Waits for first, second.")
    runs.stop("second")
    assert runs.wait("second", PATIENCE).state == "stopped"
    until(runs, "third", lambda run: run.message == "Waits for first.")


def test_runs_of_two_devices_do_not_wait_for_one_another(runs):
    started(runs, "first", LONG)
    other = Runs(runs.root, (LocalLauncher("other"),), TRAIN)
    assert started(other, "second", SHORT, lambda run: run.state == "finished")
    assert runs.get("first").live


def test_a_run_gets_its_share_of_the_threads_and_stands_back(home):
    runs = Runs(home / "runs", (LocalLauncher(threads=3),), TRAIN)
    run = started(runs, "long", LONG)
    assert "with 3 threads" in run_record.log_tail(run.folder)
    assert psutil.Process(run.process["pid"]).nice() >= launch.NICE


def test_another_process_with_the_same_number_is_not_taken_for_the_run(runs):
    run = runs.create("old", SHORT)
    launch.set_state(run.folder, "running")
    mine = launch.describe(os.getpid())
    launch.record(run.folder, {**mine, "started": mine["started"] - 3600})
    assert runs.get("old").state == "interrupted"
    launch.record(run.folder, mine)
    assert runs.get("old").state == "running"


def test_a_live_run_cannot_be_deleted_started_or_adopted(runs):
    started(runs, "long", LONG)
    for refused in (runs.delete, runs.start, runs.adopt):
        with pytest.raises(JobError, match="running"):
            refused("long")
    assert runs.get("long").live


def test_a_deleted_run_is_gone_with_its_folder(runs):
    run = runs.create("old", SHORT)
    runs.delete("old")
    assert not run.folder.exists()
    assert runs.list() == ()
    with pytest.raises(JobError, match="no run 'old'"):
        runs.get("old")


def test_a_duplicate_has_the_configuration_with_the_changes_and_nothing_else(runs):
    started(runs, "short", SHORT, lambda run: run.state == "finished")
    copy = runs.duplicate("short", steps=9)
    assert copy.name == "short-2"
    assert copy.state == "created"
    assert run_record.read_config(copy.folder) == {**SHORT, "steps": 9, "name": "short-2"}
    assert runs.duplicate("short-2").name == "short-3"


def test_what_is_over_cannot_be_stopped_and_what_is_finished_cannot_be_resumed(runs):
    started(runs, "short", SHORT, lambda run: run.state == "finished")
    with pytest.raises(JobError, match="nothing to stop"):
        runs.stop("short")
    runs.wait("short", PATIENCE)
    with pytest.raises(JobError, match="Duplicate it"):
        runs.start("short")


def test_the_page_knows_which_runs_compute_beside_it(runs):
    started(runs, "first", LONG)
    runs.create("second", SHORT)
    runs.start("second")
    until(runs, "second", lambda run: run.message == "Waits for first.")
    assert runs.computing() == ("first",)


def test_a_run_that_has_just_stopped_can_be_resumed_at_once_although_its_process_is_still_leaving(home):
    slow = (
        "import pathlib, sys, time; from tarl_app.jobs import launch\n"
        f"folder = pathlib.Path({str(home)!r}) / 'runs' / sys.argv[-1]; again = '--resume' in sys.argv\n"
        "launch.set_state(folder, 'finished' if again else 'stopped'); time.sleep(0 if again else 3)"
    )
    runs = Runs(home / "runs", train=(sys.executable, "-c", slow))
    run = runs.create("slow", SHORT)
    runs.start("slow")
    until(runs, "slow", lambda now: now.state == "stopped")
    assert LocalLauncher().alive(run.folder)
    runs.start("slow")
    assert runs.wait("slow", PATIENCE).state == "finished"


class Elsewhere(LocalLauncher):
    """A second place to compute: its runs bear its name and do not wait for the first one's."""

    name = "elsewhere"

    def start(self, folder: Path, command: Sequence[str], ticket: float) -> None:
        super().start(folder, command, ticket)
        launch.record(folder, {**read_json(folder / launch.PROCESS), "launcher": self.name})


def test_a_second_launcher_starts_watches_and_stops_its_own_runs_beside_the_first(runs):
    both = Runs(runs.root, (LocalLauncher(), Elsewhere("far")), TRAIN)
    started(both, "here", LONG)
    both.create("there", LONG)
    both.start("there", "elsewhere")
    assert until(both, "there", counting).process["launcher"] == "elsewhere"
    assert both.get("here").live
    both.stop("there")
    assert both.wait("there", PATIENCE).state == "stopped"
    with pytest.raises(JobError, match=r"cannot be started by 'nowhere'\. There are: local, elsewhere"):
        both.start("there", "nowhere")


def test_the_process_at_the_terminal_owns_its_run_and_holds_the_device(runs):
    runs.create("mine", LONG)
    launch.set_state(runs.adopt("mine").folder, "running")
    assert runs.get("mine").process["pid"] == os.getpid()
    runs.create("next", SHORT)
    runs.start("next")
    assert until(runs, "next", lambda run: bool(run.message)).message == "Waits for mine."
    runs.stop("next")
    assert runs.wait("next", PATIENCE).state == "stopped"

"""A run in several processes without a launcher: it learns as one would, stops as one does, and leaves nobody behind."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import torch.distributed as dist

from tarl_app.core.errors import JobError
from tarl_app.core.settings import settings
from tarl_app.jobs import run_record
from tarl_app.jobs.launch import STATUS, read_json
from tarl_app.training.configuration.config import TrainConfig, write_config
from tarl_app.training.configuration.presets import PRESETS
from tarl_app.training.distributed import ranks
from tarl_app.training.distributed.processes import Processes
from tarl_app.training.train import StopAsked, main

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
TINY = PRESETS["tiny"].model_copy(update={"groups": 4, "group_size": 2, "dynamic_sampling": False, "checkpoint_every": 1})


def started(home: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tarl_app", "train", *arguments],
        env={**os.environ, "TARL_HOME": str(home), "TARL_THREADS": "2", "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def written(home: Path, **changes: object) -> str:
    path = home / f"{changes['name']}.yaml"
    write_config(TINY.model_copy(update=changes), path)
    return str(path)


def metrics(home: Path, name: str) -> list[dict]:
    return run_record.metrics(home / "runs" / name)


def helpers(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The other ranks: children that run Python, without multiprocessing's own resource tracker."""
    children = psutil.Process(process.pid).children(recursive=True)
    return [one for one in children if "spawn_main" in " ".join(one.cmdline())]


def until_a_step_is_done(process: subprocess.Popen[str], home: Path, name: str) -> None:
    folder = home / "runs" / name
    while not metrics(home, name):
        assert process.poll() is None, process.stdout and process.stdout.read()
        assert read_json(folder / STATUS).get("state") != "failed"
        time.sleep(0.1)


def ended(processes: list[psutil.Process]) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=30)
    return not alive


def test_two_processes_share_the_groups_and_learn_what_one_learns(tmp_path: Path) -> None:
    process = started(tmp_path, written(tmp_path, name="two", steps=2, processes=2))
    said, _ = process.communicate()
    assert process.returncode == 0, said
    main(TINY.model_copy(update={"name": "one", "steps": 1}), runs=tmp_path / "runs")
    one, two = metrics(tmp_path, "one"), metrics(tmp_path, "two")
    assert [row["rollouts"] for row in two] == [8, 8]
    for key in ("reward", "loss", "grad_norm"):  # of the first step, before float32 sums in another order lead elsewhere
        assert two[0][key] == pytest.approx(one[0][key], rel=1e-3), key
    assert json.loads((tmp_path / "runs" / "two" / STATUS).read_text())["state"] == "finished"


def test_stop_ends_all_of_them_and_resume_goes_on(tmp_path: Path) -> None:
    process = started(tmp_path, written(tmp_path, name="two", steps=400, processes=2))
    until_a_step_is_done(process, tmp_path, "two")
    others = helpers(process)
    assert len(others) == 1
    others[0].suspend()  # one that takes long, or hangs, does not hold the stop up
    time.sleep(1.0)
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "is stopped at step" in said
    assert "Traceback" not in said
    assert ended(others)
    more = len(metrics(tmp_path, "two")) + 1
    main(TINY.model_copy(update={"name": "two", "steps": more}), resume=True, runs=tmp_path / "runs")
    steps = [row["step"] for row in metrics(tmp_path, "two")]
    assert steps == list(range(1, len(steps) + 1))
    assert read_json(tmp_path / "runs" / "two" / STATUS)["state"] == "finished"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells children of their parent's death on Linux alone")
def test_a_run_that_is_killed_leaves_no_process_behind(tmp_path: Path) -> None:
    process = started(tmp_path, written(tmp_path, name="two", steps=400, processes=2))
    until_a_step_is_done(process, tmp_path, "two")
    others = helpers(process)
    assert len(others) == 1
    process.kill()
    assert ended(others)
    process.communicate()


def test_a_process_that_dies_ends_the_run_in_words(tmp_path: Path) -> None:
    process = started(tmp_path, written(tmp_path, name="two", steps=400, processes=2))
    until_a_step_is_done(process, tmp_path, "two")
    helpers(process)[0].kill()
    process.communicate(timeout=60)
    assert process.returncode != 0
    status = read_json(tmp_path / "runs" / "two" / STATUS)
    assert status["state"] == "failed"
    assert "Another process of this run has ended" in status["message"]


class Left(dist.Work):
    """What an exchange is whose other side has ended."""

    def is_completed(self) -> bool:
        return True

    def wait(self, timeout: object = None) -> bool:
        raise RuntimeError("Connection closed by peer")


def test_where_all_were_asked_to_stop_one_that_left_before_is_no_failure() -> None:
    def stop() -> None:
        raise StopAsked

    processes = Processes("cpu")
    with pytest.raises(JobError, match="Another process of this run has ended"):
        processes.wait(Left())
    processes.check = stop
    with pytest.raises(StopAsked):
        processes.wait(Left())


@pytest.mark.parametrize(("threads", "asked", "groups", "found"), [(8, 2, 4, 2), (1, 2, 4, 1), (8, 4, 3, 3), (8, 1, 4, 1)])
def test_no_more_processes_than_threads_or_groups(
    threads: int, asked: int, groups: int, found: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    monkeypatch.setenv("TARL_THREADS", str(threads))
    settings.cache_clear()
    config = TrainConfig(processes=asked, groups=groups, device="cpu")
    assert ranks.count(config) == found
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert ranks.count(config) == 1  # a launcher has started the others
    settings.cache_clear()

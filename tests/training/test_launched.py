"""The command of docs/training.md for several GPUs, on a CPU: ``accelerate launch`` starts two processes of ``train``."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tarl_app.jobs import run_record
from tarl_app.training.configuration.config import write_config
from tarl_app.training.configuration.presets import PRESETS

# Three more Python processes import torch.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
ROOT = Path(__file__).parents[2]


def test_two_launched_processes_write_one_run_of_the_rollouts_of_both(tmp_path: Path) -> None:
    changes = {"steps": 2, "groups": 3, "group_size": 2, "dynamic_sampling": False, "device": "cpu"}
    write_config(PRESETS["tiny"].model_copy(update=changes), tmp_path / "run.yaml")
    command = [sys.executable, "-m", "accelerate.commands.launch", "--config_file", "configs/fsdp2.yaml"]
    command += ["--num_processes", "2", "--main_process_port", "0", "-m", "tarl_app"]
    command += ["train", str(tmp_path / "run.yaml"), "--name", "big"]
    threads = {"OMP_NUM_THREADS": "1", "TARL_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    environment = {**os.environ, **threads, "TARL_HOME": str(tmp_path / "home")}
    with (tmp_path / "log.txt").open("w") as log:
        launcher = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            code = launcher.wait(timeout=240)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(launcher.pid, signal.SIGKILL)
            launcher.wait()
    said = (tmp_path / "log.txt").read_text()
    assert code == 0, said
    (folder,) = [path for path in (tmp_path / "home" / "runs").iterdir() if not path.name.startswith(".")]
    assert folder.name == "big"
    rows = (folder / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(row)["step"] for row in rows] == [1, 2]
    for row in run_record.metrics(folder):
        assert row["rollouts"] + row["failures"] == 6  # four of one process, two of the other
        assert row["failures"] == 0
    assert [one.step for one in run_record.checkpoints(folder)] == [2]
    assert json.loads((folder / "status.json").read_text())["state"] == "finished"
    assert said.count("big is finished at step 2 of 2.") == 1

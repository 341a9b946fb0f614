"""What is left of a run that is killed while it writes, or whose disk becomes full: nothing corrupt, and it can go on."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tarl_app.agents.omni.model.checkpoint import load_checkpoint
from tarl_app.jobs import run_record
from tarl_app.training.train import main
from tests.training import full_disk
from tests.training.test_train import rows, status, usual, written

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
ROOT = Path(__file__).parents[2]
SIZE = "24m"
CHILD = """
import sys
from pathlib import Path
from tarl_app.training.train import main
from tests.training.test_train import usual, written
folder = Path(sys.argv[1])
main(written(name="killed", steps=60, checkpoint_every=1), resume=True, parts_of=usual(folder), runs=folder)
"""
MOUNTED = ["unshare", "-Urm", "sh", "-c", f'mount -t tmpfs -o size={SIZE} tmpfs "$1" && shift && exec "$@"', "sh"]


def can_mount() -> bool:
    """Whether this machine lets anybody have a small file system of their own."""
    done = subprocess.run(["unshare", "-Urm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False)
    return done.returncode == 0


@pytest.mark.parametrize("way", ["limit", *(["disk"] if can_mount() else [])])
def test_a_full_disk_is_told_in_words_corrupts_nothing_and_the_run_goes_on_once_there_is_room(
    way: str, tmp_path: Path
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    command = [sys.executable, "-W", "error", "-m", "tests.training.full_disk", str(small), way]
    done = subprocess.run(
        [*MOUNTED, str(small), *command] if way == "disk" else command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    why = {"disk": "No space left on device", "limit": "File too large"}[way]
    assert why in found["refused"]
    assert "Free some space" in found["refused"]
    assert found["full"]["status"]["state"] == "failed"
    assert found["full"]["status"]["message"] == found["refused"]
    whole_ones = found["full"]["checkpoints"]  # each of them was loaded
    assert full_disk.BEFORE <= len(whole_ones) < full_disk.STEPS
    assert whole_ones == list(range(1, len(whole_ones) + 1))
    assert found["full"]["left"] == []
    assert found["again"] == ""
    assert found["end"]["status"]["state"] == "finished"
    assert found["end"]["checkpoints"] == list(range(1, full_disk.STEPS + 1))
    whole = written(name="whole", steps=full_disk.STEPS, checkpoint_every=1, samples=1)
    main(whole, parts_of=usual(tmp_path), runs=tmp_path)
    assert found["rows"] == rows(tmp_path / "whole")


def stopped_while_writing(folder: Path, runs: Path) -> bool:
    """Kills the run; whether that was while a checkpoint lay there half written."""
    process = subprocess.Popen([sys.executable, "-c", CHILD, str(runs)], cwd=ROOT)
    checkpoints = folder / "checkpoints"
    before = len(run_record.checkpoints(folder))
    caught = False
    while process.poll() is None and not caught:
        if len(run_record.checkpoints(folder)) > before and any(checkpoints.glob(".writing-*")):
            process.send_signal(signal.SIGSTOP)
            time.sleep(0.05)
            caught = any(checkpoints.glob(".writing-*"))
            if not caught:
                process.send_signal(signal.SIGCONT)
        time.sleep(0.0005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return caught


def test_a_kill_while_a_checkpoint_is_written_leaves_whole_checkpoints_and_the_run_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    assert stopped_while_writing(folder, tmp_path)
    assert status(folder)["state"] == "running"
    found = run_record.checkpoints(folder)
    assert found
    for one in found:
        load_checkpoint(one.folder)
    steps = found[-1].step + 2
    main(written(name="killed", steps=steps, checkpoint_every=1), resume=True, parts_of=usual(tmp_path), runs=tmp_path)
    assert status(folder)["state"] == "finished"
    assert [one.step for one in run_record.checkpoints(folder)][-1] == steps
    assert not list(folder.rglob(".writing-*"))
    main(written(name="whole", steps=steps, checkpoint_every=1), parts_of=usual(tmp_path), runs=tmp_path)
    assert rows(folder) == rows(tmp_path / "whole")

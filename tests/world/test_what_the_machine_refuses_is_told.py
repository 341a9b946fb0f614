"""A disk that is full, a folder that cannot be written, too many open files: a sentence and an exit code, no traceback."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tarl_app import assets, wiring
from tarl_app.cli import FAILED, main
from tarl_app.core.errors import JobError
from tarl_app.core.process.system_errors import advice, in_one_sentence
from tarl_app.core.settings import settings
from tarl_app.jobs import launch
from tarl_app.jobs.runs import Runs

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
WRITING = (
    ("simulate", "--task", "retail-dev-000", "--agent", "scripted"),
    ("evaluate", "--agent", "null", "--limit", "1"),
    ("compare", "null", "scripted", "--limit", "1"),
    ("episodes", "list"),
    ("reward", "sweep", "stored"),
    ("judge", "exam", "--limit", "2"),
)
READING = (("home",), ("runs", "list"), ("tasks", "list", "--limit", "1"), ("assets", "list"))
EACH = """
import json, sys
from tarl_app.cli import main
print(json.dumps([main(arguments) for arguments in json.loads(sys.argv[1])]), file=sys.stderr)
"""
FULL = """
import resource, sys
from pathlib import Path
from tarl_app.jobs import launch
from tarl_app.cli import main
from tarl_app.core.settings import settings
if sys.argv[1] == "limit":
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
code = main(["evaluate", "--agent", "null", "--limit", "50", "--name", "mine"])
print((settings().evaluations / "mine" / launch.STATUS).read_text())
sys.exit(code)
"""
MOUNT = 'mount -t tmpfs -o size=160k tmpfs "$1" && shift && exec "$@"'
AS_ANYBODY = """
import ctypes, os, sys
if os.geteuid() == 0:  # its rights to read and write what nobody may (DAC_OVERRIDE, DAC_READ_SEARCH) end with the next exec
    for capability in (1, 2):
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


@pytest.fixture(autouse=True)
def _opened_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TARL_OFFLINE", "1")
    cached = (settings, wiring.make_store, assets.store)
    for one in cached:
        one.cache_clear()
    yield
    for one in cached:
        one.cache_clear()


def mounted(folder: Path) -> list[str]:
    """What begins a command that finds a disk of its own there, of 160 kB."""
    return ["unshare", "-Urm", "sh", "-c", MOUNT, "sh", str(folder)]


def can_mount(folder: Path) -> bool:
    return subprocess.run([*mounted(folder), "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("arguments", WRITING, ids=" ".join)
@pytest.mark.parametrize("below", ["", "further/below"])
def test_a_home_where_a_file_lies_is_told_by_every_command_that_writes(
    arguments: tuple[str, ...],
    below: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("TARL_HOME", str(tmp_path / "file" / below))
    assert main(arguments) == FAILED
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("error: ")
    assert str(tmp_path / "file") in last


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_what_only_reads_needs_no_home(arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("TARL_HOME", str(tmp_path / "file"))
    assert main(arguments) == 0


def test_a_home_that_may_not_be_written_is_told_by_every_command(tmp_path: Path) -> None:
    home = tmp_path / "home"
    folder = Runs(home / "runs").create("mine", {"steps": 1}).folder
    launch.set_state(folder, "stopped")
    for path in (folder, home / "runs", home):
        path.chmod(0o555)
    commands = [*WRITING, ("runs", "delete", "mine"), ("runs", "resume", "mine")]
    done = subprocess.run(
        [sys.executable, "-c", AS_ANYBODY, "-c", EACH, json.dumps(commands)],
        cwd=ROOT,
        env={**os.environ, "TARL_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    (home / "runs").chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stderr.splitlines()[-1]) == [FAILED] * len(commands)
    assert done.stderr.count("error: ") == len(commands)
    assert "Traceback" not in done.stderr


def test_an_evaluation_on_a_full_disk_has_failed_and_says_why(tmp_path: Path) -> None:
    way = "disk" if can_mount(tmp_path) else "limit"  # where nobody may have a small disk, no file may grow
    done = subprocess.run(
        [*(mounted(tmp_path) if way == "disk" else ()), sys.executable, "-c", FULL, way],
        cwd=ROOT,
        env={**os.environ, "TARL_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == FAILED, done.stderr
    status = json.loads(done.stdout)
    assert status["state"] == "failed"
    assert {"disk": "No space left on device", "limit": "File too large"}[way] in status["message"]
    assert "Free some space" in status["message"]
    assert done.stderr.splitlines()[-1] == f"error: {status['message']}"


def test_a_status_is_told_over_the_one_before_where_nothing_new_fits(tmp_path: Path) -> None:
    if not can_mount(tmp_path):
        pytest.skip("this machine lets nobody have a small file system of their own")
    tell = """
import sys
from pathlib import Path
from tarl_app.jobs import launch
folder = Path(sys.argv[1])
launch.set_state(folder, "running", "a message that is longer than the last one")
try:
    (folder / "filler").write_bytes(bytes(10**6))
except OSError:
    launch.set_state(folder, "failed", "short")
print((folder / launch.STATUS).read_text())
"""
    command = [*mounted(tmp_path), sys.executable, "-c", tell, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    assert (found["state"], found["message"]) == ("failed", "short"), done.stderr


def test_an_output_that_takes_nothing_more_is_told() -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "tarl_app", "home"]
        done = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == FAILED
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: The output, or a file, cannot be written (No space left on device).")


def test_a_file_where_the_runs_should_lie_is_told(home: Path) -> None:
    (home / "runs").write_text("not a folder")
    with pytest.raises(JobError, match="A file lies where a folder is needed"):
        Runs(home / "runs").create("mine", {"steps": 1})


@pytest.mark.parametrize("port", ["99999", "-1", "8000a"])
def test_a_number_that_is_no_port_is_told(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["serve-rollouts", "--port", port])
    assert ended.value.code == FAILED
    assert "--port" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EMFILE, errno.ENOTDIR, errno.EIO])
def test_a_state_of_the_machine_is_a_sentence_that_says_what_to_do(code: int) -> None:
    told = in_one_sentence(OSError(code, os.strerror(code), "/a/file"))
    assert told.startswith(f"/a/file cannot be read or written ({os.strerror(code)}). ")
    assert told.endswith(".")
    assert told.endswith(advice(OSError(code, "")))


@pytest.mark.parametrize("code", [errno.ENOENT, errno.EBADF, errno.EINVAL, None])
def test_a_mistake_of_the_program_is_none(code: int | None) -> None:
    assert in_one_sentence(OSError(code, "a mistake")) == ""

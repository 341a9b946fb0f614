"""What is made ready so that nobody who talks waits for it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tarl_app.core.paths import ROOT
from tarl_app.core.process.switching import INTERVAL, switch_often

PYTHONS = 0.005
"""Seconds between threads, where a program sets nothing."""
PROGRAM = """
import sys
import app
given = app.services([])
before = "scipy.signal" in sys.modules
given.readiness.load()
print(before, "scipy.signal" in sys.modules)
"""


def test_what_resampling_imports_is_there_before_anybody_speaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARL_HOME", str(tmp_path))
    monkeypatch.setenv("TARL_AGENT", "scripted")
    command = [sys.executable, "-c", PROGRAM]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert found.stdout.split() == ["False", "True"], found.stderr


def test_threads_let_each_other_go_on_soon() -> None:
    before = sys.getswitchinterval()
    try:
        sys.setswitchinterval(PYTHONS)  # whatever the tests before have left
        switch_often()
        assert sys.getswitchinterval() == pytest.approx(INTERVAL)
        assert INTERVAL < PYTHONS / 2
    finally:
        sys.setswitchinterval(before)

"""The benchmarks as commands."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def run(script: str, *options: str) -> dict[str, Any]:
    """The JSON that a script prints."""
    command = [sys.executable, f"benchmarks/{script}.py", *options, "--json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)

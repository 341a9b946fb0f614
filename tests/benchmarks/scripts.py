"""The benchmarks as commands, and as modules."""

import importlib.util
import io
import json
import subprocess
import sys
import warnings
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]


def run(script: str, *options: str) -> dict[str, Any]:
    """The JSON that a script prints."""
    command = [sys.executable, f"benchmarks/{script}.py", *options, "--json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def call(script: str, *options: str) -> dict[str, Any]:
    """The same JSON, by the script's ``main`` in this process, which has imported and loaded most of it already."""
    given, sys.argv = sys.argv, [script, *options, "--json"]
    try:
        with redirect_stdout(io.StringIO()) as said, warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # a peer's own open files are no failure of the benchmark
            assert not load(script).main()
    finally:
        sys.argv = given
    return json.loads(said.getvalue())


def load(script: str) -> ModuleType:
    """The script as a module; it is in no package."""
    spec = importlib.util.spec_from_file_location(f"benchmarks_{script}", ROOT / "benchmarks" / f"{script}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_benchmark_prints_one_object_and_beats_its_peer():
    command = [sys.executable, "benchmarks/sandbox.py", "--json", "--rounds", "1", "--naive-tasks", "3"]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout)
    assert found.keys() == {"episodes_per_second", "naive_episodes_per_second", "ratio"}
    assert found["ratio"] > 3

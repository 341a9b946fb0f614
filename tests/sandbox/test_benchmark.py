import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_benchmark_prints_one_object_with_both_speeds_and_their_ratio():
    command = [sys.executable, "benchmarks/sandbox.py", "--json", "--rounds", "1", "--naive-tasks", "3"]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout)
    assert found.keys() == {"episodes_per_second", "naive_episodes_per_second", "ratio"}
    assert found["ratio"] == pytest.approx(found["episodes_per_second"] / found["naive_episodes_per_second"], rel=0.01)

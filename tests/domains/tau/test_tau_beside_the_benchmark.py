"""Our tools beside the benchmark's own code, where ``TAU_BENCH_DIR`` names a copy of it."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tarl_app.domains.tau.copy.check import check
from tarl_app.domains.tau.copy.importing import import_copy
from tarl_app.domains.tau.domain import imported
from tarl_app.domains.tau.world import World
from tests.benchmarks.scripts import load
from tests.domains.tau.near_valid import Calls

SCRIPT = load("tau_bench")
FOLDER = os.environ.get("TAU_BENCH_DIR", "")
pytestmark = pytest.mark.skipif(not FOLDER, reason="TAU_BENCH_DIR names no copy of tau-bench")
CALLS = int(os.environ.get("TAU_BENCH_CALLS", "600"))


@pytest.fixture
def benchmark(home: Path) -> Callable[[str, Any], Any]:
    import_copy(Path(FOLDER))
    return SCRIPT.theirs(Path(FOLDER))


def parts(home: Path, kind: str) -> Any:
    return imported(home / "domains" / f"tau-{kind}", f"tau-{kind}")


@pytest.mark.parametrize("kind", ["retail", "airline"])
def test_the_same_texts_and_the_same_data_after_thousands_of_calls(
    home: Path, benchmark: Callable[[str, Any], Any], kind: str
) -> None:
    ours, env = parts(home, kind), benchmark(kind, "test")
    action = sys.modules["tau_bench.types"].Action
    rng, world, succeeded = Random(kind), World(ours.base()), 0
    env.data, env.terminate_tools = env.data_load_func(), []  # a transfer would end the episode and load the data anew
    calls = Calls(env.data, ours.tools.specs, rng)
    for number in range(CALLS):
        name, arguments = calls.draw()
        mine = ours.tools.call(world, name, arguments)
        if mine == "Error: nothing more can be done by this tool":
            continue  # a fourth certificate, by which the benchmark's episode ends with a fault of its own
        answer = env.step(action(name=name, kwargs=json.loads(json.dumps(arguments)))).observation
        assert mine == answer, (name, arguments)
        succeeded += not answer.startswith(("Error", "Unknown"))
        if number % 200 == 199:
            assert world.digest() == env.get_data_hash()
    assert world.digest() == env.get_data_hash()
    assert succeeded > CALLS / 3


@pytest.mark.parametrize("kind", ["retail", "airline"])
def test_the_same_arguments_are_asked_for(home: Path, benchmark: Callable[[str, Any], Any], kind: str) -> None:
    """Names, types, choices and what is required; the descriptions are ours."""

    def bare(schema: Any) -> Any:
        if isinstance(schema, dict):
            return {key: bare(one) for key, one in sorted(schema.items()) if key != "description" or isinstance(one, dict)}
        return sorted(map(bare, schema), key=str) if isinstance(schema, list) else schema

    told = {one["function"]["name"]: bare(one["function"]["parameters"]) for one in benchmark(kind, "test").tools_info}
    mine = {tool.name: bare(tool.parameters) for tool in parts(home, kind).tools.specs}
    assert mine.keys() == told.keys()
    for name, schema in mine.items():
        assert schema["properties"] == told[name]["properties"], name
        assert schema["required"] == sorted(told[name]["required"]), name


@pytest.mark.parametrize("kind", ["retail", "airline"])
def test_every_solution_leaves_the_same_data(home: Path, benchmark: Callable[[str, Any], Any], kind: str) -> None:
    for _, split in (one for one in SCRIPT.SPLITS if one[0] == kind and one[1] != "train"):
        found = check(parts(home, kind))[split]
        assert list(found.hashes) == list(SCRIPT.gold_hashes(benchmark(kind, split)))
        assert found.gold_states_equal in (None, found.tasks)

"""Gold replay of tau-bench's tasks by the benchmark's own code and by ours, in the same run.

    TAU_BENCH_DIR=~/tau-bench python benchmarks/tau_bench.py --json

An episode is: begin the task, make the calls of its own solution, score. The benchmark loads its data, plays, hashes,
loads again, plays the solution once more, and hashes; ours begins with an empty view of shared data and compares what
changed. Each task is played by both, one after the other, and both must give the reward 1.

``--reference FILE`` writes the hashes that the benchmark's own code computes; ``import tau-bench --check`` compares them.
The benchmark's Python is run here, and nowhere else outside of tests.
"""

import argparse
import importlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Literal

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

SPLITS: tuple[tuple[str, Literal["test", "train", "dev"]], ...] = (
    ("retail", "test"),
    ("retail", "train"),
    ("retail", "dev"),
    ("airline", "test"),
)


def theirs(folder: Path) -> Callable[[str, str], Any]:
    """Makes the benchmark's own environments; their customer says nothing, and their ``litellm`` is an empty module."""
    sys.path.insert(0, str(folder))
    sys.modules.setdefault("litellm", ModuleType("litellm")).completion = None  # type: ignore[attr-defined]
    base = importlib.import_module("tau_bench.envs.base")
    silent = SimpleNamespace(reset=lambda instruction=None: "", step=lambda content: "", get_total_cost=lambda: 0.0)
    base.load_user = lambda **_: silent  # type: ignore[attr-defined]
    envs = importlib.import_module("tau_bench.envs")
    return lambda kind, split: envs.get_env(kind, "human", "", split, task_index=0)


def gold_hashes(env: Any) -> Iterator[str]:
    """The data hash after each task's own solution, by the benchmark's own code."""
    for task in env.tasks:
        env.data = env.data_load_func()
        for action in task.actions:
            if action.name not in env.terminate_tools:
                env.step(action)
        yield env.get_data_hash()


def write_reference(folder: Path, out: Path) -> None:
    """Writes the first digits of all hashes, by digests of data and tasks."""
    from tarl_app.domains.tau.copy.check import DIGITS
    from tarl_app.domains.tau.copy.importing import import_copy
    from tarl_app.domains.tau.domain import imported

    make, found = theirs(folder), dict[str, list[str]]()
    with tempfile.TemporaryDirectory() as home:
        _home(home)
        import_copy(folder)
        for kind, split in SPLITS:
            parts = imported(Path(home) / "domains" / f"tau-{kind}", f"tau-{kind}")
            key = f"{parts.manifest.data[:DIGITS]}/{parts.manifest.tasks[split][:DIGITS]}"
            found[key] = [one[:DIGITS] for one in gold_hashes(make(kind, split))]
    rows = ",\n".join(f"{json.dumps(key)}: {json.dumps(hashes)}" for key, hashes in found.items())
    out.write_text(f"{{\n{rows}\n}}\n", encoding="utf-8")


def measure(folder: Path, limit: int) -> list[dict[str, Any]]:
    """One row a split: episodes a second of both, and their ratio."""
    from tarl_app.domains import load_domain
    from tarl_app.domains.tau.copy.importing import import_copy
    from tarl_app.sandbox.checks import gold_episode
    from tarl_app.sandbox.verifier import verify

    make, rows = theirs(folder), list[dict[str, Any]]()
    with tempfile.TemporaryDirectory() as home:
        _home(home)
        import_copy(folder)
        for kind, split in SPLITS:
            env, domain = make(kind, split), load_domain(f"tau-{kind}")
            tasks = domain.tasks(split)[:limit]
            verify(gold_episode(tasks[0], domain), domain)  # loads the shared data, once in a process
            seconds = {"benchmark": 0.0, "ours": 0.0}
            passed = {"benchmark": 0, "ours": 0}
            for number, task in enumerate(tasks):
                started = time.process_time()
                passed["benchmark"] += _their_episode(env, number)
                seconds["benchmark"] += time.process_time() - started
                started = time.process_time()
                passed["ours"] += verify(gold_episode(task, domain), domain).passed
                seconds["ours"] += time.process_time() - started
            rate = {name: len(tasks) / spent for name, spent in seconds.items()}
            rows.append({
                "split": f"{kind}/{split}", "tasks": len(tasks), "passed": passed,
                "episodes_per_cpu_second": {name: round(value, 1) for name, value in rate.items()},
                "ratio": round(rate["ours"] / rate["benchmark"], 1),
            })  # fmt: skip
    return rows


def _their_episode(env: Any, number: int) -> bool:
    types = importlib.import_module("tau_bench.types")
    env.reset(number)
    for action in env.task.actions:
        if action.name not in env.terminate_tools:
            env.step(types.Action(name=action.name, kwargs=json.loads(json.dumps(action.kwargs))))
    if env.task.outputs:
        env.step(types.Action(name=types.RESPOND_ACTION_NAME, kwargs={"content": " ".join(env.task.outputs)}))
    return env.calculate_reward().reward == 1.0


def _home(folder: str) -> None:
    from tarl_app.core.settings import settings

    os.environ["TARL_HOME"] = folder
    settings.cache_clear()


def main() -> None:
    """Measures, or writes the reference."""
    parser = argparse.ArgumentParser(description="Gold replay of tau-bench by its own code and by ours.")
    parser.add_argument("--limit", type=int, default=1000, help="only the first so many tasks of each split")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--reference", type=Path, metavar="FILE", help="write the benchmark's own hashes instead")
    options = parser.parse_args()
    if not (folder := os.environ.get("TAU_BENCH_DIR")):
        sys.exit("Set TAU_BENCH_DIR to your copy of sierra-research/tau-bench.")
    if options.reference:
        return write_reference(Path(folder), options.reference)
    rows = measure(Path(folder), options.limit)
    if options.json:
        return print(json.dumps(rows))
    for row in rows:
        rates, passed = row["episodes_per_cpu_second"], row["passed"]
        print(
            f"{row['split']:<13} {row['tasks']:>4} tasks: {rates['benchmark']:>8} episodes/s by the benchmark, "
            f"{rates['ours']:>8} by ours: {row['ratio']} times; passed {passed['benchmark']} and {passed['ours']}"
        )
    return None


if __name__ == "__main__":
    main()

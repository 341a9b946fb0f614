"""What it costs to reach the sandbox over HTTP: requests a second and p95, beside the same calls in this process.

Three figures. Gold episodes in process: a fresh environment, the gold calls of a task, the verdict, on one core. The same
calls one after the other over HTTP, each timed, and in process. And many environments at once over HTTP, each driven by
a thread of its own to its gold state, which is compared with that of the gold calls alone. The server is a process of its
own on loopback (``python -m tarl_app sandbox serve``), with a home of its own.

Run: ``python benchmarks/sandbox_service.py [--json] [--tasks N] [--at-once N]``.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import httpx

from tarl_app.core.domain import Domain
from tarl_app.core.types import Task
from tarl_app.domains import load_domain
from tarl_app.sandbox.checks import gold_episode
from tarl_app.sandbox.verifier import verify

Changes = list[dict[str, Any]]


@contextmanager
def server() -> Iterator[str]:
    """The address of a sandbox of its own."""
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "tarl_app", "sandbox", "serve", "--port", "0", "--json"]
        place = str(Path(__file__).resolve().parents[1])
        given = {**os.environ, "TARL_HOME": home, "PYTHONPATH": place}
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=given, text=True) as process:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["url"]
            process.terminate()


def percentile(seconds: Sequence[float], share: float) -> float:
    """In milliseconds."""
    ordered = sorted(seconds)
    return round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3)


def in_process(tasks: Sequence[Task], domain: Domain) -> tuple[float, list[float]]:
    """Gold episodes a CPU second, each verified; and the seconds of each call."""
    started, passed = time.process_time(), 0
    for task in tasks:
        passed += verify(gold_episode(task, domain), domain).passed
    rate = len(tasks) / (time.process_time() - started)
    assert passed == len(tasks)
    seconds: list[float] = []
    for task in tasks:
        environment = domain.open()
        for call in task.gold:
            before = time.perf_counter()
            environment.call(call)
            seconds.append(time.perf_counter() - before)
        environment.close()
    return rate, seconds


def drive(client: httpx.Client, task: Task, seconds: list[float]) -> Changes:
    """Makes an environment, makes the gold calls and drops it; what was changed."""

    def ask(method: str, path: str, **more: Any) -> Any:
        before = time.perf_counter()
        answer = client.request(method, path, **more)
        seconds.append(time.perf_counter() - before)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    env = ask("POST", "environments", json={"task": task.id, "max_turns": 100})["id"]
    for call in task.gold:
        ask("POST", f"environments/{env}/call", json={"name": call.name, "arguments": call.arguments})
    changes = ask("GET", f"environments/{env}/difference")["changes"]
    ask("DELETE", f"environments/{env}")
    return changes


def gold_changes(task: Task, domain: Domain) -> Changes:
    """What the gold calls change."""
    environment = domain.open()
    for call in task.gold:
        environment.call(call)
    changes = [change.model_dump() for change in environment.changes()]
    environment.close()
    return changes


def over_http(url: str, tasks: Sequence[Task], domain: Domain, at_once: int) -> dict[str, float]:
    """One client after the other, then ``at_once`` clients together."""
    wanted = {task.id: gold_changes(task, domain) for task in tasks}
    with httpx.Client(base_url=f"{url}/", timeout=120) as client:
        client.get("domains").raise_for_status()  # what is loaded once is loaded
        drive(client, tasks[0], [])
        alone: list[float] = []
        started = time.perf_counter()
        for task in tasks:
            assert drive(client, task, alone) == wanted[task.id]
        alone_rate = len(alone) / (time.perf_counter() - started)
    chosen = [tasks[n % len(tasks)] for n in range(at_once)]
    each: list[list[float]] = [[] for _ in chosen]
    start = threading.Barrier(at_once + 1)

    def one(place: int) -> bool:
        with httpx.Client(base_url=f"{url}/", timeout=120) as mine:
            start.wait()
            return drive(mine, chosen[place], each[place]) == wanted[chosen[place].id]

    with ThreadPoolExecutor(at_once) as pool:
        futures = [pool.submit(one, place) for place in range(at_once)]
        start.wait()
        started = time.perf_counter()
        right = sum(future.result() for future in futures)
        wall = time.perf_counter() - started
    together = [second for seconds in each for second in seconds]
    return {
        "http_requests_per_second": round(alone_rate, 1),
        "http_p50_ms": percentile(alone, 0.5),
        "http_p95_ms": percentile(alone, 0.95),
        "at_once": at_once,
        "at_once_in_their_own_gold_state": right,
        "at_once_requests_per_second": round(len(together) / wall, 1),
        "at_once_p95_ms": percentile(together, 0.95),
    }


def measure(name: str, count: int, at_once: int) -> dict[str, float | str]:
    """All figures."""
    domain = load_domain(name)
    tasks = domain.tasks("test")[:count]
    gold_episode(tasks[0], domain)  # the template is built once
    rates, seconds = zip(*(in_process(tasks, domain) for _ in range(3)), strict=True)
    calls = [second for round_ in seconds for second in round_]
    with server() as url:
        found = over_http(url, tasks, domain, at_once)
    return {
        "domain": name,
        "tasks": len(tasks),
        "gold_episodes_per_cpu_second": round(statistics.median(rates), 1),
        "in_process_calls_per_second": round(len(calls) / sum(calls), 1),
        "in_process_p50_ms": percentile(calls, 0.5),
        "in_process_p95_ms": percentile(calls, 0.95),
        **found,
    }


def main() -> None:
    """Prints the figures, as one JSON object with ``--json``."""
    parser = argparse.ArgumentParser(description="The sandbox over HTTP, beside the same calls in process.")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--domain", default="retail")
    parser.add_argument("--tasks", type=int, default=60)
    parser.add_argument("--at-once", type=int, default=50)
    arguments = parser.parse_args()
    found = measure(arguments.domain, arguments.tasks, arguments.at_once)
    if arguments.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:34} {value}")


if __name__ == "__main__":
    main()

"""Random calls of the tools of all domains over the sandbox's service: no 5xx, no hang, no leak between environments.

Hypothesis draws dialogues of calls, each argument plausible, missing, or anything at all. Each dialogue goes to two
environments in turn, one of which has tools that break down on purpose. In the end each must be as if its own calls that
succeeded had been made alone, and a third one, in which nothing was called, must be as it was. The service is the product's
own application, asked in this process; imported domains take part (``TAU_BENCH_DIR`` and ``TAU2_BENCH_DIR``, if set).

Run: ``python benchmarks/random_calls.py [--calls 10000] [--json]``.
"""

import argparse
import json
import os
import sys
import tempfile
import time
import zlib
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tarl_app import wiring, wiring_service
from tarl_app.core.domain import Domain
from tarl_app.core.settings import settings as app_settings
from tarl_app.core.types import Episode
from tarl_app.domains.tau.copy.importing import import_copy as import_tau
from tarl_app.domains.tau.tau2.copy import import_copy as import_tau2
from tarl_app.service.access import Access
from tarl_app.service.app import SandboxApp
from tarl_app.service.limits import Limits
from tarl_app.storage.memory import MemoryEpisodeStore

IN_A_DIALOGUE = 20
LONGEST = 60.0
"""Seconds after which an answer is a hang."""
FAULTS = {"fail": 0.1, "nonsense": 0.1}
CHECKS = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large, HealthCheck.large_base_example]

wild_text = st.text(st.characters(codec="utf-8"), max_size=20) | st.sampled_from(
    ["\ud800", "\x00", "' OR 1=1 --", "9" * 5000]
)
numbers = st.integers() | st.sampled_from([2**63, -(2**64), 10**400, 0.1, 1e308, -0.0])
anything = st.recursive(
    st.none() | st.booleans() | numbers | wild_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(wild_text, inner, max_size=3),
    max_leaves=5,
)


def known_values(domain: Domain) -> dict[str, list[Any]]:
    """Argument -> values that occur in the solutions of tasks."""
    found: dict[str, list[Any]] = {}
    for task in wiring.shown_tasks(domain)[:30]:
        for call in task.gold:
            for name, value in call.arguments.items():
                found.setdefault(name, []).append(value)
    return found


@st.composite
def tool_calls(draw: st.DrawFn, domain: Domain, known: dict[str, list[Any]]) -> dict[str, Any]:
    """A call of a tool, with each argument plausible, missing, or anything at all."""
    tool = draw(st.sampled_from(domain.tools)) if domain.tools else None
    if tool is None or draw(st.integers(0, 19)) == 0:
        arguments = draw(st.dictionaries(wild_text, anything, max_size=3))
        return {"name": draw(st.text(min_size=1, max_size=20)), "arguments": arguments}
    arguments = {}
    for name in tool.parameters.get("properties", {}):
        match draw(st.integers(0, 9)):
            case 0:
                continue
            case 1 | 2:
                arguments[name] = draw(anything)
            case _:
                arguments[name] = draw(st.sampled_from(known[name]) if name in known else wild_text)
    return {"name": tool.name, "arguments": arguments}


def service(store: MemoryEpisodeStore) -> TestClient:
    """A client of the service."""
    parts = wiring_service.service_parts(store, Limits(rate=1e6, burst=10**6))
    return TestClient(SandboxApp(parts, Access()), raise_server_exceptions=False)


def measure(name: str, calls: int) -> dict[str, Any]:
    """Makes at least so many calls in a domain. Raises ``AssertionError`` with the smallest dialogue that goes wrong."""
    domain, store = wiring.load_domain(name), MemoryEpisodeStore()
    task = wiring.shown_tasks(domain)[0].id
    dialogues = st.lists(tool_calls(domain, known_values(domain)), min_size=IN_A_DIALOGUE, max_size=IN_A_DIALOGUE)
    statuses, seconds, counts = Counter[int](), [0.0], Counter[str]()

    def dialogue(client: TestClient, asked: list[dict[str, Any]]) -> None:
        number = zlib.crc32(json.dumps(asked).encode()) % 2**31  # each dialogue meets faults of its own
        places = [create(client, task), create(client, task, faults=FAULTS, customer={"seed": number})]
        for number, call in enumerate(asked):
            started = time.perf_counter()
            answer = make(client, places[number % 2], call)
            seconds.append(time.perf_counter() - started)
            assert seconds[-1] < LONGEST, call
            statuses[answer.status_code] += 1
            counts["refused_by_a_tool"] += check(answer, call)
        for place in places:
            finished = client.post(f"/environments/{place}/finish")
            assert finished.status_code == 200, finished.text
            episode = store.get(finished.json()["episode"])
            counts["broke_down_on_purpose"] += sum(result.broke_down for _, result in episode.calls)
            assert client.get(f"/environments/{place}/difference").json()["changes"] == alone(episode, domain)
            assert client.delete(f"/environments/{place}").status_code == 204
            store.delete(episode.id)

    with service(store) as client:
        witness = create(client, task)
        while (left := calls - sum(statuses.values())) > 0:
            options: dict[str, Any] = {"max_examples": -(-left // IN_A_DIALOGUE), "deadline": None, "database": None}
            ask = given(dialogues)(lambda asked: dialogue(client, asked))
            seed(sum(statuses.values()))(settings(**options, suppress_health_check=CHECKS)(ask))()
        assert client.get(f"/environments/{witness}/difference").json() == {"changes": []}
        assert client.get(f"/environments/{witness}").json()["turns"] == []
    made = sum(statuses.values())
    told = {str(status): count for status, count in sorted(statuses.items())}
    return {"domain": name, "calls": made, "statuses": told, **counts, "slowest_ms": round(1000 * max(seconds), 1)}


def create(client: TestClient, task: str, **more: Any) -> str:
    """The id of a new environment."""
    answer = client.post("/environments", json={"task": task, "max_turns": 200, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def make(client: TestClient, place: str, call: dict[str, Any]) -> Any:
    """The answer to a call, sent as the bytes that any client may send."""
    kind = {"content-type": "application/json"}
    return client.post(f"/environments/{place}/call", content=json.dumps(call).encode(), headers=kind)


def check(answer: Any, call: dict[str, Any]) -> bool:
    """An answer is a result, or a refusal in a sentence; whether it is a result that says that the tool refused."""
    assert answer.status_code in (200, 409, 422), (call, answer.text)
    told = answer.json()
    if answer.status_code == 200:
        return told["result"]["is_error"]
    assert set(told["error"]) == {"code", "message"}
    assert answer.status_code == 422 or told["error"]["code"] == "ended", (call, told)
    return False


def alone(episode: Episode, domain: Domain) -> list[dict[str, Any]]:
    """What the calls of an episode change that nobody else has made calls beside."""
    with closing(domain.open()) as environment:
        for call, result in episode.calls:
            if not result.broke_down:
                environment.call(call)
        return [change.model_dump() for change in environment.changes()]


def import_copies(home: str) -> None:
    """Imports the user's own copies of foreign benchmarks into a home of their own."""
    os.environ["TARL_HOME"] = home
    app_settings.cache_clear()
    for variable, take in (("TAU_BENCH_DIR", import_tau), ("TAU2_BENCH_DIR", import_tau2)):
        if folder := os.environ.get(variable):
            take(Path(folder))


def main() -> None:
    """Prints the counts of each domain, as one JSON object with ``--json``."""
    parser = argparse.ArgumentParser(description="Random calls of all domains' tools over the sandbox's service.")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--calls", type=int, default=10_000, help="of all domains together (default: %(default)s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        import_copies(home)
        names = [domain.name for domain in wiring.playable()]
        rows = [measure(name, -(-arguments.calls // len(names))) for name in names]
    app_settings.cache_clear()
    total = sum(row["calls"] for row in rows)
    if arguments.json:
        print(json.dumps({"calls": total, "server_errors": 0, "leaks": 0, "domains": rows}))
        return
    for row in rows:
        print(", ".join(f"{name.replace('_', ' ')} {value}" for name, value in row.items()))
    print(f"{total} calls: no 5xx, no answer after more than {LONGEST:g} s, no leak between environments")


if __name__ == "__main__":
    main()

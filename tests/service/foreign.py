"""A foreign agent: it knows a task's ideal path, and reaches the sandbox by whatever way it is given."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from starlette.testclient import TestClient

from tarl_app import wiring, wiring_service
from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.core.protocols import EpisodeStore
from tarl_app.core.types import ToolCall, ToolResult, ToolTurn, Turn, UserTurn
from tarl_app.service.access import Access
from tarl_app.service.app import SandboxApp
from tarl_app.service.limits import Limits
from tarl_app.storage.memory import MemoryEpisodeStore

GRADER = "a-grader's-token"
TASKS = ("retail-dev-003", "airline-dev-000", "math-dev-0000")
"""One task of each domain."""
FAST = Limits(rate=1e6, burst=10**6)
"""Tests ask faster than people."""

Say = Callable[[str], str | None]
"""What the agent says -> what the customer says; None when they have hung up. The first text is empty."""
Use = Callable[[ToolCall], tuple[ToolResult, bool]]
"""A call -> its result, and whether the call has ended with it."""


def play(task_id: str, say: Say, use: Use) -> None:
    """Plays a whole call."""
    task, domain = wiring.find_task(task_id)
    agent = ScriptedAgent(task, domain)
    turns: list[Turn] = []
    said = ""
    while (heard := say(said)) is not None:
        turns.append(UserTurn(text=heard))
        while (turn := agent.reply(turns)).tool_calls:
            results, ended = zip(*map(use, turn.tool_calls), strict=True)
            turns += [turn, ToolTurn(results=results)]
            if any(ended):
                return
        turns.append(turn)
        said = turn.text


@contextmanager
def service(store: EpisodeStore | None = None, access: Access | None = None, limits: Limits = FAST) -> Iterator[TestClient]:
    """A client of the service."""
    parts = wiring_service.service_parts(store or MemoryEpisodeStore(), limits)
    with TestClient(SandboxApp(parts, access or Access(grader=GRADER)), raise_server_exceptions=False) as client:
        yield client


def create(client: TestClient, task: str, **more: Any) -> str:
    """The id of a new environment."""
    answer = client.post("/environments", json={"task": task, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def over_http(client: TestClient, id: str, base: str = "") -> tuple[Say, Use]:  # noqa: A002
    """How an agent speaks and calls over HTTP."""

    def say(text: str) -> str | None:
        answer = client.post(f"{base}/environments/{id}/user", json={"text": text})
        assert answer.status_code == 200, answer.text
        turn = answer.json()["turn"]
        return None if turn is None else turn["text"]

    def use(call: ToolCall) -> tuple[ToolResult, bool]:
        asked = {"name": call.name, "arguments": call.arguments}
        answer = client.post(f"{base}/environments/{id}/call", json=asked)
        assert answer.status_code == 200, answer.text
        return ToolResult(**answer.json()["result"]), answer.json()["stop"] is not None

    return say, use

"""Whatever is sent, the answer is no 5xx that means a bug, it comes, and no other environment hears of it.

Schemathesis makes requests from the OpenAPI document, right and wrong ones; hypothesis makes tool calls of all domains.
"""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from tarl_app import wiring, wiring_service
from tarl_app.core.domain import Domain
from tarl_app.service.access import Access
from tarl_app.service.app import SandboxApp
from tarl_app.storage.memory import MemoryEpisodeStore
from tests.service.foreign import FAST, GRADER, TASKS, create, service

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
BOTH = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
APP = SandboxApp(wiring_service.service_parts(MemoryEpisodeStore(), FAST), Access(grader=GRADER))
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", APP)
EXAMPLES = int(os.environ.get("TARL_SERVICE_EXAMPLES", "40"))
"""Dialogues of tool calls for each domain."""
OPERATIONS = {operation.ok().label: operation.ok() for operation in SCHEMA.get_all_operations()}


@pytest.mark.slow
@pytest.mark.parametrize("name", OPERATIONS)
def test_requests_of_the_openapi_document(name: str) -> None:
    client = TestClient(APP)

    @settings(max_examples=25, suppress_health_check=BOTH)
    @given(OPERATIONS[name].as_strategy(), st.sampled_from(["", *TASKS]))
    def ask(case: Any, task: str) -> None:
        if task and "id" in (case.path_parameters or {}):
            case.path_parameters["id"] = env = create(client, task)
            case.call_and_validate(checks=CHECKS)
            client.delete(f"/environments/{env}")
        else:
            if task and isinstance(case.body, dict) and "task" in case.body:
                case.body["task"] = task
            case.call_and_validate(checks=CHECKS)
        APP.service.registry.close()

    ask()


# --- tools ----------------------------------------------------------------------------------------------------------------

wild_text = st.text(st.characters(codec="utf-8"), max_size=20) | st.sampled_from(
    ["\ud800", "\x00", "' OR 1=1 --", "9" * 5000]
)
numbers = st.integers() | st.sampled_from([2**63, -(2**64), 10**400, 0.1, 1e308, -0.0])
anything = st.recursive(
    st.none() | st.booleans() | numbers | wild_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(wild_text, inner, max_size=3),
    max_leaves=5,
)
KNOWN: dict[str, list[Any]] = {}
for _domain in wiring.playable():
    for _task in _domain.tasks("dev")[:30]:
        for _call in _task.gold:
            for _argument, _value in _call.arguments.items():
                KNOWN.setdefault(_argument, []).append(_value)


@st.composite
def tool_calls(draw: st.DrawFn, domain: Domain) -> dict[str, Any]:
    """A call of a tool, with each argument plausible, missing, or anything at all."""
    tool = draw(st.sampled_from(domain.tools)) if domain.tools else None
    if tool is None or draw(st.integers(0, 19)) == 0:
        return {
            "name": draw(st.text(min_size=1, max_size=20)),
            "arguments": draw(st.dictionaries(wild_text, anything, max_size=3)),
        }
    arguments: dict[str, Any] = {}
    for name in tool.parameters.get("properties", {}):
        match draw(st.integers(0, 9)):
            case 0:
                continue
            case 1 | 2:
                arguments[name] = draw(anything)
            case _:
                arguments[name] = draw(st.sampled_from(KNOWN[name]) if name in KNOWN else wild_text)
    return {"name": tool.name, "arguments": arguments}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with service() as made:
        yield made


@pytest.mark.slow
@pytest.mark.parametrize("name", [domain.name for domain in wiring.playable()])
def test_calls_of_tools(client: TestClient, name: str) -> None:
    """Dialogues of 10 to 30 calls, each in an environment of its own beside one that nothing may reach."""
    domain = wiring.load_domain(name)
    task = domain.tasks("dev")[0].id
    witness = create(client, task)
    made = [0]

    @settings(max_examples=EXAMPLES, suppress_health_check=BOTH)
    @given(st.lists(tool_calls(domain), min_size=10, max_size=30))
    def ask(calls: list[dict[str, Any]]) -> None:
        env = create(client, task, max_turns=200)
        for call in calls:
            body = json.dumps(call).encode()
            answer = client.post(f"/environments/{env}/call", content=body, headers={"content-type": "application/json"})
            made[0] += 1
            assert answer.status_code in (200, 409, 422), answer.text
            if answer.status_code != 200:
                assert set(answer.json()["error"]) == {"code", "message"}
                assert answer.status_code == 422 or answer.json()["error"]["code"] == "ended"
        assert client.post(f"/environments/{env}/finish").status_code == 200
        assert client.get(f"/environments/{env}").status_code == 200
        assert client.delete(f"/environments/{env}").status_code == 204

    ask()
    assert client.get(f"/environments/{witness}/difference").json() == {"changes": []}
    assert client.get(f"/environments/{witness}").json()["turns"] == []

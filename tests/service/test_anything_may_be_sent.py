"""Whatever is sent, the answer is no 5xx that means a bug, it comes, and no other environment hears of it.

Schemathesis makes requests from the OpenAPI document, right and wrong ones; hypothesis makes tool calls of all domains.
"""

from pathlib import Path
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
from tarl_app.domains import DOMAINS
from tarl_app.domains.tau.copy.importing import import_copy
from tarl_app.domains.tau.tau2.copy import import_copy as import_copy2
from tarl_app.service.access import Access
from tarl_app.service.app import SandboxApp
from tarl_app.storage.memory import MemoryEpisodeStore
from tests.benchmarks.scripts import load
from tests.domains.tau.copies import make_copy
from tests.domains.tau.copies2 import make_copy2
from tests.service.foreign import FAST, GRADER, TASKS, create

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
BOTH = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
APP = SandboxApp(wiring_service.service_parts(MemoryEpisodeStore(), FAST), Access(grader=GRADER))
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", APP)
CALLS = 60
"""Of each domain; ``benchmarks/random_calls.py`` makes 10,000."""
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


@pytest.fixture
def imported(home: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Domains of both benchmarks' layouts."""
    import_copy(make_copy(tmp_path_factory.mktemp("copy")))
    import_copy2(make_copy2(tmp_path_factory.mktemp("copy2")))


@pytest.mark.slow
def test_calls_of_the_tools_of_all_domains(imported: None) -> None:
    """Two environments in turn, of which one breaks down on purpose, beside one that nothing may reach."""
    names = [domain.name for domain in wiring.playable()]
    assert len(names) == len(DOMAINS) + 4
    for name in names:
        found = load("random_calls").measure(name, CALLS)
        assert found["calls"] >= CALLS
        assert {*found["statuses"]} <= {"200", "409", "422"}
        assert found["broke_down_on_purpose"] > 0

"""The sandbox below ``/api`` of the app: beside Gradio's routes, behind the page's gate, in the page's store."""

import asyncio
import http.client
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from gradio import Blocks

import app
from tarl_app import wiring_service
from tarl_app.service.access import Access
from tarl_app.service.app import SandboxApp
from tarl_app.storage.memory import MemoryEpisodeStore
from tests.service.foreign import FAST, TASKS, over_http, play
from tests.ui.whole_page import services

STORE = MemoryEpisodeStore()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of the app, served on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    api = SandboxApp(wiring_service.service_parts(STORE, FAST), Access())
    given = services(tmp_path_factory.mktemp("home"), store=STORE)

    async def serve() -> Blocks:  # with a loop running; otherwise Gradio opens one and leaves it open
        return app.serve(given, "127.0.0.1", port, api, quiet=True)[0]

    with ThreadPoolExecutor(1) as pool:
        demo = pool.submit(asyncio.run, serve()).result()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
        yield client
    demo.close(verbose=False)


def test_gradio_keeps_its_routes(page: httpx.Client) -> None:
    assert "gradio" in page.get("/").text
    assert page.get("/config").json()["version"]
    assert page.get("/gradio_api/info").status_code == 200
    assert page.get("/gradio_api/startup-events").status_code == 200
    assert page.get("/tarl/sound/00/none.wav").status_code == 404
    assert page.get("/api/nothing").json()["error"]["code"] == "not_found"


def test_a_call_over_the_api_is_in_the_store_of_the_page(page: httpx.Client) -> None:
    env = page.post("/api/environments", json={"task": TASKS[0], "agent": "theirs"}).json()["id"]
    client: Any = page
    play(TASKS[0], *over_http(client, env, "/api"))
    outcome = page.post(f"/api/environments/{env}/finish").json()
    assert outcome["passed"]
    assert STORE.get(outcome["episode"]).agent == "theirs"


def test_documentation_is_served_without_anything_from_elsewhere(page: httpx.Client) -> None:
    docs = page.get("/api/docs").text
    assert "/environments/{id}/user" in docs
    assert 'href="/api/openapi.json"' in docs
    assert "<script" not in docs
    assert page.get("/api/openapi.json").json()["servers"] == [{"url": "/api"}]


def test_an_mcp_message_is_answered(page: httpx.Client) -> None:
    mcp = page.post("/api/environments", json={"task": TASKS[0]}).json()["mcp"]
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "a", "version": "1"}}
    sent = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}
    answer = page.post(f"/api/{mcp}", json=sent, headers={"Accept": "application/json, text/event-stream"})
    assert answer.json()["result"]["serverInfo"]["name"] == "TARL sandbox"
    assert page.get(f"/api/{mcp}").status_code == 405  # no stream that would be left open


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Origin": "https://evil.example"}, 403, "not_from_here"),
        ({"Sec-Fetch-Site": "cross-site"}, 403, "not_from_here"),
        ({"Host": "evil.example"}, 403, "not_from_here"),
        ({"Host": "a b"}, 400, "unreadable"),
    ],
)
def test_the_gate_refuses_in_json(page: httpx.Client, headers: dict[str, str], status: int, code: str) -> None:
    for path in ("/api/environments", "/api/mcp/any"):
        answer = page.post(path, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        assert answer.json()["error"]["message"].endswith(".")


def test_a_large_body_is_refused_before_it_is_sent(page: httpx.Client) -> None:
    line = http.client.HTTPConnection(page.base_url.host, page.base_url.port or 0, timeout=30)
    line.putrequest("POST", "/api/environments")
    line.putheader("Content-Length", "7000000")
    line.endheaders()
    answer = line.getresponse()
    assert (answer.status, json.loads(answer.read())["error"]["code"]) == (413, "too_large")
    line.close()


def test_a_body_that_does_not_say_its_size_is_cut_off(page: httpx.Client) -> None:
    with pytest.raises(httpx.HTTPError) as refused:
        page.post("/api/environments", content=(b"x" * 100_000 for _ in range(70))).raise_for_status()
    if isinstance(refused.value, httpx.HTTPStatusError):  # otherwise the connection was closed while it was sent
        assert refused.value.response.json()["error"]["code"] == "too_large"
    assert page.get("/api/domains/math/tasks?limit=1").status_code == 200


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[" * 100_000, b'{"task": NaN}', b"\xff\xfe", b'{"task": ' + b"1" * 5000 + b"}"]
)
def test_a_body_that_is_no_request_is_told_in_a_sentence(page: httpx.Client, body: bytes) -> None:
    answer = page.post("/api/environments", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.json()["error"]["message"].endswith(".")

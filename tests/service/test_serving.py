"""``python -m tarl_app sandbox serve`` as a process of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tarl_app.cli import main
from tarl_app.cli.listening import bound
from tarl_app.core.types import StopReason
from tarl_app.storage.sql import SqlEpisodeStore
from tests.service.foreign import TASKS


@pytest.mark.slow
def test_the_command_serves_until_it_is_stopped_and_keeps_what_was_begun(home: Path) -> None:
    command = [sys.executable, "-m", "tarl_app", "sandbox", "serve", "--port", "0", "--token", "secret", "--json"]
    given = {**os.environ, "TARL_HOME": str(home)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=given, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        told = json.loads(process.stdout.readline())
        as_client, as_grader = ({"Authorization": f"Bearer {token}"} for token in ("secret", told["grader_token"]))
        with httpx.Client(base_url=told["url"], timeout=60, trust_env=False, headers=as_client) as client:
            assert client.get("/domains", headers={"Authorization": ""}).status_code == 401
            assert client.get(f"/tasks/{TASKS[0]}").json()["full"] is None
            assert client.get(f"/tasks/{TASKS[0]}", headers=as_grader).json()["full"]["gold"]
            assert client.get(told["url"].removesuffix("/api"), follow_redirects=True).status_code == 200
            env = client.post("/environments", json={"task": TASKS[0]}).json()
            assert client.post(f"/environments/{env['id']}/user", json={}).status_code == 200
            assert client.post(f"/environments/{env['id']}/user", json={"text": "Hello."}).status_code == 200
            hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "a", "version": "1"}}
            message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}
            accepts = {"Accept": "application/json, text/event-stream"}
            assert client.post(f"/{env['mcp']}", json=message, headers=accepts).status_code == 200
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        heard = process.stderr.read()
    assert env["id"] not in heard
    assert "Traceback" not in heard
    (episode,) = SqlEpisodeStore(home / "episodes.sqlite").list()
    assert episode.stop is StopReason.FAILURE
    assert len(episode.agent_turns) == 1


def test_answers_are_sent_at_once() -> None:
    with bound("127.0.0.1", 0) as place, socket.create_connection(place.getsockname()):
        accepted, _ = place.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_an_address_where_nothing_can_be_served_is_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    del home
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for place in (["--port", str(port)], ["--host", "192.0.2.1", "--port", "0"], ["--host", "no such host"]):
            assert main(["sandbox", "serve", *place]) == 2
            assert "Choose another --port, or --host." in capsys.readouterr().err

"""``python app.py`` as a process, in the worst of environments: proxies that are dead, and a relative home."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tarl_app.core.types import Episode
from tarl_app.storage.sql import SqlEpisodeStore

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
DEAD = "http://127.0.0.1:9"
PROXIES = dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"), DEAD)
STARTS = 120  # seconds, on a machine that has much else to do
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Ended:
    """What a start, a message to the agent and SIGTERM left."""

    status: int
    code: int
    output: str
    folder: Path
    """Where it was started."""
    kept: tuple[Episode, ...]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def get_json(url: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Origin": "/".join(url.split("/")[:3])}
    with DIRECT.open(urllib.request.Request(url, data, headers), timeout=STARTS) as answer:
        return json.load(answer)


def say(url: str, text: str) -> None:
    """Types a message and waits for the agent's answer, as a browser does."""
    config = get_json(f"{url}/config")
    there = {one["id"]: one for one in config["components"]}
    kinds = ["textbox", "dropdown", "dropdown"]
    sends = next(
        one
        for one in config["dependencies"]
        if one["targets"] and one["targets"][0][1] == "submit" and [there[i]["type"] for i in one["inputs"]] == kinds
    )
    given = [text, *(there[i]["props"]["value"] for i in sends["inputs"][1:])]
    get_json(f"{url}/gradio_api/queue/join", {"data": given, "fn_index": sends["id"], "session_hash": "a-tab"})
    with DIRECT.open(f"{url}/gradio_api/queue/data?session_hash=a-tab", timeout=STARTS) as stream:
        for line in stream:
            if b"process_completed" in line:
                return


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    folder, port = tmp_path_factory.mktemp("elsewhere"), free_port()
    mine = {"TARL_HOME": "data", "TARL_PORT": str(port), "TARL_AGENT": "scripted", "TARL_OFFLINE": "1", "TARL_PAUSE": "0"}
    env = {key: value for key, value in os.environ.items() if key.lower() != "no_proxy"}
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "app.py")],
        cwd=folder,
        env={**env, **PROXIES, **mine},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        begun, status = [], 0
        for line in iter(process.stdout.readline, ""):
            begun.append(line)
            if line.startswith("* Running"):
                with DIRECT.open(f"http://127.0.0.1:{port}/", timeout=STARTS) as answer:
                    status = answer.status
                say(f"http://127.0.0.1:{port}", "Hello, this is me.")
                process.send_signal(signal.SIGTERM)
                break
        rest, _ = process.communicate(timeout=STARTS)
    finally:
        process.kill()
    store = SqlEpisodeStore(folder / "data" / "episodes.sqlite")
    kept = tuple(store.list())
    store.close()
    return Ended(status, process.returncode, "".join(begun) + rest, folder, kept)


def test_proxies_that_are_dead_do_not_keep_the_page_from_being_served(ended: Ended) -> None:
    assert ended.status == 200
    assert "Traceback" not in ended.output


def test_a_relative_home_lies_where_the_app_was_started_and_nowhere_else(ended: Ended) -> None:
    assert f"Everything the app writes lies in {ended.folder / 'data'}\n" in ended.output
    assert [path.name for path in ended.folder.iterdir()] == ["data"]


def test_sigterm_keeps_the_open_call_and_ends_with_0(ended: Ended) -> None:
    assert ended.code == 0
    (call,) = ended.kept
    assert call.turns[0].text == "Hello, this is me."
    assert call.agent_turns
    assert call.stop is None

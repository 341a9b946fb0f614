"""The app's page on a real port of this machine, and a visitor who knows Gradio's protocol better than its buttons."""

import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil


@dataclass(frozen=True)
class Served:
    """A page that is served."""

    port: int
    home: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def raw(self, request: bytes, body: bytes = b"") -> tuple[int, str]:
        """Status and text of the answer to exactly these bytes; headers no client would send are possible."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(request)
            answer = bytearray()
            try:
                connection.sendall(body)
                while part := connection.recv(65536):
                    answer += part
            except ConnectionError:  # the server has answered and hung up before it was told everything
                while part := _rest(connection):
                    answer += part
        head, _, text = bytes(answer).partition(b"\r\n\r\n")
        return int(head.split()[1]), text.decode("utf-8", "replace")

    def ask(
        self, path: str = "/", method: str = "GET", body: bytes = b"", headers: Mapping[str, bytes | str] | None = None
    ) -> tuple[int, str]:
        """One request, its headers named with ``_`` for ``-``; the host is the page's own unless it is given."""
        given: dict[str, bytes | str] = {
            "host": f"127.0.0.1:{self.port}",
            "content_length": str(len(body)),
            "connection": "close",
        }
        lines = [f"{method} {path} HTTP/1.1".encode()]
        for name, value in {**given, **(headers or {})}.items():
            lines.append(name.replace("_", "-").encode() + b": " + (value if isinstance(value, bytes) else value.encode()))
        return self.raw(b"\r\n".join(lines) + b"\r\n\r\n", body)


def _rest(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except OSError:
        return b""


class Visitor(ExitStack):
    """Calls events by their number, whatever the page shows; to be used in a ``with``."""

    def __init__(self, page: Served) -> None:
        super().__init__()
        self.client = self.enter_context(httpx.Client(base_url=page.url, timeout=30, trust_env=False, verify=False))
        self.session = secrets.token_hex(6)
        self.config: dict[str, Any] = self.client.get("/config").json()

    def event(self, element: str, name: str) -> int:
        """The number of that event of the component with that ``elem_id``."""
        (target,) = [one["id"] for one in self.config["components"] if one["props"].get("elem_id") == element]
        return next(one["id"] for one in self.config["dependencies"] if [target, name] in [[*t] for t in one["targets"]])

    def first(self, element: str) -> Any:
        """What that component has when the page is opened."""
        return next(one["props"]["value"] for one in self.config["components"] if one["props"].get("elem_id") == element)

    def loads(self) -> list[int]:
        """The numbers of the events that a page begins with."""
        events = [(one["id"], [name for _, name in one["targets"]]) for one in self.config["dependencies"]]
        return [number for number, names in events if "load" in names]

    def paints(self, number: int, element: str) -> bool:
        """Whether that event may paint that component."""
        outputs = next(one["outputs"] for one in self.config["dependencies"] if one["id"] == number)
        return any(one["id"] in outputs and one["props"].get("elem_id") == element for one in self.config["components"])

    def join(self, number: int, *data: Any) -> httpx.Response:
        """Asks for the event."""
        body = {"data": [*data], "fn_index": number, "session_hash": self.session, "event_data": None, "trigger_id": None}
        return self.client.post("/gradio_api/queue/join", json=body)

    def call(self, number: int, *data: Any) -> list[dict[str, Any]]:
        """Calls the event and returns what came of it, the last message saying whether it was a success."""
        self.join(number, *data).raise_for_status()
        messages: list[dict[str, Any]] = []
        with self.client.stream("GET", "/gradio_api/queue/data", params={"session_hash": self.session}) as answer:
            for line in answer.iter_lines():
                if line.startswith("data:"):
                    messages.append(json.loads(line[5:]))
                    if messages[-1]["msg"] == "process_completed":
                        break
        return messages


@dataclass(frozen=True)
class Pages:
    """One app, served to everybody as a public Space and to this machine alone."""

    space: Served
    local: Served
    process: psutil.Process


@contextmanager
def serving(home: Path) -> Iterator[Pages]:
    """The app in a process of its own."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("TARL_", "SPACE_"))}
    with (home / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.world.serve", str(home)],
            cwd=Path(__file__).parents[2],
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, (home / "log.txt").read_text(encoding="utf-8")
        ports = json.loads(line)
        yield Pages(Served(ports["space"], home), Served(ports["local"], home), psutil.Process(process.pid))
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(timeout=60)

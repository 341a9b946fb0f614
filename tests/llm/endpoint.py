"""A real HTTP server that speaks the OpenAI chat protocol, and misbehaves when a test wants it to."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pydantic import SecretStr

from tarl_app.llm import Endpoint

KEY = "sk-test-0123456789abcdef"


@dataclass(frozen=True)
class Say:
    """A good answer; streamed when that is asked for, ``delay`` seconds between the pieces."""

    text: str = ""
    calls: tuple[tuple[str, str], ...] = ()
    usage: dict[str, Any] | None = field(default_factory=lambda: {"prompt_tokens": 10, "completion_tokens": 5})
    finish: str = "stop"
    delay: float = 0.0


@dataclass(frozen=True)
class Refuse:
    """A status with a message."""

    status: int
    message: str = "no"
    headers: dict[str, str] = field(default_factory=dict)
    code: str | None = None


@dataclass(frozen=True)
class Raw:
    """These bytes, whatever they are."""

    body: bytes
    kind: str = "application/json"


@dataclass(frozen=True)
class Hang:
    """No answer for so long."""

    seconds: float = 5.0


@dataclass(frozen=True)
class Drop:
    """The connection breaks off: at once, or after the first pieces of a stream."""

    after: str = ""


Step = Say | Refuse | Raw | Hang | Drop
Responder = Callable[[dict[str, Any]], Step]


class LLMServer:
    """Plays ``steps`` one by one, then whatever ``otherwise`` says; ``requests`` is what it was asked."""

    def __init__(self, steps: tuple[Step, ...], otherwise: Responder | None) -> None:
        self.steps, self.otherwise = [*steps], otherwise
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.released = threading.Event()
        self.lock = threading.Lock()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def endpoint(self, **more: Any) -> Endpoint:
        given = {"base_url": self.url, "model": "tester", "api_key": SecretStr(KEY), "timeout": 2.0, "backoff": 0.01}
        return Endpoint(**{**given, **more})

    def next(self, body: dict[str, Any]) -> Step:
        with self.lock:
            self.requests.append(body)
            if self.steps:
                return self.steps.pop(0)
        return self.otherwise(body) if self.otherwise else Refuse(500, "the script is over")


def _handler(server: LLMServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            server.keys.append(self.headers.get("authorization", ""))
            step = server.next(body)
            try:
                self._play(step, body)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def _play(self, step: Step, body: dict[str, Any]) -> None:
            match step:
                case Hang(seconds):
                    server.released.wait(seconds)
                    self.close_connection = True
                case Drop(after):
                    if after:
                        self._begin("text/event-stream", None)
                        self._event({"choices": [{"index": 0, "delta": {"content": after}, "finish_reason": None}]})
                    self.close_connection = True
                case Raw(data, kind):
                    self._whole(200, data, kind)
                case Refuse(status, message, headers, code):
                    error = {"error": {"message": message, "code": code, "type": "x", "param": None}}
                    self._whole(status, json.dumps(error).encode(), "application/json", headers)
                case Say() if body.get("stream"):
                    self._stream(step, body)
                case Say():
                    self._whole(200, json.dumps(_completion(step)).encode(), "application/json")

        def _begin(self, kind: str, length: int | None, status: int = 200, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            if length is None:
                self.send_header("connection", "close")
                self.close_connection = True
            else:
                self.send_header("content-length", str(length))
            self.end_headers()

        def _whole(self, status: int, data: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
            self._begin(kind, len(data), status, headers)
            self.wfile.write(data)

        def _event(self, more: dict[str, Any]) -> None:
            chunk = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "tester", **more}
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
            self.wfile.flush()

        def _stream(self, step: Say, body: dict[str, Any]) -> None:
            self._begin("text/event-stream", None)
            for piece in _pieces(step.text):
                self._event({"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]})
                time.sleep(step.delay)
            for index, (name, arguments) in enumerate(step.calls):
                half = len(arguments) // 2
                for given in ({"name": name, "arguments": arguments[:half]}, {"arguments": arguments[half:]}):
                    part = {"index": index, "id": f"c{index}", "type": "function", "function": given}
                    self._event({"choices": [{"index": 0, "delta": {"tool_calls": [part]}, "finish_reason": None}]})
            self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": step.finish}]})
            if step.usage is not None and "stream_options" in body:
                self._event({"choices": [], "usage": _usage(step)})
            self.wfile.write(b"data: [DONE]\n\n")

    return Handler


def _pieces(text: str) -> Iterator[str]:
    for at in range(0, len(text), 4):
        yield text[at : at + 4]


def _usage(step: Say) -> dict[str, Any]:
    usage = step.usage or {}
    return {"total_tokens": usage.get("prompt_tokens", 0) + usage.get("completion_tokens", 0), **usage}


def _completion(step: Say) -> dict[str, Any]:
    calls = [
        {"id": f"c{n}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for n, (name, arguments) in enumerate(step.calls)
    ]
    message = {"role": "assistant", "content": step.text or None, **({"tool_calls": calls} if calls else {})}
    body = {"id": "c", "object": "chat.completion", "created": 0, "model": "tester"}
    body["choices"] = [{"index": 0, "message": message, "finish_reason": step.finish}]
    return body | ({"usage": _usage(step)} if step.usage is not None else {})


@contextmanager
def serving(*steps: Step, otherwise: Responder | None = None) -> Iterator[LLMServer]:
    """A server that is up inside the block."""
    server = LLMServer(steps, otherwise)
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    http.daemon_threads = True
    server.port = http.server_address[1]
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        http.shutdown()
        http.server_close()
        thread.join(5)

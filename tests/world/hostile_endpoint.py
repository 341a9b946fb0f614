"""A real HTTP server on loopback that answers as a dozen kinds of servers do, and worse.

Each of ``SERVERS`` tells the same story in its own way, whole and streamed: it says ``SAID``, thinks ``THOUGHT`` where it
thinks, and makes the calls of ``CALLED``. What is played is bytes, so nothing here knows what a client makes of them.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pydantic import SecretStr

from tarl_app.llm import Endpoint

SAID = "Let me look at that order."
THOUGHT = 'The answer may be {"count": 9}. I should not say this aloud.'
CALLED = (("get_order_details", {"order_id": "#W1"}), ("think", {"thought": "two calls"}))


@dataclass(frozen=True)
class Played:
    """An answer, byte by byte."""

    body: bytes
    kind: str = "application/json"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Player = Callable[[Any], Played]
"""From what was asked: JSON, or None for a GET."""


class Hostile:
    """Plays whatever ``player`` says; ``requests`` is what it was asked."""

    def __init__(self, player: Player) -> None:
        self.player = player
        self.requests: list[dict[str, Any]] = []
        self.port = 0

    def endpoint(self, **more: Any) -> Endpoint:
        given = {"base_url": f"http://127.0.0.1:{self.port}/v1", "model": "odd", "api_key": SecretStr("sk-odd-12345678")}
        return Endpoint(**{**given, "timeout": 5.0, "attempts": 1, "backoff": 0.001, **more})


@contextmanager
def hostile(player: Player) -> Iterator[Hostile]:
    """The server, up inside the block."""
    server = Hostile(player)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

        def do_GET(self) -> None:
            self._play(None)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            server.requests.append(body)
            self._play(body)

        def _play(self, body: Any) -> None:
            played = server.player(body)
            head = {"content-type": played.kind, "content-length": str(len(played.body)), **played.headers}
            self.send_response(played.status)
            for name, value in head.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(played.body)

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server.port = http.server_address[1]
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join(5)


# --- building answers ---------------------------------------------------------------------------------------------------


def whole(message: Any, finish: Any = "stop", **more: Any) -> Played:
    """A completion in one piece."""
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return Played(json.dumps({"id": "c", "object": "chat.completion", "choices": [choice], **more}).encode())


def chunk(delta: Any, finish: Any = None, **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "choices": [choice], **more}


def streamed(*chunks: Any, done: bool = True, gap: str = "\n\n", first: str = "") -> Played:
    """A completion in pieces; a text is sent as it is."""
    lines = [one if isinstance(one, str) else f"data: {json.dumps(one)}" for one in chunks]
    text = first + "".join(line + gap for line in [*lines, *(["data: [DONE]"] if done else [])])
    return Played(text.encode("utf-8", "surrogatepass"), "text/event-stream")


def pieces(text: str, size: int = 5) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def either(message: dict[str, Any], *chunks: Any, **how: Any) -> Player:
    """A server that streams where it is asked to."""
    return lambda body: streamed(*chunks, **how) if body.get("stream") else whole(message)


def calls(arguments: Callable[[dict[str, Any]], Any] = json.dumps, **more: Any) -> list[dict[str, Any]]:
    made = [{"type": "function", "function": {"name": name, "arguments": arguments(given)}} for name, given in CALLED]
    return [{**call, "id": f"call_{n}", **more} for n, call in enumerate(made)]


def talk(text: str, key: str = "content") -> list[dict[str, Any]]:
    return [chunk({key: piece}) for piece in pieces(text)]


def call_pieces(
    index: Callable[[int], dict[str, Any]], named: bool, ided: Callable[[int, int], dict[str, Any]]
) -> list[Any]:
    """Each call in three pieces; the name in each (``named``) or in the first alone; index and id as told."""
    made: list[Any] = []
    for n, (name, given) in enumerate(CALLED):
        text = json.dumps(given)
        for part, piece in enumerate((text[:7], text[7:15], text[15:])):
            function = {"arguments": piece, **({"name": name} if named or part == 0 else {})}
            made.append(chunk({"tool_calls": [{**index(n), **ided(n, part), "type": "function", "function": function}]}))
    return made


def _index(n: int) -> dict[str, Any]:
    return {"index": n}


def _zero(n: int) -> dict[str, Any]:
    return {"index": 0}


def _none(*_: int) -> dict[str, Any]:
    return {}


def _first_id(n: int, part: int) -> dict[str, Any]:
    return {"id": f"call_{n}"} if part == 0 else {"id": None}


def _each_id(n: int, part: int) -> dict[str, Any]:
    return {"id": f"call_{n}"}


def _changing_id(n: int, part: int) -> dict[str, Any]:
    return {"id": f"call_{n}_{min(part, 1)}"}


END = chunk({}, "tool_calls")
PLAIN = {"role": "assistant", "content": SAID, "tool_calls": calls()}
STREAM = [*talk(SAID), *call_pieces(_index, False, _first_id), END]
TAGGED = [*call_pieces(_index, False, _first_id), END]
WRITTEN = "".join(f'<tool_call>{{"name": "{name}", "arguments": {json.dumps(given)}}}</tool_call>' for name, given in CALLED)
HARMONY = f"<|channel|>analysis<|message|>{THOUGHT}<|end|><|start|>assistant<|channel|>final<|message|>{SAID}<|return|>"


def _llama_cpp(body: dict[str, Any]) -> Played:
    if body.get("stream") and body.get("tools"):
        error = {"code": 500, "message": "Cannot use tools with stream", "type": "server_error"}
        return Played(json.dumps({"error": error}).encode(), status=500)
    return whole({**PLAIN, "tool_calls": calls(lambda given: given)})


def _silent_stream(body: dict[str, Any]) -> Played:
    return streamed(": nothing to see") if body.get("stream") else whole(PLAIN)


def _breaks_off(body: dict[str, Any]) -> Played:
    return streamed(*talk(SAID)[:2], done=False) if body.get("stream") else whole(PLAIN)


def _parts(kind: str, thought: Any) -> dict[str, Any]:
    used = [{"type": "tool_use", "id": f"toolu_{n}", "name": name, "input": given} for n, (name, given) in enumerate(CALLED)]
    return {"role": "assistant", "content": [{"type": kind, kind: thought}, {"type": "text", "text": SAID}, *used]}


SERVERS: dict[str, Player] = {
    "openai": either({**PLAIN, "refusal": None}, *STREAM, chunk({}, usage={"prompt_tokens": 9, "completion_tokens": 3})),
    "vllm": either({**PLAIN, "reasoning_content": None}, chunk({"role": "assistant", "content": ""}), *STREAM),
    "llama.cpp without streams of tools": _llama_cpp,
    "ollama, all calls numbered 0, whole": either(
        PLAIN, *talk(SAID), *[chunk({"tool_calls": [{"index": 0, **call}]}, "") for call in calls()], chunk({}, "")
    ),
    "all calls numbered 0, in pieces": either(PLAIN, *talk(SAID), *call_pieces(_zero, False, _first_id), END),
    "no numbers, ids in each piece": either(PLAIN, *talk(SAID), *call_pieces(_none, True, _each_id), END),
    "neither numbers nor ids, names in each piece": either(
        {**PLAIN, "tool_calls": [{k: v for k, v in call.items() if k == "function"} for call in calls()]},
        *talk(SAID),
        *call_pieces(_none, True, _none),
        END,
    ),
    "neither numbers nor ids, names once": either(PLAIN, *talk(SAID), *call_pieces(_none, False, _none), END),
    "the same id for all": either(
        {**PLAIN, "tool_calls": calls(id="call")},
        *talk(SAID),
        *call_pieces(_index, False, lambda n, part: {"id": "call"}),
        END,
    ),
    "ids that change": either(PLAIN, *talk(SAID), *call_pieces(_index, False, _changing_id), END),
    "numbers as text": either(PLAIN, *talk(SAID), *call_pieces(lambda n: {"index": str(n)}, False, _first_id), END),
    "lm studio, closing tag alone": either(
        {**PLAIN, "content": f"{THOUGHT}\n</think>\n\n{SAID}"}, *talk(f"{THOUGHT}\n</think>\n\n{SAID}"), *TAGGED
    ),
    "thoughts in thoughts": either(
        {**PLAIN, "content": f"<think>a<think>{THOUGHT}</think>b</think>{SAID}"},
        *talk(f"<think>a<think>{THOUGHT}</think>b</think>{SAID}"),
        *TAGGED,
    ),
    "a tag named in thoughts": either(
        {**PLAIN, "content": f"<think>no <think> here. {THOUGHT}</think>{SAID}"},
        *talk(f"<think>no <think> here. {THOUGHT}</think>{SAID}"),
        *TAGGED,
    ),
    "reasoning apart": either(
        {**PLAIN, "reasoning_content": THOUGHT}, *talk(THOUGHT, "reasoning_content"), *talk(THOUGHT, "reasoning"), *STREAM
    ),
    "anthropic parts": either(
        _parts("thinking", THOUGHT),
        *[chunk({"content": [part]}) for part in _parts("thinking", THOUGHT)["content"][:2]],
        *TAGGED,
    ),
    "mistral parts": either(
        {**PLAIN, "content": _parts("thinking", [{"type": "text", "text": THOUGHT}])["content"][:2]},
        chunk({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": THOUGHT}]}]}),
        *STREAM,
    ),
    "gpt-oss, its channels unread": either({**PLAIN, "content": HARMONY}, *talk(HARMONY), *TAGGED),
    "arguments as objects": either(
        {**PLAIN, "tool_calls": calls(lambda given: given)},
        *talk(SAID),
        *[chunk({"tool_calls": [{"index": n, **c}]}) for n, c in enumerate(calls(lambda given: given))],
        END,
    ),
    "arguments encoded twice": either(
        {**PLAIN, "tool_calls": calls(lambda given: json.dumps(json.dumps(given)))},
        *talk(SAID),
        *[chunk({"tool_calls": [{"index": n, **c}]}) for n, c in enumerate(calls(lambda g: json.dumps(json.dumps(g))))],
        END,
    ),
    "calls written into the text": either({"content": SAID + WRITTEN}, *talk(SAID + WRITTEN), chunk({}, "stop")),
    "openrouter": either(
        {**PLAIN, "reasoning": THOUGHT}, ": OPENROUTER PROCESSING", *STREAM, chunk({"content": ""}, usage={"cost": 0.25})
    ),
    "done without a reason": either(PLAIN, *STREAM[:-1]),
    "a reason and no done": either(PLAIN, *STREAM, done=False),
    "no empty lines between": either(PLAIN, *STREAM, gap="\n"),
    "carriage returns": either(PLAIN, *STREAM, gap="\r\n\r\n", first="\r\n"),
    "streams where nobody asked": lambda body: streamed(*STREAM),
    "never streams": lambda body: whole(PLAIN),
    "never streams, says event-stream": lambda body: Played(whole(PLAIN).body, "text/event-stream"),
    "a silent stream": _silent_stream,
    "streams that break off": _breaks_off,
    "the whole once more at the end": either(
        PLAIN, *STREAM[:-1], {"choices": [{"message": PLAIN, "finish_reason": "stop"}]}
    ),
    "usage as text": either({**PLAIN}, *STREAM, chunk({}, usage={"prompt_tokens": "9", "completion_tokens": "3"})),
}

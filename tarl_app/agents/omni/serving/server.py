"""A rollout server: the part of vLLM's HTTP interface that a trainer needs, on top of ``engine``.

GET  /health                     is anybody there?
GET  /v1/models                  the base and the adapters
POST /v1/completions             token ids in, token ids and log-probabilities out (``completions.CompletionRequest``)
POST /v1/load_lora_adapter       a folder as PEFT writes it (``peft_files``), from below one folder alone
POST /v1/unload_lora_adapter

There is no key and no encryption: it belongs on this machine's loopback, or on a network that only the trainer reaches.
Requests are refused before they are read where they are longer than what is asked for can be.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from pydantic import BaseModel, ValidationError

from tarl_app.agents.omni.decoding.batched_decoder import Wanted
from tarl_app.agents.omni.model.adapters import weights_digest
from tarl_app.agents.omni.model.checkpoint import LoadedOmni
from tarl_app.agents.omni.model.checkpoint_files import locate_checkpoint
from tarl_app.agents.omni.serving.completions import OWNER, CompletionRequest, LoadRequest, UnloadRequest
from tarl_app.agents.omni.serving.engine import AdapterRefused, Engine, UnknownModel
from tarl_app.core.errors import AgentError, Cancelled, ConfigError, TarlError

SHORT = 64 * 1024
"""Bytes of a request that names an adapter, at most."""
SPARE = 1024 * 1024
"""Bytes of a request for a reply beside its tokens and its sounds, at most: schema and amounts."""
_TOKEN = 12  # bytes of a token's id with what stands around it
_DIGITS = 12  # of a length
_NUMBER = 16 / 3  # bytes of a float32 in base64
Model = TypeVar("Model", bound=BaseModel)


class RolloutServer(ThreadingHTTPServer):
    """Serves one checkpoint; ``serve_forever`` until ``shutdown``, then ``server_close``."""

    daemon_threads = True
    request_queue_size = 256  # a whole step's conversations may ask at once

    def __init__(self, loaded: LoadedOmni, base: str, adapters: Path, host: str, port: int, slots: int) -> None:
        """``base``: the name under which it was loaded; port 0 takes a free one. Raises ``ConfigError``: no such address."""
        super().__init__((host, port), _Handler, bind_and_activate=False)
        try:
            self.server_bind()
            self.server_activate()
        except (OSError, OverflowError) as error:  # the second: a number that is no port
            self.socket.close()
            why = getattr(error, "strerror", None) or error
            raise ConfigError(
                f"Nothing can be served at {host}:{port} ({why}). Choose another --port, or --host."
            ) from error
        folder = locate_checkpoint(base)
        self.base, self.digest = base, weights_digest(folder) if folder is not None else ""
        self.engine = Engine(loaded, base, slots, adapters)

    @property
    def longest(self) -> int:
        """Bytes of a request for a reply at most: a context of tokens, all of them sound where the model hears."""
        config, width = self.engine.loaded.config, self.engine.loaded.thinker.lm_head.weight.shape[1]
        return SPARE + int(config.context * (_TOKEN + (width * _NUMBER if config.hears else 0)))

    @property
    def url(self) -> str:
        """Where it is."""
        host, port = self.server_address[:2]
        return f"http://{host if isinstance(host, str) else host.decode()}:{port}"

    def server_close(self) -> None:
        """Frees the port and ends the engine; whoever waits for a reply is told."""
        super().server_close()
        self.engine.close()

    def models(self) -> dict[str, Any]:
        """The base, with ``hears`` and the digest of its weights, and the adapters."""
        loaded = self.engine.loaded
        base = {"id": self.base, "object": "model", "owned_by": OWNER, "root": self.base, "parent": None}
        base |= {"max_model_len": loaded.config.context, "digest": self.digest, "hears": loaded.config.hears}
        tuned = [
            {"id": name, "object": "model", "owned_by": OWNER, "root": name, "parent": self.base}
            for name in list(self.engine.adapters)
        ]
        return {"object": "list", "data": [base, *tuned]}


@contextmanager
def serving(server: RolloutServer) -> Iterator[RolloutServer]:
    """The server in a thread of its own, inside the block."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: RolloutServer  # pyright: ignore[reportIncompatibleVariableOverride]

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the standard library's
        """Thousands of requests a step are not worth a line each."""

    def do_GET(self) -> None:
        try:
            self._check_key()
            if self.path == "/health":
                self._send(200, {})
            elif self.path == "/v1/models":
                self._send(200, self.server.models())
            else:
                raise _Refused(404, f"There is no {self.path}.")
        except _Refused as error:
            self._error(error.status, str(error))

    def do_POST(self) -> None:
        routes = {
            "/v1/completions": (self._complete, self.server.longest),
            "/v1/load_lora_adapter": (self._load, SHORT),
            "/v1/unload_lora_adapter": (self._unload, SHORT),
        }
        try:
            self._check_key()
            give, most = routes.get(self.path, (self._nothing, SHORT))
            answer = give(self._body(most))
        except _Refused as error:
            self._error(error.status, str(error))
        except UnknownModel as error:
            self._error(404, str(error))
        except (AdapterRefused, AgentError) as error:
            self._error(400, str(error))
        except Cancelled as error:
            self._error(503, str(error))
        except TarlError as error:
            self._error(500, str(error))
        except Exception as bug:  # the trainer must not wait for an answer that never comes
            self._error(500, f"{type(bug).__name__}: {bug}")
            raise
        else:
            self._send(200, answer)

    def _check_key(self) -> None:
        """Any key will do, as clients send one whether it is wanted or not; one that is none is refused in words."""
        if not str(self.headers.get("authorization", "")).isascii():
            self.close_connection = True
            raise _Refused(401, "The key has characters in it that no key has; none is needed here.")

    def _body(self, most: int) -> bytes:
        """The request, unless it is longer than ``most`` bytes or does not say how long it is."""
        length = self.headers.get("content-length", "")
        if not (length.isascii() and length.isdigit()):
            self.close_connection = True
            raise _Refused(411, "A request says its length.")
        if len(length) > _DIGITS or int(length) > most:
            self.close_connection = True
            raise _Refused(413, f"A request of this kind is at most {most:,} bytes long.")
        return self.rfile.read(int(length))

    def _nothing(self, body: bytes) -> dict[str, Any]:
        raise _Refused(404, f"There is no {self.path}.")

    def _complete(self, body: bytes) -> dict[str, Any]:
        request = _parse(CompletionRequest, body)
        return completion(request, self.server.engine.complete(request), self.server.engine.stops)

    def _load(self, body: bytes) -> dict[str, Any]:
        request = _parse(LoadRequest, body)
        self.server.engine.load(request.lora_name, Path(request.lora_path))
        return {"message": f"LoRA adapter {request.lora_name!r} was loaded."}

    def _unload(self, body: bytes) -> dict[str, Any]:
        request = _parse(UnloadRequest, body)
        self.server.engine.unload(request.lora_name)
        return {"message": f"LoRA adapter {request.lora_name!r} was removed."}

    def _error(self, status: int, message: str) -> None:
        self._send(status, {"error": {"message": message, "type": "invalid_request_error", "code": status}})

    def _send(self, status: int, answer: dict[str, Any]) -> None:
        data = json.dumps(answer).encode()
        try:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except (BrokenPipeError, ConnectionResetError):  # whoever asked has gone
            self.close_connection = True


def _parse(model: type[Model], body: bytes) -> Model:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'body'}: {one['msg']}" for one in error.errors())
        raise _Refused(400, wrong) from error


def completion(request: CompletionRequest, wanted: Wanted, stops: frozenset[int]) -> dict[str, Any]:
    """The answer to a request: what was sampled, without the ends that are added to a reply that was cut off."""
    ids = wanted.reply.ids[: wanted.sampled]
    choice: dict[str, Any] = {"index": 0, "text": "", "finish_reason": "stop" if ids[-1] in stops else "length"}
    if request.return_token_ids:
        choice["token_ids"] = ids
    if request.logprobs is not None:
        choice["logprobs"] = {
            "tokens": [f"token_id:{token}" for token in ids],
            "token_logprobs": wanted.reply.logprobs[: wanted.sampled],
        }
    usage = {"prompt_tokens": len(request.prompt), "completion_tokens": len(ids)}
    return {
        "id": f"cmpl-{uuid4().hex}",
        "object": "text_completion",
        "created": int(time.time()),
        "model": request.model,
        "choices": [choice],
        "usage": {**usage, "total_tokens": len(request.prompt) + len(ids)},
    }

"""Plain HTTP to a rollout server, as any client would speak it."""

import http.client
import json
from typing import Any

from tarl_app.agents.omni.serving.server import RolloutServer


def send(server: RolloutServer, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, Any]]:
    """Status and JSON of the answer; a body makes it a POST."""
    connection = http.client.HTTPConnection(*server.server_address[:2], timeout=60)  # pyright: ignore[reportArgumentType]
    try:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection.request("GET" if body is None else "POST", path, None if body is None else data, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()

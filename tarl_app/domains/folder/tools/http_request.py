"""One HTTP request to the server that a document names, and its JSON."""

import json
from typing import Any

import httpx2

from tarl_app.core.documents import parse_json
from tarl_app.core.errors import DocumentError
from tarl_app.domains.folder.tools.remote import LARGEST, Server, ServerFault, within_limit
from tarl_app.llm.address import is_local

_LONGEST_REASON = 300


def ask(server: Server, method: str, url: str, query: list[tuple[str, str]], body: dict[str, Any] | None) -> Any:
    """The answer's JSON; an empty answer is ``{}``.

    Raises:
        ServerFault: anything else. The sentence has what the server says of a refusal, in one line.
    """
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", **server.headers}
    if not server.owns(url):
        raise ServerFault("the call would leave the server that the document names")

    async def once() -> tuple[int, bytes]:
        client = httpx2.AsyncClient(follow_redirects=False, trust_env=not is_local(server.url), timeout=None)
        sent = {"params": query or None, "json": body, "headers": headers}
        async with client, client.stream(method, url, **sent) as response:
            if response.headers.get("content-encoding", "identity").lower() != "identity":
                raise ServerFault("the server's answer is packed, which was not asked for")
            if response.has_redirect_location or 300 <= response.status_code < 400:
                raise ServerFault(f"the server sends elsewhere ({response.status_code}), which is not followed")
            data = b""
            async for chunk in response.aiter_raw():
                data += chunk
                if len(data) > LARGEST:
                    raise ServerFault(f"the server's answer has more than {LARGEST:,} bytes")
            return response.status_code, data

    try:
        status, data = within_limit(once, server.seconds)
    except ServerFault:
        raise
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError, ValueError) as error:
        raise ServerFault(f"the server at {server.shown} cannot be reached ({type(error).__name__})") from None
    if status >= 500:
        raise ServerFault(f"the server has failed ({status})")
    if status >= 400:
        raise ServerFault(f"the server refuses this ({status}){_reason(data)}")
    if not data.strip():
        return {}
    try:
        return parse_json(data)
    except DocumentError:
        raise ServerFault("the server's answer is no JSON") from None


def _reason(data: bytes) -> str:
    """What the server says of a refusal, in one line."""
    try:
        said = json.loads(data)
        said = said.get("detail") or said.get("error") or said.get("message") or said if isinstance(said, dict) else said
        told = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
    except (ValueError, RecursionError):
        told = data.decode("utf-8", "replace")
    line = " ".join("".join(one if one.isprintable() else " " for one in told).split())
    return f": {line[:_LONGEST_REASON]}" if line else ""

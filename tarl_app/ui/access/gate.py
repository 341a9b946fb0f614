"""Checks every request before Gradio sees it (docs/decisions/who-may-call-the-page.md).

- A page that is bound to this machine alone answers to this machine's names alone: another name that has been pointed here
  (DNS rebinding) would make its owner's site the page's own in the eyes of a browser.
- Writes come from the page itself, or from what is no browser: no other site's page can press buttons here.
- A body that is larger than anything the page sends is refused before it is read.
- What cannot be a host or an origin is refused, as Gradio would fail at it; and so are routes of Gradio that nobody needs.
"""

import ipaddress
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_UPLOAD = 25 * 1024 * 1024
"""Most bytes of a sound file."""
LARGEST_BODY = 6_000_000
"""Most bytes of any other request: a spoken message of 60 s as base64 has 2.6 million, and what surrounds it is small.
"""
ENVELOPE = 64 * 1024
"""Most bytes of a form around a file."""
UPLOADS = ("/gradio_api/upload", "/gradio_api/upload/")
CLOSED = (
    "/monitoring",  # statistics of requests
    "/gradio_api/proxy=",  # fetches other Spaces
    "/gradio_api/process_recording",  # converts films
    "/gradio_api/deep_link",  # writes a visitor's state to the disk, when asked by a link
    "/gradio_api/vibe",
    "/gradio_api/undo-vibe",
)
"""Prefixes of Gradio's paths that this page does not use."""
_SAFE = ("GET", "HEAD", "OPTIONS")
_UNFIT = "This request has another form than those of the page."
_CODES = {400: "unreadable", 403: "not_from_here", 404: "not_found", 413: "too_large"}
_OTHER_SITE = "This page is asked by another site, so nothing was done. Open it itself, or set TARL_HOSTS to its name."


@dataclass(frozen=True)
class Rules:
    """``loopback``: the page is bound to this machine alone; ``names``: further names under which it is reached.

    Below the path ``api`` refusals are JSON, for programs; empty: nowhere.
    """

    loopback: bool
    names: frozenset[str] = frozenset()
    api: str = ""


def rules(host: str, names: frozenset[str] = frozenset(), api: str = "") -> Rules:
    """The rules of a page that is bound to ``host``."""
    return Rules(is_loopback(host.strip("[]").lower()), names, api)


def guarding(
    chosen: Rules, mounted: Callable[[], AbstractAsyncContextManager[None]] = nullcontext
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """A ``lifespan`` that puts the gate before everything else in the app, Gradio's own middleware included.

    ``mounted`` is the lifespan of a mounted app, which has none of its own.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        assert app.middleware_stack is not None  # it is built by the current call, before any other request
        app.middleware_stack = Gate(app.middleware_stack, chosen)
        async with mounted():
            yield

    return lifespan


def unfit(_: Request, __: Exception) -> PlainTextResponse:
    """The answer to a malformed request: Gradio's own would repeat its content, or fail to encode it."""
    return PlainTextResponse(_UNFIT, 422, headers={"Connection": "close"})


class Gate:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, chosen: Rules) -> None:
        self._app, self._rules = app, chosen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers refused requests, and passes on the rest."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif (refused := self._refusal(scope)) is None:
            await self._bounded(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": "refused"})
        else:
            await refused(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if not _readable(headers):
            return self._answer(scope, 400, "The name of a host in this request cannot be read.")
        if self._rules.loopback and not self._is_ours(_name(headers.get("host", ""))):
            told = "This page answers to this machine's own names alone: open it as http://localhost or http://127.0.0.1, "
            return self._answer(scope, 403, f"{told}or set TARL_HOSTS to the name under which it is to be reached.")
        if str(scope["path"]).startswith(CLOSED):
            return self._answer(scope, 404, "There is nothing here.")
        if not self._may_write(scope, headers):
            return self._answer(scope, 403, _OTHER_SITE)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or len(length) > 15 or int(length) > _most(scope):
            return self._too_large(scope)
        return None

    def _may_write(self, scope: Scope, headers: Headers) -> bool:
        """As Go's ``CrossOriginProtection``: by ``Sec-Fetch-Site``, otherwise by ``Origin``."""
        preflight = scope.get("method") == "OPTIONS" and "access-control-request-method" in headers
        if scope["type"] == "http" and scope["method"] in _SAFE and not preflight:
            return True
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if origin is not None and _name(_netloc(origin)) in self._rules.names:
            return True
        if site is not None and not preflight:
            return site in ("same-origin", "none")
        if origin is None:
            return True  # not a browser: a program of the user
        hosts = [headers.get("host", ""), _first(headers.get("x-forwarded-host", ""))]
        return _place(_netloc(origin)) in [_place(host) for host in hosts if host]

    def _is_ours(self, name: str) -> bool:
        return name in self._rules.names or is_loopback(name)

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on a limited number of bytes: a chunked body does not announce its size."""
        most, taken, begun, refused = _most(scope), 0, False, False

        async def counted() -> Message:
            nonlocal taken, refused
            if refused:
                return {"type": "http.disconnect"}
            message = await receive()
            taken += len(message.get("body", b""))
            if message["type"] != "http.request" or taken <= most:
                return message
            refused = True
            if not begun:
                await self._too_large(scope)(scope, receive, send)
            return {"type": "http.disconnect"}

        async def answer(message: Message) -> None:
            nonlocal begun
            if not refused:
                begun = True
                await send(message)

        try:
            await self._app(scope, counted if scope["type"] == "http" else receive, answer)
        except Exception:
            if not refused:  # otherwise the body has only ended early
                raise

    def _answer(self, scope: Scope, status: int, words: str) -> Response:
        close, api = {"Connection": "close"}, self._rules.api
        if api and f"{scope['path']}/".startswith(f"{api}/"):
            return JSONResponse({"error": {"code": _CODES[status], "message": words}}, status, close)
        return PlainTextResponse(words, status, headers=close)

    def _too_large(self, scope: Scope) -> Response:
        told = f"That is more than {_most(scope) / 1e6:.0f} MB, which is more than this page takes. Nothing was sent."
        return self._answer(scope, 413, told)


def _most(scope: Scope) -> int:
    return LARGEST_UPLOAD + ENVELOPE if scope["path"] in UPLOADS else LARGEST_BODY


# --- names ------------------------------------------------------------------------------------------------------------


def _readable(headers: Headers) -> bool:
    """Whether there is one host header, and all headers that name hosts are valid."""
    hosts = headers.getlist("host")
    forwarded = [_first(one) for one in headers.getlist("x-forwarded-host")]
    protocols = [_first(one) for one in headers.getlist("x-forwarded-proto")]
    origins = [_netloc(one) for one in headers.getlist("origin") if one != "null"]
    named = [*hosts, *filter(None, forwarded), *origins]
    return (
        len(hosts) <= 1 and all(map(_is_host, named)) and all(one in ("", "http", "https", "ws", "wss") for one in protocols)
    )


def _netloc(address: str) -> str:
    try:
        return urlsplit(address).netloc
    except ValueError:
        return "?"


def _is_host(text: str) -> bool:
    """``name``, ``name:port`` or ``[address]:port``, in characters that a host may have."""
    if not text.isascii() or not text or any(one in text for one in " \t@/\\?#<>\"'%`{}|^,;"):
        return False
    try:
        parts = urlsplit(f"//{text}")
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def _first(listed: str) -> str:
    """The host that the browser requested: the first of a list to which every proxy appends."""
    return listed.split(",")[0].strip()


def _name(host: str) -> str:
    """Without the port, in small letters; empty where there is none."""
    return (urlsplit(f"//{host}").hostname or "").rstrip(".") if _is_host(host) else ""


def _place(host: str) -> tuple[str, int | None]:
    """Name and port; default ports become None, since proxies may omit them."""
    port = urlsplit(f"//{host}").port if _is_host(host) else None
    return _name(host), None if port in (80, 443) else port


def is_loopback(name: str) -> bool:
    """Whether it is a name or an address of this machine alone."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False

"""The ASGI app: endpoints, MCP server, errors as JSON."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException

from tarl_app import __version__
from tarl_app.core.errors import TarlError
from tarl_app.service import mcp_app
from tarl_app.service.access import Access
from tarl_app.service.api import api
from tarl_app.service.docs_page import docs_html
from tarl_app.service.parts import Parts
from tarl_app.service.problems import Problem, body_of, problem_of
from tarl_app.service.service import Service

PATH = "/api"
"""Where the app is mounted; Gradio's own routes are below ``/gradio_api``."""
_ABOUT = (
    "Play the sandbox's tasks with an agent of your own: make an environment, call its tools, talk to its customer by text "
    "or voice, and have the call verified and judged. Each environment is also an MCP server."
)
_CODES = {404: "not_found", 405: "wrong_method", 400: "unreadable"}
_WORDS = {
    404: "There is nothing at this address: GET /api/docs lists what there is.",
    405: "This address takes another method: GET /api/docs lists them.",
    400: "The body of this request is no JSON that can be read.",
}
_MOST_COMPLAINTS = 3


class SandboxApp(FastAPI):
    """The service as an app. Where it is mounted the outer app enters ``running``, as mounted apps have no lifespan."""

    def __init__(self, parts: Parts, access: Access) -> None:
        super().__init__(
            title="TARL sandbox", description=_ABOUT, version=__version__, docs_url=None, redoc_url=None, lifespan=_lifespan
        )
        self.service = Service(parts, access)
        self._mcp = mcp_app.McpApp(self.service)
        self.include_router(api)
        self.add_api_route("/docs", self._docs, include_in_schema=False)
        self.mount("/mcp", self._mcp)
        for kind, handler in _HANDLERS.items():
            self.add_exception_handler(kind, handler)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While the app is served; ends the environments afterwards."""
        async with self._mcp.running():
            try:
                yield
            finally:
                self.service.registry.close()

    def _docs(self, request: Request) -> HTMLResponse:
        """This page."""
        return HTMLResponse(docs_html(self.openapi(), request.scope.get("root_path", "")))


def _lifespan(app: FastAPI) -> AbstractAsyncContextManager[None]:
    assert isinstance(app, SandboxApp)
    return app.running()


def refusal(problem: Problem) -> JSONResponse:
    """A refusal as an answer."""
    headers = {"Retry-After": str(problem.wait)} if problem.wait else {}
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body_of(problem), problem.status, headers)


async def _told(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, TarlError)
    return refusal(problem_of(error))


async def _unfit(_: Request, error: Exception) -> JSONResponse:
    """In words, without repeating what was sent."""
    assert isinstance(error, RequestValidationError)
    said = [_complaint(one) for one in error.errors()[:_MOST_COMPLAINTS]]
    return refusal(Problem(422, "invalid", f"This request cannot be used: {'; '.join(said)}."))


def _complaint(one: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in one["loc"] if part != "body")[:80]
    why = "it is no JSON" if one["type"] == "json_invalid" else str(one["msg"]).removeprefix("Value error, ")
    return f"{place.encode('ascii', 'replace').decode()}: {why[:200]}" if place else why[:200]


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = _CODES.get(error.status_code, "refused")
    answer = refusal(Problem(error.status_code, code, _WORDS.get(error.status_code, f"{error.detail}.")))
    answer.headers.update(error.headers or {})
    return answer


async def _bug(_: Request, __: Exception) -> JSONResponse:
    told = "Something is wrong with the sandbox itself: please report it with what was asked for."
    return JSONResponse(body_of(Problem(500, "bug", told)), 500)


_HANDLERS: dict[Any, Any] = {
    TarlError: _told,
    RequestValidationError: _unfit,
    HTTPException: _http,
    Exception: _bug,
}

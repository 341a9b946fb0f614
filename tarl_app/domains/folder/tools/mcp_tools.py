"""``mcp.yaml``: the tools of an MCP server, by the official SDK's client over streamable HTTP.

Its tools are listed when the folder is checked or added, and kept (``tools.json``): what the server later says of them
changes nothing. Every call is a session of its own. ``tools`` names those that are offered, ``writes`` those that change
something; without it, all do that the server does not call read-only.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import anyio
import httpx
from mcp import ClientSession, types
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import McpError
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from tarl_app.core.types import Frozen, ToolSpec
from tarl_app.domains.folder.reading.marked import read_texts
from tarl_app.domains.folder.reading.problems import FolderError, Problems
from tarl_app.domains.folder.tools.openapi import MOST_TOOLS, VARIABLE
from tarl_app.domains.folder.tools.remote import (
    LARGEST,
    LONGEST,
    MOST_SECONDS,
    RemoteTool,
    RemoteTools,
    Server,
    ServerFault,
    within_limit,
)
from tarl_app.domains.folder.tools.schemas import SchemaFault, plain
from tarl_app.domains.folder.tools.toolset import NAME, Toolset
from tarl_app.llm.address import fault_of, is_local

FILE = "mcp.yaml"
LISTED = "tools.json"
"""The tools as they were when the folder was added."""
_MOST_PAGES = 10
_ANSWERS = ("application/json", "text/event-stream")
T = TypeVar("T")


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    url: str
    token_env: Annotated[str, Field(pattern=VARIABLE)] | None = None
    timeout: Annotated[float, Field(gt=0, le=MOST_SECONDS)] = LONGEST
    tools: tuple[str, ...] | None = None
    writes: tuple[str, ...] | None = None


class Listed(Frozen):
    """A tool as it is kept."""

    spec: ToolSpec
    answers: dict[str, Any] | None = None


_LISTED = TypeAdapter(tuple[Listed, ...])


def mcp_tools(path: Path, listed: bytes | None = None) -> tuple[Toolset, bytes]:
    """The tools and how they are kept; without ``listed`` the server is asked.

    Raises ``FolderError``, ``DocumentError``, ``OSError``; ``ValidationError`` for what was not kept by this.
    """
    at, problems = read_texts(path), Problems()
    try:
        told = _File.model_validate(at.value)
    except ValidationError as error:
        problems.add_invalid(error, path.name, at)
        raise FolderError(problems.in_order()) from None
    server = Server(told.url, told.token_env or "", seconds=told.timeout)
    if fault := fault_of(told.url):
        problems.add(path.name, at.line(("url",)), f"the server's address {fault}.")
    elif listed is None:
        try:
            found = _checked(within_limit(lambda: _list(server), server.seconds), told)
            for field, names in (("tools", told.tools), ("writes", told.writes)):
                for place, name in enumerate(names or ()):
                    if name not in {tool.spec.name for tool in found}:
                        text = f"the server has no tool `{name[:64]}`: remove it, or correct its name."
                        problems.add(path.name, at.line((field, place)), text)
            listed = _LISTED.dump_json(found)
        except ServerFault as fault:
            problems.add(path.name, at.line(("url",)), f"{fault}: start the server, or correct this file.")
    if problems or listed is None:
        raise FolderError(problems.in_order())
    tools = {one.spec.name: RemoteTool(one.spec, one.answers) for one in _LISTED.validate_json(listed)}
    return RemoteTools(tools, lambda name, arguments: _ask(server, name, arguments)).toolset(), listed


def _checked(tools: list[types.Tool], told: _File) -> tuple[Listed, ...]:
    """The tools that are offered, with plain schemas. Raises ``ServerFault``."""
    found: dict[str, Listed] = {}
    for tool in tools:
        if told.tools is not None and tool.name not in told.tools:
            continue
        if not NAME.fullmatch(tool.name) or tool.name in found:
            raise ServerFault(f"the server's tool {tool.name[:64]!r} has a name that no model can call, or has it twice")
        try:
            schema = plain(tool.inputSchema)
            answers = None if tool.outputSchema is None else plain(tool.outputSchema)
        except SchemaFault as fault:
            raise ServerFault(f"the schema of the server's tool {tool.name!r} cannot be used, as {fault}") from None
        schema = {"type": "object", "properties": {}, "required": [], **schema}
        reads = tool.annotations is not None and tool.annotations.readOnlyHint is True
        writes = tool.name in told.writes if told.writes is not None else not reads
        words = " ".join((tool.description or tool.name).split())[:1_000]
        found[tool.name] = Listed(
            spec=ToolSpec(name=tool.name, description=words, parameters=schema, writes=writes), answers=answers
        )
    if not 0 < len(found) <= MOST_TOOLS:
        raise ServerFault(f"the server must have 1 to {MOST_TOOLS} tools: name those to be offered under `tools`")
    return tuple(found.values())


async def _list(server: Server) -> list[types.Tool]:
    found: list[types.Tool] = []

    async def pages(session: ClientSession) -> None:
        cursor = None
        for _ in range(_MOST_PAGES):
            answer = await session.list_tools(params=types.PaginatedRequestParams(cursor=cursor))
            found.extend(answer.tools)
            cursor = answer.nextCursor
            if not cursor:
                return

    await _in_session(server, pages)
    return found


def _ask(server: Server, name: str, arguments: dict[str, Any]) -> Any:
    """The structured content of the answer, else its text. Raises ``ServerFault``."""

    async def call(session: ClientSession) -> types.CallToolResult:
        # Not ``call_tool``: it would compare the answer with schemas that the server sends now, patterns included.
        asked = types.CallToolRequest(params=types.CallToolRequestParams(name=name, arguments=arguments))
        return await session.send_request(types.ClientRequest(asked), types.CallToolResult)

    answer = within_limit(lambda: _in_session(server, call), server.seconds)
    words = "\n".join(part.text for part in answer.content if isinstance(part, types.TextContent))
    if answer.isError:
        line = " ".join(words.removeprefix("Error:").split())
        raise ServerFault(line[:300] or "the server refuses this")
    if answer.structuredContent is not None:
        return answer.structuredContent
    if not words and answer.content:
        raise ServerFault("the server's answer is no text")
    try:
        return json.loads(words) if words.lstrip()[:1] in ("{", "[") else words
    except (ValueError, RecursionError):
        return words


async def _in_session(server: Server, work: Callable[[ClientSession], Awaitable[T]]) -> T:
    """Runs it in a session. Raises ``ServerFault`` for whatever goes wrong."""
    transport = _Bounded(server)
    client = httpx.AsyncClient(headers=server.headers, transport=transport, timeout=None, trust_env=False)  # noqa: S113
    try:
        with transport.scope:
            async with (
                client,
                streamable_http_client(server.url, http_client=client) as (reads, writes, _),
                ClientSession(reads, writes) as session,
            ):
                await session.initialize()
                return await work(session)
    except Exception as error:
        raise transport.fault or _fault(error, server) from None
    raise transport.fault or ServerFault(f"the server at {server.shown} has ended the session")


def _fault(error: BaseException, server: Server) -> BaseException:
    """The first cause that says something, of the groups in which they come."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, ServerFault | TimeoutError):
        return error
    if isinstance(error, McpError):
        return ServerFault(f"the server refuses this: {' '.join(error.error.message.split())[:300]}")
    return ServerFault(f"the server at {server.shown} does not speak MCP ({type(error).__name__})")


class _Bounded(httpx.AsyncBaseTransport):
    """Reaches one server alone, follows nothing, and ends an answer that is too large.

    A fault ends ``scope``, as the SDK would go on to wait for an answer.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._inner = httpx.AsyncHTTPTransport(trust_env=not is_local(server.url))
        self.scope = anyio.CancelScope()
        self.fault: ServerFault | None = None

    def fail(self, why: str) -> ServerFault:
        """Ends everything for that reason, or for the first one."""
        self.fault = self.fault or ServerFault(why)
        self.scope.cancel()
        return self.fault

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One request."""
        if not self._server.owns(request.url):
            raise self.fail("the call would leave the server that the file names")
        request.headers["accept-encoding"] = "identity"
        try:
            response = await self._inner.handle_async_request(request)
        except (httpx.HTTPError, OSError) as error:
            raise self.fail(f"the server at {self._server.shown} cannot be reached ({type(error).__name__})") from None
        why, status = "", response.status_code
        if 300 <= status < 400:
            why = f"the server sends elsewhere ({status}), which is not followed"
        elif response.headers.get("content-encoding", "identity").lower() != "identity":
            why = "the server's answer is packed, which was not asked for"
        elif status >= 400 and request.method == "POST":
            why = f"the server refuses this ({status})"
        elif status == 200 and response.headers.get("content-type", "").partition(";")[0].strip() not in _ANSWERS:
            why = f"the server at {self._server.shown} does not speak MCP"
        if why:
            await response.aclose()
            raise self.fail(why)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _Counted(response.stream, self)
        return response

    async def aclose(self) -> None:
        """Ends its connections."""
        await self._inner.aclose()


class _Counted(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream, transport: _Bounded) -> None:
        self._inner, self._transport = inner, transport

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._inner:
            size += len(chunk)
            if size > LARGEST:
                raise self._transport.fail(f"the server's answer has more than {LARGEST:,} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()

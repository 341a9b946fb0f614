"""Each environment as an MCP server: streamable HTTP at ``/mcp/ID``, by the official SDK.

One server and one session manager serve all environments: which one is meant stands in the path of every request. There
are no MCP sessions (stateless mode), because all state is the environment's; so none can be left behind.
"""

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import anyio.to_thread
from mcp import types
from mcp.server.lowlevel import Server
from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from pydantic import AnyUrl, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from tarl_app.core.errors import TarlError
from tarl_app.core.sound import audio
from tarl_app.service import views
from tarl_app.service.calls import SandboxCall
from tarl_app.service.problems import Problem, body_of, problem_of
from tarl_app.service.service import Service

SAY = "say_to_customer"
"""The tool by which an agent speaks; the domain's own tools stand beside it."""
POLICY = "tarl://policy"
"""The resource with the policy that the agent has to follow."""
LARGEST = 1_000_000
"""Most bytes of a request."""
_SAY_TOOL = types.Tool(
    name=SAY,
    description=(
        "Say something to the customer on the line and get their answer. Leave the text out at the beginning, to hear what "
        "they call about. The call is over when the answer says so."
    ),
    inputSchema={
        "type": "object",
        "properties": {"text": {"type": "string", "description": "what you say", "maxLength": views.LONGEST_TEXT}},
        "required": [],
    },
)
_KEY = "tarl_call"  # in the scope of a request: the environment that it is for
T = TypeVar("T")


class McpApp:
    """An ASGI app, to be mounted; serve it inside ``running``."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._server = _server(service)
        self._manager: StreamableHTTPSessionManager | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While requests are answered."""
        self._manager = StreamableHTTPSessionManager(
            self._server, json_response=True, stateless=True, max_request_body_size=LARGEST
        )
        async with self._manager.run():
            try:
                yield
            finally:
                self._manager = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Finds the environment, and hands the request to the SDK."""
        if scope["type"] != "http":
            return
        request = Request(scope)
        try:
            if self._manager is None:
                raise Problem(503, "unavailable", "The sandbox is starting or stopping: try again in a moment.", wait=1)
            if request.method != "POST":
                raise Problem(405, "wrong_method", "MCP messages are sent by POST here; there is no stream to listen to.")
            self._service.who(request)
            id = scope["path"].removeprefix(scope.get("root_path", "")).strip("/")  # noqa: A001
            call = await anyio.to_thread.run_sync(self._service.registry.find, id)
        except TarlError as error:
            problem = problem_of(error)
            headers = {"Allow": "POST"} if problem.status == 405 else None
            await JSONResponse(body_of(problem), problem.status, headers)(scope, receive, send)
            return
        await self._manager.handle_request({**scope, _KEY: call}, receive, send)


def _server(service: Service) -> Server[Any, Request]:
    server: Server[Any, Request] = Server(
        "TARL sandbox",
        instructions=f"You answer a customer's call. Read the resource {POLICY} first. Speak with {SAY}.",
    )

    def current() -> SandboxCall:
        request = server.request_context.request
        assert request is not None
        return request.scope[_KEY]

    async def list_tools() -> list[types.Tool]:
        own = current().domain.tools
        told = [types.Tool(name=tool.name, description=tool.description, inputSchema=tool.parameters) for tool in own]
        return [_SAY_TOOL, *told]

    # The SDK keeps the tools' schemas by name, and two domains may have tools of one name: ours validate by themselves.
    async def call_tool(name: str, arguments: dict[str, Any]) -> types.CallToolResult:
        call = current()
        try:
            if name == SAY:
                said = views.Said.model_validate(arguments)
                return await _apart(lambda: _heard(service, call, said))
            asked = views.Call.model_validate({"name": name, "arguments": arguments})
            return await _apart(lambda: _used(call, asked))
        except ValidationError as error:
            return _answer(f"Error: {error.errors(include_url=False)[0]['msg']}", wrong=True)
        except TarlError as error:
            return _answer(f"Error: {error}", wrong=True)

    async def list_resources() -> list[types.Resource]:
        return [types.Resource(uri=AnyUrl(POLICY), name="policy", mimeType="text/markdown")]

    async def read_resource(uri: AnyUrl) -> list[ReadResourceContents]:
        if str(uri) != POLICY:
            raise ValueError(f"There is no resource {str(uri)[:80]}.")
        return [ReadResourceContents(content=current().domain.policy, mime_type="text/markdown")]

    server.list_tools()(list_tools)
    server.call_tool(validate_input=False)(call_tool)
    server.list_resources()(list_resources)
    server.read_resource()(read_resource)
    return server


async def _apart(work: Callable[[], T]) -> T:
    """In a thread: steps may wait for the customer's voice."""
    return await anyio.to_thread.run_sync(work)


def _used(call: SandboxCall, asked: views.Call) -> types.CallToolResult:
    result = call.use(asked.name, asked.arguments)
    ended = call.episode.stop
    return _answer(result.content, *([f"The call is over: {ended}."] if ended else []), wrong=views.seen(result).is_error)


def _heard(service: Service, call: SandboxCall, said: views.Said) -> types.CallToolResult:
    turn, heard = service.say(call, said.text, said.audio)
    ended = call.episode.stop
    words = [] if turn is None or (call.spoken and turn.audio) else [turn.text]
    words += [f"You were heard: {heard}"] if heard else []
    answer = _answer(*words, *([f"The call is over: {ended}."] if ended else []))
    if turn is not None and turn.audio is not None:
        data = base64.b64encode(audio.locate(turn.audio).read_bytes()).decode()
        answer.content.append(types.AudioContent(type="audio", data=data, mimeType="audio/wav"))
    return answer


def _answer(*texts: str, wrong: bool = False) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=text) for text in texts], isError=wrong)

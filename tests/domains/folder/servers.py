"""Servers on loopback whose tools a folder names: one over HTTP, one that speaks MCP; both have a bike and bad manners."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import uvicorn
from fastapi import FastAPI, Header, HTTPException
from fastapi.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from mcp.server.fastmcp import FastMCP
from mcp.types import ToolAnnotations

TOKEN = "a-token-of-the-workshop"
BIKE = {"bike": 204230, "repair": 2, "status": "waiting", "price": "$62.00"}


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The address of an ASGI app; it ends with the block."""
    place = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [place]}, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{place.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        place.close()


class Workshop:
    """An HTTP server; ``seen`` is what was asked of it."""

    def __init__(self) -> None:
        self.app = FastAPI()
        self.seen: list[str] = []
        self.app.get("/v1/bikes/{number}")(self.bike)
        self.app.post("/v1/repairs/{repair}/cancel")(self.cancel)
        self.app.post("/v1/shut-down")(self.shut_down)
        self.app.get("/v1/odd/{how}")(self.odd)
        self.app.get("/elsewhere")(self.elsewhere)

    def bike(self, number: int, authorization: Annotated[str, Header()] = "") -> dict[str, Any]:
        self.seen.append(f"bike {number}")
        if authorization != f"Bearer {TOKEN}":
            raise HTTPException(401, "a token is needed")
        if number != 204230:
            raise HTTPException(404, "there is no such\nbike")
        return BIKE

    def cancel(self, repair: int, body: dict[str, Any], quiet: bool = False) -> dict[str, Any]:
        self.seen.append(f"cancel {repair} {body} {quiet}")
        return {**BIKE, "status": "cancelled"}

    def shut_down(self) -> None:
        self.seen.append("shut down")

    def elsewhere(self) -> dict[str, Any]:
        self.seen.append("elsewhere")
        return BIKE

    async def odd(self, how: str) -> Response:
        async def drops() -> Any:
            while True:
                yield b" "
                await asyncio.sleep(0.05)

        match how:
            case "redirect":
                return RedirectResponse("/elsewhere", 307)
            case "huge":
                return PlainTextResponse("1" * 600_000)
            case "slow":
                return StreamingResponse(drops())
            case "no_json":
                return PlainTextResponse("<html>hello</html>")
            case "packed":
                return Response(b"{}", headers={"Content-Encoding": "gzip"})
            case "broken":
                return Response(b"\xff\xfe", 500)
            case "deep":
                return PlainTextResponse("[" * 90_000)
            case _:
                return Response('{"price": 62}', media_type="application/json")


def document(url: str, **more: str) -> str:
    """The OpenAPI document of ``Workshop``; ``more`` are lines for the top."""
    top = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in more.items())
    return f"""\
openapi: 3.1.0
info: {{title: Workshop, version: "1"}}
{top}servers:
  - url: {url}/v1
paths:
  /bikes/{{number}}:
    parameters:
      - {{name: number, in: path, required: true, schema: {{$ref: "#/components/schemas/Number"}}}}
    get:
      operationId: find_bike
      summary: Look up a bike.
      responses:
        "200": {{content: {{application/json: {{schema: {{$ref: "#/components/schemas/Bike"}}}}}}}}
  /repairs/{{repair}}/cancel:
    post:
      operationId: cancel_repair
      parameters:
        - {{name: repair, in: path, required: true, schema: {{type: integer}}}}
        - {{name: quiet, in: query, schema: {{type: boolean}}}}
      requestBody:
        content:
          application/json:
            schema: {{type: object, properties: {{why: {{type: string, pattern: "^(a+)+$"}}}}, required: [why]}}
      responses: {{}}
  /shut-down:
    post: {{operationId: shut_down, responses: {{}}}}
  /odd/{{how}}:
    get:
      operationId: odd
      parameters:
        - {{name: how, in: path, required: true, schema: {{type: string}}}}
      responses:
        "200": {{content: {{application/json: {{schema: {{$ref: "#/components/schemas/Bike"}}}}}}}}
components:
  schemas:
    Number: {{type: integer, minimum: 1}}
    Bike: {{type: object, properties: {{price: {{type: string}}}}, required: [price]}}
"""


def mcp_app(seen: list[str]) -> Any:
    """An MCP server by the SDK; ``seen`` takes what was asked of it."""
    server = FastMCP("Workshop", log_level="CRITICAL", stateless_http=True)

    @server.tool(annotations=ToolAnnotations(readOnlyHint=True))
    def find_bike(number: int) -> dict[str, Any]:
        """Look up a bike."""
        seen.append(f"bike {number}")
        if number != 204230:
            raise ValueError("there is no such bike")
        return BIKE

    @server.tool()
    def cancel_repair(repair: int, why: str) -> str:
        """Cancel a repair."""
        seen.append(f"cancel {repair} {why}")
        return "cancelled"

    @server.tool()
    def shut_down() -> str:
        """Shut the workshop down."""
        return "closed"

    @server.tool(annotations=ToolAnnotations(readOnlyHint=True))
    def odd(how: str) -> str:
        """Answer in a way that nobody wants."""
        return "1" * 600_000 if how == "huge" else "x" * 100_000

    return server.streamable_http_app()

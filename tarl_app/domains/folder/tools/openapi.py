"""``openapi.yaml`` or ``openapi.json``: every operation of the document is a tool, and a call is one HTTP request.

GET and HEAD look up, everything else changes (an operation's ``x-writes`` says otherwise; ``x-hidden: true`` leaves it out).
``x-token-env`` at the top names the environment variable with the server's token, ``x-token-header`` its header,
``x-timeout`` the seconds that a call may take.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tarl_app.core.types import ToolSpec
from tarl_app.domains.folder.reading.marked import Marked, read_typed
from tarl_app.domains.folder.reading.problems import FolderError, Problems
from tarl_app.domains.folder.tools import http_request
from tarl_app.domains.folder.tools.remote import LONGEST, MOST_SECONDS, RemoteTool, RemoteTools, Server, ServerFault
from tarl_app.domains.folder.tools.schemas import SchemaFault, plain, resolved
from tarl_app.domains.folder.tools.toolset import NAME, Toolset
from tarl_app.llm.address import fault_of

FILES = ("openapi.yaml", "openapi.json")
MOST_TOOLS = 128
METHODS = ("get", "head", "post", "put", "patch", "delete")
VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]{0,99}$"
_SLOT = re.compile(r"\{([^{}]*)\}")


class _Loose(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _ServerEntry(_Loose):
    url: str


class _Document(_Loose):
    openapi: str = Field(pattern=r"^3\.[01](\.\d+)?$")
    servers: list[_ServerEntry] = Field(min_length=1, max_length=1)
    paths: dict[str, dict[str, Any]] = Field(min_length=1)
    token_env: str = Field("", alias="x-token-env", pattern=rf"{VARIABLE}|^$")
    seconds: float = Field(LONGEST, alias="x-timeout", gt=0, le=MOST_SECONDS)
    token_header: str = Field("Authorization", alias="x-token-header", pattern=r"^[A-Za-z][A-Za-z0-9-]{0,60}$")


class _Parameter(_Loose):
    name: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}$")
    place: Literal["path", "query"] = Field(alias="in")
    required: bool = False
    description: str = ""
    schema_: dict[str, Any] = Field(default_factory=dict, alias="schema")


class _Operation(_Loose):
    name: str | None = Field(None, alias="operationId")
    summary: str = ""
    description: str = ""
    hidden: bool = Field(False, alias="x-hidden")
    writes: bool | None = Field(None, alias="x-writes")


@dataclass(frozen=True)
class Request:
    """How a tool's arguments become a request: which are parts of the path, which of the query; the rest is the body."""

    method: str
    path: str
    queries: frozenset[str]
    has_body: bool

    def url(self, base: str, arguments: dict[str, Any]) -> str:
        """The address. Raises ``ServerFault`` for a value that would change the path."""

        def filled(slot: re.Match[str]) -> str:
            value = text(arguments.get(slot[1], ""))
            if value in ("", ".", ".."):
                raise ServerFault(f"the argument {slot[1]} cannot be {value!r}")
            return quote(value, safe="")

        return base.rstrip("/") + _SLOT.sub(filled, self.path)

    def query(self, arguments: dict[str, Any]) -> list[tuple[str, str]]:
        """The query's values; a list is given several times."""
        given = [(name, arguments[name]) for name in arguments if name in self.queries]
        return [(name, text(one)) for name, value in given for one in (value if isinstance(value, list) else [value])]

    def body(self, arguments: dict[str, Any]) -> dict[str, Any] | None:
        """What is sent as JSON; None for nothing."""
        slots = set(_SLOT.findall(self.path))
        rest = {name: value for name, value in arguments.items() if name not in slots | self.queries}
        return rest if self.has_body else None


def text(value: Any) -> str:
    """A value in an address: true and false as in JSON."""
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def openapi_tools(path: Path) -> Toolset:
    """The tools of a document. Raises ``FolderError``, ``DocumentError``, ``OSError``."""
    at, problems = read_typed(path), Problems()
    try:
        document = _Document.model_validate(at.value)
    except ValidationError as error:
        problems.add_invalid(error, path.name, at)
        raise FolderError(problems.in_order()) from None
    server = Server(document.servers[0].url, document.token_env, document.token_header, document.seconds)
    if fault := fault_of(server.url) or ("must not hold placeholders" if "{" in server.url else ""):
        problems.add(path.name, at.line(("servers", 0, "url")), f"the server's address {fault}: write it out.")
    requests: dict[str, Request] = {}
    tools: dict[str, RemoteTool] = {}
    for route, item in document.paths.items():
        for method in (one for one in METHODS if one in item):
            place = ("paths", route, method)
            try:
                name, tool, request = _read(at, route, method)
            except ValidationError as error:
                problems.add_invalid(error, path.name, at, place)
                continue
            except SchemaFault as fault:
                told = f"{fault} (of {method.upper()} {route}; `x-hidden: true` leaves an operation out)."
                problems.add(path.name, at.line(place), told)
                continue
            if tool is None or request is None:
                continue
            if name in tools or not NAME.fullmatch(name):
                why = "there is a tool" if name in tools else "no tool can be"
                problems.add(path.name, at.line(place), f"{why} named `{name[:64]}`: give it an `operationId` of its own.")
            tools[name], requests[name] = tool, request
    if not problems and not 0 < len(tools) <= MOST_TOOLS:
        problems.add(path.name, at.line(("paths",)), f"there must be 1 to {MOST_TOOLS} operations: hide some, or add one.")
    if problems:
        raise FolderError(problems.in_order())

    def ask(name: str, arguments: dict[str, Any]) -> Any:
        one = requests[name]
        url = one.url(server.url, arguments)
        return http_request.ask(server, one.method, url, one.query(arguments), one.body(arguments))

    return RemoteTools(tools, ask).toolset()


def _read(at: Marked, route: str, method: str) -> tuple[str, RemoteTool | None, Request | None]:
    """One operation. Raises ``SchemaFault``, ``ValidationError``."""
    document, item = at.value, at.value["paths"][route]
    given = resolved(item[method], document)
    operation = _Operation.model_validate(given)
    name = operation.name or re.sub(r"\W+", "_", f"{method}{route}").strip("_")
    if operation.hidden:
        return name, None, None
    listed = [*_list(item.get("parameters")), *_list(given.get("parameters"))]
    found = [resolved(one, document) for one in listed]
    sent = [_Parameter.model_validate(one) for one in found if one.get("in") not in ("header", "cookie")]
    parameters = {one.name: one for one in sent}
    if wanted := next((one for one in found if one.get("in") in ("header", "cookie") and one.get("required")), None):
        raise SchemaFault(f"it needs the {wanted['in']} `{wanted.get('name')}`, which no tool can send: make it optional")
    if not route.startswith("/") or set(_SLOT.findall(route)) != {p.name for p in parameters.values() if p.place == "path"}:
        raise SchemaFault("the names in braces in its path are not its path parameters: declare each with `in: path`")
    properties: dict[str, Any] = {}
    required: list[str] = []
    for one in parameters.values():
        schema = plain(one.schema_, document)
        properties[one.name] = {**schema, "description": one.description} if one.description else schema
        required += [one.name] if one.required or one.place == "path" else []
    body = _body(given, document)
    if both := sorted(properties.keys() & (body or {}).get("properties", {}).keys()):
        raise SchemaFault(f"its body and its parameters both have `{both[0]}`: rename one")
    properties |= (body or {}).get("properties", {})
    required += (body or {}).get("required", [])
    told = " ".join((operation.description or operation.summary or f"{method.upper()} {route}").split())[:1_000]
    writes = operation.writes if operation.writes is not None else method not in ("get", "head")
    schema = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    spec = ToolSpec(name=name, description=told, parameters=schema, writes=writes)
    queries = frozenset(one.name for one in parameters.values() if one.place == "query")
    return name, RemoteTool(spec, _answers(given, document)), Request(method.upper(), route, queries, body is not None)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _body(operation: Any, document: Any) -> dict[str, Any] | None:
    """The plain schema of a JSON body, which must be an object; None without one."""
    if operation.get("requestBody") is None:
        return None
    content = resolved(operation["requestBody"], document).get("content")
    media = content.get("application/json") if isinstance(content, dict) else None
    if not isinstance(media, dict):
        raise SchemaFault("its body is not application/json: only JSON can be sent")
    schema = plain(media.get("schema", {}), document)
    if schema.get("type") != "object" or not isinstance(schema.get("properties", {}), dict):
        raise SchemaFault("its body is no object with `properties`: only such a body becomes a tool's arguments")
    return schema


def _answers(operation: Any, document: Any) -> dict[str, Any] | None:
    """The plain schema of a good answer; None where the document has none."""
    answers = operation.get("responses")
    for status in ("200", "201", "202", "2XX", "default") if isinstance(answers, dict) else ():
        if (given := answers.get(status)) is not None:
            content = resolved(given, document).get("content")
            media = content.get("application/json") if isinstance(content, dict) else None
            if isinstance(media, dict) and "schema" in media:
                return plain(media["schema"], document)
    return None

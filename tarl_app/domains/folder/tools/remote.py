"""Tools on somebody else's server: arguments and answers are checked, and no answer is trusted.

A call ends after so many seconds and ``LARGEST`` bytes, goes to the named server alone and follows no redirection;
whatever else happens, its result is one sentence that begins with "Error: ".
"""

import json
import os
import queue
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

import anyio

from tarl_app.core.characters import whole
from tarl_app.core.types import Change, ToolCall, ToolResult, ToolSpec
from tarl_app.domains.folder.tools.schemas import misfit
from tarl_app.domains.folder.tools.toolset import Toolset, refused

LONGEST = 20.0
"""Seconds that one call may take unless the folder says otherwise, from its beginning to the last byte."""
MOST_SECONDS = 120.0
"""The most that a folder may say."""
LARGEST = 500_000
"""Most bytes of an answer."""
_GRACE = 2.0  # seconds until a call is left alone that did not end by itself, as where a name is being looked up
T = TypeVar("T")


class ServerFault(Exception):
    """Why a call has failed: a sentence without its full stop. Never shows the token."""


@dataclass(frozen=True)
class Server:
    """Where it is, which variable of the environment has its token, and how many seconds a call to it may take."""

    url: str
    token_env: str = ""
    token_header: str = "Authorization"  # noqa: S105 - a name of a header
    seconds: float = LONGEST

    @property
    def shown(self) -> str:
        """Its address for messages, without a path."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def headers(self) -> dict[str, str]:
        """The token's header, if there is a token. Raises ``ServerFault`` where its variable is not set."""
        if not self.token_env:
            return {}
        token = os.environ.get(self.token_env, "")
        if not token.isascii() or not token.isprintable() or not token.strip():
            raise ServerFault(f"the environment variable {self.token_env} with the token of {self.shown} is not set")
        bearer = self.token_header.lower() == "authorization"
        return {self.token_header: f"Bearer {token.strip()}" if bearer else token.strip()}

    def owns(self, url: Any) -> bool:
        """Whether an address is on this server: scheme, host and port."""
        mine, other = urlsplit(self.url), urlsplit(str(url))
        return (mine.scheme, mine.hostname, mine.port or _PORTS.get(mine.scheme)) == (
            other.scheme,
            other.hostname,
            other.port or _PORTS.get(other.scheme),
        )


_PORTS = {"http": 80, "https": 443}


def within_limit(work: Callable[[], Awaitable[T]], longest: float) -> T:
    """Runs it in a thread and a loop of its own, for so many seconds. Raises ``ServerFault``, and what it raises."""
    inbox: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()

    async def limited() -> T:
        with anyio.fail_after(longest):
            return await work()

    def run() -> None:
        try:
            inbox.put((anyio.run(limited), None))
        except BaseException as error:  # carried over to the thread that asked
            inbox.put((None, error))

    threading.Thread(target=run, name="tool-server", daemon=True).start()
    try:
        value, error = inbox.get(timeout=longest + _GRACE)
    except queue.Empty:
        error = TimeoutError()
        value = None
    if isinstance(error, TimeoutError):
        raise ServerFault(f"the server did not answer within {longest:g} seconds") from None
    if error is not None:
        raise error
    return value  # pyright: ignore[reportReturnType]


@dataclass(frozen=True)
class RemoteTool:
    """A tool, and the schema of its answers where there is one."""

    spec: ToolSpec
    answers: Mapping[str, Any] | None = None


@dataclass
class RemoteTools:
    """Tools by name; ``ask`` makes one call whose arguments are checked, and gives the answer as JSON or a text."""

    tools: dict[str, RemoteTool]
    ask: Callable[[str, dict[str, Any]], Any]
    longest: int = field(default=60_000)
    """Most characters of an answer that a model is shown."""

    def toolset(self) -> Toolset:
        """As a domain takes them."""
        return Toolset(
            specs=tuple(tool.spec for tool in self.tools.values()),
            open=lambda: _Asking(self),
            complaint=self.complaint,
            normalise=lambda call: call.arguments,
            rehearse=lambda: _Rehearsing(self),
        )

    def complaint(self, call: ToolCall) -> str:
        """What is wrong with a call; empty if nothing is."""
        tool = self.tools.get(call.name)
        if tool is None:
            return f"there is no tool named {call.name[:60]}"
        return misfit(call.arguments, tool.spec.parameters)

    def call(self, call: ToolCall) -> ToolResult:
        """Makes the call."""
        if why := self.complaint(call):
            return refused(call, why)
        try:
            answer = self.ask(call.name, call.arguments)
        except ServerFault as fault:
            return refused(call, str(fault))
        schema = self.tools[call.name].answers
        if schema is not None and (why := misfit(answer, schema)):
            return refused(call, f"the server's answer is not what its description says ({why})")
        text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
        if len(text) > self.longest:
            return refused(call, f"the server's answer has more than {self.longest:,} characters: ask for less")
        return ToolResult(call_id=call.id, name=call.name, content=whole(text))


class _Asking:
    """The server itself."""

    def __init__(self, tools: RemoteTools) -> None:
        self._tools = tools

    def call(self, call: ToolCall) -> ToolResult:
        """Makes the call."""
        return self._tools.call(call)

    def changes(self) -> tuple[Change, ...]:
        """Nothing: what the server holds is not known."""
        return ()

    def close(self) -> None:
        """Nothing is kept open between calls."""


class _Rehearsing(_Asking):
    """Checks calls and makes none."""

    def call(self, call: ToolCall) -> ToolResult:
        """An answer that says so, or what is wrong with the arguments."""
        if why := self._tools.complaint(call):
            return refused(call, why)
        return ToolResult(call_id=call.id, name=call.name, content='{"note": "this call was checked and not made"}')

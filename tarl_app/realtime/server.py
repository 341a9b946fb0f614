"""The route ``/v1/realtime``: who may use it, how many, and for how long."""

import asyncio
import hmac
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from tarl_app.core.errors import TarlError

if TYPE_CHECKING:
    from tarl_app.realtime.call.parts import Parts
    from tarl_app.realtime.session import Session

PATH = "/v1/realtime"
SUBPROTOCOL, KEY_PROTOCOL, VISIT_PROTOCOL = "realtime", "openai-insecure-api-key.", "tarl-visit."
"""The subprotocol, and those in which a browser, which can send no header, gives its token or the key of its visit."""
_COMPUTING = 4  # events computed at once, of all sessions
_FLUSH = 5.0  # seconds for the last events of a session that is ended
_LOOK = 0.05  # seconds between two checks whether a session has been freed
_GOING_AWAY, _POLICY_VIOLATION = 1001, 1008


@dataclass(frozen=True)
class Limits:
    """Connections at once, those of the page's visitors apart; seconds without an event while the agent is not at work, and
    seconds in all.
    """

    connections: int = 8
    visitors: int = 16
    idle: float = 300.0
    longest: float = 3600.0


class Door:
    """The route of one app."""

    def __init__(
        self,
        open_parts: "Callable[[str, str], Parts]",
        token: str = "",
        limits: Limits | None = None,
        visit: "Callable[[str], Callable[[], Parts] | None] | None" = None,
    ) -> None:
        """``open_parts`` makes a call's parts from the query's ``model`` and ``task``, and raises ``TarlError``.

        ``token``: what a client has to send; empty: none is needed. ``visit`` finds what opens the call of the page's
        visitor by the visit's key, which is needed instead of a token; None for a key that is unknown.
        """
        self._open_parts, self._token, self._limits, self._visit = open_parts, token, limits or Limits(), visit
        self._pool = ThreadPoolExecutor(_COMPUTING, thread_name_prefix="realtime-sound")
        self.connections = self.visitors = 0
        """How many there are, those that are still being freed included."""

    @property
    def routes(self) -> list[WebSocketRoute]:
        """The route."""
        return [WebSocketRoute(PATH, self.serve)]

    async def serve(self, socket: WebSocket) -> None:
        """One connection, from its request to its end."""
        offered = socket.scope.get("subprotocols") or []
        visitor = next((one.removeprefix(VISIT_PROTOCOL) for one in offered if one.startswith(VISIT_PROTOCOL)), None)
        opening = self._asked(socket) if visitor is None else self._visit(visitor) if self._visit else None
        if opening is None or (visitor is None and not self._may_enter(socket, offered)):
            await _refuse(socket, 401, "The token is missing or wrong: send it as Authorization: Bearer TOKEN.")
            return
        kind = "connections" if visitor is None else "visitors"
        if getattr(self, kind) >= getattr(self._limits, kind):
            await _refuse(socket, 503, "All lines are taken just now: please try again in a few minutes.")
            return
        setattr(self, kind, getattr(self, kind) + 1)
        try:
            await socket.accept(SUBPROTOCOL if SUBPROTOCOL in offered else None)  # first: clients do not wait long for it
            try:
                parts = await asyncio.to_thread(_imported, opening)
            except TarlError as error:
                told = {"type": "invalid_request_error", "code": "not_available", "message": str(error)}
                await socket.send_json({"type": "error", "event_id": "event_0", "error": told})
                await socket.close(_POLICY_VIOLATION)
                return
            await self._talk(socket, parts)
        except WebSocketDisconnect:  # before it was there
            pass
        finally:
            setattr(self, kind, getattr(self, kind) - 1)

    def _asked(self, socket: WebSocket) -> "Callable[[], Parts]":
        asked = [socket.query_params.get(name, "") for name in ("model", "task")]
        return lambda: self._open_parts(*asked)

    def _may_enter(self, socket: WebSocket, offered: list[str]) -> bool:
        if not self._token:
            return True
        scheme, _, given = socket.headers.get("authorization", "").partition(" ")
        keys = [one.removeprefix(KEY_PROTOCOL) for one in offered if one.startswith(KEY_PROTOCOL)]
        found = [*([given.strip()] if scheme.lower() == "bearer" else []), *keys]
        return any(hmac.compare_digest(one.encode(), self._token.encode()) for one in found)

    async def _talk(self, socket: WebSocket, parts: "Parts") -> None:
        from tarl_app.realtime.session import Session

        session = Session(parts, self._pool)
        writing = asyncio.create_task(_write(socket, session))
        try:
            ended = await self._listen(socket, session)
            if ended:
                await asyncio.wait([writing], timeout=_FLUSH)
                await socket.close(_GOING_AWAY)
        except (WebSocketDisconnect, RuntimeError):  # the second: the socket is closed already
            pass
        finally:
            session.close()
            writing.cancel()
            while not session.call.over:  # its line is free when its thread is
                await asyncio.sleep(_LOOK)

    async def _listen(self, socket: WebSocket, session: "Session") -> bool:
        """Takes events until the client is gone (False), or the session has been ended from here (True)."""
        loop = asyncio.get_running_loop()
        last = loop.time() + self._limits.longest
        while True:
            try:
                message = await asyncio.wait_for(socket.receive(), max(0.0, min(self._limits.idle, last - loop.time())))
            except TimeoutError:
                if loop.time() >= last:
                    session.end(
                        "session_expired", f"A session lasts {self._limits.longest:.0f} seconds at most: connect again."
                    )
                    return True
                if session.busy:
                    continue
                session.end("idle_timeout", f"Nothing was sent for {self._limits.idle:.0f} seconds: connect again.")
                return True
            if message["type"] == "websocket.disconnect":
                return False
            await session.receive(message.get("text") or "")


def _imported(opening: "Callable[[], Parts]") -> "Parts":
    from tarl_app.realtime import session  # noqa: F401 - here, in a thread: its libraries take long to import

    return opening()


async def _write(socket: WebSocket, session: "Session") -> None:
    while (text := await session.next_text()) is not None:
        await socket.send_text(text)


async def _refuse(socket: WebSocket, status: int, why: str) -> None:
    await socket.send_denial_response(PlainTextResponse(why, status))

"""The state machine of one connection: events in, events out. It lives on the event loop and computes nothing there.

Everything that takes long runs elsewhere: the agent and its voice in the thread of a ``Call``, large messages and voice
activity in a small pool.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any, ParamSpec, TypeVar

from tarl_app.core.errors import EventRefused, TarlError
from tarl_app.core.sound.audio import Audio
from tarl_app.realtime.answering import Answering
from tarl_app.realtime.call import facts
from tarl_app.realtime.call.joining import Earlier
from tarl_app.realtime.call.parts import Parts
from tarl_app.realtime.call.thread import Call
from tarl_app.realtime.client_items import ClientItems
from tarl_app.realtime.reports import Reports
from tarl_app.realtime.turns import Turns
from tarl_app.realtime.wire.events import Received, error_of, event_id_of, new_id, parse, read

log = logging.getLogger(__name__)
_BUSY = 4  # jobs that wait for the conversation's thread, from which on nothing is heard ahead
P = ParamSpec("P")
T = TypeVar("T")
_LARGE = 50_000  # characters of an event that is parsed in the pool
_MOST_WAITING = 4_000_000  # characters that wait to be sent, before no more speech is made: about a minute


class Session:
    """One connection; ``receive`` never raises for what a client sends. Close it when the socket is gone."""

    def __init__(self, parts: Parts, pool: Executor, clock: Callable[[], float] | None = None) -> None:
        """``pool`` computes for all sessions; ``clock``: the time in which sound is heard, in seconds, by default the event
        loop's. Needs a running one.
        """
        self._parts, self._pool = parts, pool
        self._loop = asyncio.get_running_loop()
        self._clock = clock or self._loop.time
        self._outgoing: asyncio.Queue[str | None] = asyncio.Queue()
        self._waiting = 0  # characters in ``_outgoing``
        self._closed = False
        self.id = new_id("sess")
        self.config = parts.config
        full = lambda: self._waiting > _MOST_WAITING  # noqa: E731
        self.call = Call(parts, self.config, self._tell, full, lambda: self._turns.undecided, self.id)
        self.items = ClientItems(self.call, self.send)
        self._reports = Reports(self.send)
        self._turns = Turns(parts, self.config, self, self.send, self._compute, self._clock)
        told = (self._reports, self.send, self._fail, self._compute)
        self._answering = Answering(parts, self.call, self.items, self._turns, *told, lambda: self.config, self._clock)
        self.send("session.created", session=self._shown())

    # --- the socket -----------------------------------------------------------------------------------------------------

    async def receive(self, text: str) -> None:
        """Takes an event; whatever is wrong with it is answered by an ``error`` event."""
        event_id: str | None = None
        try:
            fields = await self._compute(parse, text) if len(text) > _LARGE else parse(text)
            event_id = event_id_of(fields)
            received = read(fields)
            await self._handlers[received.type](self, received)
            self._answering.release()
        except EventRefused as refused:
            self.send("error", error=error_of(refused, event_id))
        except Exception as error:  # a bug: the session goes on
            log.exception("an event of a realtime client failed")
            self._fail("server_error", f"Something broke inside the app ({type(error).__name__}).", event_id)

    async def next_text(self) -> str | None:
        """The next event to be sent, as JSON; None after the last."""
        text = await self._outgoing.get()
        self._waiting -= len(text or "")
        return text

    def waiting_texts(self) -> list[str]:
        """The events that can be sent now."""
        found: list[str] = []
        while not self._outgoing.empty():
            text = self._outgoing.get_nowait()
            self._waiting -= len(text or "")
            found += [text] if text is not None else []
        return found

    def send(self, kind: str, **fields: Any) -> None:
        """Queues an event of that type."""
        if not self._closed:
            text = json.dumps({"type": kind, "event_id": new_id("event"), **fields})
            self._waiting += len(text)
            self._outgoing.put_nowait(text)

    def end(self, code: str, text: str) -> None:
        """Tells why the session ends; nothing is sent after it."""
        self._fail(code, text, None)
        self._outgoing.put_nowait(None)
        self._closed = True

    def close(self) -> None:
        """Stops what is under way and frees everything, soon."""
        self._closed = True
        self._answering.close()
        self._turns.close()
        self.call.turn_taking = self._turns.counts.kept
        self.call.close()

    @property
    def busy(self) -> bool:
        """Whether the agent is at work."""
        return self._answering.response is not None

    @property
    def computing(self) -> bool:
        """Whether anything is computed, or is to be, without more sound."""
        return self.busy or self._turns.deciding or not self.call.idle

    @property
    def speaking(self) -> bool:
        """See ``turns.Floor``."""
        return self._answering.speaking

    @property
    def asks(self) -> bool:
        """See ``turns.Floor``."""
        return self.items.asks(self._answering.unheard)

    def _shown(self) -> dict[str, Any]:
        return {"id": self.id, "object": "realtime.session", **self.config.shown()}

    def _fail(self, code: str, text: str, event_id: str | None) -> None:
        error = {"type": "server_error", "code": code, "message": text, "param": None, "event_id": event_id}
        self.send("error", error=error)

    async def _compute(self, function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
        return await self._loop.run_in_executor(self._pool, lambda: function(*arguments, **options))

    # --- the session ----------------------------------------------------------------------------------------------------

    async def _update(self, received: Received) -> None:
        form: Any = received.form
        before, wanted = self.config, self.config.updated(form.session, received.fields["session"])
        if wanted.tools != before.tools:
            self._parts.check_tools({tool.name for tool in wanted.tools}, self._answering.begun)
        wanted = replace(wanted, voice=wanted.voice or self._parts.voice_name)
        if wanted.voice != before.voice:
            try:
                await self._compute(self._parts.voice, wanted.voice)
            except TarlError as error:
                raise EventRefused("invalid_value", str(error), "session.audio.output.voice") from error
        unfollowed = wanted.instructions != before.instructions and not self._parts.follows
        self.config = replace(wanted, instructions=before.instructions) if unfollowed else wanted
        await self._turns.configure(self.config)
        if (self.config.tools, self.config.instructions) != (before.tools, before.instructions):
            self.call.configure(self.config, self._answering.begun)
        self.send("session.updated", session=self._shown())
        if unfollowed:
            told = f"{self._parts.name} was trained on its own policy and follows no other instructions: they are left out."
            raise EventRefused("instructions_not_followed", told, "session.instructions")

    # --- sound ----------------------------------------------------------------------------------------------------------

    async def _append(self, received: Received) -> None:
        form: Any = received.form
        await self._turns.append(form.audio)

    async def _commit(self, _: Received) -> None:
        self.items.commit(*self._turns.commit())

    async def _clear(self, _: Received) -> None:
        self._turns.clear()
        self.send("input_audio_buffer.cleared")

    def interrupted(self, after: str) -> bool:
        """See ``turns.Floor``."""
        response = self._answering.response
        goes_on = response is not None and response.unheard and bool(after) and self.items.last_user == after
        if response is not None:
            response.asked.goes_on = goes_on
        self._answering.interrupt("turn_detected")
        return goes_on

    def dismissed(self) -> None:
        """See ``turns.Floor``."""
        self._answering.release()

    def said(self, item: str, sound: Audio, silence: float, before: Earlier | None) -> None:
        """See ``turns.Floor``."""
        self.items.commit(item, sound, silence, before)
        if self.config.detection and self.config.detection.create_response:
            self._answering.respond_or_owe()

    def paused(self, spoken: float, sound: Audio, before: Earlier | None) -> None:
        """See ``turns.Floor``."""
        if not self.busy and self.call.waiting < _BUSY:
            self.call.hear_ahead(spoken, sound, before)

    def resumed(self) -> None:
        """See ``turns.Floor``."""
        self.call.drop_ahead()

    def degraded(self, text: str) -> None:
        """See ``turns.Floor``; may be called from any thread."""
        self._tell(facts.Noted(text))

    # --- items ----------------------------------------------------------------------------------------------------------

    async def _create_item(self, received: Received) -> None:
        await self.items.create(received, self.config.input, self._compute)
        self._answering.begun = True

    async def _truncate(self, received: Received) -> None:
        self.items.truncate(received.form, self._answering.response)
        self._answering.silent()

    async def _delete(self, received: Received) -> None:
        self.items.delete(received.form)

    async def _retrieve(self, received: Received) -> None:
        form: Any = received.form
        self.send("conversation.item.retrieved", item=self.items.get(form.item_id).shown())

    # --- responses ------------------------------------------------------------------------------------------------------

    async def _create_response(self, received: Received) -> None:
        form: Any = received.form
        if (response := self._answering.response) is not None:
            told = f"The response {response.id} is in progress: cancel it, or wait for response.done."
            raise EventRefused("conversation_already_has_active_response", told)
        wanted = form.response
        for name in ("input", "instructions", "tools", "prompt") if wanted else ():
            if getattr(wanted, name):
                told = f"A single response takes no {name}: they belong to the session, or to items of the conversation."
                raise EventRefused("invalid_value", told, f"response.{name}")
        if wanted and (wanted.conversation == "none" or wanted.tool_choice not in (None, "auto")):
            raise EventRefused(
                "invalid_value", "Responses belong to the conversation; the agent chooses its tools.", "response"
            )
        modalities = wanted.output_modalities if wanted else None
        self._answering.respond("audio" in modalities if modalities else None, wanted.metadata if wanted else None)

    async def _cancel(self, received: Received) -> None:
        form: Any = received.form
        response = self._answering.response
        if response is None or form.response_id not in (None, response.id):
            raise EventRefused("response_cancel_not_active", "There is no such response in progress.", "response_id")
        self._answering.interrupt("client_cancelled")

    async def _hang_up(self, _: Received) -> None:
        self._answering.interrupt("client_cancelled")
        if not self._reports.repeat():
            self.call.finish()

    # --- what the conversation's thread tells ---------------------------------------------------------------------------

    def _tell(self, fact: facts.Fact) -> None:
        """Called from that thread."""
        try:
            self._loop.call_soon_threadsafe(lambda: self._answering.take(fact))
        except RuntimeError:  # the loop is closed: nobody listens any more
            return

    _handlers = {  # noqa: RUF012
        "session.update": _update,
        "input_audio_buffer.append": _append,
        "input_audio_buffer.commit": _commit,
        "input_audio_buffer.clear": _clear,
        "conversation.item.create": _create_item,
        "conversation.item.truncate": _truncate,
        "conversation.item.delete": _delete,
        "conversation.item.retrieve": _retrieve,
        "response.create": _create_response,
        "response.cancel": _cancel,
        "tarl.hang_up": _hang_up,
    }

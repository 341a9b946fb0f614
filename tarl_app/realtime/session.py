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
from tarl_app.realtime.call import facts
from tarl_app.realtime.call.joining import Earlier
from tarl_app.realtime.call.parts import Parts
from tarl_app.realtime.call.thread import Asked, Call
from tarl_app.realtime.client_items import ClientItems
from tarl_app.realtime.filler import Filler, Spoken
from tarl_app.realtime.reports import Reports
from tarl_app.realtime.response import Reason, Response
from tarl_app.realtime.turns import Turns
from tarl_app.realtime.wire.events import Received, error_of, event_id_of, new_id, parse, read

log = logging.getLogger(__name__)
_BUSY = 4  # jobs that wait for the conversation's thread, from which on nothing is heard ahead
_ANSWERS = (facts.Wrote, facts.Spoke, facts.Said, facts.Asked, facts.Finished)
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
        self._turns = Turns(parts, self.config, self, self.send, self._compute)
        self._response: Response | None = None
        self._filler = Filler(parts, self._compute, self._fill)
        self._kept: list[facts.Fact] = []  # of an answer that waits until it is known whether the caller goes on
        self._sounding = ""  # the agent's last message that has sound
        self._playing = 0.0  # until when, on the clock, what was sent is being heard
        self._owed = False  # a turn ended while the agent was speaking and was not to be interrupted
        self._begun = False
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
            self._release()
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
        if self._response is not None:
            self._response.asked.cancelled.set()
        self._turns.close()
        self._filler.stop()
        self.call.turn_taking = self._turns.counts.kept
        self.call.close()

    @property
    def busy(self) -> bool:
        """Whether the agent is at work."""
        return self._response is not None

    @property
    def computing(self) -> bool:
        """Whether anything is computed, or is to be, without more sound."""
        return self.busy or self._turns.deciding or not self.call.idle

    @property
    def speaking(self) -> bool:
        """See ``turns.Floor``."""
        at_work = self._response is not None and self._response.asked.spoken
        return at_work or self._clock() < self._playing

    @property
    def asks(self) -> bool:
        """See ``turns.Floor``."""
        return self.items.asks(1000 * max(0.0, self._playing - self._clock()))

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
            self._parts.check_tools({tool.name for tool in wanted.tools}, self._begun)
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
            self.call.configure(self.config, self._begun)
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
        response = self._response
        goes_on = response is not None and response.unheard and bool(after) and self.items.last_user == after
        if response is not None:
            response.asked.goes_on = goes_on
        self._interrupt("turn_detected")
        return goes_on

    def dismissed(self) -> None:
        """See ``turns.Floor``."""
        self._release()

    def said(self, item: str, sound: Audio, silence: float, before: Earlier | None) -> None:
        """See ``turns.Floor``."""
        self.items.commit(item, sound, silence, before)
        if self.config.detection and self.config.detection.create_response:
            self._owed = self._response is not None
            if not self._owed:
                self._respond()

    def paused(self, spoken: float, sound: Audio, before: Earlier | None) -> None:
        """See ``turns.Floor``."""
        if self._response is None and self.call.waiting < _BUSY:
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
        self._begun = True

    async def _truncate(self, received: Received) -> None:
        self.items.truncate(received.form, self._response)
        self._playing = 0.0

    async def _delete(self, received: Received) -> None:
        self.items.delete(received.form)

    async def _retrieve(self, received: Received) -> None:
        form: Any = received.form
        self.send("conversation.item.retrieved", item=self.items.get(form.item_id).shown())

    # --- responses ------------------------------------------------------------------------------------------------------

    async def _create_response(self, received: Received) -> None:
        form: Any = received.form
        if self._response is not None:
            told = f"The response {self._response.id} is in progress: cancel it, or wait for response.done."
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
        self._respond("audio" in modalities if modalities else None, wanted.metadata if wanted else None)

    def _respond(self, spoken: bool | None = None, metadata: dict[str, str] | None = None) -> None:
        self._begun, self._owed = True, False
        self.items.answer()
        asked = Asked(new_id("resp"), self.config, self.config.spoken if spoken is None else spoken)
        self._response = Response(asked, self.send, self.items.add, metadata)
        self._filler.begin()
        self.call.respond(asked)

    async def _cancel(self, received: Received) -> None:
        form: Any = received.form
        if self._response is None or form.response_id not in (None, self._response.id):
            raise EventRefused("response_cancel_not_active", "There is no such response in progress.", "response_id")
        self._interrupt("client_cancelled")

    def _interrupt(self, reason: Reason) -> None:
        self._playing = 0.0
        self._filler.stop()
        self._kept.clear()
        if self._response is not None:
            response, self._response, self._owed = self._response, None, False
            for item in response.cancel(reason):
                self.call.keep_heard(item.id, item.text, response.cuts.get(item.id))

    async def _hang_up(self, _: Received) -> None:
        self._interrupt("client_cancelled")
        if not self._reports.repeat():
            self.call.finish()

    # --- what the conversation's thread tells ---------------------------------------------------------------------------

    def _tell(self, fact: facts.Fact) -> None:
        """Called from that thread."""
        try:
            self._loop.call_soon_threadsafe(self._take, fact)
        except RuntimeError:  # the loop is closed: nobody listens any more
            return

    def _take(self, fact: facts.Fact) -> None:
        response = self._response
        waits = response is not None and (self._kept or (self._turns.undecided and response.unheard))
        if waits and response is not None and isinstance(fact, _ANSWERS) and response.id == fact.response:
            self._kept.append(fact)  # not on top of who may go on
        else:
            self._pass(fact)

    def _release(self) -> None:
        """Passes on what was kept, once it is known that the caller does not go on."""
        if self._kept and not self._turns.undecided:
            kept, self._kept = self._kept, []
            for fact in kept:
                self._pass(fact)

    def _pass(self, fact: facts.Fact) -> None:
        response = self._response
        match fact:
            case facts.Wrote() | facts.Spoke() | facts.Said() | facts.Asked():
                if response is not None and response.id == fact.response:
                    response.take(fact)
                    if isinstance(fact, facts.Spoke):
                        self._filler.stop()
                        self._heard_first(fact.item)
                        self._plays(fact.milliseconds)
            case facts.Finished():
                if response is not None and response.id == fact.response:
                    self._finish(response, fact)
            case facts.Noted(text):
                self._fail("degraded", text, None)
            case facts.Broken(name):
                self._fail("server_error", f"Something broke inside the app ({name}).", None)
            case facts.Transcribed():
                self.items.transcribed(fact, self.config.transcribed)
            case facts.Joined(item, before, text):
                self.send("tarl.joined", item_id=item, joined_item_id=before, transcript=text)
            case facts.Overheard():
                self._turns.words(fact.spoken, fact.completeness)
            case facts.Ran(result=None) if response is not None and response.id == fact.response:
                self._filler.call(response)
                self._reports.take(fact)
            case facts.Ran() | facts.Judged() | facts.Ended():
                self._reports.take(fact)

    def _heard_first(self, item: str) -> None:
        if self._sounding != item:
            self._sounding = item
            self._turns.counts.sounds(self._turns.voiced)

    def _plays(self, milliseconds: float) -> None:
        self._playing = max(self._clock(), self._playing) + milliseconds / 1000

    def _fill(self, response: Response, spoken: Spoken) -> None:
        item = response.fill(spoken.text, spoken.sound, spoken.milliseconds)
        self.call.leave_out(item.id)
        self._plays(spoken.milliseconds)

    def _finish(self, response: Response, fact: facts.Finished) -> None:
        self._response = None
        self._filler.stop()
        self._reports.timed(response.id, fact.timed)
        response.finish(fact.code, fact.failure)
        for item in response.output:
            if item.id in response.cuts:
                self.call.keep_heard(item.id, item.text, response.cuts[item.id])
        if self._owed:
            self._respond()

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

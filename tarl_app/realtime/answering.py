"""The agent's answers in one session: asked for, told as they come, kept back, interrupted. Lives on the event loop."""

from collections.abc import Callable
from typing import Protocol

from tarl_app.realtime.call import facts
from tarl_app.realtime.call.asked import Asked
from tarl_app.realtime.call.parts import Parts
from tarl_app.realtime.call.thread import Call
from tarl_app.realtime.client_items import ClientItems, Compute
from tarl_app.realtime.filler import Filler, Spoken
from tarl_app.realtime.reports import Reports
from tarl_app.realtime.response import Reason, Response, Send
from tarl_app.realtime.turns import Turns
from tarl_app.realtime.wire.config import Config
from tarl_app.realtime.wire.events import new_id

_ANSWERS = (facts.Wrote, facts.Spoke, facts.Said, facts.Asked, facts.Finished)


class Fail(Protocol):
    """Sends an error event."""

    def __call__(self, code: str, text: str, event_id: str | None) -> None:
        """``event_id``: the client's event that failed, if it was one."""
        ...


class Answering:
    """Takes the facts that the conversation's thread tells."""

    def __init__(
        self,
        parts: Parts,
        call: Call,
        items: ClientItems,
        turns: Turns,
        reports: Reports,
        send: Send,
        fail: Fail,
        compute: Compute,
        config: Callable[[], Config],
        clock: Callable[[], float],
    ) -> None:
        """``config``: the session's, of now; ``clock``: the time in which sound is heard, in seconds."""
        self._call, self._items, self._turns, self._reports = call, items, turns, reports
        self._send, self._fail, self._config, self._clock = send, fail, config, clock
        self.response: Response | None = None
        """The one under way."""
        self.begun = False
        """Whether the dialogue has begun."""
        self._filler = Filler(parts, compute, self._fill)
        self._kept: list[facts.Fact] = []  # of an answer that waits until it is known whether the caller goes on
        self._sounding = ""  # the agent's last message that has sound
        self._playing = 0.0  # until when, on the clock, what was sent is being heard
        self._owed = False  # a turn ended while the agent was speaking and was not to be interrupted

    @property
    def speaking(self) -> bool:
        """See ``turns.Floor``."""
        at_work = self.response is not None and self.response.asked.spoken
        return at_work or self._clock() < self._playing

    @property
    def unheard(self) -> float:
        """Milliseconds of what was sent that are still to be heard."""
        return 1000 * max(0.0, self._playing - self._clock())

    def close(self) -> None:
        """Stops what is under way."""
        if self.response is not None:
            self.response.asked.cancelled.set()
        self._filler.stop()

    def respond_or_owe(self) -> None:
        """The agent answers what was said: now, or after the answer under way."""
        self._owed = self.response is not None
        if not self._owed:
            self.respond()

    def respond(self, spoken: bool | None = None, metadata: dict[str, str] | None = None) -> None:
        """The agent answers what was said; ``spoken``: whether aloud, by default as the session has it."""
        config = self._config()
        self.begun, self._owed = True, False
        self._items.answer()
        asked = Asked(new_id("resp"), config, config.spoken if spoken is None else spoken)
        self.response = Response(asked, self._send, self._items.add, metadata)
        self._filler.begin()
        self._call.respond(asked)

    def silent(self) -> None:
        """Nothing of the agent's is being heard any more."""
        self._playing = 0.0

    def interrupt(self, reason: Reason) -> None:
        """The answer under way, if there is one, ends here."""
        self.silent()
        self._filler.stop()
        self._kept.clear()
        if self.response is not None:
            response, self.response, self._owed = self.response, None, False
            for item in response.cancel(reason):
                self._call.keep_heard(item.id, item.text, response.cuts.get(item.id))

    def take(self, fact: facts.Fact) -> None:
        """A fact, which may have to wait."""
        response = self.response
        waits = response is not None and (self._kept or (self._turns.undecided and response.unheard))
        if waits and response is not None and isinstance(fact, _ANSWERS) and response.id == fact.response:
            self._kept.append(fact)  # not on top of who may go on
        else:
            self._pass(fact)

    def release(self) -> None:
        """Passes on what was kept, once it is known that the caller does not go on."""
        if self._kept and not self._turns.undecided:
            kept, self._kept = self._kept, []
            for fact in kept:
                self._pass(fact)

    def _pass(self, fact: facts.Fact) -> None:
        response = self.response
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
                self._items.transcribed(fact, self._config().transcribed)
            case facts.Joined(item, before, text):
                self._send("tarl.joined", item_id=item, joined_item_id=before, transcript=text)
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
        self._call.leave_out(item.id)
        self._plays(spoken.milliseconds)

    def _finish(self, response: Response, fact: facts.Finished) -> None:
        self.response = None
        self._filler.stop()
        self._reports.timed(response.id, fact.timed)
        response.finish(fact.code, fact.failure)
        for item in response.output:
            if item.id in response.cuts:
                self._call.keep_heard(item.id, item.text, response.cuts[item.id])
        if self._owed:
            self.respond()

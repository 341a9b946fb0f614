"""What the endpoints and the MCP server share."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.requests import Request

from tarl_app.core.domain import Domain
from tarl_app.core.sound import audio
from tarl_app.core.types import AudioRef, UserTurn
from tarl_app.service import views
from tarl_app.service.access import Access, Who
from tarl_app.service.calls import SandboxCall, heard_sound
from tarl_app.service.limits import Pace
from tarl_app.service.parts import Parts
from tarl_app.service.problems import Problem
from tarl_app.service.registry import Registry


class Service:
    """The environments and their limits; one for an app, safe to use from any thread."""

    def __init__(self, parts: Parts, access: Access) -> None:
        self.parts, self.access = parts, access
        self.registry = Registry(parts.limits)
        self._pace = Pace(parts.limits.rate, parts.limits.burst)
        self._speaking = threading.BoundedSemaphore(parts.limits.speaking)

    def who(self, request: Request) -> Who:
        """The client. Raises ``Problem`` 401 for a wrong token, 429 for one that asks too fast."""
        host = request.client.host if request.client else "local"
        self._pace.admit(host)
        return self.access.who(request.headers.get("authorization"), host)

    def domain(self, name: str) -> Domain:
        """The domain of that name. Raises ``Problem`` 404."""
        found = next((domain for domain in self.parts.domains() if domain.name == name), None)
        if found is None:
            raise Problem(404, "not_found", "There is no domain of this name: GET /domains lists them.")
        return found

    def create(self, who: Who, asked: views.NewEnvironment) -> SandboxCall:
        """A new environment. Raises ``DomainError`` for an unknown task, ``Problem`` where there are too many."""
        task, domain = self.parts.find_task(asked.task)
        user, judge = self.parts.make_user(task, asked.customer), self.parts.make_judge(domain)

        def make(id: str) -> SandboxCall:  # noqa: A002
            told = {"agent": asked.agent, "spoken": asked.customer.speech, "seed": asked.customer.seed}
            limits = {"max_turns": asked.max_turns, "guard": asked.guard, "faults": asked.faults}
            return SandboxCall(id, task, domain, user, judge, self.parts.store, **told, **limits)

        return self.registry.create(who.name, asked.idle_seconds, make)

    def say(self, call: SandboxCall, text: str, sound: str = "") -> tuple[UserTurn | None, str | None]:
        """The agent speaks, in text or in a sound; the customer's answer, and what was heard of the sound."""
        if text and sound:
            raise Problem(422, "invalid", "Send either text or audio, not both.")
        if not call.spoken and not sound:
            return call.say(text), None
        with self._line():
            ref: AudioRef | None = None
            if sound:
                heard = heard_sound(sound)
                text = self.parts.hearing().transcribe(heard, call.domain.spoken)
                if not text.strip():
                    raise Problem(422, "silence", "No words were heard in this sound.")
                ref = audio.save(heard)
            return call.say(text, ref), text if sound else None

    @contextmanager
    def _line(self) -> Iterator[None]:
        if not self._speaking.acquire(timeout=self.parts.limits.patience):
            raise Problem(503, "busy", "Too many speak at once here: try again in a moment.", wait=5)
        try:
            yield
        finally:
            self._speaking.release()

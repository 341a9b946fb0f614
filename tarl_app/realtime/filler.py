""" "One moment." when a tool takes long. Lives on the event loop; the voice speaks in the pool."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from tarl_app.core.errors import TarlError
from tarl_app.realtime.call.parts import Parts
from tarl_app.realtime.call.telling import PIECE
from tarl_app.realtime.client_items import Compute
from tarl_app.realtime.response import Response
from tarl_app.realtime.wire.audio import encode, pieces

WORDS = {
    "en": "One moment.",
    "de": "Einen Moment.",
    "fr": "Un instant.",
    "es": "Un momento.",
    "it": "Un attimo.",
    "nl": "Een moment.",
    "pt": "Um momento.",
}
"""Language -> what is said in it."""


def words_of(voice: str) -> str:
    """What a voice (``engine:voice``) says; English where its name tells no language."""
    language = voice.partition(":")[2].replace("_", "-").partition("-")[0].lower()
    return WORDS.get(language, WORDS["en"])


@dataclass(frozen=True)
class Spoken:
    """A filler in a response's format: pieces of base64."""

    text: str
    sound: tuple[str, ...]
    milliseconds: float


class Filler:
    """One session's: at most one in a response, and none in the next one after it."""

    def __init__(self, parts: Parts, compute: Compute, say: Callable[[Response, Spoken], None]) -> None:
        """``say`` puts it into the response."""
        self._parts, self._compute, self._say = parts, compute, say
        self._known: dict[tuple[str, str], Spoken] = {}
        self._waiting: asyncio.Task[None] | None = None
        self._last = self._this = False  # whether there was one in the last response, and in this one

    def begin(self) -> None:
        """A response begins."""
        self.stop()
        self._last, self._this = self._this, False

    def call(self, response: Response) -> None:
        """A tool is at work for the response."""
        if self._parts.filler_seconds and response.asked.spoken and not (self._last or self._this or self._waiting):
            self._waiting = asyncio.get_running_loop().create_task(self._after(response))

    def stop(self) -> None:
        """The agent is heard, or the response is over."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    async def _after(self, response: Response) -> None:
        await asyncio.sleep(self._parts.filler_seconds)
        spoken = await self._compute(lambda: self._spoken(response))
        if spoken is not None and not response.done:
            self._this = True
            self._say(response, spoken)

    def _spoken(self, response: Response) -> Spoken | None:
        config = response.asked.config
        key = (config.voice, config.output.name)
        if key not in self._known:
            text = words_of(config.voice or self._parts.voice_name)
            try:
                data = encode(self._parts.voice(config.voice).say(text), config.output)
            except TarlError:
                return None  # the answer will tell what is wrong with the voice
            sound = tuple(pieces(data, config.output, PIECE))
            self._known[key] = Spoken(text, sound, config.output.milliseconds(data))
        return self._known[key]

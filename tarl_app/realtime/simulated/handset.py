"""The caller's end of the line, as a client of the protocol: a microphone, a loudspeaker, and the events."""

import base64
import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from tarl_app.core.sound.audio import Audio
from tarl_app.realtime.session import Session
from tarl_app.realtime.simulated.clock import SoundClock
from tarl_app.realtime.wire.audio import PCM, decode, encode
from tarl_app.realtime.wire.items import Phrase, heard
from tarl_app.speech.resample import resample

FRAME = 0.04
"""Seconds of sound in one event."""
_FRAME = round(FRAME * PCM.rate)
_LISTENING = {
    "format": {"type": "audio/pcm", "rate": PCM.rate},
    "transcription": {"model": "whisper-1"},
    "turn_detection": {"type": "semantic_vad", "eagerness": "auto", "create_response": True, "interrupt_response": True},
}


@dataclass
class Message:
    """One message of the agent, as the caller has it; milliseconds."""

    response: str
    phrases: list[Phrase] = field(default_factory=list[Phrase])
    came: float = 0.0
    played: float = 0.0
    begun: float = 0.0
    """When its sound was first heard, on the clock of the call."""
    cut: bool = False

    @property
    def words(self) -> str:
        """What was heard of it."""
        return heard(self.phrases, self.played + 1)

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(phrase.text for phrase in self.phrases)


class Handset:
    """Does what the page does: it holds the agent's voice where it hears the caller's, and tells how much was heard."""

    def __init__(self, session: Session, clock: SoundClock) -> None:
        self._session, self._clock = session, clock
        self.messages: dict[str, Message] = {}
        self.events: list[dict[str, Any]] = []
        """Those that nobody has looked at yet."""
        self._speech: npt.NDArray[np.float32] = np.zeros(0, dtype=np.float32)
        self._queue: deque[tuple[str, float]] = deque()
        self._dropped: set[str] = set()
        self._held = False
        self._sent = 0  # samples
        self._looked = 0.0

    async def open(self) -> None:
        """Tells how turns are to be found."""
        await self.send("session.update", session={"output_modalities": ["audio"], "audio": {"input": _LISTENING}})

    async def send(self, kind: str, **fields: Any) -> None:
        """An event to the agent's side, and what it answers at once."""
        await self._session.receive(json.dumps({"type": kind, **fields}))
        await self._read()

    # --- the microphone -------------------------------------------------------------------------------------------------

    def say(self, sound: Audio) -> None:
        """From here on the caller speaks."""
        self._speech = np.concatenate([self._speech, resample(sound, PCM.rate).samples])

    @property
    def speaking(self) -> bool:
        """Whether the caller still does."""
        return len(self._speech) > 0

    @property
    def left(self) -> float:
        """For how many seconds."""
        return len(self._speech) / PCM.rate

    @property
    def due(self) -> float:
        """When the next piece of the microphone's sound is complete."""
        return (self._sent + _FRAME) / PCM.rate

    async def hear(self) -> None:
        """Sends that piece, of speech or of silence."""
        piece, self._speech = self._speech[:_FRAME], self._speech[_FRAME:]
        piece = np.pad(piece, (0, _FRAME - len(piece)))
        self._sent += _FRAME
        await self.send("input_audio_buffer.append", audio=base64.b64encode(encode(Audio(piece, PCM.rate), PCM)).decode())

    # --- the loudspeaker ------------------------------------------------------------------------------------------------

    @property
    def playing(self) -> bool:
        """Whether the agent is being heard, or would be if it was not held."""
        return bool(self._queue)

    @property
    def sounding(self) -> Message | None:
        """The message that is heard right now."""
        return self.messages[self._queue[0][0]] if self._queue and not self._held else None

    async def follow(self) -> None:
        """Plays as much as there was time for, and takes the events that have come."""
        now = self._clock()
        left, self._looked = 1000 * (now - self._looked), now
        while self._queue and not self._held and left > 0:
            item, milliseconds = self._queue.popleft()
            message = self.messages[item]
            if not message.played:
                message.begun = now
            part = min(left, milliseconds)
            message.played, left = message.played + part, left - part
            if milliseconds > part:
                self._queue.appendleft((item, milliseconds - part))
        await self._read()

    async def _read(self) -> None:
        for text in self._session.waiting_texts():
            event: dict[str, Any] = json.loads(text)
            await self._take(event)
            self.events.append(event)

    async def _take(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "tarl.speech_detected":
                self._held = True
            case "tarl.false_interruption":
                self._held = False
            case "input_audio_buffer.speech_started":
                await self._cut()
            case "tarl.caption" if event["response_id"] not in self._dropped:
                message = self.messages.setdefault(event["item_id"], Message(event["response_id"]))
                length = float(event["audio_end_ms"] - event["audio_start_ms"])
                if event["text"] or not message.phrases:
                    message.phrases.append(Phrase(event["text"], length))
                else:
                    message.phrases[-1].milliseconds += length
            case "tarl.filler":
                self.messages[event["item_id"]] = Message(event["response_id"])
            case "response.output_audio.delta" if event["item_id"] in self.messages:
                samples = decode(base64.b64decode(event["delta"]), PCM)
                length = 1000 * len(samples) / PCM.rate
                self.messages[event["item_id"]].came += length
                self._queue.append((event["item_id"], length))
            case "response.done" if event["response"]["status"] == "cancelled":
                self._dropped.add(event["response"]["id"])
                await self._cut()
            case _:
                pass

    async def _cut(self) -> None:
        items = list(dict.fromkeys(item for item, _ in self._queue))
        self._queue.clear()
        self._held = False
        for item in reversed(items):
            message = self.messages[item]
            message.cut = True
            told = {"item_id": item, "content_index": 0, "audio_end_ms": int(min(message.played, message.came))}
            await self._session.receive(json.dumps({"type": "conversation.item.truncate", **told}))

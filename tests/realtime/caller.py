"""A caller who uses the official ``openai`` client, and a server for it on loopback."""

import asyncio
import base64
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from typing import Any, get_args

import numpy as np
import uvicorn
from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection
from openai.types.realtime import RealtimeServerEvent
from pydantic import BaseModel
from starlette.applications import Starlette

from tarl_app.core.sound.audio import Audio
from tarl_app.core.types import AgentTurn, Task, UserTurn
from tarl_app.domains import load_domain
from tarl_app.realtime.server import Door
from tarl_app.realtime.wire.audio import PCM, Format, decode, encode
from tarl_app.speech import Voice
from tarl_app.ui.access import gate
from tarl_app.users.scripted import ScriptedUser

OURS = (
    "tarl.caption",
    "tarl.joined",
    "tarl.filler",
    "tarl.speech_detected",
    "tarl.false_interruption",
    "tarl.tool",
    "tarl.verdict",
    "tarl.timing",
    "tarl.verifier",
)
FORMS: dict[str, type[BaseModel]] = {
    get_args(form.model_fields["type"].annotation)[0]: form for form in get_args(get_args(RealtimeServerEvent)[0])
}
"""Type of a server's event -> the openai package's form of it."""
PATIENCE = 300.0  # seconds: far more than anything takes here, so that a missing event fails
Event = dict[str, Any]


@contextmanager
def serving(door: Door) -> Iterator[int]:
    """The route behind the page's own gate, on loopback; yields the port."""
    app = gate.Gate(Starlette(routes=door.routes), gate.rules("127.0.0.1"))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", timeout_graceful_shutdown=5))
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=lambda: server.run([listening]), daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()
        assert not thread.is_alive()


class Caller:
    """One connection; every event that comes is checked against the ``openai`` package's types."""

    def __init__(self, connection: AsyncRealtimeConnection) -> None:
        self.connection = connection
        self.events: list[Event] = []
        self.sent = PCM

    async def next(self) -> Event:
        """The next event."""
        received = await asyncio.wait_for(self.connection.recv(), PATIENCE)
        event: Event = received.to_dict(mode="json")  # pyright: ignore
        if event["type"] not in OURS:
            FORMS[event["type"]].model_validate(event)
        self.events.append(event)
        return event

    async def until(self, kind: str, **fields: Any) -> Event:
        """The next event of that type; an error that is not awaited fails."""
        while True:
            event = await self.next()
            if event["type"] == kind and all(event.get(key) == value for key, value in fields.items()):
                return event
            assert event["type"] != "error", event

    async def refusal(self) -> Event:
        """The next error."""
        while (event := await self.next())["type"] != "error":
            pass
        return event["error"]

    def of(self, kind: str) -> list[Event]:
        """The events of that type so far."""
        return [event for event in self.events if event["type"] == kind]

    async def update(self, **session: Any) -> Event:
        """Updates the session."""
        await self.connection.session.update(session={"type": "realtime", **session})  # pyright: ignore
        return (await self.until("session.updated"))["session"]

    async def manual(self, **session: Any) -> None:
        """Turns are told by the client."""
        taken = {"format": {"type": self.sent.name}, "turn_detection": None, "transcription": {"model": "whisper-1"}}
        output = {"format": {"type": self.sent.name}}
        await self.update(audio={"input": taken, "output": output}, **session)

    async def write(self, text: str) -> str:
        """A written message; its id."""
        content = [{"type": "input_text", "text": text}]
        item: Any = {"type": "message", "role": "user", "content": content}
        await self.connection.conversation.item.create(item=item)
        return (await self.until("conversation.item.done"))["item"]["id"]

    async def append(self, sound: Audio, milliseconds: int = 100) -> None:
        """Sends sound in pieces, as fast as it goes."""
        for piece in cut(encode(sound, self.sent), self.sent, milliseconds):
            await self.connection.input_audio_buffer.append(audio=piece)

    async def answer(self, text: str) -> Event:
        """Writes, asks for a response and waits for its end."""
        await self.write(text)
        await self.connection.response.create()
        return (await self.until("response.done"))["response"]

    def heard(self, since: int = 0, form: Format = PCM) -> Audio:
        """The sound that came since that event."""
        data = b"".join(
            base64.b64decode(event["delta"])
            for event in self.events[since:]
            if event["type"] == "response.output_audio.delta"
        )
        return Audio(decode(data, form), form.rate)

    async def hang_up(self) -> Event:
        """Ends the call; the verifier's verdict."""
        if not self.of("tarl.verifier"):
            await self.connection.send({"type": "tarl.hang_up"})  # pyright: ignore
            await self.until("tarl.verifier")
        return self.of("tarl.verifier")[-1]


def cut(data: bytes, form: Format, milliseconds: int) -> list[str]:
    size = form.rate * milliseconds // 1000 * form.size
    return [base64.b64encode(data[at : at + size]).decode() for at in range(0, len(data), size)]


def words(response: Event) -> str:
    """What the agent said in a response."""
    parts = [part for item in response["output"] for part in item.get("content", [])]
    return " ".join(part.get("transcript") or part.get("text") or "" for part in parts)


@asynccontextmanager
async def calling(port: int, key: str = "none", **query: str) -> AsyncIterator[Caller]:
    """A connection of the official client, with its first event taken."""
    address = f"127.0.0.1:{port}/v1"
    client = AsyncOpenAI(api_key=key, base_url=f"http://{address}", websocket_base_url=f"ws://{address}", max_retries=0)
    async with client, client.realtime.connect(model=query.pop("model", "any"), extra_query=query) as connection:
        caller = Caller(connection)
        assert (await caller.next())["type"] == "session.created"
        yield caller


async def whole_call(caller: Caller, task: Task, voice: Voice | None, most: int = 20) -> Event:
    """The scripted customer calls until they hang up; the verifier's verdict.

    With a ``voice`` they speak, and their turns are found by voice activity.
    """
    user = ScriptedUser(task, load_domain(task.domain))
    turns: list[UserTurn | AgentTurn] = []
    for _ in range(most):
        turn = user.speak(tuple(turns))
        if turn is None or caller.of("tarl.verifier"):
            break
        if voice is None:
            response = await caller.answer(turn.text)
        else:
            await caller.append(voice.say(turn.text))
            await caller.append(silence(1.2))
            response = (await caller.until("response.done"))["response"]
        assert response["status"] == "completed", response
        turns += [turn, AgentTurn(text=words(response))]
    return await caller.hang_up()


def run(work: Callable[[], Any]) -> Any:
    """Runs a coroutine function to its end, in a thread: where a browser was driven, this one has a loop already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work()).result()


def silence(seconds: float) -> Audio:
    return Audio(np.zeros(int(seconds * PCM.rate), dtype=np.float32), PCM.rate)

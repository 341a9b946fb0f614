"""Twenty spoken turns in one session, and eight callers at once."""

import asyncio
import gc
import threading
import tracemalloc
from pathlib import Path

import numpy as np

from tarl_app.core.sound.audio import Audio, load
from tarl_app.core.sound.silence import trimmed
from tarl_app.core.spoken import PLAIN_SPEECH, Spoken
from tarl_app.core.types import AgentTurn, Episode, UserTurn
from tarl_app.realtime.server import Door
from tarl_app.speech import load_voice
from tarl_app.speech.resample import resample
from tests.realtime.agents import Reciter, parts, reciting
from tests.realtime.caller import Caller, calling, run, serving, silence, words

QUESTION = resample(trimmed(load_voice("pico:en-GB").say("Where is my order?")), 24_000)
TURNS, SETTLED = 20, 5
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight")


class Words:
    """A recogniser that always understands the same."""

    name = "words"

    def __init__(self, text: str) -> None:
        self.text = text

    def transcribe(self, audio: Audio, spoken: Spoken = PLAIN_SPEECH) -> str:
        return self.text


async def ask(caller: Caller, sound: Audio = QUESTION) -> str:
    """A spoken turn; the answer, which is heard to its end."""
    await caller.append(sound)
    await caller.append(silence(0.7))
    response = (await caller.until("response.done"))["response"]
    assert response["status"] == "completed"
    return words(response)


def sockets() -> int:
    found = 0
    for one in Path("/proc/self/fd").iterdir():
        try:
            found += str(one.readlink()).startswith("socket:")
        except OSError:  # it was that of the listing
            continue
    return found


def threads() -> int:
    """How many there are, without those of the pool for sound, which come as they are needed and stay."""
    return sum(not one.name.startswith("realtime-sound") for one in threading.enumerate())


def same(heard: Audio, meant: Audio) -> bool:
    length = min(len(heard.samples), len(meant.samples))
    alike = np.corrcoef(heard.samples[:length], meant.samples[:length])[0, 1]
    return abs(heard.seconds - meant.seconds) < 0.1 and alike > 0.9


def test_twenty_spoken_turns_in_one_session_leave_nothing_behind():
    before = threads()
    memory: list[int] = []
    counts: list[tuple[int, int]] = []

    async def work():
        async with calling(port) as caller:
            for turn in range(TURNS):
                assert await ask(caller) == f"That is turn {turn}."
                await caller.connection.conversation.item.truncate(
                    item_id=caller.of("conversation.item.done")[-1]["item"]["id"], content_index=0, audio_end_ms=0
                )  # it is not heard, so that the next turn is none on top of it
                await caller.until("conversation.item.truncated")
                caller.events.clear()
                if turn + 1 in (SETTLED, TURNS):
                    gc.collect()
                    memory.append(tracemalloc.get_traced_memory()[0])
                    counts.append((threads(), sockets()))

    agent, made = reciting(
        *(AgentTurn(text=f"That is turn {turn}.") for turn in range(TURNS)), hearing=lambda: Words("Where is my order?")
    )
    door = Door(lambda model, task: made)
    tracemalloc.start()
    try:
        with serving(door) as port:
            run(work)
    finally:
        tracemalloc.stop()
    sent = (TURNS - SETTLED) * (QUESTION.seconds + 0.7) * 24_000 * 4  # bytes of the sound in between
    assert memory[1] - memory[0] < sent / 2
    assert counts[0] == counts[1]
    assert len(agent.seen) == TURNS
    assert door.connections == 0
    assert threads() <= before + 1  # the voice may keep one


def test_eight_callers_at_once_hear_only_their_own_agents():
    agents = {
        name: Reciter(*(AgentTurn(text=f"{word} to caller {name}.") for word in ("Hello", "Goodbye"))) for name in NUMBERS
    }
    heard: dict[str, list[str]] = {}
    sounds: dict[str, Audio] = {}
    kept: dict[str, Episode] = {}

    def made(model: str, task: str):
        keep = lambda episode: kept.update({model: episode})  # noqa: E731
        return parts(lambda domain: agents[model], hearing=lambda: Words(f"I am caller {model}."), keep=keep)

    async def call(number: int, name: str) -> None:
        sound = Audio(np.concatenate([QUESTION.samples, silence(0.04 * number).samples, QUESTION.samples]), 24_000)
        async with calling(port, model=name) as caller:
            together.release()
            while not everybody.is_set():
                await asyncio.sleep(0.01)
            heard[name] = [await ask(caller, sound)]
            item, since = caller.of("response.output_audio.done")[-1]["item_id"], len(caller.events)
            await caller.connection.conversation.item.truncate(item_id=item, content_index=0, audio_end_ms=1)
            heard[name].append(await ask(caller, sound))
            sounds[name] = caller.heard(since)

    async def work() -> None:
        async def gather_all() -> None:
            for _ in NUMBERS:
                await together.acquire()
            everybody.set()

        await asyncio.gather(gather_all(), *(call(number, name) for number, name in enumerate(NUMBERS)))

    together, everybody = asyncio.Semaphore(0), asyncio.Event()
    with serving(Door(made)) as port:
        run(work)
    for number, name in enumerate(NUMBERS):
        assert heard[name] == [f"Hello to caller {name}.", f"Goodbye to caller {name}."]
        first, *_, last = kept[name].turns
        assert isinstance(first, UserTurn)
        assert first.text == f"I am caller {name}."
        assert first.audio is not None
        assert abs(first.audio.seconds - 2 * QUESTION.seconds - 0.04 * number) < 0.6
        assert isinstance(last, AgentTurn)
        assert last.audio is not None
        alike = [one for one in NUMBERS if same(sounds[one], resample(load(last.audio), 24_000))]
        assert alike == [name]

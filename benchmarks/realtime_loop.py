"""What the event loop of ``/v1/realtime`` computes while calls are held over it, and how soon the answer is heard.

    python benchmarks/realtime_loop.py [--agent omni-mini] [--task ID] [--callers N] [--voice ENGINE:VOICE] [--semantic]
        [--json]

The server runs in a thread of this process; so many callers hold the same spoken call at once with the ``openai`` client,
their sound sent in pieces of 100 ms as fast as it goes. For each callback of the server's loop the CPU time of its thread is
taken, so that what other processes do does not count. ``loop_max_ms`` is the longest, ``over_20_ms`` how many took longer.
``first_sound`` is the time from ``speech_stopped`` to the first sound at the client, in seconds.
"""

import argparse
import asyncio
import base64
import json
import socket
import statistics
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
from openai import AsyncOpenAI
from starlette.applications import Starlette

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tarl_app import wiring
from tarl_app.core.sound.audio import Audio
from tarl_app.core.types import AgentTurn, Task, Turn
from tarl_app.realtime.server import Door
from tarl_app.realtime.wire.audio import PCM, encode, pieces
from tarl_app.speech import Voice, load_voice
from tarl_app.wiring_realtime import realtime_parts

TURNS = 12
SILENCES = {False: 1.2, True: 4.5}
"""Seconds after each turn, by whether it is ``semantic_vad``, which may wait for longer."""


class Clock:
    """CPU seconds of each callback in one thread."""

    def __init__(self) -> None:
        self.taken: list[float] = []
        self.thread = 0
        run: Any = asyncio.events.Handle._run

        def timed(handle: asyncio.Handle) -> Any:
            if threading.get_ident() != self.thread:
                return run(handle)
            began = time.thread_time()
            try:
                return run(handle)
            finally:
                self.taken.append(time.thread_time() - began)

        asyncio.events.Handle._run = timed  # pyright: ignore[reportAttributeAccessIssue]


async def call(port: int, task: Task, voice: Voice, semantic: bool, firsts: list[float]) -> bool:
    """Holds one spoken call; whether it was passed. Adds the waits for the first sounds."""
    address = f"127.0.0.1:{port}/v1"
    client = AsyncOpenAI(api_key="none", base_url=f"http://{address}", websocket_base_url=f"ws://{address}")
    user, turns = wiring.make_user(task), list[Turn]()
    async with client, client.realtime.connect(model="any", extra_query={"task": task.id}) as connection:
        detection = {"type": "semantic_vad"} if semantic else {"type": "server_vad", "silence_duration_ms": 800}
        session: Any = {"type": "realtime", "audio": {"input": {"turn_detection": detection}}}
        await connection.session.update(session=session)
        while len(turns) < 2 * TURNS and (turn := user.speak(tuple(turns))) is not None:
            sound = await asyncio.to_thread(voice.say, turn.text)
            silence = Audio(np.zeros(int(SILENCES[semantic] * PCM.rate), dtype=np.float32), PCM.rate)
            for part in (sound, silence):
                for piece in pieces(encode(part, PCM), PCM, 100):
                    await connection.input_audio_buffer.append(audio=piece)
            stopped, said = 0.0, []
            async for event in connection:
                if event.type == "input_audio_buffer.speech_stopped":
                    stopped = time.perf_counter()
                elif event.type == "response.output_audio.delta" and stopped:
                    assert base64.b64decode(event.delta)
                    firsts.append(time.perf_counter() - stopped)
                    stopped = 0.0
                elif event.type == "response.output_audio_transcript.done":
                    said.append(event.transcript)
                elif event.type == "response.done":
                    break
            turns += [turn, AgentTurn(text=" ".join(said))]
        await connection.send({"type": "tarl.hang_up"})  # pyright: ignore[reportArgumentType]
        async for event in connection:
            if event.type == "tarl.verifier":
                return bool(getattr(event, "passed", False))
    return False


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agent", default="omni-mini")
    parser.add_argument("--task", default="retail-dev-006")
    parser.add_argument("--callers", type=int, default=1)
    parser.add_argument("--voice", default="pico:en-GB", help="the callers' voice")
    parser.add_argument("--agent-voice", default="")
    parser.add_argument("--semantic", action="store_true", help="turns end by prosody and words (semantic_vad)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    task, domain = wiring.find_task(options.task)
    parts = realtime_parts(options.agent, task, domain, voice=options.agent_voice)
    parts.agent(domain)
    parts.voice("")
    door, clock = Door(lambda model, task_id: parts), Clock()
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=door.routes), log_level="warning", lifespan="off"))
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        clock.thread = threading.get_ident()
        server.run([listening])

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    firsts: list[float] = []

    async def hold() -> list[bool]:
        voice, port = load_voice(options.voice), listening.getsockname()[1]
        return await asyncio.gather(*(call(port, task, voice, options.semantic, firsts) for _ in range(options.callers)))

    passed = asyncio.run(hold())
    server.should_exit = True
    thread.join(20)
    milliseconds = sorted(1000 * one for one in clock.taken)
    result = {
        "calls": len(passed),
        "passed": sum(passed),
        "callbacks": len(milliseconds),
        "loop_p99_ms": round(milliseconds[int(0.99 * len(milliseconds))], 2),
        "loop_max_ms": round(milliseconds[-1], 2),
        "over_20_ms": sum(one > 20 for one in milliseconds),
        "answers": len(firsts),
        "first_sound_p50": round(statistics.median(firsts), 2) if firsts else None,
        "first_sound_max": round(max(firsts), 2) if firsts else None,
    }
    if options.json:
        print(json.dumps(result))
    else:
        print("\n".join(f"{name:16} {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()

"""A live call on the Talk tab, for the browser tests: a microphone's sound, a visit, a way to the app that stalls."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, expect

from tarl_app.core.sound.audio import Audio
from tarl_app.speech import load_voice
from tests.browser.talking import PATIENCE, talk_yourself

VOICE = "pico:en-US"
MICROPHONE = "#tarl-voice .vo-mic"
STATE = "#tarl-voice .vo-label"
CALL = "document.querySelector('#tarl-voice [data-mood]').tarlCall"
TAP = f"""() => {{
  const {{context, output}} = {CALL}.sound;
  const tap = context.createScriptProcessor(1024, 1, 1);
  window.loudest = 0;
  tap.onaudioprocess = ({{inputBuffer}}) => {{
    for (const one of inputBuffer.getChannelData(0)) window.loudest = Math.max(window.loudest, Math.abs(one));
  }};
  output.connect(tap);
  tap.connect(context.destination);
}}"""


def silence(seconds: float, rate: int) -> np.ndarray:
    return np.zeros(int(seconds * rate), np.float32)


def spoken(path: Path, *parts: str | float) -> Path:
    """A WAV file of sentences, and seconds of silence."""
    said = [load_voice(VOICE).say(one) if isinstance(one, str) else one for one in parts]
    rate = next(one.rate for one in said if isinstance(one, Audio))
    pieces = [one.samples if isinstance(one, Audio) else silence(one, rate) for one in said]
    path.write_bytes(Audio(np.concatenate(pieces), rate).wav())
    return path


@contextlib.contextmanager
def visit(browser: Browser, url: str, **context: object) -> Iterator[Page]:
    """A visit; errors of the page's own scripts fail the test."""
    made, errors = browser.new_context(**{"viewport": {"width": 1280, "height": 950}, **context}), list[str]()
    page = made.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        page.goto(url, timeout=PATIENCE)
        page.locator("#tarl-watch").wait_for(timeout=PATIENCE)
        expect(page.locator("#tarl-states .st-ready")).to_have_count(2, timeout=2 * PATIENCE)
        talk_yourself(page)
        yield page
    finally:
        made.close()
    assert errors == []


def call(page: Page) -> None:
    """Presses the microphone; the line is open."""
    page.locator(MICROPHONE).click()
    page.wait_for_function(f"{CALL} && {CALL}.phase === 'open'", timeout=PATIENCE)


def has_spoken(page: Page, turns: int = 1) -> None:
    page.wait_for_function(f"n => {CALL}.measures.length >= n", arg=turns, timeout=2 * PATIENCE)


def resting(page: Page) -> None:
    expect(page.locator("#tarl-stop")).to_be_disabled(timeout=PATIENCE)


class Wire:
    """A way to the app that can be held up, and that lets requests which begin with ``blocked`` not through."""

    def __init__(self, port: int, blocked: bytes = b"") -> None:
        self._blocked = blocked
        self._port, self._loop, self._flows = port, asyncio.new_event_loop(), threading.Event()
        self._flows.set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        serving = asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(serving, self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        await asyncio.gather(self._pass(reader, back, self._blocked), self._pass(there, writer), return_exceptions=True)

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, blocked: bytes = b"") -> None:
        try:
            while (data := await source.read(65536)) and not (blocked and data.startswith(blocked)):
                while not self._flows.is_set():
                    await asyncio.sleep(0.02)
                sink.write(data)
                await sink.drain()
        finally:
            sink.close()

    def hold(self) -> None:
        self._flows.clear()

    def release(self) -> None:
        self._flows.set()

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        passing = asyncio.all_tasks() - {asyncio.current_task()}
        for task in passing:
            task.cancel()
        await asyncio.gather(*passing, return_exceptions=True)

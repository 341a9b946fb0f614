"""The pages whose sound is measured: the app, the plain one beside it, and the Chromium that visits them."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, Playwright

from benchmarks.serving import LOADED, chromium
from tarl_app import wiring
from tarl_app.conversation import Conversation, SpeechPiece
from tarl_app.core.sound.audio import Audio
from tarl_app.core.types import UserTurn
from tarl_app.domains import free_task, load_domain
from tarl_app.speech import load_voice

PATIENCE = 120_000  # milliseconds
DOMAIN = "retail"
REQUEST = "Hello, can you help me with my order?"
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)
CALL = "document.querySelector('#tarl-voice [data-mood]').tarlCall"


def serve_plain(port: int, agent: str, voice: str) -> None:
    """The plain page: a button, and the agent's answer to the request through ``gr.Audio``, phrase by phrase."""
    import gradio as gr

    domain, task = load_domain(DOMAIN), free_task(DOMAIN)
    spoken = load_voice(voice)
    spoken.say("Hello.")

    def answer() -> Iterator[bytes]:
        pieces: SimpleQueue[bytes | None] = SimpleQueue()

        def take(event: object) -> None:
            if isinstance(event, SpeechPiece):
                pieces.put(event.audio.wav())

        def work() -> None:
            made = wiring.make_agent(agent, task, domain)
            Conversation(task, domain, made, voice=spoken, on_event=take).say(UserTurn(text=REQUEST))
            pieces.put(None)

        threading.Thread(target=work, daemon=True).start()
        while (piece := pieces.get()) is not None:
            yield piece

    with gr.Blocks() as page:
        button = gr.Button("Answer", elem_id="answer")
        sound = gr.Audio(streaming=True, autoplay=True)
        button.click(answer, None, sound)
    page.launch(server_name="127.0.0.1", server_port=port, quiet=True)


def browser_of(playwright: Playwright, microphone: Path) -> Browser:
    """A Chromium that hears this file, over and over."""
    return playwright.chromium.launch(
        executable_path=chromium(), args=[*FLAGS, f"--use-file-for-fake-audio-capture={microphone}"]
    )


def microphone(path: Path, *parts: Audio | float) -> Path:
    """A WAV file of sounds, and seconds of silence."""
    rate = next(part.rate for part in parts if isinstance(part, Audio))
    pieces = [part.samples if isinstance(part, Audio) else np.zeros(int(part * rate), np.float32) for part in parts]
    path.write_bytes(Audio(np.concatenate(pieces), rate).wav())
    return path


@contextmanager
def a_page(browser: Browser, url: str, script: str = "") -> Iterator[Page]:
    """A page with an own call, on which nothing was said yet; the ``script`` runs before the page's own."""
    page = browser.new_page(viewport={"width": 1280, "height": 950})
    page.set_default_timeout(PATIENCE)
    if script:
        page.add_init_script(script)
    page.goto(url)
    page.wait_for_function(LOADED, timeout=PATIENCE)
    page.locator("#tarl-talk").click()
    page.get_by_text("The line is open").wait_for(timeout=PATIENCE)
    yield page
    page.close()


@contextmanager
def a_call(browser: Browser, url: str) -> Iterator[tuple[Page, list[dict[str, Any]]]]:
    """A page with an open call, and our own events of the server."""
    events: list[dict[str, Any]] = []

    def note(data: str | bytes) -> None:
        event = json.loads(data)
        if event["type"].startswith("tarl.") and event["type"] != "tarl.caption":
            events.append(event)

    with a_page(browser, url) as page:
        page.on("websocket", lambda opened: opened.on("framereceived", note))
        page.locator("#tarl-voice .vo-mic").click()
        page.wait_for_function(f"{CALL} && {CALL}.phase === 'open'", timeout=PATIENCE)
        yield page, events

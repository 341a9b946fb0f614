"""The live call in headless Chromium, by what goes through its microphone and its loudspeaker.

    python benchmarks/voice.py [--agent scripted] [--voice pico:en-US] [--turns N] [--clicks N] [--interruptions N] [--json]

The app runs as a person starts it. Chromium's microphone hears a WAV file; microphone and loudspeaker are recorded together
on the page's own audio clock, so that nothing is timed by the page's script.

- ``total``: seconds from the end of a spoken turn to the first sound of the answer. ``overhead``: that, less the silence
  that ends a turn and what the server computed until the first sound (``tarl.timing``): network, browser and page remain.
- ``click_to_sound``: milliseconds from Enter, for a typed message, to the first sound; and the same on a plain page of
  ``gr.Audio(streaming=True, autoplay=True)`` with the same agent and voice, from its button (Gradio streams sound with
  ``ffmpeg``, which has to be on the PATH; without it that side is left out).
- ``barge_in``: milliseconds from the first sound of a voice at the microphone to the last one of the loudspeaker.
"""

import argparse
import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from playwright.sync_api import Browser, Page, Playwright, WebSocket, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tarl_app import wiring
from tarl_app.conversation import Conversation, SpeechPiece
from tarl_app.core.sound.audio import Audio
from tarl_app.core.types import UserTurn
from tarl_app.domains import free_task, load_domain
from tarl_app.speech import load_voice

Samples = npt.NDArray[np.float32]
PATIENCE = 300_000  # milliseconds
DOMAIN = "retail"
REQUEST = "Hello, can you help me with my order?"
INTERRUPTION = "Wait a moment, please, I have another question."
SILENCE = 0.5
"""Seconds of silence that end a turn where the server does not tell them (``server_vad``)."""
BLOCK = 128  # samples: 5 ms
RATE = 24_000
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)
CALL = "document.querySelector('#tarl-voice [data-mood]').tarlCall"
RECORD = f"""() => {{
  const {{context, source, output}} = {CALL}.sound;
  const both = context.createChannelMerger(2);
  const tap = context.createScriptProcessor(1024, 2, 1);
  window.recorded = [];
  tap.onaudioprocess = ({{inputBuffer}}) => {{
    const sides = new Float32Array(2048);
    sides.set(inputBuffer.getChannelData(0));
    sides.set(inputBuffer.getChannelData(1), 1024);
    window.recorded.push(sides);
  }};
  source.connect(both, 0, 0);
  output.connect(both, 0, 1);
  both.connect(tap);
  tap.connect(context.destination);
}}"""
COLLECT = """() => {
  let text = '';
  for (const block of window.recorded) text += String.fromCharCode(...new Uint8Array(block.buffer));
  return btoa(text);
}"""
TIME_CLICK = f"""() => {{
  window.sounded = null;
  const port = {CALL}.sound.speaker.port;
  const before = port.onmessage;
  port.onmessage = (event) => {{
    const {{played}} = event.data;
    if (played > 0 && window.sounded === null) window.sounded = performance.now() - played / 24;
    before(event);
  }};
  const note = () => {{ window.entered = performance.now(); }};
  window.addEventListener('keydown', note, {{ once: true, capture: true }});
}}"""
PLAIN_CLICK = """() => new Promise((resolve) => {
  const from = performance.now();
  const look = () => {
    const audio = [...document.querySelectorAll('audio')].find((one) => one.currentTime > 0 && !one.paused);
    if (audio) resolve(performance.now() - from - audio.currentTime * 1000); else setTimeout(look, 2);
  };
  document.querySelector('#answer').click();
  look();
})"""


# --- the two pages ----------------------------------------------------------------------------------------------------


def serve_plain(port: int, agent: str, voice: str) -> None:
    """The plain page: a button, and the agent's answer to the request through ``gr.Audio``, phrase by phrase."""
    import threading
    from queue import SimpleQueue

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


@contextmanager
def running(*command: str, **environment: str) -> Iterator[str]:
    """The address of a page that this command serves at ``TARL_PORT``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    url = f"http://127.0.0.1:{port}/"
    arguments = [port if one == "PORT" else one for one in command]
    variables = {**os.environ, "TARL_PORT": port, **environment}
    process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=variables, stdout=subprocess.DEVNULL)
    try:
        while True:
            if process.poll() is not None:
                sys.exit(f"{arguments[0]} ended with {process.returncode}.")
            try:
                urllib.request.urlopen(url, timeout=2).close()
                break
            except (urllib.error.URLError, TimeoutError):
                time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait()


def browser_of(playwright: Playwright, microphone: Path) -> Browser:
    """A Chromium that hears this file, over and over."""
    path = os.environ.get("TARL_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    return playwright.chromium.launch(executable_path=path, args=[*FLAGS, f"--use-file-for-fake-audio-capture={microphone}"])


def microphone(path: Path, *parts: Audio | float) -> Path:
    """A WAV file of sounds, and seconds of silence."""
    rate = next(part.rate for part in parts if isinstance(part, Audio))
    pieces = [part.samples if isinstance(part, Audio) else np.zeros(int(part * rate), np.float32) for part in parts]
    path.write_bytes(Audio(np.concatenate(pieces), rate).wav())
    return path


@contextmanager
def a_call(browser: Browser, url: str) -> Iterator[tuple[Page, list[dict[str, Any]]]]:
    """A page with an open call, and our own events of the server."""
    page = browser.new_page(viewport={"width": 1280, "height": 950})
    events: list[dict[str, Any]] = []

    def note(data: str | bytes) -> None:
        event = json.loads(data)
        if event["type"].startswith("tarl.") and event["type"] != "tarl.caption":
            events.append(event)

    def follow(opened: WebSocket) -> None:
        opened.on("framereceived", note)

    page.on("websocket", follow)
    page.goto(url)
    page.wait_for_function("document.querySelectorAll('#tarl-states .st-ready').length >= 2", timeout=PATIENCE)
    page.locator("#tarl-talk").click()
    page.get_by_text("The line is open").wait_for(timeout=PATIENCE)
    page.locator("#tarl-voice .vo-mic").click()
    page.wait_for_function(f"{CALL} && {CALL}.phase === 'open'", timeout=PATIENCE)
    yield page, events
    page.close()


# --- what was recorded ------------------------------------------------------------------------------------------------


def recorded(page: Page) -> tuple[Samples, Samples]:
    """Microphone and loudspeaker, at the same times."""
    blocks = np.frombuffer(base64.b64decode(page.evaluate(COLLECT)), np.float32).reshape(-1, 2, 1024)
    return blocks[:, 0].ravel(), blocks[:, 1].ravel()


def stretches(sound: Samples, gap: float, loudness: float = 0.01) -> list[tuple[float, float]]:
    """Where there is sound, in seconds; what lies less than ``gap`` seconds apart is one stretch."""
    blocks = np.abs(sound[: len(sound) // BLOCK * BLOCK]).reshape(-1, BLOCK).max(axis=1) > loudness
    found: list[tuple[float, float]] = []
    for at in np.flatnonzero(blocks) * BLOCK / RATE:
        if found and at - found[-1][1] < gap:
            found[-1] = (found[-1][0], at + BLOCK / RATE)
        else:
            found.append((float(at), float(at + BLOCK / RATE)))
    return found


def answers(page: Page, events: list[dict[str, Any]], turns: int) -> list[tuple[float, float]]:
    """For each turn the whole time, and the overhead in it."""
    page.evaluate(RECORD)
    page.wait_for_function(f"n => {CALL}.measures.length >= n", arg=turns, timeout=PATIENCE)
    page.wait_for_timeout(1000)
    heard, said = (stretches(sound, gap) for sound, gap in zip(recorded(page), (1.0, 2.0), strict=True))
    timings = [event for event in events if event["type"] == "tarl.timing" and event["first_sound"] is not None]
    found: list[tuple[float, float]] = []
    ends = [end for _, end in heard]
    for (start, _), timing in zip(said, timings, strict=False):
        if before := [end for end in ends if end < start]:
            silence = timing.get("end_of_turn") or SILENCE
            found.append((start - before[-1], start - before[-1] - silence - timing["first_sound"]))
    return found


def click_to_sound(page: Page, clicks: int) -> list[float]:
    """Milliseconds from Enter to the first sound, by the page's clock; the recording gives the sound's place in it."""
    found: list[float] = []
    page.locator(".lv-mute").click()
    for number in range(clicks):
        page.locator("#tarl-text textarea").fill(REQUEST)
        page.evaluate(TIME_CLICK)
        page.locator("#tarl-text textarea").press("Enter")
        page.wait_for_function("window.sounded !== null", timeout=PATIENCE)
        found.append(page.evaluate("window.sounded - window.entered"))
        page.wait_for_function(f"!{CALL}.playing && !{CALL}.response", timeout=PATIENCE)
        page.wait_for_timeout(200 + 10 * number)
    return found


def plain_click_to_sound(browser: Browser, url: str, clicks: int) -> list[float]:
    """The same on the plain page; a new page each time, as its player keeps what it played."""
    found: list[float] = []
    for _ in range(clicks):
        page = browser.new_page()
        page.goto(url)
        page.locator("#answer").wait_for(timeout=PATIENCE)
        page.wait_for_timeout(1500)
        found.append(page.evaluate(PLAIN_CLICK))
        page.close()
    return found


def barge_ins(page: Page, wanted: int) -> list[float]:
    """Milliseconds from the beginning of each voice on top of the agent's to silence."""
    page.evaluate(RECORD)
    page.locator(".lv-mute").click()
    for _ in range(wanted):
        page.locator("#tarl-text textarea").fill(REQUEST)
        page.locator("#tarl-text textarea").press("Enter")
        page.wait_for_function(f"{CALL}.mood === 'speaking'", timeout=PATIENCE)
        page.locator(".lv-mute").click()
        page.evaluate("window.opened = (window.opened || []).concat(window.recorded.length * 1024)")
        page.wait_for_function(f"!{CALL}.playing", timeout=PATIENCE)
        page.locator(".lv-mute").click()
        page.wait_for_function(f"!{CALL}.response && !{CALL}.playing", timeout=PATIENCE)
        page.wait_for_timeout(500)
    voice, agent = recorded(page)
    opened = [at / RATE for at in page.evaluate("window.opened")]
    onsets = [start for start, _ in stretches(voice, 0.5)]
    found: list[float] = []
    for start, end in stretches(agent, 0.6, 0.002):
        since = max([at for at in opened if at < end], default=end)  # a voice that had begun before is none that is new
        on_top = [onset for onset in onsets if max(start, since) < onset < end]
        if on_top:
            found.append(1000 * (end - on_top[0]))
    return found


def percentile(values: list[float], share: float) -> float | None:
    """The percentile, or None of nothing."""
    return round(float(np.percentile(values, share)), 1) if values else None


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """All figures."""
    voice = load_voice(args.voice)
    request, interruption = voice.say(REQUEST), voice.say(INTERRUPTION)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        asks = microphone(Path(folder, "asks.wav"), 2.0, request, args.pause)
        interrupts = microphone(Path(folder, "interrupts.wav"), 1.6, interruption)
        with running("app.py", TARL_AGENT=args.agent, TARL_VOICE=args.voice) as url:
            browser = browser_of(playwright, asks)
            with a_call(browser, url) as (page, events):
                found = answers(page, events, args.turns)
            print(f"answers: {found}", file=sys.stderr)
            with a_call(browser, url) as (page, _):
                clicks = click_to_sound(page, args.clicks)
            print(f"clicks: {clicks}", file=sys.stderr)
            browser.close()
            browser = browser_of(playwright, interrupts)
            with a_call(browser, url) as (page, _):
                cuts = barge_ins(page, args.interruptions)
            print(f"interruptions: {cuts}", file=sys.stderr)
            browser.close()
        plain: list[float] = []
        if shutil.which("ffmpeg"):
            with running(__file__, "--plain", "PORT", "--agent", args.agent, "--voice", args.voice) as url:
                browser = browser_of(playwright, asks)
                plain = plain_click_to_sound(browser, url, args.clicks)
                browser.close()
    totals, overheads = [total for total, _ in found], [1000 * overhead for _, overhead in found]
    ours, theirs = percentile(clicks, 50), percentile(plain, 50)
    return {
        "turns": len(found),
        "total_p50": percentile(totals, 50),
        "total_p95": percentile(totals, 95),
        "overhead_p50_ms": percentile(overheads, 50),
        "overhead_p95_ms": percentile(overheads, 95),
        "clicks": len(clicks),
        "click_to_sound_p50_ms": ours,
        "plain_click_to_sound_p50_ms": theirs,
        "click_to_sound_ratio": round(theirs / ours, 2) if ours and theirs else None,
        "interruptions": len(cuts),
        "barge_in_p50_ms": percentile(cuts, 50),
        "barge_in_p95_ms": percentile(cuts, 95),
    }


def main() -> None:
    """Measures, or serves the plain page."""
    parser = argparse.ArgumentParser(description="Measure the live call in a browser.")
    parser.add_argument("--agent", default="scripted")
    parser.add_argument("--voice", default="pico:en-US")
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--clicks", type=int, default=10)
    parser.add_argument("--interruptions", type=int, default=10)
    parser.add_argument("--pause", type=float, default=12.0, help="seconds between two spoken requests")
    parser.add_argument("--plain", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if args.plain:
        serve_plain(args.plain, args.agent, args.voice)
        return
    figures = measure(args)
    print(json.dumps(figures) if args.json else "\n".join(f"{name:28}{value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()

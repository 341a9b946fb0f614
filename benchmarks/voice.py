"""The live call in headless Chromium, by what goes through its microphone and its loudspeaker.

    python benchmarks/voice.py [--agent scripted] [--voice pico:en-US] [--turns N] [--clicks N] [--interruptions N]
        [--only answers,push_to_talk,clicks,interruptions] [--json]

The app runs as a person starts it. Chromium's microphone hears a WAV file; microphone and loudspeaker are recorded together
on the page's own audio clock, so that nothing is timed by the page's script.

- ``total``: seconds from the end of a spoken turn to the first sound of the answer. ``overhead``: that, less the silence
  that ends a turn and what the server computed until the first sound (``tarl.timing``): network, browser and page remain.
- ``push_to_talk``: seconds from letting go of the button to the first sound, on a page whose WebSocket does not get
  through: the recording is uploaded when it is complete. Nobody has to wait for the end of a turn there.
- ``click_to_sound``: milliseconds from Enter, for a typed message, to the first sound; and the same on a plain page of
  ``gr.Audio(streaming=True, autoplay=True)`` with the same agent and voice, from its button (Gradio needs ``ffmpeg`` on
  the PATH for it; without it that side is left out).
- ``barge_in``: milliseconds from the first sound of a voice at the microphone to the last one of the loudspeaker while that
  voice lasts. The voice begins at set times after the answer's first sound, the earliest 0.1 s after it, the latest 0.3 s
  before its end; ``interruptions``: those that did begin on top of it, of ``interruptions_tried``.
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import TimeoutError as TookTooLong

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that the script runs by its path

from benchmarks.live.pages import CALL, PATIENCE, REQUEST, a_call, a_page, browser_of, microphone, serve_plain
from benchmarks.live.recordings import RECORD, barge_in, first_sounds, recorded, stretches
from benchmarks.serving import running
from tarl_app.speech import load_voice

PARTS = ("answers", "push_to_talk", "clicks", "interruptions")
INTERRUPTION = "Wait a moment, please, I have another question."
INTO = (0.1, 0.5, 1.0, 2.0)
"""Seconds after the first sound of an answer at which voices begin; the fifth is 0.3 s before its end."""
SILENCE = 0.5
"""Seconds of silence that end a turn where the server does not tell them (``server_vad``)."""
TIME_CLICK = f"""() => {{
  window.sounded = null;
  const port = {CALL}.sound.speaker.port;
  const before = port.onmessage;
  port.onmessage = (event) => {{
    const {{played}} = event.data;
    if (played > 0 && window.sounded === null) window.sounded = performance.now() - played / 24;
    before(event);
  }};
  const note = () => {{ [window.entered, window.enteredAt] = [performance.now(), {CALL}.sound.context.currentTime]; }};
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
NO_SOCKET = """
const Socket = window.WebSocket;
window.WebSocket = class extends Socket {
  constructor(url, ...rest) {
    if (String(url).includes('/v1/realtime')) throw new Error('no way through');
    super(url, ...rest);
  }
};
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (when = 0, ...rest) {
  window.sounded ??= performance.now() + 1000 * Math.max(0, when - this.context.currentTime);
  return start.call(this, when, ...rest);
};
"""
ENDS = """async () => {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(await navigator.mediaDevices.getUserMedia({audio: true})).connect(analyser);
  const samples = new Float32Array(512);
  window.ended = null;
  let last = null;
  setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const now = performance.now();
    if (samples.some((one) => Math.abs(one) > 0.01)) last = now;
    else if (last !== null && now - last > 400) [window.ended, last] = [last, null];
  }, 10);
}"""
"""When the last voice at the microphone ended, told 0.4 s later."""
ONSETS = f"""() => {{
  const hear = {CALL}.sound.onPiece;
  window.voice = null;
  let last = 0;
  {CALL}.sound.onPiece = (piece) => {{
    const now = performance.now();
    if (piece.level > -45) {{
      if (now - last > 3000) window.voice = now;
      last = now;
    }}
    hear(piece);
  }};
}}"""


def answers(page: Page, events: list[dict[str, Any]], turns: int) -> list[tuple[float, float]]:
    """For each turn the whole time, and the overhead in it."""
    page.evaluate(RECORD)
    page.wait_for_function(f"n => {CALL}.measures.length >= n", arg=turns, timeout=PATIENCE * turns)
    page.wait_for_timeout(1000)
    heard, said = (stretches(sound, gap) for sound, gap in zip(recorded(page), (1.0, 2.0), strict=True))
    timings = [event for event in events if event["type"] == "tarl.timing" and event["first_sound"] is not None]
    found: list[tuple[float, float]] = []
    ends = [end for _, end in heard]
    for (start, _), timing in zip(said, timings, strict=False):
        if before := [end for end in ends if end < start]:
            silence = timing.get("end_of_turn") or SILENCE
            total = float(start - before[-1])
            found.append((total, total - silence - timing["first_sound"]))
    return found


def push_to_talk(page: Page, turns: int, apart: float) -> list[float]:
    """Seconds from letting go to the first sound; ``apart``: seconds of silence between two requests at the microphone."""
    found: list[float] = []
    page.evaluate(ENDS)
    box = page.locator(".vo-mic").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for _ in range(turns):
        page.wait_for_function("window.ended !== null", timeout=PATIENCE)
        wait_until(page, page.evaluate("window.ended") + 1000 * (apart - 0.5))
        page.evaluate("window.ended = window.sounded = null")
        page.mouse.down()
        page.wait_for_function("window.ended !== null", timeout=PATIENCE)
        released = page.evaluate("performance.now()")
        page.mouse.up()
        page.wait_for_function("window.sounded !== null", timeout=PATIENCE)
        found.append((page.evaluate("window.sounded") - released) / 1000)
        page.wait_for_function("document.querySelector('#tarl-stop').disabled", timeout=PATIENCE)
    return found


def click_to_sound(page: Page, clicks: int) -> list[float]:
    """Milliseconds from Enter to the first sound, both on the audio clock."""
    moments: list[float] = []
    page.evaluate(RECORD)
    page.locator(".lv-mute").click()
    for number in range(clicks):
        page.locator("#tarl-text textarea").fill(REQUEST)
        page.evaluate(TIME_CLICK)
        page.locator("#tarl-text textarea").press("Enter")
        page.wait_for_function("window.sounded !== null", timeout=PATIENCE)
        moments.append(page.evaluate("window.enteredAt"))
        page.wait_for_function(f"!{CALL}.playing && !{CALL}.response", timeout=PATIENCE)
        page.wait_for_timeout(200 + 10 * number)
    return first_sounds(page, moments)


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


def wait_until(page: Page, moment: float) -> None:
    """Until that time of the page's clock, in milliseconds."""
    page.wait_for_timeout(max(0.0, moment - page.evaluate("performance.now()")))


def barge_ins(page: Page, wanted: int, period: float) -> list[float]:
    """Milliseconds from the beginning of each voice on top of the agent's to silence; voices come every ``period`` seconds.

    Nothing is muted: the voice that interrupted is answered, too, before the next one.
    """
    page.evaluate(ONSETS)
    page.wait_for_function("window.voice !== null", timeout=PATIENCE)
    page.evaluate(RECORD)
    length, delay = 3.0, 0.1  # seconds of the answer, and until it sounds: of the one before
    for number in range(wanted):
        into = (*INTO, length - 0.3)[number % (len(INTO) + 1)]
        before = page.evaluate("window.voice")
        wait_until(page, before + 1000 * (period - into - delay))
        page.locator("#tarl-text textarea").fill(REQUEST)
        page.evaluate(TIME_CLICK)
        page.locator("#tarl-text textarea").press("Enter")
        try:
            page.wait_for_function("window.sounded !== null", timeout=20_000)
            delay = (page.evaluate("window.sounded - window.entered")) / 1000
            page.wait_for_function("before => window.voice > before", arg=before, timeout=40_000)
        except TookTooLong as error:
            state = page.evaluate(f"(call => [call.mood, call.held, call.doubt, call.hearing])({CALL})")
            print(f"interruption {number}: {error} {state}", file=sys.stderr)
            break
        if number == 0:
            length = max(page.evaluate(f"[...{CALL}.items.values()]"), default=3000.0) / 1000
    wait_until(page, page.evaluate("window.voice") + 4000)
    return barge_in(*recorded(page))


def percentile(values: list[float], share: float) -> float | None:
    """The percentile, or None of nothing."""
    return round(float(np.percentile(values, share)), 1) if values else None


def ratio(theirs: float | None, ours: float | None) -> float | None:
    """How many times ours theirs is."""
    return round(theirs / ours, 2) if theirs and ours else None


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """All figures."""
    voice = load_voice(args.voice)
    request, interruption = voice.say(REQUEST), voice.say(INTERRUPTION)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        asks = microphone(Path(folder, "asks.wav"), 2.0, request, args.pause)
        interrupts = microphone(Path(folder, "interrupts.wav"), args.apart, interruption)
        found: list[tuple[float, float]] = []
        held: list[float] = []
        clicks: list[float] = []
        cuts: list[float] = []
        plain: list[float] = []
        with running("app.py", TARL_AGENT=args.agent, TARL_VOICE=args.voice) as url:
            if "push_to_talk" in args.only:
                browser = browser_of(playwright, asks)
                with a_page(browser, url, NO_SOCKET) as page:
                    page.locator(".vo-mic").click()
                    page.get_by_text("hold the button while you speak").wait_for(timeout=PATIENCE)
                    held = push_to_talk(page, args.turns, args.pause + 2.0)
                print(f"push to talk: {held}", file=sys.stderr)
                browser.close()
            if {"answers", "clicks"} & args.only:
                browser = browser_of(playwright, asks)
                if "answers" in args.only:
                    with a_call(browser, url) as (page, events):
                        found = answers(page, events, args.turns)
                    print(f"answers: {found}", file=sys.stderr)
                if "clicks" in args.only:
                    with a_call(browser, url) as (page, _):
                        clicks = click_to_sound(page, args.clicks)
                    print(f"clicks: {clicks}", file=sys.stderr)
                browser.close()
            if "interruptions" in args.only:
                browser = browser_of(playwright, interrupts)
                with a_call(browser, url) as (page, _):
                    cuts = barge_ins(page, args.interruptions, args.apart + interruption.seconds)
                print(f"interruptions: {cuts}", file=sys.stderr)
                browser.close()
        if "clicks" in args.only and shutil.which("ffmpeg"):
            with running(__file__, "--plain", "PORT", "--agent", args.agent, "--voice", args.voice) as url:
                browser = browser_of(playwright, asks)
                plain = plain_click_to_sound(browser, url, args.clicks)
                browser.close()
            print(f"plain clicks: {plain}", file=sys.stderr)
    totals, overheads = [total for total, _ in found], [1000 * overhead for _, overhead in found]
    ours, theirs = percentile(clicks, 50), percentile(plain, 50)
    return {
        "turns": len(found),
        "total_p50": percentile(totals, 50),
        "total_p95": percentile(totals, 95),
        "overhead_p50_ms": percentile(overheads, 50),
        "overhead_p95_ms": percentile(overheads, 95),
        "push_to_talk_turns": len(held),
        "push_to_talk_p50": percentile(held, 50),
        "push_to_talk_ratio": ratio(percentile(held, 50), percentile(totals, 50)),
        "clicks": len(clicks),
        "click_to_sound_p50_ms": ours,
        "plain_click_to_sound_p50_ms": theirs,
        "click_to_sound_ratio": ratio(theirs, ours),
        "interruptions": len(cuts),
        "interruptions_tried": args.interruptions,
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
    parser.add_argument(
        "--apart", type=float, default=14.0, help="seconds between two interruptions, more on a busy machine"
    )
    parser.add_argument("--only", type=lambda text: set(text.split(",")), default=set(PARTS), help=f"of {', '.join(PARTS)}")
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

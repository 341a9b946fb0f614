"""What a visitor of the page waits for, in Chromium: loading, the first sound of a watched call, an answer to typed words.

The app runs in a process of its own, with the scripted agent. The visitor's cache is empty.

    load_s              from the address to a page with a button to press
    page_weight_kb      transferred until then, of which scripts and styles of Gradio are the most
    first_sound_s       from the click on "Watch a call" to the first sound that plays; null without a voice
    longest_silence_s   between two sounds of that call; and the longest without a word on the page of what goes on
    click_to_answer_s   from the click on Send to the answer's words on the page, without a voice

The models are loaded before anybody comes. With several visitors one is in Chromium and measured; the others send the
page's requests without a browser, as theirs would be drawn by machines of their own: each opens the page, begins a call
and types a message every few seconds, by text. A home with the voice's weights is needed for sound:
``python benchmarks/page.py --home HOME``. The peer is one visitor alone: the first row.
Run: ``python benchmarks/page.py [--visitors 1 20] [--home HOME] [--json]``.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that the script runs by its path

from benchmarks.serving import LOADED, PageWithoutBrowser, chromium, running

MESSAGE = "Hello, I would like to ask about an order of mine."
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu"]
EVERY = 5.0
"""Seconds between two messages of another visitor, at least."""
PREPARED = 15.0
"""Seconds after loading in which the first call's first words are spoken."""
PATIENCE = 900_000
"""Milliseconds for anything that a visitor waits for."""
LISTENING = """
window.heard = [];
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (when = 0, ...rest) {
  const delay = Math.max(0, when - this.context.currentTime) * 1000;
  window.heard.push([performance.now() + delay, (this.buffer ? this.buffer.duration : 0) * 1000]);
  return start.call(this, when, ...rest);
};
window.told = [];
setInterval(() => {
  const said = document.querySelector('#tarl-transcript .ev-waiting');
  window.told.push([performance.now(), Boolean(said && said.textContent.trim())]);
}, 100);
"""
"""Notes when each sound of the page begins and how long it lasts, and whether the page says what goes on."""
WEIGHT = """() => [performance.getEntriesByType('navigation')[0], ...performance.getEntriesByType('resource')]
  .reduce((sum, one) => sum + (one.transferSize || 0), 0)"""


def silences(heard: Sequence[Sequence[float]], told: Sequence[Sequence[Any]]) -> tuple[float, float]:
    """The longest silence between two sounds in seconds, and the longest stretch of one without a word on the page.

    ``heard`` has [begin, length] of each sound, ``told`` has [time, whether the page says what goes on], in milliseconds.
    """
    longest = unexplained = 0.0
    until = heard[0][0] + heard[0][1] if heard else 0.0
    for begin, length in sorted((one[0], one[1]) for one in heard)[1:]:
        longest = max(longest, begin - until)
        since = until
        for at, said in told:
            if until < at < begin:
                since = at if said else since
                unexplained = max(unexplained, at - since)
        until = max(until, begin + length)
    return longest / 1000, unexplained / 1000


async def visit(browser: Browser, url: str, sound: bool) -> dict[str, float | None]:
    """One visitor: loads the page, then watches a call (``sound``) or types a message."""
    context = await browser.new_context(viewport={"width": 1400, "height": 900})
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    await page.add_init_script(LISTENING)
    began = time.monotonic()
    await page.goto(url)
    await page.locator("#tarl-watch").wait_for()
    found: dict[str, float | None] = {"load_s": time.monotonic() - began}
    found["page_weight_kb"] = await page.evaluate(WEIGHT) / 1000
    found |= await (_watch(page) if sound else _type(page))
    await context.close()
    return found


async def _watch(page: Page) -> dict[str, float | None]:
    clicked = await page.evaluate("performance.now()")
    await page.locator("#tarl-watch").click()
    await page.locator("#tarl-transcript .ev-end").wait_for()
    heard, told = await page.evaluate("[window.heard, window.told]")
    longest, unexplained = silences(heard, told)
    first = (heard[0][0] - clicked) / 1000 if heard else None
    return {"first_sound_s": first, "longest_silence_s": longest, "longest_unexplained_silence_s": unexplained}


async def _type(page: Page) -> dict[str, float | None]:
    await page.locator("#tarl-talk").click()
    await page.locator("#tarl-transcript .ev-empty").wait_for()
    await page.locator("#tarl-aloud input").uncheck()
    await page.locator("#tarl-text textarea").fill(MESSAGE)
    began = time.monotonic()
    await page.locator("#tarl-send").click()
    await page.locator("#tarl-transcript [data-key^=t] .ev-agent .ev-text").first.wait_for()
    return {"click_to_answer_s": time.monotonic() - began}


async def settled(url: str) -> None:
    """The models are loaded, and what comes after that is prepared: as with an app that was started a while ago."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = await browser.new_page()
        await page.goto(url)
        await page.wait_for_function(LOADED, timeout=PATIENCE)
        await browser.close()
    await asyncio.sleep(PREPARED)


@contextmanager
def others(url: str, count: int) -> Iterator[None]:
    """So many other visitors, who type messages until the block is left."""
    port = int(url.rstrip("/").rpartition(":")[2])
    with urllib.request.urlopen(f"{url}config") as answer:
        config = json.load(answer)
    ids = {one["props"].get("elem_id"): one["id"] for one in config["components"]}
    values = {one["id"]: one["props"].get("value") for one in config["components"]}

    def event(name: str, kind: str) -> tuple[int, list[int]]:
        found = next(one for one in config["dependencies"] if [ids[name], kind] in [[*to] for to in one["targets"]])
        return found["id"], found["inputs"]

    def send(page: PageWithoutBrowser, name: str, kind: str = "click", **given: Any) -> None:
        number, inputs = event(name, kind)
        told = {ids[key.replace("_", "-")]: value for key, value in given.items()}
        page.send(number, [told.get(one, values[one]) for one in inputs])

    gone = threading.Event()

    def visit_until_gone(number: int) -> None:
        page = PageWithoutBrowser(port, f"other{number}")
        page.open(heartbeat=True)
        send(page, "tarl-aloud", "input", tarl_aloud=False)
        while not gone.wait(EVERY * (1 + number % 5 / 5)):
            send(page, "tarl-talk")
            send(page, "tarl-send", tarl_text=MESSAGE)
        page.close()

    crowd = [threading.Thread(target=visit_until_gone, args=(number,)) for number in range(count)]
    for one in crowd:
        one.start()
    try:
        yield
    finally:
        gone.set()
        for one in crowd:
            one.join()


async def measure(url: str, visitors: int, sound: bool) -> dict[str, Any]:
    """Figures of one visitor while others are there."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        found = await visit(browser, url, False)
        if sound:
            found = {**await visit(browser, url, True), **found}
        await browser.close()
    return {"visitors": visitors, **{name: value if value is None else round(value, 2) for name, value in found.items()}}


def main() -> None:
    """Reads the command line and prints a row of figures for each number of visitors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, nargs="+", default=[1, 20], help="at once (default: %(default)s)")
    parser.add_argument("--home", type=Path, help="with the voice's weights in its cache; without, nothing is heard")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = {"TARL_HOME": str(given.home or folder), "TARL_OFFLINE": "1", "TARL_AGENT": "scripted"}
        with running(alone=True, **home) as url:
            if given.home:
                asyncio.run(settled(url))
            rows: list[dict[str, Any]] = []
            for visitors in given.visitors:
                with others(url, visitors - 1):
                    rows.append(asyncio.run(measure(url, visitors, given.home is not None)))
                row = "  ".join(f"{name} {value}" for name, value in rows[-1].items())
                print(row, file=sys.stderr if given.json else sys.stdout, flush=True)
    if given.json:
        print(json.dumps({"rows": rows}))


if __name__ == "__main__":
    main()

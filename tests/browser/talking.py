"""What a person does on the Talk tab, for the browser tests."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

PATIENCE = 120_000
"""Milliseconds to wait for the app on a loaded machine."""


@dataclass(frozen=True)
class App:
    """A running app: where it listens, where it may write, its user's home, what it computed until the page was there."""

    url: str
    home: Path
    user_home: Path
    pid: int


def restart(start_app: Callable[..., App], app: App, **settings: str) -> None:
    """Another process of the app at the same address and home."""
    os.kill(app.pid, signal.SIGTERM)
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            if os.waitpid(app.pid, os.WNOHANG)[0]:
                break
        except ChildProcessError:
            break
        time.sleep(0.1)
    port = app.url.rstrip("/").rpartition(":")[2]
    start_app(port=port, home=str(app.home), **settings)


def talk_yourself(page: Page) -> None:
    page.locator("#tarl-talk").click()
    expect(page.locator("#tarl-transcript")).to_contain_text("The line is open", timeout=PATIENCE)


def say(page: Page, text: str) -> None:
    """Types and waits until the agent has answered and rests."""
    answers = page.locator("#tarl-transcript .ev-agent .ev-text").count()
    box = page.locator("#tarl-text textarea")
    box.fill(text)
    box.press("Enter")
    expect(page.locator("#tarl-transcript .ev-user").last).to_contain_text(text[:30], timeout=PATIENCE)
    page.wait_for_function(
        "n => document.querySelectorAll('#tarl-transcript [data-key^=t] .ev-agent .ev-text').length > n",
        arg=answers,
        timeout=PATIENCE,
    )
    at_rest(page)


def choose_sound_file(page: Page, path: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.locator("#tarl-upload").click()
    chooser.value.set_files(path)


def at_rest(page: Page, patience: int = PATIENCE) -> None:
    expect(page.locator("#tarl-stop")).to_be_disabled(timeout=patience)


def users(page: Page) -> list[str]:
    return page.locator("#tarl-transcript .ev-user .ev-text").all_inner_texts()


def agents(page: Page) -> list[str]:
    return page.locator("#tarl-transcript .ev-agent .ev-text").all_inner_texts()


def tell_both(page: Page, text: str, patience: int = PATIENCE) -> None:
    """Types a message to both sides of the Compare tab and waits until both have answered."""
    page.locator("#cmp-text textarea").fill(text)
    page.locator("#cmp-send").click()
    for side in "ab":
        transcript = page.locator(f"#cmp-transcript-{side}")
        expect(transcript.locator(".ev-user").last).to_contain_text(text, timeout=patience)
        transcript.locator("[data-key^=t] .ev-agent").first.wait_for(timeout=patience)
    expect(page.locator("#cmp-stop")).to_be_disabled(timeout=patience)


def overflows(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1")


@contextlib.contextmanager
def lost_network(page: Page) -> Iterator[None]:
    """The page is offline, and has asked the app for something in vain: a network that nobody missed was not lost."""
    with page.expect_event("requestfailed", lambda request: "queue/join" in request.url, timeout=PATIENCE):
        page.context.set_offline(True)
    yield
    page.wait_for_timeout(1_000)
    page.context.set_offline(False)

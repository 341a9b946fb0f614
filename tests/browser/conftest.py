"""The real app in a process of its own, and a real Chromium. Nothing here is ever skipped: what is missing is a failure."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from tests.browser.talking import PATIENCE, App

ROOT = Path(__file__).parents[2]
expect.set_options(timeout=30_000)  # what is there already is found at once; a loaded machine is slow
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
SIZE: ViewportSize = {"width": 1280, "height": 900}
"""Of the tab at the beginning of each test, whatever the one before has made of it."""
START_SECONDS = 300.0  # on a machine with much else to do


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            pytest.fail(f"app.py ended with {process.returncode}:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    pytest.fail(f"app.py did not serve {url} within {START_SECONDS:.0f} s:\n{log.read_text()}")


def _starting(folders: pytest.TempPathFactory) -> Iterator[Callable[..., App]]:
    started: list[subprocess.Popen[bytes]] = []

    def start(environment: Mapping[str, str] | None = None, **settings: str) -> App:
        folder, port = folders.mktemp("app"), int(settings.pop("port", 0)) or _free_port()
        home, user_home, log = Path(settings.get("home", folder / "tarl")), folder / "user", folder / "log.txt"
        user_home.mkdir()
        kept = {
            name: value
            for name, value in os.environ.items()
            if name == "TARL_THREADS" or not name.startswith(("TARL_", "SPACE_"))
        }
        given = {f"TARL_{name.upper()}": value for name, value in settings.items()}
        variables = {
            **kept,
            "TARL_HOME": str(home),
            "TARL_PORT": str(port),
            "HOME": str(user_home),
            **given,
            **(environment or {}),
        }
        with log.open("wb") as file:
            process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=variables, stdout=file, stderr=file)
        started.append(process)
        url = f"http://127.0.0.1:{port}/"
        _wait(url, process, log)
        return App(url, home, user_home, process.pid)

    yield start
    for process in started:
        process.terminate()
    for process in started:
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def start_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., App]]:
    """Starts app.py with the given settings (``TARL_<NAME>``), each time in a home of its own unless one is given."""
    yield from _starting(tmp_path_factory)


@pytest.fixture(scope="session")
def start_for_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., App]]:
    """The same, for apps that tests of several modules visit."""
    yield from _starting(tmp_path_factory)


@pytest.fixture(scope="session")
def app(start_for_all: Callable[..., App]) -> App:
    """The app without any weights: the scripted agent, by text."""
    return start_for_all(offline="1", agent="scripted", pause="0.1")


@pytest.fixture(scope="session")
def slow_app(start_for_all: Callable[..., App]) -> App:
    """The same, with time to press a button while a simulated call goes on."""
    return start_for_all(offline="1", agent="scripted", pause="3")


@pytest.fixture(scope="session")
def open_browser() -> Iterator[Callable[..., Browser]]:
    """Opens Chromium with the given flags added."""
    path = os.environ.get("TARL_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None or not Path(path).exists():
        pytest.fail(
            "The browser tests need Chromium. On Debian: apt-get install chromium. Elsewhere: set TARL_CHROMIUM to its path."
        )
    with sync_playwright() as playwright:
        browsers: list[Browser] = []

        def launch(*flags: str) -> Browser:
            browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, *flags])
            browsers.append(browser)
            return browser

        yield launch
        for browser in browsers:
            browser.close()


@pytest.fixture(scope="session")
def browser(open_browser: Callable[..., Browser]) -> Browser:
    """A Chromium whose microphone hears beeps."""
    return open_browser()


FORGET = """try {
  if (performance.getEntriesByType('navigation')[0]?.type !== 'reload') // a visit, and no page that comes back by itself
    for (const one of Object.keys(sessionStorage)) if (one.startsWith('tarl-left-')) sessionStorage.removeItem(one);
} catch { /* a blank page has no storage */ }"""
"""A page that lost its connection opens again where it was left, which the next test must not see."""


@pytest.fixture(scope="session")
def tab(browser: Browser) -> Page:
    """The browser's one tab; opening another would take longer than most tests."""
    page = browser.new_context(viewport=SIZE, accept_downloads=True).new_page()
    page.set_default_navigation_timeout(PATIENCE)
    page.add_init_script(FORGET)
    return page


@pytest.fixture
def page(tab: Page, app: App) -> Iterator[Page]:
    """A first visit. Errors in the page's own scripts fail the test."""
    yield from _live_call(tab, app)


@pytest.fixture
def slow_page(tab: Page, slow_app: App) -> Iterator[Page]:
    """A first visit to the slow app."""
    yield from _live_call(tab, slow_app)


def _live_call(tab: Page, app: App) -> Iterator[Page]:
    errors: list[str] = []

    def note(error: object) -> None:
        errors.append(str(error))

    tab.set_viewport_size(SIZE)
    tab.emulate_media(color_scheme="null", reduced_motion="null")
    tab.on("pageerror", note)
    tab.goto(app.url)
    tab.locator("#tarl-watch").wait_for(timeout=PATIENCE)
    yield tab
    tab.remove_listener("pageerror", note)
    tab.evaluate("localStorage.clear(); sessionStorage.clear()")
    tab.goto("about:blank")
    assert errors == []

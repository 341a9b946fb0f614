"""A page whose app is restarted under it, or whose machine slept, finds its state again or says that it is gone."""

import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.talking import PATIENCE, App, say, talk_yourself, tell_both, users

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1200)]
Start = Callable[..., App]


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_navigation_timeout(PATIENCE)
    yield page
    context.close()


def restart(start_app: Start, app: App) -> None:
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
    start_app(port=port, offline="1", agent="scripted", pause="0.1", home=str(app.home))


def test_a_call_is_found_again_after_the_app_was_restarted_under_the_page(start_app: Start, visitor: Page) -> None:
    app = start_app(offline="1", agent="scripted", pause="0.1")
    visitor.goto(app.url)
    talk_yourself(visitor)
    say(visitor, "Hello, I need help with my order.")
    visitor.get_by_role("tab", name="Compare").click()
    pick(visitor, "#cmp-agent-b", "null")
    pick(visitor, "#cmp-agent-a", "Scripted demo")
    tell_both(visitor, "Hello, where is my order?")
    restart(start_app, app)
    expect(visitor.get_by_role("tab", name="Compare")).to_have_attribute("aria-selected", "true", timeout=PATIENCE)
    expect(visitor.locator("#cmp-notice")).to_contain_text("The app was restarted", timeout=PATIENCE)
    expect(visitor.locator("#cmp-transcript-a .ev-row")).to_have_count(0)
    visitor.get_by_role("tab", name="Talk").click()
    expect(visitor.locator("#tarl-notice")).to_contain_text("The app was restarted. The call was stored", timeout=PATIENCE)
    assert users(visitor) == ["Hello, I need help with my order."]
    expect(visitor.locator("#tarl-send")).to_be_disabled()  # it can be read, and nothing pretends otherwise
    visitor.locator("#tarl-new").click()
    expect(visitor.locator("#tarl-transcript")).to_contain_text("The line is open", timeout=PATIENCE)
    say(visitor, "Here I am again.")


def test_a_page_that_was_frozen_goes_on_with_its_call(visitor: Page, slow_app: App) -> None:
    visitor.goto(slow_app.url)
    visitor.locator("#tarl-watch").click(timeout=PATIENCE)
    visitor.locator("#tarl-transcript .ev-user").first.wait_for(timeout=PATIENCE)
    sleeping = visitor.context.new_cdp_session(visitor)
    sleeping.send("Page.setWebLifecycleState", {"state": "frozen"})
    time.sleep(6)
    sleeping.send("Page.setWebLifecycleState", {"state": "active"})
    expect(visitor.locator(".ev-end")).to_contain_text("Goal reached", timeout=2 * PATIENCE)


def test_a_page_whose_network_was_away_finds_its_call_again(visitor: Page, app: App) -> None:
    visitor.goto(app.url)
    talk_yourself(visitor)
    say(visitor, "Hello, I need help with my order.")
    visitor.context.set_offline(True)
    visitor.wait_for_timeout(6_000)
    visitor.context.set_offline(False)
    expect(visitor.locator("#tarl-notice")).to_contain_text("The call was stored as it stood", timeout=PATIENCE)
    assert users(visitor) == ["Hello, I need help with my order."]


def pick(page: Page, where: str, name: str) -> None:
    page.locator(f"{where} input").click()
    page.get_by_role("option", name=name, exact=True).click()
    expect(page.get_by_role("option")).to_have_count(0)


def slowly(route: Route) -> None:
    time.sleep(2.5)
    route.continue_()


def test_a_page_that_is_left_while_it_loads_begins_afresh(visitor: Page, app: App) -> None:
    visitor.goto(app.url)
    visitor.get_by_role("tab", name="Compare").click()
    visitor.locator(".cmp-show").wait_for(timeout=PATIENCE)
    visitor.route(app.url, slowly)  # the page ticks on until the next one comes
    with visitor.expect_navigation(timeout=PATIENCE):  # Gradio says so of the requests that leaving has ended
        visitor.evaluate(
            """() => window.addEventListener('beforeunload', () => {
              const toast = document.body.appendChild(document.createElement('p'));
              document.querySelectorAll('.toast-wrap').forEach((one) => one !== toast && one.remove());
              toast.className = 'toast-wrap';
              toast.textContent = 'Connection to the server was lost';
            })"""
        )
        visitor.evaluate("location.reload()")
    expect(visitor.locator("#tarl-watch")).to_be_visible(timeout=PATIENCE)

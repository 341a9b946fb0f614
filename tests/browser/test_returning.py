"""A page whose app is restarted under it, or whose machine slept, finds its state again or says that it is gone."""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.left_behind import a_broken_evaluation, a_run
from tests.browser.talking import PATIENCE, App, lost_network, restart, say, talk_yourself, tell_both, users

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1200)]
Start = Callable[..., App]


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_navigation_timeout(PATIENCE)
    yield page
    context.close()


def compare(page: Page) -> None:
    """A message to both sides, and a head to head that takes longer than the test."""
    page.get_by_role("tab", name="Compare").click()
    pick(page, "#cmp-agent-b", "null")
    pick(page, "#cmp-agent-a", "Scripted demo")
    tell_both(page, "Hello, where is my order?")
    pick(page, "#cmp-split", "Training")
    page.locator("#cmp-limit input").fill("1000")
    page.locator("#cmp-start").click()
    expect(page.locator("#cmp-outcome")).to_contain_text(re.compile("Running: [1-9]"), timeout=PATIENCE)


def test_every_tab_is_found_again_after_the_app_was_restarted_under_the_page(start_app: Start, visitor: Page) -> None:
    settings = {"offline": "1", "agent": "scripted", "pause": "0.1"}
    app = start_app(**settings)
    for name in ("one", "two", "three"):
        a_run(app.home, name)
    a_broken_evaluation(app.home)
    visitor.goto(app.url)
    talk_yourself(visitor)
    say(visitor, "Hello, I need help with my order.")
    visitor.get_by_role("tab", name="Train").click()
    visitor.locator("#train-runs [data-pick=one]").click(timeout=PATIENCE)
    expect(visitor.locator("#train-view .ru-head h2")).to_have_text("one", timeout=PATIENCE)
    visitor.locator("#train-runs [data-draw=two]").check()
    expect(visitor.locator("#train-view .cu-legend .cu-key")).to_have_count(2, timeout=PATIENCE)
    visitor.get_by_role("tab", name="Evaluate").click()
    visitor.locator("#eval-board [data-pick^='key|']").first.click(timeout=PATIENCE)
    visitor.locator("#eval-episodes li button").last.click(timeout=PATIENCE)
    visitor.locator("#eval-episode .ev-agent").first.wait_for(timeout=PATIENCE)
    compare(visitor)
    restart(start_app, app, **settings)
    expect(visitor.get_by_role("tab", name="Compare")).to_have_attribute("aria-selected", "true", timeout=PATIENCE)
    expect(visitor.locator("#cmp-notice")).to_contain_text("The app was restarted", timeout=PATIENCE)
    expect(visitor.locator("#cmp-transcript-a .ev-row")).to_have_count(0)
    outcome = visitor.locator("#cmp-outcome")
    broken_off = re.compile(r"Interrupted, as the app was restarted, after [1-9]\d* of \d+ calls\. What was played is kept")
    expect(outcome).to_contain_text(broken_off, timeout=PATIENCE)
    visitor.locator("#cmp-resume").click()
    expect(outcome).to_contain_text("Running", timeout=PATIENCE)
    visitor.locator("#cmp-halt").click()
    expect(outcome).to_contain_text("Stopped after", timeout=PATIENCE)
    visitor.get_by_role("tab", name="Evaluate").click()
    expect(visitor.locator("#eval-board tr.bo-chosen")).to_contain_text("interrupted", timeout=PATIENCE)
    expect(visitor.locator("#eval-details")).to_contain_text("Interrupted after 2 of 3 calls")
    expect(visitor.locator("#eval-resume")).to_be_enabled()
    expect(visitor.locator("#eval-episode .ev-agent").first).to_be_visible()
    visitor.get_by_role("tab", name="Train").click()
    expect(visitor.locator("#train-view .ru-head h2")).to_have_text("one", timeout=PATIENCE)
    expect(visitor.locator("#train-runs [data-draw=two]")).to_be_checked()
    visitor.get_by_role("tab", name="Talk").click()
    expect(visitor.locator("#tarl-notice")).to_contain_text("The app was restarted. The call was stored", timeout=PATIENCE)
    assert users(visitor) == ["Hello, I need help with my order."]
    expect(visitor.locator("#tarl-send")).to_be_disabled()  # it can be read, and nothing pretends otherwise
    visitor.locator("#tarl-new").click()
    expect(visitor.locator("#tarl-transcript")).to_contain_text("The line is open", timeout=PATIENCE)
    say(visitor, "Here I am again.")


def freeze(page: Page, seconds: float) -> None:
    """As a browser does it with a tab that nobody looks at."""
    sleeping = page.context.new_cdp_session(page)
    sleeping.send("Page.setWebLifecycleState", {"state": "frozen"})
    time.sleep(seconds)
    sleeping.send("Page.setWebLifecycleState", {"state": "active"})


def test_a_page_that_was_frozen_goes_on_with_its_call(visitor: Page, slow_app: App) -> None:
    visitor.goto(slow_app.url)
    visitor.locator("#tarl-watch").click(timeout=PATIENCE)
    visitor.locator("#tarl-transcript .ev-user").first.wait_for(timeout=PATIENCE)
    freeze(visitor, 6)
    expect(visitor.locator(".ev-end")).to_contain_text("Goal reached", timeout=2 * PATIENCE)


def test_a_comparison_goes_on_after_the_page_was_frozen_and_after_it_slept(visitor: Page, app: App) -> None:
    visitor.goto(app.url)
    visitor.get_by_role("tab", name="Compare").click()
    pick(visitor, "#cmp-agent-b", "null")
    pick(visitor, "#cmp-agent-a", "Scripted demo")
    visitor.locator("#cmp-text textarea").fill("Hello, where is my order?")
    visitor.locator("#cmp-send").click()
    freeze(visitor, 1)
    for side in "ab":
        visitor.locator(f"#cmp-transcript-{side} [data-key^=t] .ev-agent").first.wait_for(timeout=PATIENCE)
    expect(visitor.locator("#cmp-stop")).to_be_disabled(timeout=PATIENCE)
    visitor.evaluate("() => { const now = Date.now; Date.now = () => now() + 60_000; }")  # a minute without a tick
    visitor.wait_for_timeout(1_000)
    tell_both(visitor, "It is on my mind since Monday.")
    expect(visitor.locator("#cmp-notice")).to_be_hidden()
    assert visitor.locator("#cmp-transcript-a .ev-user").count() == 2


def test_a_page_whose_network_was_away_finds_its_call_again(visitor: Page, app: App) -> None:
    visitor.goto(app.url)
    talk_yourself(visitor)
    say(visitor, "Hello, I need help with my order.")
    with lost_network(visitor):
        visitor.wait_for_timeout(4_000)
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
              setTimeout(() => location.reload(), 500); // and loads the page again
            }, { once: true })"""
        )
        visitor.evaluate("location.reload()")
    expect(visitor.locator("#tarl-watch")).to_be_visible(timeout=PATIENCE)


def test_a_page_whose_requests_are_ended_by_leaving_it_begins_afresh(visitor: Page, app: App) -> None:
    visitor.add_init_script(  # before any listener of the page, as Gradio's own
        """window.addEventListener('beforeunload', () => {
          if (!document.querySelector('.cmp-show')) return;
          const toast = document.body.appendChild(document.createElement('p'));
          document.querySelectorAll('.toast-wrap').forEach((one) => one !== toast && one.remove());
          toast.className = 'toast-wrap';
          toast.textContent = 'Connection to the server was lost';
        })"""
    )
    visitor.goto(app.url)
    visitor.get_by_role("tab", name="Compare").click()
    visitor.locator(".cmp-show").wait_for(timeout=PATIENCE)
    visitor.reload()
    expect(visitor.locator("#tarl-watch")).to_be_visible(timeout=PATIENCE)
    expect(visitor.get_by_role("tab", name="Talk")).to_have_attribute("aria-selected", "true")

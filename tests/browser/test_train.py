"""The Train tab against the real app and the real trainer with its tiny model."""

import os
import signal
from collections.abc import Callable, Iterator

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from tarl_app.jobs import Run, Runs
from tests.browser.talking import App, overflows

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(1800)]
PATIENCE = 600_000
"""Milliseconds: a run loads the trainer's code in a process of its own."""


@pytest.fixture(scope="module")
def train_app(start_app: Callable[..., App]) -> App:
    return start_app(offline="1", agent="scripted", pause="0.1")


@pytest.fixture
def train_page(browser: Browser, train_app: App) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    to_train(page, train_app.url)
    yield page
    context.close()
    runs = Runs(train_app.home / "runs")
    for run in runs.list():  # the next test must not wait for this one's
        if run.live:
            runs.stop(run.name, force=True)
            runs.wait(run.name, 60)
    assert errors == []


def to_train(page: Page, url: str) -> None:
    page.goto(url)
    page.locator("#tarl-watch").wait_for(timeout=PATIENCE)
    page.get_by_role("tab", name="Train").click()
    expect(page.locator("#train-start")).to_be_enabled(timeout=PATIENCE)


def choose_tiny(page: Page, name: str, steps: int) -> None:
    page.locator("#train-preset input").click()
    page.get_by_role("option", name="Tiny").click()
    expect(page.locator("#train-base input")).to_have_value("tiny-random", timeout=PATIENCE)
    page.locator("#train-name input, #train-name textarea").first.fill(name)
    page.locator("#train-steps input").fill(str(steps))
    page.locator("#train-steps input").blur()


def start_tiny(page: Page, name: str, steps: int) -> None:
    choose_tiny(page, name, steps)
    page.locator("#train-start").click()
    expect(page.locator("#train-view .ru-head h2")).to_have_text(name, timeout=PATIENCE)


def state(page: Page, words: str) -> None:
    expect(page.locator("#train-view .ru-head .ru-state")).to_have_text(words, timeout=PATIENCE)


def run_of(app: App, name: str) -> Run:
    return Runs(app.home / "runs").get(name)


def test_a_form_that_fits_on_a_screen_says_what_a_run_will_take(train_page: Page) -> None:
    expect(train_page.locator("#train-outlook")).to_contain_text("on this machine", timeout=PATIENCE)
    expect(train_page.locator("#train-outlook")).to_contain_text("GB", timeout=PATIENCE)
    box = train_page.locator("#train-start").bounding_box()
    assert box is not None
    assert box["height"] > 0
    assert not overflows(train_page)


def test_a_combination_that_does_not_work_is_refused_in_words_and_nothing_is_started(
    train_page: Page, train_app: App
) -> None:
    choose_tiny(train_page, "refused", 3)
    train_page.locator("#train-group input").fill("1")
    train_page.locator("#train-group input").blur()
    expect(train_page.locator("#train-outlook .no-text")).to_contain_text("group_size must be 2", timeout=PATIENCE)
    train_page.locator("#train-start").click()
    expect(train_page.locator("#train-notice")).to_contain_text("group_size must be 2", timeout=PATIENCE)
    assert not (train_app.home / "runs" / "refused").exists()


def test_a_run_is_started_watched_found_after_a_reload_stopped_resumed_and_its_checkpoint_is_an_agent(
    train_page: Page, train_app: App
) -> None:
    page = train_page
    start_tiny(page, "mine", 400)
    expect(page.locator("#train-view svg[data-curve] polyline").first).to_be_attached(timeout=PATIENCE)
    expect(page.locator("#train-view .ru-head")).to_contain_text("left")
    to_train(page, train_app.url)  # a reload
    expect(page.locator("#train-view .ru-head h2")).to_have_text("mine", timeout=PATIENCE)
    state(page, "running")
    page.locator("#train-view .ru-sample summary").first.click()
    sample = page.locator("#train-view .ru-sample[open]")  # newer ones come above it while it is being read
    expect(sample.locator(".ru-sum")).to_contain_text("=")
    expect(sample.locator(".ev-agent .ev-badge").first).to_be_visible()
    page.locator("#train-stop").click()
    state(page, "stopped")
    stopped = run_of(train_app, "mine").step
    page.locator("#train-resume").click()
    state(page, "running")
    page.wait_for_function(
        "n => Number(document.querySelector('#train-view .ru-bar').getAttribute('aria-valuenow')) > n",
        arg=stopped,
        timeout=PATIENCE,
    )
    page.locator("#train-stop").click()
    state(page, "stopped")
    link = page.locator("#train-view .ru-points a", has_text="Talk to it").first
    expect(link).to_be_visible(timeout=PATIENCE)
    agent = (link.get_attribute("href") or "").partition("=")[2].replace("%40", "@")
    link.click()
    page.locator("#tarl-watch").wait_for(timeout=PATIENCE)
    page.locator("#tarl-talk").click()
    expect(page.locator("#tarl-agent input")).to_have_value(agent, timeout=PATIENCE)


def test_a_run_goes_on_without_its_app_and_the_next_app_finds_it(
    train_page: Page, train_app: App, start_app: Callable[..., App]
) -> None:
    start_tiny(train_page, "lonely", 400)
    state(train_page, "running")
    again = start_app(offline="1", agent="scripted", home=str(train_app.home))
    to_train(train_page, again.url)
    train_page.locator("#train-runs [data-pick=lonely]").click()
    expect(train_page.locator("#train-view .ru-head h2")).to_have_text("lonely", timeout=PATIENCE)
    os.kill(run_of(train_app, "lonely").process["pid"], signal.SIGKILL)
    state(train_page, "interrupted")
    expect(train_page.locator("#train-view [role=alert]")).to_contain_text("Resume", timeout=PATIENCE)


def test_a_second_run_waits_for_the_first_and_both_are_drawn_into_one_picture(train_page: Page, train_app: App) -> None:
    start_tiny(train_page, "first", 400)
    state(train_page, "running")
    start_tiny(train_page, "second", 2)
    state(train_page, "waiting for its turn")
    expect(train_page.locator("#train-view .ru-head + .ru-bar + p")).to_contain_text("Waits for first", timeout=PATIENCE)
    train_page.locator("#train-runs [data-pick=first]").click()
    expect(train_page.locator("#train-view svg[data-curve]").first).to_be_visible(timeout=PATIENCE)
    train_page.locator("#train-stop").click()
    train_page.locator("#train-runs [data-pick=second]").click()
    state(train_page, "finished")
    train_page.locator("#train-runs [data-draw=first]").check()
    expect(train_page.locator("#train-view .cu-legend .cu-key")).to_have_count(2, timeout=PATIENCE)
    assert not psutil.pid_exists(run_of(train_app, "second").process["pid"]) or not run_of(train_app, "second").live


def test_a_run_is_deleted_only_when_it_is_said_twice(train_page: Page, train_app: App) -> None:
    Runs(train_app.home / "runs").create("old", {"steps": 1})
    train_page.locator("#train-runs [data-pick=old]").click(timeout=PATIENCE)
    expect(train_page.locator("#train-view .ru-head h2")).to_have_text("old", timeout=PATIENCE)
    train_page.locator("#train-delete").click()
    expect(train_page.locator("#train-delete")).to_contain_text("Really delete old?", timeout=PATIENCE)
    assert (train_app.home / "runs" / "old").exists()
    train_page.locator("#train-delete").click()
    expect(train_page.locator("#train-runs [data-pick=old]")).to_have_count(0, timeout=PATIENCE)
    assert not (train_app.home / "runs" / "old").exists()


def test_on_a_phone_nothing_is_wider_than_the_screen(browser: Browser, train_app: App) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    to_train(page, train_app.url)
    assert not overflows(page)
    context.close()


def test_on_a_public_space_nothing_can_be_trained(browser: Browser, start_app: Callable[..., App]) -> None:
    app = start_app(offline="1", agent="scripted", space="1", host="127.0.0.1")
    context = browser.new_context()
    page = context.new_page()
    page.goto(app.url)
    page.locator("#tarl-watch").wait_for(timeout=PATIENCE)
    page.get_by_role("tab", name="Train").click()
    expect(page.locator("#train-off")).to_contain_text("Training is off")
    expect(page.locator("#train-start")).to_have_count(0)
    context.close()

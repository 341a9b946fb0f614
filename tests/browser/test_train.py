"""The Train tab against the real app and the real trainer with its tiny model."""

import json
import os
import re
import signal
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tarl_app import wiring
from tarl_app.conversation import Conversation
from tarl_app.core.sound import audio
from tarl_app.domains import load_domain
from tarl_app.jobs import run_record
from tarl_app.jobs.runs import Run, Runs
from tests.browser.talking import App, overflows, restart, say, talk_yourself, tell_both

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(1800)]
PATIENCE = 600_000
"""Milliseconds: a run loads the trainer's code in a process of its own."""


@pytest.fixture
def train_page(page: Page, app: App) -> Iterator[Page]:
    """A visit to the tab, after which nothing is computed any more."""
    to_train(page)
    yield page
    runs = Runs(app.home / "runs")
    for run in runs.list():
        if run.live:
            runs.stop(run.name, force=True)
            runs.wait(run.name, 60)


def to_train(page: Page) -> None:
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


def test_what_is_typed_after_a_preset_was_chosen_stays_though_the_choice_is_told_twice(train_page: Page) -> None:
    told: list[Route] = []

    def tell(route: Route) -> None:
        """Of equal events only the first reaches the app at once."""
        if '"tiny"' in (route.request.post_data or ""):
            told.append(route)
            if len(told) > 1:
                return
        route.continue_()

    def all_told(least: int) -> None:
        train_page.wait_for_timeout(1000)
        assert len(told) >= least
        for late in told[least - 1 :]:
            late.continue_()
        train_page.wait_for_timeout(3000)

    train_page.route("**/queue/join*", tell)
    choose_tiny(train_page, "typed", 4000)
    all_told(2)
    expect(train_page.locator("#train-steps input")).to_have_value("4000")
    seen = len(told)
    train_page.locator("#train-preset input").focus()
    train_page.locator("#train-name input, #train-name textarea").first.focus()  # leaves the list without a choice
    all_told(seen + 1)
    train_page.unroute("**/queue/join*", tell)
    expect(train_page.locator("#train-steps input")).to_have_value("4000")
    train_page.locator("#train-preset input").click()
    train_page.get_by_role("option", name="Quick").click()
    expect(train_page.locator("#train-steps input")).not_to_have_value("4000", timeout=PATIENCE)


def test_a_combination_that_does_not_work_is_refused_in_words_and_nothing_is_started(train_page: Page, app: App) -> None:
    choose_tiny(train_page, "refused", 3)
    train_page.locator("#train-group input").fill("1")
    train_page.locator("#train-group input").blur()
    said = train_page.locator("#train-group .tr-said")
    expect(said).to_contain_text("group size must be 2", timeout=PATIENCE)
    expect(train_page.locator("#train-group input")).to_have_attribute("aria-invalid", "true")
    train_page.locator("#train-start").click()
    expect(train_page.locator("#train-notice")).to_contain_text("group size must be 2", timeout=PATIENCE)
    train_page.locator("#train-group input").fill("4")
    train_page.locator("#train-steps input").fill("0")
    expect(train_page.locator("#train-steps .tr-said")).to_have_text("at least 1", timeout=PATIENCE)
    expect(said).to_have_count(0)
    train_page.locator("#train-steps input").fill("3")
    train_page.locator("#train-rate input").fill("50")
    expect(train_page.locator("#train-rate .tr-said[data-kind=warned]")).to_contain_text("ruin", timeout=PATIENCE)
    assert not (app.home / "runs" / "refused").exists()


def points(page: Page) -> int:
    """Of the longest line in the first picture."""
    lines = page.locator("#train-view svg[data-curve]").first.locator("polyline")
    return max((len((one.get_attribute("points") or "").split()) for one in lines.all()), default=0)


def wait_for_step(page: Page, more_than: int) -> None:
    page.wait_for_function(
        "n => Number(document.querySelector('#train-view .ru-bar')?.getAttribute('aria-valuenow')) > n",
        arg=more_than,
        timeout=PATIENCE,
    )


def read_a_rollout(page: Page) -> None:
    page.locator("#train-view .ru-sample summary").first.click()
    sample = page.locator("#train-view .ru-sample[open]")  # newer ones come above it while it is being read
    expect(sample.locator(".ru-sum")).to_have_text(re.compile(r"10 × \d .*= −?\d"), timeout=PATIENCE)
    expect(sample.locator(".ev-agent .ev-badge").first).to_be_visible()


def test_a_run_is_watched_outlives_its_app_is_stopped_resumed_and_its_checkpoint_compared_with_its_base(
    page: Page, start_app: Callable[..., App]
) -> None:
    app = start_app(offline="1", agent="scripted", pause="0.1")
    page.goto(app.url)
    to_train(page)
    start_tiny(page, "mine", 4000)
    wait_for_step(page, 2)
    assert points(page) >= 2
    page.reload()
    to_train(page)
    expect(page.locator("#train-view .ru-head h2")).to_have_text("mine", timeout=PATIENCE)
    expect(page.locator("#train-view .ru-head")).to_contain_text("left", timeout=PATIENCE)
    seen = run_of(app, "mine").step
    os.kill(app.pid, signal.SIGKILL)
    page.evaluate("window.before = true")
    restart(start_app, app, offline="1", agent="scripted", pause="0.1")  # under the page, which comes back by itself
    page.wait_for_function("!window.before", timeout=PATIENCE)
    expect(page.locator("#train-start")).to_be_enabled(timeout=PATIENCE)
    expect(page.locator("#train-view .ru-head h2")).to_have_text("mine", timeout=PATIENCE)
    state(page, "running")
    wait_for_step(page, seen)
    read_a_rollout(page)
    page.locator("#train-stop").click()
    state(page, "stopped")
    stopped = run_of(app, "mine").step
    page.locator("#train-resume").click()
    wait_for_step(page, stopped)
    page.locator("#train-stop").click()
    state(page, "stopped")
    step = run_of(app, "mine").step
    row = page.locator("#train-view .ru-points li", has_text=f"Step {step}").first
    row.get_by_text("Compare with its base").click()
    expect(page.locator("#cmp-agent-a input")).to_have_value(f"mine@{step}", timeout=PATIENCE)
    expect(page.locator("#cmp-agent-b input")).to_have_value("tiny-random", timeout=PATIENCE)
    tell_both(page, "Hello, where is my order?", PATIENCE)
    page.locator("#cmp-vote-tie").click()
    names = page.locator("#cmp-name-a, #cmp-name-b")
    expect(names.filter(has_text=f"mine@{step}")).to_have_count(1, timeout=PATIENCE)
    expect(names.filter(has_text="tiny-random")).to_have_count(1)
    expect(page.locator("#cmp-standings tbody tr")).to_have_count(2, timeout=PATIENCE)
    page.goto(f"{app.url}?evaluate=mine%40{step}", timeout=PATIENCE)
    expect(page.locator("#eval-agents")).to_contain_text(f"mine@{step}", timeout=PATIENCE)
    page.goto(f"{app.url}?agent=mine%40{step}", timeout=PATIENCE)
    page.locator("#tarl-talk").click(timeout=PATIENCE)
    expect(page.locator("#tarl-agent input")).to_have_value(f"mine@{step}", timeout=PATIENCE)


def test_a_duplicate_waits_while_the_page_answers_and_goes_on_when_the_first_run_is_killed_which_says_what_to_do(
    train_page: Page, app: App
) -> None:
    start_tiny(train_page, "first", 4000)
    state(train_page, "running")
    train_page.locator("#train-duplicate").click()
    name = train_page.locator("#train-name input, #train-name textarea").first
    expect(name).to_have_value("first-2", timeout=PATIENCE)
    expect(train_page.locator("#train-steps input")).to_have_value("4000", timeout=PATIENCE)
    train_page.locator("#train-steps input").fill("2")
    train_page.locator("#train-steps input").blur()
    train_page.locator("#train-start").click()
    expect(train_page.locator("#train-view .ru-head h2")).to_have_text("first-2", timeout=PATIENCE)
    state(train_page, "waiting for its turn")
    expect(train_page.locator("#train-view .ru-head + .ru-bar + p")).to_contain_text("Waits for first", timeout=PATIENCE)
    the_page_answers_while_a_run_computes(train_page, app, "first")
    train_page.locator('#train-runs [data-pick="first"]').click()
    expect(train_page.locator("#train-view svg[data-curve]").first).to_be_visible(timeout=PATIENCE)
    os.kill(run_of(app, "first").process["pid"], signal.SIGKILL)
    state(train_page, "interrupted")
    expect(train_page.locator("#train-view [role=alert]")).to_contain_text("Resume", timeout=PATIENCE)
    train_page.locator("#train-runs [data-pick=first-2]").click()
    state(train_page, "finished")
    train_page.locator('#train-runs [data-draw="first"]').check()
    expect(train_page.locator("#train-view .cu-legend .cu-key")).to_have_count(2, timeout=PATIENCE)
    kept, made = (run_record.read_config(run_of(app, one).folder) for one in ("first", "first-2"))
    assert {**kept, "name": "first-2", "steps": 2} == made


def the_page_answers_while_a_run_computes(page: Page, app: App, name: str) -> None:
    page.get_by_role("tab", name="Talk").click()
    talk_yourself(page)
    say(page, "Hello, where is my order?")
    page.get_by_role("tab", name="Train").click()
    assert run_of(app, name).live


def test_the_words_of_a_spoken_rollout_are_heard(train_page: Page, app: App) -> None:
    domain = load_domain("retail")
    task = domain.tasks("dev")[0]
    parts = wiring.make_agent("scripted", task, domain), wiring.make_user(task)
    episode = Conversation(task, domain, *parts, judge=wiring.make_judge(domain)).run()
    tone = audio.Audio((0.1 * np.sin(np.arange(16_000 * 8) / 10)).astype(np.float32), 16_000)
    sound = audio.save(tone, app.home / "audio")
    first, *others = episode.turns
    spoken = episode.model_copy(update={"turns": (first.model_copy(update={"audio": sound}), *others)})
    run = Runs(app.home / "runs").create("aloud", {"steps": 1})
    row = {"step": 1, "reward": 15.0, "explained": "10 × 1 + 5 = 15", "episode": spoken.model_dump(mode="json")}
    (run.folder / run_record.SAMPLES).write_text(json.dumps(row) + "\n")
    train_page.locator("#train-runs [data-pick=aloud]").click(timeout=PATIENCE)
    expect(train_page.locator("#train-view .ru-head h2")).to_have_text("aloud", timeout=PATIENCE)
    train_page.locator("#train-view .ru-sample > summary").click(timeout=PATIENCE)
    with train_page.expect_response(lambda answer: sound.path in answer.url, timeout=PATIENCE) as fetched:
        train_page.locator("#train-view .ev-play").first.click()
    assert fetched.value.ok
    expect(train_page.locator("#train-view")).to_have_attribute("data-playing", re.compile(re.escape(sound.path)))


def test_a_run_is_deleted_only_when_it_is_said_twice(train_page: Page, app: App) -> None:
    Runs(app.home / "runs").create("old", {"steps": 1})
    train_page.locator("#train-runs [data-pick=old]").click(timeout=PATIENCE)
    expect(train_page.locator("#train-view .ru-head h2")).to_have_text("old", timeout=PATIENCE)
    train_page.locator("#train-delete").click()
    expect(train_page.locator("#train-delete")).to_contain_text("Really delete old?", timeout=PATIENCE)
    assert (app.home / "runs" / "old").exists()
    train_page.locator("#train-delete").click()
    expect(train_page.locator("#train-runs [data-pick=old]")).to_have_count(0, timeout=PATIENCE)
    assert not (app.home / "runs" / "old").exists()


def test_on_a_phone_nothing_is_wider_than_the_screen(browser: Browser, app: App) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(app.url)
    to_train(page)
    assert not overflows(page)
    context.close()

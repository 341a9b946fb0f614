"""The Compare tab as a visitor finds it: no weights, the scripted agent against one that does nothing, by text."""

import re
import sqlite3

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.talking import PATIENCE, App, overflows, tell_both

pytestmark = pytest.mark.browser


def open_compare(page: Page) -> None:
    page.get_by_role("tab", name="Compare").click()
    page.locator("#cmp-agent-a input").wait_for(timeout=PATIENCE)


def choose(page: Page, dropdown: str, title: str) -> None:
    box = page.locator(f"{dropdown} input")
    box.click()
    page.get_by_role("option", name=title, exact=True).click()
    expect(box).to_have_value(title)
    expect(page.get_by_role("option")).to_have_count(0)  # a list fades out: two open ones offer the same names


def name_of(page: Page, side: str) -> Locator:
    """Its heading: while an event is under way, the component beside it has the event's seconds, which nobody sees."""
    return page.locator(f"#cmp-name-{side} .cmp-name")


def test_a_message_goes_to_two_hidden_agents_and_a_vote_names_them_and_is_counted(page: Page, app: App) -> None:
    open_compare(page)
    choose(page, "#cmp-agent-a", "Scripted demo")
    choose(page, "#cmp-agent-b", "null")
    expect(name_of(page, "a")).to_contain_text("hidden", timeout=PATIENCE)
    expect(page.locator("#cmp-vote-a")).to_be_disabled()
    tell_both(page, "Hello, I would like to cancel an order.")
    for side in "ab":
        expect(page.locator(f"#cmp-transcript-{side} .ev-badge").first).to_be_visible()
        expect(page.locator(f"#cmp-evidence-{side}")).to_contain_text("Reward so far")
        expect(page.locator(f"#cmp-evidence-{side}")).to_contain_text("Nothing has been changed yet.")
        expect(name_of(page, side)).to_contain_text("hidden")
    page.locator("#cmp-vote-a").click()
    expect(name_of(page, "a")).to_contain_text("your choice", timeout=PATIENCE)
    named = {re.sub(r"^[AB]\s*|\s*your choice$", "", name_of(page, side).inner_text()).strip() for side in "ab"}
    assert named == {"scripted", "null"}
    expect(page.locator("#cmp-vote-b")).to_be_disabled()
    expect(page.locator("#cmp-standings tbody tr")).to_have_count(2, timeout=PATIENCE)
    with sqlite3.connect(app.home / "episodes.sqlite") as database:
        assert database.execute("select choice, blind, messages from votes").fetchall() == [("a", 1, 1)]
        assert database.execute(
            "select count(*) from episodes, votes where episodes.id in (episode_a, episode_b)"
        ).fetchone() == (2,)


def test_a_second_click_shows_a_recorded_difference_with_the_turn_that_goes_wrong_in_view(page: Page) -> None:
    open_compare(page)
    page.locator(".cmp-show").click()
    left, right = page.locator("#cmp-transcript-a"), page.locator("#cmp-transcript-b")
    expect(left.locator(".ev-end")).to_contain_text("Goal not reached", timeout=PATIENCE)
    expect(right.locator(".ev-end")).to_contain_text("Goal reached", timeout=PATIENCE)
    wrong = left.locator(".tl-item:has(.ev-row .ev-badge.ev-s0)")
    expect(wrong).to_have_count(1)
    expect(wrong).to_be_in_viewport(ratio=0.6)
    assert wrong.evaluate("one => getComputedStyle(one).boxShadow") != "none"
    expect(right.locator(".ev-badge.ev-s0")).to_have_count(0)
    expect(name_of(page, "b")).to_contain_text("omni-mini-tarl")
    expect(page.locator("#cmp-notice")).to_contain_text("chosen because the two differ")
    page.locator("#cmp-back").click()
    expect(page.locator(".cmp-show")).to_be_visible(timeout=PATIENCE)
    choose(page, "#cmp-agent-b", "null")
    choose(page, "#cmp-agent-a", "Scripted demo")
    said = page.locator("#cmp-prepared [data-pick=say]").inner_text()
    page.locator("#cmp-prepared [data-pick=say]").click()  # the same words to both, live
    for transcript in (left, right):
        expect(transcript.locator(".ev-user")).to_contain_text(said, timeout=PATIENCE)
    expect(page.locator(".cmp-show")).to_be_hidden(timeout=PATIENCE)


def test_a_head_to_head_survives_a_reload_and_replays_from_where_the_agents_differ(page: Page) -> None:
    open_compare(page)
    choose(page, "#cmp-agent-a", "Scripted demo")
    choose(page, "#cmp-agent-b", "null")
    page.locator("#cmp-limit input").fill("2")
    page.locator("#cmp-start").click()
    expect(page.locator("#cmp-outcome")).to_contain_text("of 4 calls", timeout=PATIENCE)
    page.reload()
    open_compare(page)
    expect(page.locator("#cmp-outcome")).to_contain_text("Finished: 4 of 4 calls", timeout=PATIENCE)
    expect(page.locator("#cmp-outcome")).to_contain_text("only A 2")
    expect(page.locator("#cmp-outcome")).to_contain_text("p = 0.500")
    expect(page.locator("#cmp-pairs .cmp-pair")).to_have_count(2)
    page.locator("#cmp-pairs .cmp-pair").first.click()
    expect(name_of(page, "a")).to_contain_text("scripted", timeout=PATIENCE)
    expect(name_of(page, "b")).to_contain_text("null")
    expect(page.locator("#cmp-transcript-a .ev-end")).to_contain_text("Goal reached", timeout=PATIENCE)
    expect(page.locator("#cmp-transcript-b .ev-end")).to_contain_text("Goal not reached", timeout=PATIENCE)
    page.locator("#cmp-back").click()
    expect(page.locator("#cmp-transcript-a")).to_contain_text("Two agents, one customer", timeout=PATIENCE)


def test_an_agent_against_itself_is_refused_in_words(page: Page) -> None:
    open_compare(page)
    choose(page, "#cmp-agent-b", "null")
    choose(page, "#cmp-agent-a", "null")
    expect(page.locator("#cmp-notice")).to_contain_text("two different agents", timeout=PATIENCE)
    page.locator("#cmp-start").click()
    expect(page.locator("#cmp-notice")).to_contain_text("two different agents", timeout=PATIENCE)


def test_on_a_phone_the_settings_fold_and_the_two_sides_swipe(browser: Browser, app: App) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=2, has_touch=True)
    phone = context.new_page()
    phone.goto(app.url, timeout=PATIENCE)
    phone.get_by_role("tab", name="Compare").click()
    phone.locator(".cmp-show").wait_for(timeout=PATIENCE)
    expect(phone.locator("#cmp-agent-a input")).to_be_hidden()
    phone.locator("#cmp-options button").click()
    choose(phone, "#cmp-agent-b", "null")
    choose(phone, "#cmp-agent-a", "Scripted demo")
    phone.locator("#cmp-options button").click()
    expect(phone.locator("#cmp-agent-a input")).to_be_hidden()
    below = phone.locator("#cmp-voice .vo-mic").bounding_box()
    assert below is not None
    assert 844 - 80 < below["y"] + below["height"] <= 844  # under the thumb, wherever the page is scrolled to
    tell_both(phone, "Hello, where is my order?")
    assert not overflows(phone)
    left, right = phone.locator("#cmp-a").bounding_box(), phone.locator("#cmp-b").bounding_box()
    assert left is not None
    assert right is not None
    assert abs(left["y"] - right["y"]) < 2  # beside one another
    assert left["width"] < 390 <= right["x"] + right["width"]
    phone.locator("#cmp-sides").evaluate("one => one.scrollTo({ left: 230, behavior: 'instant' })")
    phone.wait_for_function("document.querySelector('#cmp-b').getBoundingClientRect().right <= 391")  # it snaps
    context.close()

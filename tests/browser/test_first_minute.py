"""The first minute of a visitor: the recorded pair, the way from there, a call's end, sentences to click, the lists."""

import re

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.talking import PATIENCE, App, at_rest, say, talk_yourself, users

pytestmark = pytest.mark.browser
DESK: ViewportSize = {"width": 1400, "height": 900}
SOUNDS = "() => performance.getEntriesByType('resource').filter((one) => one.name.includes('tarl/example/')).length"


@pytest.fixture(autouse=True)
def desk(page: Page) -> None:
    page.set_viewport_size(DESK)


def to_the_end(page: Page) -> None:
    expect(page.locator("#tarl-transcript .ev-end")).to_be_visible(timeout=PATIENCE)
    at_rest(page)


def below(page: Page, selector: str) -> float:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["y"] + box["height"]


def test_the_pair_plays_at_one_click_and_nothing_of_its_sound_is_loaded_before(page: Page) -> None:
    before, after = page.locator("[data-side='0']"), page.locator("[data-side='1']")
    wrong = before.locator(".ex-wrong")
    expect(wrong).to_be_in_viewport(timeout=PATIENCE)  # marked, with the judge's reason
    assert len(wrong.locator(".ex-why").inner_text()) > 10
    expect(before.locator(".ex-end")).to_contain_text("Goal not reached")
    expect(after.locator(".ex-end")).to_contain_text(re.compile(r"Goal reached.*\$\d+\.\d\d back"))
    figure = before.locator(".ex-reward b").inner_text()
    assert page.evaluate(SOUNDS) == 0
    page.locator(".ex-play").click()
    expect(before).to_have_attribute("data-now", "", timeout=PATIENCE)
    expect(before.locator(".ex-reward b")).to_have_text("0.0", timeout=PATIENCE)  # it ticks from the beginning
    expect(before.locator(".ex-later").first).to_be_attached()
    page.wait_for_function(SOUNDS, timeout=PATIENCE)
    page.evaluate("document.querySelector('#tarl-example [data-example]').tarlPlayer.currentTime = 28.5")
    expect(after).to_have_attribute("data-now", "", timeout=PATIENCE)  # the first was played until it went wrong
    expect(before.locator(".ex-reward b")).to_have_text(figure)
    page.evaluate("document.querySelector('#tarl-example [data-example]').tarlPlayer.currentTime = 77.9")
    expect(page.locator(".ex-play")).to_contain_text("Play both calls", timeout=PATIENCE)
    expect(after.locator(".ex-reward b")).to_have_text("15.0")
    expect(page.locator(".ex-later")).to_have_count(0)


def test_the_pair_has_a_link_and_its_ends_lead_on(page: Page, app: App) -> None:
    page.goto(f"{app.url}?example")
    expect(page.locator(".ex-play")).to_be_focused(timeout=PATIENCE)
    for step, tab in (("train", "Train"), ("compare", "Compare")):
        page.locator(f".ex-steps [data-go={step}]").click()
        expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true", timeout=PATIENCE)
        page.get_by_role("tab", name="Talk").click()
    page.get_by_text("What is TARL?").click()
    expect(page.locator(".he-what p")).to_contain_text("A judge scores each turn")
    page.locator(".ex-on [data-go=watch]").click()
    to_the_end(page)


def test_the_end_of_a_call_is_on_one_screen_and_nothing_pretends_to_be_usable(page: Page, app: App) -> None:
    page.locator("#tarl-watch").click()
    to_the_end(page)
    expect(page.locator(".ev-sum")).to_have_text(re.compile(r"15\.0 of 15\s+order cancelled, \$112\.67 back"))
    for hidden in ("#tarl-text", "#tarl-send", "#tarl-voice .lv"):
        expect(page.locator(hidden)).to_be_hidden()
    assert page.evaluate("window.scrollY") == 0
    for selector in (".ev-onward", "#tarl-evidence [data-key=reward]", "#tarl-evidence [data-key=verifier]"):
        assert below(page, selector) <= DESK["height"], selector
    assert below(page, "#tarl-buttons") <= DESK["height"]
    link = page.locator(".ev-onward [data-copy]").get_attribute("data-copy")
    first = page.locator("#tarl-task input").input_value()
    page.get_by_role("button", name="Watch another").click()
    expect(page.locator("#tarl-task input")).not_to_have_value(first, timeout=PATIENCE)
    expect(page.locator("#tarl-transcript .ev-user").first).to_be_visible(timeout=PATIENCE)
    other = page.locator("#tarl-task input").input_value()
    assert other != first
    page.goto(f"{app.url}{link}")  # what was shared brings its task
    page.locator("#tarl-talk").click()
    expect(page.locator("#tarl-task input")).to_have_value(first, timeout=PATIENCE)


def test_sentences_to_click_bring_a_person_to_the_goal(page: Page) -> None:
    page.locator("#tarl-talk").click()
    brief = page.locator("#tarl-transcript .ev-brief span")
    expect(brief).to_contain_text("You are the customer.", timeout=PATIENCE)
    height, line = brief.evaluate("one => [one.clientHeight, parseFloat(getComputedStyle(one).lineHeight)]")
    assert height <= 2 * line + 1
    said = page.locator("#tarl-transcript .ev-user")
    for number in range(12):
        sentence = page.locator(".ev-say button")
        expect(sentence.or_(page.locator(".ev-end")).first).to_be_visible(timeout=PATIENCE)
        if page.locator(".ev-end").count() or not sentence.count():
            break
        words = sentence.first.inner_text()
        sentence.first.click()
        expect(said).to_have_count(number + 1, timeout=PATIENCE)
        expect(said.last).to_contain_text(words)
        at_rest(page)
        if page.locator("#tarl-evidence").get_by_text("cancelled", exact=True).count():
            break
    page.locator("#tarl-hang-up").click()
    to_the_end(page)
    expect(page.locator(".ev-end")).to_contain_text("Goal reached")


def test_a_verdict_opens_to_its_rule_with_the_evidence_marked_and_takes_an_answer(page: Page) -> None:
    page.locator("#tarl-watch").click()
    to_the_end(page)
    page.locator("#tarl-transcript .ev-open").nth(2).click()
    why = page.locator("#tarl-transcript .ev-why[open]")
    expect(why).to_contain_text("Decided by")
    expect(page.locator("#tarl-transcript .tl-evidence")).to_have_count(4)  # what was said, two look-ups, the turn itself
    no = why.get_by_role("button", name="No: it is not what was wanted")
    no.click()
    expect(no).to_have_attribute("aria-pressed", "true", timeout=PATIENCE)
    why.get_by_role("button", name="I agree").click()
    expect(no).to_have_attribute("aria-pressed", "false", timeout=PATIENCE)


def test_free_talk_is_one_click_away_and_offers_ways_to_begin(page: Page) -> None:
    page.locator("#tarl-talk").click()
    page.locator(".ev-say button").first.wait_for(timeout=PATIENCE)
    page.locator("#tarl-free").click()
    expect(page.locator(".ev-brief")).to_contain_text("Free talk.", timeout=PATIENCE)
    sentences = page.locator(".ev-say button")
    expect(sentences).to_have_count(4, timeout=PATIENCE)
    sentences.first.click()
    expect(page.locator("#tarl-transcript [data-key^=t] .ev-agent .ev-badge").last).to_have_text("+1", timeout=PATIENCE)


def test_typing_in_the_list_of_tasks_replaces_the_old_text_and_says_when_nothing_is_found(page: Page) -> None:
    page.locator("#tarl-talk").click()
    box = page.locator("#tarl-task input")
    expect(box).to_be_visible(timeout=PATIENCE)
    box.click()
    page.wait_for_function("() => { const one = document.activeElement; return one.selectionEnd - one.selectionStart > 5; }")
    page.keyboard.type("address")
    expect(box).to_have_value("address")
    options = page.locator("#tarl-task [role=option]")
    expect(options.first).to_be_visible()
    assert all("address" in one.lower() for one in options.all_inner_texts())
    page.keyboard.type("zzz")
    expect(options).to_have_count(0)
    said = page.locator("#tarl-task .option-list").evaluate("one => getComputedStyle(one, '::after').content")
    assert "Nothing found" in said


PICK_AT_ONCE = """async () => {
  const until = async (look) => {
    for (;;) { const one = look(); if (one) return one; await new Promise((go) => setTimeout(go, 3)); }
  };
  document.querySelector('#tarl-talk').click();
  const input = await until(() => [...document.querySelectorAll('#tarl-domain input')].find((one) => one.offsetParent));
  input.focus();
  const named = (one) => one.textContent.includes('Airline');
  const option = await until(() => [...document.querySelectorAll('#tarl-domain [role=option]')].find(named));
  option.dispatchEvent(new MouseEvent('mousedown', { bubbles: true, cancelable: true }));
}"""


def test_a_domain_that_is_picked_as_soon_as_it_is_there_is_the_one_that_is_called(page: Page) -> None:
    page.evaluate(PICK_AT_ONCE)
    expect(page.locator("#tarl-evidence")).to_contain_text("Your customer number is", timeout=PATIENCE)
    expect(page.locator("#tarl-domain input")).to_have_value("Airline", timeout=PATIENCE)
    expect(page.locator("#tarl-task input")).to_have_value(re.compile("Heloise Whetu"), timeout=PATIENCE)


def test_a_list_that_is_left_without_a_choice_keeps_the_call(page: Page) -> None:
    talk_yourself(page)
    say(page, "Hello, I need help with my order.")
    for name in ("agent", "domain", "task"):
        page.locator(f"#tarl-{name} input").focus()
        page.locator("#tarl-text textarea").focus()
    say(page, "Are you still there?")
    assert len(users(page)) == 2

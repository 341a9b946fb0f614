"""The Talk tab as a visitor finds it: no weights, the scripted agent, by text."""

import json
import urllib.request
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.talking import PATIENCE, App, agents, at_rest, choose_sound_file, overflows, say, talk_yourself, users

pytestmark = pytest.mark.browser


def test_a_first_visit_says_what_this_is_and_offers_two_buttons(page: Page) -> None:
    expect(page.locator("#tarl-scene h2")).to_contain_text("A customer calls a shop")
    expect(page.locator("#tarl-begin button")).to_have_count(2)
    expect(page.locator("#tarl-work")).to_be_hidden()


def test_the_page_loads_nothing_from_elsewhere(browser: Browser, app: App) -> None:
    context = browser.new_context()
    opened, asked = context.new_page(), []
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(app.url)
    opened.locator("#tarl-watch").wait_for()
    talk_yourself(opened)
    context.close()
    assert [url for url in asked if not url.startswith((app.url, "data:", "blob:"))] == []


COUNTING = """window.asked = 0;
const give = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (draw) => { window.asked += 1; return give(draw); };"""


def test_an_idle_page_asks_for_no_frames(browser: Browser, app: App) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(COUNTING)
    errors: list[object] = []

    def note(error: object) -> None:
        errors.append(error)

    page.on("pageerror", note)
    page.goto(app.url)
    page.locator("#tarl-watch").wait_for(timeout=PATIENCE)
    page.wait_for_timeout(4000)  # the loading screen is gone, and its loop with it
    before = page.evaluate("window.asked")
    page.wait_for_timeout(4000)
    asked = page.evaluate("window.asked") - before
    context.close()
    assert asked < 120  # a loop asks for one 60 times a second
    assert errors == []


def test_parts_that_cannot_load_say_why_and_what_to_do(page: Page) -> None:
    expect(page.locator("#tarl-states .st-failed").first).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#tarl-states .st-reasons")).to_contain_text("assets fetch", timeout=PATIENCE)


def test_the_next_page_comes_with_the_states_so_that_nothing_moves_under_a_finger(page: Page, app: App) -> None:
    expect(page.locator("#tarl-states .st-failed")).to_have_count(2, timeout=PATIENCE)
    with urllib.request.urlopen(app.url) as answer:
        assert "TARL_ASSET_WHISPER_TINY_EN" in answer.read().decode()  # the reason, in full


def test_watching_a_call_ends_with_verdicts_reward_checks_and_a_database_difference(page: Page) -> None:
    page.locator("#tarl-watch").click()
    expect(page.locator(".ev-end")).to_be_visible(timeout=PATIENCE)
    at_rest(page)
    expect(page.locator(".ev-end")).to_contain_text("Goal reached")
    expect(page.locator("#tarl-transcript .ev-user").first).to_be_visible()
    agent_turns = page.locator("#tarl-transcript .ev-agent").count()
    assert agent_turns >= 4
    expect(page.locator("#tarl-transcript .ev-badge")).to_have_count(agent_turns)
    expect(page.locator("#tarl-evidence .ev-verdicts li")).to_have_count(agent_turns)
    expect(page.locator("#tarl-evidence .ev-reward tfoot")).to_contain_text("15.0")
    expect(page.locator("#tarl-evidence .ev-checks .ev-ok").first).to_be_visible()
    expect(page.locator("#tarl-evidence .ev-change ins").first).to_be_visible()


def test_a_tool_card_opens_to_arguments_and_json_and_stays_open_while_the_call_goes_on(page: Page) -> None:
    page.locator("#tarl-watch").click()
    card = page.locator("#tarl-transcript details.ev-card").first
    card.wait_for(timeout=PATIENCE)
    card.locator("summary").first.click()
    expect(card.locator("dl.ev-facts").first).to_be_visible()
    card.locator("details summary").click()
    assert json.loads(card.locator("pre").first.inner_text())["name"].startswith("find_user_id")
    expect(page.locator(".ev-end")).to_be_visible(timeout=PATIENCE)
    expect(card.locator("pre").first).to_be_visible()


def test_a_person_talks_by_text_and_the_agent_answers_with_a_verdict(page: Page) -> None:
    talk_yourself(page)
    expect(page.locator("#tarl-evidence")).to_contain_text("What you want")
    say(page, "Hello, I need help with my order.")
    assert users(page) == ["Hello, I need help with my order."]
    assert len(agents(page)) == 1
    expect(page.locator("#tarl-transcript .ev-agent .ev-badge")).to_have_count(1)
    expect(page.locator("#tarl-transcript .ev-latency")).to_contain_text(" s")
    assert page.locator("#tarl-text textarea").input_value() == ""


def test_undo_takes_the_turn_back_into_the_text_box(page: Page) -> None:
    talk_yourself(page)
    say(page, "Hello, my name is Ana.")
    page.locator("#tarl-undo").click()
    expect(page.locator("#tarl-transcript .ev-user")).to_have_count(0, timeout=PATIENCE)
    expect(page.locator("#tarl-transcript .ev-agent")).to_have_count(0)
    expect(page.locator("#tarl-text textarea")).to_have_value("Hello, my name is Ana.")
    expect(page.locator("#tarl-undo")).to_be_disabled()


def test_retry_asks_again_with_the_same_words(page: Page) -> None:
    talk_yourself(page)
    say(page, "Hello, I have a question.")
    page.locator("#tarl-retry").click()
    page.wait_for_timeout(300)
    expect(page.locator("#tarl-transcript .ev-agent .ev-text").first).to_be_visible(timeout=PATIENCE)
    at_rest(page)
    assert users(page) == ["Hello, I have a question."]


def test_the_simulator_takes_over_and_hands_back(slow_page: Page) -> None:
    page = slow_page
    talk_yourself(page)
    say(page, "Hello, I need some help, please.")
    page.locator("#tarl-take-over").click()
    expect(page.locator("#tarl-take-over")).to_contain_text("Take back", timeout=PATIENCE)
    page.locator("#tarl-transcript .ev-user").nth(1).wait_for(timeout=PATIENCE)
    page.locator("#tarl-take-over").click()
    at_rest(page)
    expect(page.locator("#tarl-take-over")).to_contain_text("Let the simulator take over", timeout=PATIENCE)
    expect(page.locator("#tarl-customer input[value=me]")).to_be_checked()


def test_stop_ends_a_watched_call_at_once_and_says_so(slow_page: Page) -> None:
    page = slow_page
    page.locator("#tarl-watch").click()
    page.locator("#tarl-transcript .ev-user").first.wait_for(timeout=PATIENCE)
    page.locator("#tarl-stop").click()
    at_rest(page)
    expect(page.locator("#tarl-notice")).to_contain_text("Stopped", timeout=PATIENCE)
    said = len(users(page))
    page.wait_for_timeout(1500)
    assert len(users(page)) == said


def test_hanging_up_brings_the_verifier(page: Page) -> None:
    talk_yourself(page)
    say(page, "Hello, is anybody there?")
    page.locator("#tarl-hang-up").click()
    expect(page.locator(".ev-end")).to_contain_text("Goal not reached", timeout=PATIENCE)
    expect(page.locator("#tarl-evidence .ev-checks .ev-bad").first).to_be_visible()


def test_what_people_type_is_shown_and_never_run(page: Page) -> None:
    talk_yourself(page)
    attack = "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script> ${7*7} {{7*7}}"
    say(page, attack)
    assert users(page) == [attack]
    assert page.locator("#tarl-transcript img, #tarl-transcript script").count() == 0
    assert page.title() != "broken"


def test_a_text_of_100_kb_is_refused_and_the_call_goes_on(page: Page) -> None:
    talk_yourself(page)
    say(page, "Hello there.")
    page.locator("#tarl-text textarea").fill("word " * 20_000)
    page.locator("#tarl-send").click()
    expect(page.locator("#tarl-notice")).to_contain_text("100,000 characters", timeout=PATIENCE)
    assert users(page) == ["Hello there."]
    say(page, "I am still here.")
    assert users(page) == ["Hello there.", "I am still here."]


def test_nothing_to_send_is_said(page: Page) -> None:
    talk_yourself(page)
    page.locator("#tarl-send").click()
    expect(page.locator("#tarl-notice")).to_contain_text("nothing to send", timeout=PATIENCE)


def test_a_corrupt_sound_file_is_refused_and_the_call_goes_on(page: Page, tmp_path: Path) -> None:
    talk_yourself(page)
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF" + bytes(range(256)) * 40)
    choose_sound_file(page, broken)
    expect(page.locator("#tarl-notice")).to_contain_text("cannot be read", timeout=PATIENCE)
    say(page, "I will type instead.")


def test_ten_minutes_of_noise_are_refused_and_the_call_goes_on(page: Page, tmp_path: Path) -> None:
    talk_yourself(page)
    noise = tmp_path / "noise.wav"
    soundfile.write(noise, np.random.default_rng(0).normal(0, 0.1, 600 * 8000).astype(np.float32), 8000)
    choose_sound_file(page, noise)
    expect(page.locator("#tarl-notice")).to_contain_text("600 s long", timeout=PATIENCE)
    say(page, "I will type instead.")


def test_two_visitors_do_not_see_each_other(browser: Browser, app: App) -> None:
    contexts = [browser.new_context(), browser.new_context()]
    first, second = (context.new_page() for context in contexts)
    for one in (first, second):
        one.goto(app.url)
        one.locator("#tarl-talk").wait_for()
        talk_yourself(one)
    say(first, "This is the first visitor.")
    say(second, "This is the second visitor.")
    assert users(first) == ["This is the first visitor."]
    assert users(second) == ["This is the second visitor."]
    for context in contexts:
        context.close()


def test_a_visitor_is_served_while_another_watches(browser: Browser, slow_app: App) -> None:
    contexts = [browser.new_context(), browser.new_context()]
    watching, talking = (context.new_page() for context in contexts)
    for one in (watching, talking):
        one.goto(slow_app.url)
        one.locator("#tarl-talk").wait_for()
    watching.locator("#tarl-watch").click()
    watching.locator("#tarl-transcript .ev-user").first.wait_for(timeout=PATIENCE)
    talk_yourself(talking)
    say(talking, "Do I have to wait?")
    expect(watching.locator(".ev-end")).to_have_count(0)
    for context in contexts:
        context.close()


def test_after_a_reload_the_page_is_fresh_and_the_unfinished_call_is_stored(page: Page) -> None:
    talk_yourself(page)
    say(page, "I am about to reload the page.")
    page.reload()
    page.locator("#tarl-watch").wait_for()
    talk_yourself(page)
    assert users(page) == []
    say(page, "Here I am again.")
    page.locator("#tarl-stored-list input").click()
    expect(page.locator("ul[role=listbox]")).to_contain_text("not finished")


def test_a_finished_call_can_be_opened_again_and_is_read_only(page: Page) -> None:
    talk_yourself(page)
    say(page, "Remember this call, please.")
    page.locator("#tarl-hang-up").click()
    expect(page.locator(".ev-end")).to_be_visible(timeout=PATIENCE)
    at_rest(page)
    page.reload()
    page.locator("#tarl-watch").wait_for()
    page.locator("#tarl-stored-list input").click()
    page.locator("ul[role=listbox] li").first.click()
    expect(page.locator("#tarl-notice")).to_contain_text("read only", timeout=PATIENCE)
    assert users(page) == ["Remember this call, please."]
    expect(page.locator("#tarl-undo")).to_be_disabled()


def test_a_call_can_be_downloaded(page: Page, tmp_path: Path) -> None:
    talk_yourself(page)
    say(page, "May I have this in writing?")
    with page.expect_download() as caught:
        page.locator("#tarl-download a").click()
    path = tmp_path / "call.zip"
    caught.value.save_as(path)
    with zipfile.ZipFile(path) as folder:
        episode = json.loads(folder.read("episode.json"))
    assert episode["turns"][0]["text"] == "May I have this in writing?"


def test_keys_alone_are_enough(page: Page) -> None:
    page.locator("#tarl-talk").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#tarl-transcript")).to_contain_text("The line is open", timeout=PATIENCE)
    page.locator("#tarl-text textarea").focus()
    page.keyboard.type("I type and press Enter.")
    page.keyboard.press("Enter")
    expect(page.locator("#tarl-transcript .ev-user")).to_contain_text("I type and press Enter.", timeout=PATIENCE)


def test_a_click_is_answered_even_when_the_stream_of_answers_closes_at_that_moment(page: Page) -> None:
    address = page.url
    closed: list[str] = []

    def close_once(route: Route) -> None:
        if closed:
            route.continue_()
        else:
            closed.append(route.request.url)
            route.fulfill(content_type="text/event-stream", body='data: {"msg":"close_stream"}\n\n')

    for _ in range(5):  # while a stream of the pulse's is open, the click is answered on that one: another visit
        expect(page.locator("#tarl-states .st-failed").first).to_be_visible(timeout=PATIENCE)
        page.wait_for_timeout(2_000)  # the page rests: nothing but its pulse opens a stream
        page.route("**/queue/data*", close_once)
        talk_yourself(page)
        page.unroute("**/queue/data*", close_once)
        if closed:
            return
        page.evaluate("localStorage.clear(); sessionStorage.clear()")
        page.goto("about:blank")
        page.goto(address)
        page.locator("#tarl-watch").wait_for(timeout=PATIENCE)
    raise AssertionError("In five visits no click opened a stream of answers.")


def test_on_a_phone_nothing_scrolls_sideways(browser: Browser, app: App) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, device_scale_factor=2, has_touch=True)
    phone = context.new_page()
    phone.goto(app.url)
    phone.locator("#tarl-watch").wait_for()
    assert not overflows(phone)
    phone.locator("#tarl-watch").click()
    expect(phone.locator(".ev-end")).to_be_visible(timeout=PATIENCE)
    assert not overflows(phone)
    left, right = phone.locator("#tarl-left").bounding_box(), phone.locator("#tarl-right").bounding_box()
    assert left is not None
    assert right is not None
    assert right["y"] >= left["y"] + left["height"] - 1  # columns stack
    context.close()


def _luminance(colour: str) -> float:
    channels = [int(part) / 255 for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_light_and_dark(browser: Browser, app: App, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme)
    opened = context.new_page()
    opened.goto(app.url)
    opened.locator("#tarl-watch").click()
    expect(opened.locator(".ev-end")).to_be_visible(timeout=PATIENCE)
    pairs = opened.evaluate(
        """() => ['.ev-user .ev-text', '.ev-agent .ev-text', '.ev-badge', '.ev-end', '.ev-latency', '.ev-want',
          '.ev-diff ins', '.ev-answer', '.ev-reason', '.he p', '.ev-onward button'].map((selector) => {
            const node = document.querySelector(selector);
            const clear = (one) => /rgba\\(.*, 0\\)|transparent/.test(getComputedStyle(one).backgroundColor);
            let ground = node;
            while (ground && clear(ground)) ground = ground.parentElement;
            return [selector, getComputedStyle(node).color, getComputedStyle(ground || document.body).backgroundColor];
          })"""
    )
    context.close()
    for selector, text, ground in pairs:
        bright, dim = sorted((_luminance(text), _luminance(ground)), reverse=True)
        assert (bright + 0.05) / (dim + 0.05) >= 4.5, f"{selector}: {text} on {ground}"


def test_everything_the_app_writes_lies_in_its_home(page: Page, app: App, tmp_path: Path) -> None:
    talk_yourself(page)
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"no sound")
    choose_sound_file(page, broken)
    expect(page.locator("#tarl-notice")).to_contain_text("cannot be read", timeout=PATIENCE)
    assert (app.home / "episodes.sqlite").exists()
    assert [path for path in app.user_home.rglob("*") if path.is_file()] == []
    assert list((app.home / "uploads").rglob("*.wav")) == []  # an upload is read and deleted


def test_a_visitor_can_switch_between_light_and_dark(page: Page) -> None:
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator(".he-theme").click()
    page.wait_for_function("old => getComputedStyle(document.body).backgroundColor !== old", arg=before, timeout=PATIENCE)
    page.locator(".he-theme").click()
    page.wait_for_function("old => getComputedStyle(document.body).backgroundColor === old", arg=before, timeout=PATIENCE)

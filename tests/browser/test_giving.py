"""A visitor gives a recording of what they said, with their own words for it, and takes it back."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tarl_app import assets
from tarl_app.speech import load_voice
from tests.browser.talking import PATIENCE, App, at_rest, choose_sound_file, talk_yourself

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


def test_a_recording_is_given_by_choice_alone_and_taken_back(
    page: Page, start_app: Callable[..., App], tmp_path: Path
) -> None:
    name = "whisper-tiny.en"
    ears = {f"asset_{assets.override_key(name)}": str(assets.fetch(name))}
    app = start_app(agent="scripted", offline="1", collect_recordings="1", **ears)
    spoken = tmp_path / "said.wav"
    spoken.write_bytes(load_voice("pico:en-US").say("I would like to cancel my order.").wav())
    given = app.home / "recordings"

    page.goto(app.url)
    expect(page.locator("#tarl-states .st-ready").first).to_be_visible(timeout=2 * PATIENCE)
    talk_yourself(page)
    page.get_by_role("button", name="Give a recording of your voice").click()
    expect(page.locator("#tarl-giving-said")).to_contain_text("said nothing aloud", timeout=PATIENCE)
    choose_sound_file(page, spoken)
    expect(page.locator("#tarl-transcript .ev-agent").first).to_be_visible(timeout=PATIENCE)
    at_rest(page)
    page.locator("#tarl-giving-which input").click()
    page.get_by_role("option").filter(has_text="cancel my order").click()
    words = page.locator("#tarl-giving-words").get_by_role("textbox")
    expect(words).to_have_value(re.compile("^I would like to cancel my order"), timeout=PATIENCE)
    words.fill("I'd like to cancel my order.")
    page.locator("#tarl-giving-give").click()
    expect(page.locator("#tarl-giving-said")).to_contain_text("Tick that it is your own voice", timeout=PATIENCE)
    assert not given.exists()

    page.locator("#tarl-giving-consent input").check()
    page.locator("#tarl-giving-give").click()
    expect(page.locator("#tarl-giving-said")).to_contain_text("Thank you", timeout=PATIENCE)
    assert (given / "recordings.tsv").read_text().endswith("\tI'd like to cancel my order.\n")
    assert len(list(given.glob("*.wav"))) == 1
    page.locator("#tarl-giving-take-back").click()
    expect(page.locator("#tarl-giving-said")).to_contain_text("It is deleted", timeout=PATIENCE)
    assert list(given.glob("*.wav")) == []

"""Watching a simulated call: the customer's voice, background and speed are switched while it goes on."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tarl_app import assets
from tests.browser.talking import PATIENCE, App, overflows, users

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def speaking_app(start_app: Callable[..., App]) -> App:
    """The scripted agent with ears and a quick voice."""
    name = "whisper-tiny.en"
    return start_app(agent="scripted", voice="pico:en-US", **{f"asset_{assets.override_key(name)}": str(assets.fetch(name))})


def pick(page: Page, where: str, name: str) -> None:
    page.locator(f"{where} input").click()
    page.get_by_role("option", name=name, exact=True).click()


def test_voice_background_and_speed_are_live_switches(page: Page, speaking_app: App) -> None:
    page.goto(speaking_app.url)
    expect(page.locator("#tarl-states .st-ready")).to_have_count(2, timeout=2 * PATIENCE)
    page.locator("#tarl-watch").click()
    page.get_by_role("button", name="Watching: the customer's voice, background and speed").click()
    pick(page, "#tarl-persona", "A woman, Pico")
    pick(page, "#tarl-background", "A cafe")
    expect(page.locator("#tarl-transcript .ev-user").first).to_be_visible(timeout=2 * PATIENCE)
    assert not overflows(page)
    expect(page.locator("#tarl-hang-up")).to_be_enabled(timeout=PATIENCE)  # it is still going on, as it is heard
    page.get_by_label("As fast as possible").check()
    expect(page.locator("#tarl-hang-up")).to_be_disabled(timeout=4 * PATIENCE)
    assert len(users(page)) >= 2
    expect(page.locator("#tarl-notice")).to_have_text(re.compile(r"^\s*$"), timeout=PATIENCE)

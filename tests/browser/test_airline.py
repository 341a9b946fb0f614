"""A second domain on the page: picked, watched to its end, its tool cards and changes shown in its own words."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.talking import PATIENCE, at_rest, talk_yourself

pytestmark = pytest.mark.browser


def pick_airline(page: Page) -> None:
    page.locator("#tarl-domain input").click()
    page.get_by_role("option", name="Airline").click()
    expect(page.locator("#tarl-evidence")).to_contain_text("Your customer number is", timeout=PATIENCE)


def test_an_airline_call_is_watched_to_its_end(page: Page) -> None:
    talk_yourself(page)
    pick_airline(page)
    page.locator("#tarl-task input").click()
    page.get_by_role("option").filter(has_text="Cancellation").first.click()
    expect(page.locator("#tarl-evidence")).to_contain_text("cancel", timeout=PATIENCE)
    page.get_by_role("button", name="Let the simulator take over").click()
    expect(page.locator(".ev-end")).to_be_visible(timeout=PATIENCE)
    at_rest(page)
    expect(page.locator(".ev-end")).to_contain_text("Goal reached")
    expect(page.locator("#tarl-transcript details.ev-card").first).to_be_visible()
    expect(page.locator("#tarl-evidence .ev-change ins").first).to_be_visible()

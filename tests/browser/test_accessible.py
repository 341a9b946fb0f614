"""axe-core finds nothing serious on any tab, in light and dark, at a desk and on a phone; keys alone reach every tab."""

from collections.abc import Sequence
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect

from tests.browser.talking import PATIENCE

pytestmark = pytest.mark.browser
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")
ALL = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
"""Contrast (4.5 : 1) and the size of targets (24 px) are among them."""
CONTRAST = ("color-contrast",)
TABS = ("Compare", "Evaluate", "Train", "Talk")


def serious(page: Page, rules: Sequence[str]) -> list[str]:
    """What axe-core finds by those rules and rates serious or worse, a line each."""
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate(AXE)
    how = {"runOnly": [*rules], "resultTypes": ["violations"]}
    found = page.evaluate("how => axe.run(document, how)", how)["violations"]
    return [
        f"{one['id']}: {node['target']} {node.get('failureSummary', '')}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def to(page: Page, tab: str) -> None:
    page.get_by_role("tab", name=tab).click()
    if tab == "Train":
        expect(page.locator("#train-start")).to_be_enabled(timeout=PATIENCE)
    page.wait_for_timeout(250)


def dark(page: Page) -> None:
    """To dark, or back to light."""
    page.locator(".he-theme").click()
    page.wait_for_timeout(250)


def a_call_that_has_ended(page: Page) -> None:
    page.locator("#tarl-take-over").click()
    page.locator("#tarl-transcript .ev-end").wait_for(timeout=PATIENCE)
    expect(page.locator("#tarl-stop")).to_be_disabled(timeout=PATIENCE)


def test_at_a_desk_axe_finds_nothing_serious_on_any_tab_in_light_and_dark(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce", color_scheme="light")
    page.set_viewport_size({"width": 1400, "height": 900})
    page.locator(".ex-play").wait_for(timeout=PATIENCE)
    found = {"first screen": serious(page, ALL)}
    page.locator("#tarl-talk").click()
    page.locator(".ev-say button").first.wait_for(timeout=PATIENCE)
    found["talking"] = serious(page, ALL)
    a_call_that_has_ended(page)
    for tab in TABS:
        to(page, tab)
        found[f"{tab}, light"] = serious(page, ALL)
        dark(page)
        found[f"{tab}, dark"] = serious(page, CONTRAST)
        dark(page)
    assert {place: lines for place, lines in found.items() if lines} == {}


def test_on_a_phone_axe_finds_nothing_serious_on_any_tab_in_dark(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce", color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator(".ex-play").wait_for(timeout=PATIENCE)
    dark(page)
    found = {"first screen": serious(page, ALL)}
    page.locator("#tarl-talk").click()
    page.locator(".ev-say button").first.wait_for(timeout=PATIENCE)
    a_call_that_has_ended(page)
    for tab in TABS:
        to(page, tab)
        found[tab] = serious(page, ALL)
    assert {place: lines for place, lines in found.items() if lines} == {}


def test_keys_alone_reach_every_tab_and_its_first_control(page: Page) -> None:
    for tab, first in (
        ("Compare", "#cmp-agent-a"),
        ("Evaluate", "#eval-agents"),
        ("Train", "#train-preset"),
        ("Talk", "#tarl-watch"),
    ):
        page.get_by_role("tab", name=tab).focus()
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        page.keyboard.press("Enter")
        expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true", timeout=PATIENCE)
        expect(page.locator(first)).to_be_visible(timeout=PATIENCE)
        for _ in range(14):
            page.keyboard.press("Tab")
            if page.evaluate("one => Boolean(document.activeElement.closest(one))", first):
                break
        else:
            pytest.fail(f"14 times Tab did not reach {first}")
        assert outline != "none"

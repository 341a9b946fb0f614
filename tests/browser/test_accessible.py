"""axe-core finds nothing serious on any tab, in light and dark, at a desk and on a phone; keys alone reach every tab."""

from collections.abc import Callable, Sequence
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.left_behind import a_head_to_head, a_run, an_evaluation, an_exam
from tests.browser.talking import PATIENCE, App

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")
ALL = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
"""Contrast (4.5 : 1) and the size of targets (24 px) are among them."""
CONTRAST = ("color-contrast",)
SIZE: ViewportSize = {"width": 1400, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
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


def in_light_and_dark(page: Page, place: str) -> dict[str, list[str]]:
    """Of the rules, the one about contrast alone depends on the colours."""
    found = {f"{place}, light": serious(page, ALL)}
    dark(page)
    found[f"{place}, dark"] = serious(page, CONTRAST)
    dark(page)
    return found


def with_all_there_is(page: Page, tab: str) -> None:
    """Opens what a tab shows only when somebody asks for it."""
    to(page, tab)
    if tab == "Compare":
        expect(page.locator("#cmp-outcome")).to_contain_text("Finished", timeout=PATIENCE)
        page.locator("#cmp-pairs .cmp-pair").first.click()
        expect(page.locator("#cmp-transcript-b .ev-row").first).to_be_attached(timeout=PATIENCE)
    elif tab == "Evaluate":
        page.locator("#eval-board [data-pick^='key|']").first.click()
        page.locator("#eval-episodes li button").first.click()
        page.locator("#eval-cases summary").click()
        page.locator("#eval-cases li button").first.click()
        expect(page.locator("#eval-case .ev-agent").first).to_be_visible(timeout=PATIENCE)
        expect(page.locator("#eval-episode .ev-agent").first).to_be_visible(timeout=PATIENCE)
    elif tab == "Train":
        expect(page.locator("#train-view svg[data-curve]").first).to_be_visible(timeout=PATIENCE)
    else:
        page.locator("#tarl-take-over").click()
        page.locator("#tarl-transcript .ev-end").wait_for(timeout=PATIENCE)
        expect(page.locator("#tarl-stop")).to_be_disabled(timeout=PATIENCE)
    page.wait_for_timeout(250)


@pytest.fixture(scope="module")
def lived_in(start_app: Callable[..., App], tmp_path_factory: pytest.TempPathFactory) -> App:
    """An app with results to be looked at."""
    home = tmp_path_factory.mktemp("lived-in")
    a_run(home, "mine")
    an_evaluation(home)
    an_exam(home)
    a_head_to_head(home)
    return start_app(offline="1", agent="scripted", pause="0.1", home=str(home))


@pytest.mark.parametrize("size", [SIZE, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_serious_on_any_tab_in_light_and_dark(lived_in: App, page: Page, size: ViewportSize) -> None:
    page.emulate_media(reduced_motion="reduce", color_scheme="light")
    page.set_viewport_size(size)
    page.goto(lived_in.url)
    page.locator(".ex-play").wait_for(timeout=PATIENCE)
    found = in_light_and_dark(page, "first screen")
    page.locator("#tarl-talk").click()
    page.locator(".ev-say button").first.wait_for(timeout=PATIENCE)
    found |= in_light_and_dark(page, "talking")
    for tab in TABS:
        with_all_there_is(page, tab)
        found |= in_light_and_dark(page, tab)
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

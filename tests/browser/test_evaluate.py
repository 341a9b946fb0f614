"""The Evaluate tab against the real app: a measurement in the background, a reload, a click through to an episode."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tarl_app.jobs import launch
from tests.browser.left_behind import an_exam
from tests.browser.talking import App, overflows

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(1200)]
PATIENCE = 400_000


def to_evaluate(page: Page) -> None:
    page.get_by_role("tab", name="Evaluate").click()
    expect(page.locator("#eval-board")).to_be_visible(timeout=PATIENCE)


def opened_beside(page: Page, call: str, clicked: Locator) -> None:
    """That call is framed, has the focus, and stands beside the row that was clicked, which is still in view."""
    opened = page.locator(f"{call} .tl-list")
    expect(opened).to_be_focused(timeout=PATIENCE)
    assert opened.evaluate("one => getComputedStyle(one).borderTopWidth") == "1px"
    expect(clicked).to_be_in_viewport()
    row_box, call_box = clicked.bounding_box(), opened.bounding_box()
    assert row_box is not None
    assert call_box is not None
    assert call_box["x"] >= row_box["x"] + row_box["width"]
    assert call_box["y"] < row_box["y"] + row_box["height"] < call_box["y"] + call_box["height"]


def test_a_measurement_survives_a_reload_and_its_numbers_lead_to_an_episode(page: Page, app: App) -> None:
    to_evaluate(page)
    expect(page.locator("#eval-board")).to_contain_text("Nothing has been measured yet", timeout=PATIENCE)
    page.locator("#eval-agents input").click()
    page.get_by_role("option", name="scripted").click()
    page.locator("#eval-limit input").fill("60")
    page.locator("#eval-trials input").fill("2")
    page.locator("#eval-start").click()
    row = page.locator("#eval-board tbody tr").first
    expect(row).to_contain_text("of 120", timeout=PATIENCE)
    page.reload()  # the process goes on without the page
    to_evaluate(page)
    expect(row).to_contain_text("of 120", timeout=PATIENCE)
    expect(row).to_contain_text("left", timeout=PATIENCE)
    expect(row).to_contain_text("finished", timeout=PATIENCE)
    expect(page.locator("#eval-board")).to_contain_text("Gold agent", timeout=PATIENCE)
    row.locator(".bo-number", has_text="100 %").first.click()
    expect(page.locator("#eval-episodes li")).to_have_count(120, timeout=PATIENCE)
    clicked = page.locator("#eval-episodes li button").nth(80)
    clicked.click()
    expect(page.locator("#eval-episode .ev-agent").first).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#eval-evidence")).to_contain_text("Verifier", timeout=PATIENCE)
    opened_beside(page, "#eval-episode", clicked)
    assert not overflows(page)
    status = launch.read_json(next((app.home / "evaluations").glob("*/status.json")))
    assert (status["state"], status["step"]) == ("finished", 120)


def test_a_case_of_the_judges_exam_opens_beside_the_row_that_was_clicked(page: Page, app: App) -> None:
    an_exam(app.home)
    to_evaluate(page)
    expect(page.locator("#eval-case")).to_be_hidden()
    page.locator("#eval-cases summary").click(timeout=PATIENCE)
    clicked = page.locator("#eval-cases li button").last
    clicked.click()
    expect(page.locator("#eval-case")).to_contain_text("Planted:", timeout=PATIENCE)
    expect(page.locator("#eval-case .ev-agent").first).to_be_visible()
    opened_beside(page, "#eval-case", clicked)
    expect(page.locator("#eval-case-evidence")).to_contain_text("Verifier")
    expect(page.locator("#eval-cases li.bo-chosen")).to_have_count(1)
    assert not overflows(page)

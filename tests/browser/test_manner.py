"""How simulated customers talk: the pickers of all four tabs against the real app."""

import pytest
from playwright.sync_api import Page, expect

from tarl_app.jobs import launch
from tarl_app.storage.sql import SqlEpisodeStore
from tests.browser.talking import PATIENCE, App, at_rest, overflows, talk_yourself

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1200)]


def pick(page: Page, where: str, name: str) -> None:
    page.locator(f"{where} input").click()
    page.get_by_role("option", name=name, exact=True).click()


def to(page: Page, tab: str) -> None:
    page.get_by_role("tab", name=tab).click()


def test_a_call_is_played_by_the_customer_that_was_chosen(page: Page, app: App) -> None:
    store = SqlEpisodeStore(app.home / "episodes.sqlite")
    before = {one.id for one in store.list(500)}
    talk_yourself(page)
    page.locator("#tarl-aloud input").uncheck()
    page.get_by_role("button", name="Simulated customer, judge and guard").click()
    pick(page, "#tarl-manner", "Lifelike: talks as people do")
    page.locator("#tarl-llm-use").click()
    expect(page.locator("#tarl-llm-said")).to_contain_text("From the next call on", ignore_case=True, timeout=PATIENCE)
    page.locator("#tarl-new").click()
    page.locator("#tarl-take-over").click()
    expect(page.locator("#tarl-transcript .ev-user").first).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#tarl-hang-up")).to_be_disabled(timeout=PATIENCE)
    at_rest(page)
    assert not overflows(page)
    [stored] = [one for one in store.list(500) if one.user == "lifelike" and one.id not in before]
    assert stored.customer == "lifelike"


def test_the_other_tabs_offer_both_manners_and_a_measurement_takes_the_chosen_one(page: Page, app: App) -> None:
    to(page, "Compare")
    pick(page, "#cmp-manner", "Lifelike")
    to(page, "Train")
    expect(page.locator("#train-customer input")).to_have_value("Plain: they answer what is asked", timeout=PATIENCE)
    to(page, "Evaluate")
    expect(page.locator("#eval-board")).to_be_visible(timeout=PATIENCE)
    pick(page, "#eval-agents", "scripted")
    page.keyboard.press("Escape")
    page.locator("#eval-limit input").fill("1")
    expect(page.locator("#eval-customer input")).to_have_value("Lifelike: talks as people do")
    page.locator("#eval-start").click()
    row = page.locator("#eval-board tbody tr", has_text="lifelike customers").first
    expect(row).to_contain_text("finished", timeout=400_000)
    expect(page.locator("#eval-board thead")).to_contain_text("Unsupported")
    assert not overflows(page)
    [folder] = (app.home / "evaluations").glob("*lifelike*")
    assert launch.read_json(folder / "report.json")["customer"] == "lifelike"

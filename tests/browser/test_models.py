"""Choosing a model as the customer, in a real browser against a real endpoint."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.talking import PATIENCE, talk_yourself
from tests.llm.endpoint import KEY, Refuse, serving

pytestmark = pytest.mark.browser


def pick(page: Page, where: str, name: str) -> None:
    page.locator(f"{where} input").click()
    page.get_by_role("option", name=name, exact=True).click()


def test_a_visitor_gives_an_endpoint_and_its_failure_is_told_without_the_key(page: Page):
    with serving(otherwise=lambda body: Refuse(401, f"bad key {KEY}")) as server:
        talk_yourself(page)
        page.get_by_role("button", name="Simulated customer, judge and guard").click()
        pick(page, "#tarl-simulator", "A model")
        page.locator("#tarl-llm-use").click()
        expect(page.locator("#tarl-llm-said")).to_contain_text("needs an endpoint", timeout=PATIENCE)
        page.locator("#tarl-llm-address input, #tarl-llm-address textarea").fill(server.url)
        page.locator("#tarl-llm-model input, #tarl-llm-model textarea").fill("tester")
        page.locator("#tarl-llm-key input").fill(KEY)
        page.locator("#tarl-llm-use").click()
        expect(page.locator("#tarl-llm-said")).to_contain_text("refused the key", timeout=PATIENCE)  # tried at once
        expect(page.locator("#tarl-llm-key input")).to_have_value("", timeout=PATIENCE)
        page.locator("#tarl-take-over").click()
        expect(page.locator("#tarl-work")).to_contain_text("refused the key", timeout=PATIENCE)
        assert {*server.keys} == {f"Bearer {KEY}"}
    assert KEY not in page.content()

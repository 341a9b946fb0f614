"""The Train tab on a public Space: off, but for its owner."""

import base64
import hashlib
import json
import re
import time
from collections.abc import Callable

import pytest
from itsdangerous import TimestampSigner
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.talking import App

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(1800)]
PATIENCE = 600_000
"""Milliseconds: the form appears once the trainer's code is loaded."""
SECRET = "a secret of this test"


@pytest.fixture(scope="module")
def space_app(start_app: Callable[..., App]) -> App:
    """A public Space of ada's, where people can sign in."""
    oauth = {"OAUTH_CLIENT_ID": "id", "OAUTH_CLIENT_SECRET": SECRET, "OAUTH_SCOPES": "openid profile"}
    space = {"SYSTEM": "spaces", "SPACE_ID": "ada/voice", "SPACE_AUTHOR_NAME": "ada"}
    provider = {"OPENID_PROVIDER_URL": "http://127.0.0.1:9"}  # asked by nobody here: the visitors have signed in before
    return start_app({**oauth, **space, **provider}, offline="1", agent="scripted")


def test_on_a_public_space_nothing_can_be_trained(browser: Browser, start_app: Callable[..., App]) -> None:
    app = start_app(offline="1", agent="scripted", space="1", host="127.0.0.1")
    context = closed_context(browser)
    page = context.new_page()
    page.goto(app.url, timeout=PATIENCE)
    page.locator("#tarl-watch").wait_for(timeout=PATIENCE)
    page.get_by_role("tab", name="Train").click()
    expect(page.locator("#train-off")).to_contain_text("Training is off")
    expect(page.locator("#train-start")).to_have_count(0)
    context.close()


def closed_context(browser: Browser) -> BrowserContext:
    """LiveCalls that reach the app alone: on a Space Gradio's page asks the hub about itself."""
    context = browser.new_context()
    context.route(re.compile("^https:"), lambda route: route.abort())
    return context


def session_of(account: str, secret: str) -> str:
    """The cookie that Gradio's sign-in with Hugging Face leaves, signed with the Space's OAuth secret."""
    info = {"userinfo": {"preferred_username": account}, "expires_at": time.time() + 3600, "access_token": "", "scope": ""}
    key = hashlib.sha256(f"{secret}-v4".encode()).hexdigest()
    return TimestampSigner(key).sign(base64.b64encode(json.dumps({"oauth_info": info}).encode())).decode()


@pytest.mark.parametrize(("account", "may"), [("ada", True), ("mallory", False)])
def test_on_a_public_space_its_signed_in_owner_can_train_and_nobody_else(
    browser: Browser, space_app: App, account: str, may: bool
) -> None:
    context = closed_context(browser)
    context.set_extra_http_headers({"Cookie": f"session={session_of(account, SECRET)}"})
    page = context.new_page()
    page.goto(space_app.url, timeout=PATIENCE)
    page.locator("#tarl-watch").wait_for(timeout=PATIENCE)
    page.get_by_role("tab", name="Train").click()
    expect(page.locator("#train-sign-in")).to_contain_text(f"Logout ({account})", timeout=PATIENCE)
    if may:
        expect(page.locator("#train-start")).to_be_enabled(timeout=PATIENCE)
        expect(page.locator("#train-off")).to_be_hidden()
    else:
        expect(page.locator("#train-off")).to_contain_text("Its owner can train here after signing in")
        expect(page.locator("#train-start")).to_have_count(0)
    context.close()

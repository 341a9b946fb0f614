"""Handlers that only a Space's owner may call."""

import time
from types import SimpleNamespace

import gradio as gr
import pytest
from starlette.requests import Request

from tarl_app.ui.access.owner import REFUSED, for_owners, is_owner, signed_in

OWNERS = frozenset({"ada"})


def visitor(account: str = "", expires_in: float = 3600.0) -> gr.Request:
    """A request as Gradio hands it to handlers, with what its sign-in keeps in the visitor's session."""
    info = {"userinfo": {"preferred_username": account}, "expires_at": time.time() + expires_in}
    return gr.Request(Request({"type": "http", "headers": [], "session": {"oauth_info": info} if account else {}}))


def test_who_has_signed_in_is_known_by_their_account():
    assert signed_in(visitor("ada")) == "ada"
    assert signed_in(visitor()) == ""
    assert signed_in(gr.Request(Request({"type": "http", "headers": []}))) == ""  # where nobody can sign in


def test_a_sign_in_that_has_expired_is_none():
    assert signed_in(visitor("ada", expires_in=-1)) == ""


@pytest.mark.parametrize(("account", "may"), [("ada", True), ("mallory", False), ("", False)])
def test_only_an_owner_may_where_there_are_owners_and_everybody_elsewhere(account, may):
    assert is_owner(visitor(account), OWNERS) is may
    assert is_owner(visitor(account), None)


@pytest.mark.parametrize("account", ["mallory", ""])
def test_a_handler_called_by_anybody_else_does_nothing_and_says_why(account):
    done = []
    guarded = for_owners(OWNERS)(done.append)
    with pytest.raises(gr.Error) as refused:
        guarded(visitor(account), "mine")
    assert REFUSED in str(refused.value)
    assert done == []
    guarded(visitor("ada"), "mine")
    assert done == ["mine"]


def test_a_handler_of_an_event_gets_it_after_its_inputs():
    def handler(name: str, event: gr.EventData) -> tuple[str, str]:
        return name, event.id

    event = SimpleNamespace(id="picked")
    assert for_owners(OWNERS)(handler)(event, visitor("ada"), "mine") == ("mine", "picked")
    with pytest.raises(gr.Error):
        for_owners(OWNERS)(handler)(event, visitor("mallory"), "mine")


def test_where_everybody_may_handlers_are_left_as_they_are():
    def handler() -> None:
        return None

    assert for_owners(None)(handler) is handler

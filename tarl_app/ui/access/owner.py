"""The signed-in visitor on a Space (Hugging Face), and what only its owner may do."""

import inspect
import time
from collections.abc import Callable
from typing import Any

import gradio as gr

REFUSED = "Only the owner of this Space, signed in, may do that here."
Handler = Callable[..., Any]


def signed_in(request: gr.Request) -> str:
    """The visitor's account; empty if not signed in, or if that has expired."""
    session = getattr(getattr(request, "request", None), "scope", {}).get("session") or {}
    found = session.get("oauth_info") or {}
    if float(found.get("expires_at") or "inf") < time.time():
        return ""
    return str((found.get("userinfo") or {}).get("preferred_username") or "")


def is_owner(request: gr.Request, owners: frozenset[str] | None) -> bool:
    """Whether the visitor may do what owners may; ``owners`` is None where everybody may."""
    return owners is None or signed_in(request) in owners


def for_owners(owners: frozenset[str] | None) -> Callable[[Handler], Handler]:
    """Makes handlers refuse everybody else: hidden components can still be called directly."""

    def guard(handler: Handler) -> Handler:
        if owners is None:
            return handler

        def require(request: gr.Request) -> None:
            if not is_owner(request, owners):
                raise gr.Error(REFUSED, print_exception=False)

        def plain(request: gr.Request, *given: Any) -> Any:
            require(request)
            return handler(*given)

        def with_event(event: gr.EventData, request: gr.Request, *given: Any) -> Any:
            require(request)
            return handler(*given, event)

        return with_event if "event" in inspect.signature(handler).parameters else plain

    return guard

"""Connects every event of every tab, so that all handlers are guarded in the same way.

A handler receives values that its components can have (``values.fitting``), whatever the browser sent. Only valid
updates are sent (``values.painted``): a handler that returns nothing changes nothing, where Gradio by itself would
empty every output. Errors are shown in a sentence, and bugs are logged with their traceback.
"""

import inspect
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from functools import wraps
from typing import Any
from weakref import WeakSet

import gradio as gr

from tarl_app.core.characters import all_whole
from tarl_app.core.errors import ConversationError, TarlError
from tarl_app.ui.components.values import Updates, beginning, fitting, joined, lost, painted

log = logging.getLogger(__name__)
Handler = Callable[..., Any]
Restore = Callable[[gr.Request], Updates]
LONGEST_ID = 100
"""Most characters of a tab's id; Gradio's have a dozen."""
NO_TAB = "This page has lost its connection to the app. Please reload it."
_guarded: WeakSet[Any] = WeakSet()


def listen(
    triggers: Any,
    handler: Handler,
    inputs: Sequence[Any] | None = None,
    outputs: Sequence[Any] | None = None,
    restore: Restore | None = None,
    **how: Any,
) -> Any:
    """Connects a handler to a trigger (``button.click``) or to several, and returns the event, for ``then``.

    Args:
        restore: further updates for a page that has lost its state, beside the initial values of components.
        how: Gradio's options of an event.
    """
    quiet = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
    quiet |= {"preprocess": False}  # Gradio raises an exception for unknown values; ``fitting`` replaces them
    safe = guard(handler, inputs or (), outputs or (), restore)
    listed = [*inputs] if inputs else None, [*outputs] if outputs else None
    if isinstance(triggers, list):
        return gr.on(triggers, safe, *listed, **(quiet | how))
    return triggers(safe, *listed, **(quiet | how))


def is_guarded(function: Any) -> bool:
    """Whether that function of a Gradio event was made by ``guard``."""
    return function in _guarded


def guard(
    handler: Handler, inputs: Sequence[Any] = (), outputs: Sequence[Any] = (), restore: Restore | None = None
) -> Handler:
    """The guarded handler for Gradio; a generator remains one."""
    event = _Event(handler, tuple(inputs), tuple(outputs), restore)
    if inspect.isasyncgenfunction(handler):

        @wraps(handler)
        async def frames(*given: Any) -> AsyncIterator[Any]:
            async with aclosing(event.frames(given)) as found:
                async for frame in found:
                    yield frame

        safe: Handler = frames
    else:

        @wraps(handler)
        def once(*given: Any) -> Any:
            return event.once(given)

        safe = once
    _guarded.add(safe)
    return safe


class _Event:
    """One handler and the components that it reads and paints."""

    def __init__(self, handler: Handler, inputs: tuple[Any, ...], outputs: tuple[Any, ...], restore: Restore | None) -> None:
        self._handler, self._inputs, self._outputs, self._restore = handler, inputs, outputs, restore

    def once(self, given: tuple[Any, ...]) -> Any:
        """The updates of a handler that is no generator."""
        try:
            fitted, whole = self._fit(given)
            return self._frame(joined(whole, painted(self._handler(*fitted), self._outputs)))
        except Exception as error:
            raise _in_words(error) from error

    async def frames(self, given: tuple[Any, ...]) -> AsyncGenerator[Any, None]:
        """The frames of a generator: empty ones are left out, and there is at least one."""
        try:
            fitted, whole = self._fit(given)
            sent = False
            async with aclosing(self._handler(*fitted)) as found:
                async for updates in found:
                    frame, whole = joined(whole, painted(updates, self._outputs)), {}
                    if frame:
                        sent = True
                        yield frame
            if not sent:
                yield self._frame(whole)
        except Exception as error:
            raise _in_words(error) from error

    def _frame(self, updates: Updates) -> Any:
        if not self._outputs:
            return None
        return updates or {self._outputs[0]: gr.skip()}

    def _fit(self, given: tuple[Any, ...]) -> tuple[list[Any], Updates]:
        """The handler's arguments, and further updates for a page that has lost its state."""
        ours = (gr.Request, gr.EventData)
        values = [one for one in given if not isinstance(one, ours)]
        fitted = iter([fitting(one, value) for one, value in zip(self._inputs, values, strict=True)])
        whole: Updates = {}
        for one in given:
            if isinstance(one, gr.Request):
                if not one.session_hash or len(one.session_hash) > LONGEST_ID:
                    raise ConversationError(NO_TAB)
                if self._restore is not None and lost(self._inputs, values):
                    whole = joined(beginning(self._outputs), painted(self._restore(one), self._outputs))
        return [
            _event(one) if isinstance(one, gr.EventData) else one if isinstance(one, ours) else next(fitted) for one in given
        ], whole


def _event(event: gr.EventData) -> gr.EventData:
    """The event with a mapping as its data, whatever was sent."""
    return gr.EventData(event.target, all_whole(event._data) if isinstance(event._data, dict) else {})


def _in_words(error: Exception) -> gr.Error:
    if isinstance(error, gr.Error):
        return error
    if isinstance(error, TarlError):
        return gr.Error(str(error), print_exception=False)
    log.error("an event of the page failed", exc_info=error)
    told = f"Something broke inside the app ({type(error).__name__}). What you see is as it was before."
    return gr.Error(told, print_exception=False)

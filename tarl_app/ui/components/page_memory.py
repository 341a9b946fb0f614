"""Frees what Gradio keeps of each page; the only module that depends on how Gradio stores it.

Gradio itself forgets a page's components (about half a megabyte) only when ``state_session_capacity`` others have come, and
a page's messages only when two thousand have; ids of events and their statistics stay.
"""

import logging
import threading
import time
from datetime import datetime, timedelta
from typing import Any

import gradio as gr

from tarl_app.ui.calls.live_calls import IDLE, LiveCalls

log = logging.getLogger(__name__)
PAGES = 2 * 128
"""Most pages whose components Gradio keeps; the least recently used ones start again at their next click."""
SWEEP = 15.0
"""Seconds between two sweeps."""
UNREAD = 2_000
"""Most messages that wait for a page: two minutes of a call."""


def configure(demo: gr.Blocks) -> None:
    """Disables Gradio's statistics, which it would compute again after every event."""
    queue = demo._queue
    queue.ANALYTICS_MAX_EVENTS = 1
    queue.ANAYLTICS_CACHE_FREQUENCY = 2**62


class PageMemory:
    """Frees the state of pages that were closed or are unused."""

    def __init__(self, demo: gr.Blocks, live_calls: LiveCalls) -> None:
        self._demo, self._live_calls = demo, live_calls

    def start(self) -> None:
        """Sweeps every ``SWEEP`` seconds, in the background."""
        threading.Thread(target=self._watch, name="sweeping", daemon=True).start()

    def leave(self, tab: str) -> None:
        """That page was closed."""
        self._live_calls.leave(tab)
        self._forget(tab)

    def sweep(self, idle: float = IDLE) -> None:
        """Frees pages without a heartbeat for ``idle`` seconds, and the remains of closed ones."""
        self._live_calls.sweep()
        holder, queue = self._demo.state_holder, self._demo._queue
        before = datetime.now() - timedelta(seconds=idle)
        for tab, used in [*holder.time_last_used.items()]:
            if used < before:
                self._forget(tab)
        for tab, messages in [*queue.pending_messages_per_session.items()]:
            if messages.qsize() > UNREAD:
                self.leave(tab)
            if tab not in holder.session_data:
                queue.pending_messages_per_session.pop(tab, None)
        for tab, events in [*queue.pending_event_ids_session.items()]:
            if tab not in holder.session_data and not any(one in queue.event_ids_to_events for one in [*events]):
                queue.pending_event_ids_session.pop(tab, None)

    def _forget(self, tab: str) -> None:
        holder: Any = self._demo.state_holder
        with holder.lock:
            holder.session_data.pop(tab, None)
            holder.time_last_used.pop(tab, None)

    def _watch(self) -> None:
        while True:
            time.sleep(SWEEP)
            try:
                self.sweep()
            except Exception:  # whatever happens, the next sweep follows
                log.exception("what nobody uses could not be let go")

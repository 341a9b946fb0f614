"""What keeps the Talk tab as the app has it: opening, resting, coming back after a restart or a night."""

import asyncio
import re
from typing import Any

import gradio as gr

from tarl_app.core.errors import ConversationError, TarlError
from tarl_app.ui.calls.live_call import LiveCall
from tarl_app.ui.calls.party import Frames
from tarl_app.ui.tabs.talk.choosing import Choosing
from tarl_app.ui.tabs.talk.paint import Painter

PULSE = 5.0
"""Seconds between two heartbeats of an idle page."""
RESTARTED = "The app was restarted."
AWAY = "This page lost its connection to the app, and its call was closed."
LINKED = re.compile(r"tarl/episode/[\w-]+/([\w-]{1,64})\.zip")
"""The call to which the link for downloading leads."""
FAST = 1.0
"""The same while something may change without a click."""


class Staying(Choosing):
    """Handlers of what the page does by itself."""

    async def settled(self, request: gr.Request) -> Frames:
        """Paints the final state of a call again: a browser under load may have lost the last frame."""
        live_call = self._live_call(request)
        if not live_call.active:
            yield Painter(self.page, live_call).changed()
            if live_call.active:  # somebody clicked meanwhile, and that frame may be the last to arrive
                live_call.overpainted = True

    async def opened(self, request: gr.Request) -> Frames:
        """The page was opened or reloaded; ``?agent=NAME`` and ``?task=ID`` in its address ask for those."""
        live_call = self._live_call(request)
        await asyncio.to_thread(live_call.list_stored)
        agent, task = (
            self._first(request),
            self.services.task(request.query_params.get("task") or self.services.showpiece.id),
        )
        # The rest of the page is in its initial state, unless a click was faster and has begun a call.
        begun = live_call.conversation is not None or live_call.asked > 0
        yield {
            **Painter(self.page, live_call).stored(),
            **self._chosen(None if begun else agent),
            **(self._picked(task) if request.query_params.get("task") and not begun else {}),
        }

    async def returned(self, event: gr.EventData, request: gr.Request) -> Frames:
        """The page shows a call that the app may have forgotten."""
        call, why = str(getattr(event, "shown", "")), RESTARTED if getattr(event, "why", "") == "restarted" else AWAY
        async for frame in self._act(request, lambda live_call: self._found_again(live_call, call, why)):
            yield frame

    def _found_again(self, live_call: LiveCall, call: str, why: str) -> dict[Any, Any]:
        """A call that was forgotten was stored as it stood, and is shown if it may be."""
        if not call or live_call.conversation is not None or live_call.stored is not None:
            return {}
        live_call.list_stored()
        try:
            if self.services.public and call not in live_call.own:  # nobody knows any more whose it is
                raise ConversationError("It is not this visitor's.")
            live_call.show_stored(self.services.store.get(call))
        except TarlError:
            live_call.notice = f"{why} The call that stood here is gone: press the microphone or type to begin a new one."
        else:
            live_call.notice = (
                f"{why} The call was stored as it stood: read it here, and press New to call again, by voice or by typing."
            )
        return self._entered()

    def tick(self, agent: str, period: float, download: str, request: gr.Request) -> dict[Any, Any]:
        """Updates the page while parts are loading, and when its call was forgotten while it was away.

        Afterwards the timer continues without updates: if Gradio's page closes its event stream at the moment of a
        click, the answer waits on the server until an event opens the stream again.
        """
        live_call = self.live_calls.known(str(request.session_hash))
        if live_call is None and (shown := LINKED.search(download)):
            live_call = self._live_call(request)
            updates = live_call.attempt(lambda: self._found_again(live_call, shown[1], AWAY))
            return {**Painter(self.page, live_call).changed(), **updates}
        if (
            live_call is not None and live_call.active and not live_call.followed
        ):  # the event that followed it was lost on its way
            live_call.advance()
            return {**Painter(self.page, live_call).changed(), self.page.timer: gr.update(value=FAST)}
        if period >= PULSE:
            return {self.page.timer: gr.update()}
        updates = {} if live_call is None or live_call.active else Painter(self.page, live_call).changed()
        first = self.services.first_agent
        fresh = (live_call is None or live_call.conversation is None) and agent == self.services.demo_agent
        if fresh and self.services.usable_agent(first) == first:
            updates[self.page.agent] = gr.update(value=first)
        if self.services.readiness.finished.is_set():
            updates[self.page.timer] = gr.update(value=PULSE)
        return updates or {self.page.timer: gr.update()}

    def whole(self, request: gr.Request) -> dict[Any, Any]:
        """Updates of the whole tab, for a page that has lost its state."""
        live_call = self._live_call(request)
        painted = Painter(self.page, live_call).changed()
        if live_call.conversation is None:
            return painted
        episode = live_call.conversation.episode
        agent = gr.update(value=live_call.served_by)
        return {**painted, **self._entered(), self.page.agent: agent, **self._picked(episode.task)}

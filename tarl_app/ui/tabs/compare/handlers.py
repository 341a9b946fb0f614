"""What the buttons of the Compare tab do; those of the head to head are in ``matching``."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import gradio as gr

from tarl_app.core.errors import ConversationError
from tarl_app.core.types import VoteChoice
from tarl_app.evaluation.comparison.compare import Pair
from tarl_app.ui.calls.party import Frames
from tarl_app.ui.calls.side_by_side import SideBySide
from tarl_app.ui.components import inputs, tasks
from tarl_app.ui.components.values import offering
from tarl_app.ui.tabs.compare.matching import MatchHandlers
from tarl_app.ui.tabs.compare.page import agent_choices

REPLAY_PACE = 0.9
"""Seconds between two turns of a replay."""


class Handlers(MatchHandlers):
    """What the buttons do.

    Every handler follows the visitor's own comparison until it is idle, and paints the changes.
    """

    def _pick(self, side_by_side: SideBySide, task: str, a: str, b: str, blind: bool, aloud: bool) -> None:
        side_by_side.speak(aloud)
        side_by_side.pick(self.services.task(task), a, b, blind)

    def _prepare(self, side_by_side: SideBySide, task: str, a: str, b: str, blind: bool, aloud: bool) -> None:
        """Ensures before a message that there are calls to send it to."""
        side_by_side.back_to_live()
        if side_by_side.agents is not None:
            return
        known = self._known(a, b)
        for name in (a, b):
            if why := self.services.readiness.why_not(known[name].needs):
                raise ConversationError(f"{why} Meanwhile you can compare the demo agents.")
        self._pick(side_by_side, task, a, b, blind, aloud)

    async def opened(self, task: str, a: str, b: str, blind: bool, aloud: bool, request: gr.Request) -> Frames:
        """The page was opened or reloaded: shows a running head-to-head comparison and new checkpoints.

        ``?compare=NAME&with=BASE`` in its address asks for those two.
        """
        side_by_side, offered = self._side_by_side(request), agent_choices(self.comparing)
        known = {name for _, name in offered}
        asked = [name if name in known else None for name in map(request.query_params.get, ("compare", "with"))]
        one, other = asked[0] or a, asked[1] or b
        if side_by_side.plan is None and one != other:
            side_by_side.attempt(lambda: self._pick(side_by_side, task, one, other, blind, aloud))
        pickers = {picker: offering(offered, name) for picker, name in zip((self.page.a, self.page.b), asked, strict=True)}
        yield {**self._painter(side_by_side).changed(), **pickers}

    async def settled(self, request: gr.Request) -> Frames:
        """Paints the final state again: a browser under load may have lost the last frame."""
        side_by_side = self._side_by_side(request)
        if not side_by_side.active:
            yield self._painter(side_by_side).changed()
            if side_by_side.active:  # somebody clicked meanwhile, and that frame may be the last to arrive
                side_by_side.overpainted = True

    async def returned(
        self, task: str, a: str, b: str, blind: bool, aloud: bool, event: gr.EventData, request: gr.Request
    ) -> Frames:
        """The page shows two calls that the app may have forgotten."""
        restarted = getattr(event, "why", "") == "restarted"
        why = "The app was restarted" if restarted else "This page lost its connection to the app"
        stored = "is gone" if self.services.public else "was stored; the Talk tab lists both calls"

        def act(side_by_side: SideBySide) -> None:
            if side_by_side.agents is None and side_by_side.replay is None:
                if side_by_side.plan is None:  # before ``opened``, which would take the notice away
                    self._pick(side_by_side, task, a, b, blind, aloud)
                side_by_side.notice = f"{why}: what was compared here {stored}. Send a message to begin again."

        async for frame in self._act(request, act):
            yield frame

    async def new(self, task: str, a: str, b: str, blind: bool, aloud: bool, request: gr.Request) -> Frames:
        """What is picked is compared from the next message on."""
        async for frame in self._act(request, lambda side_by_side: self._pick(side_by_side, task, a, b, blind, aloud)):
            yield frame

    async def pick(self, task: str, a: str, b: str, blind: bool, aloud: bool, request: gr.Request) -> Frames:
        """Something else was picked. Gradio tells it, too, when somebody leaves a list without choosing."""
        side_by_side = self._side_by_side(request)
        plan = side_by_side.plan
        if plan is None or (plan[0].id, *plan[1:], side_by_side.blind) != (task, a, b, blind):
            async for frame in self.new(task, a, b, blind, aloud, request):
                yield frame

    async def domain(self, name: str, a: str, b: str, blind: bool, aloud: bool, request: gr.Request) -> Frames:
        """Another domain was picked: its tasks are offered, and one that shows it well is compared next."""
        plan = self._side_by_side(request).plan
        if plan is not None and plan[0].domain == name:
            return
        task = self.services.showpiece_of(name)
        yield dict(zip((self.page.domain, self.page.task), tasks.picked(self.services, task), strict=True))
        async for frame in self.new(task.id, a, b, blind, aloud, request):
            yield frame

    async def say(self, text: str, task: str, a: str, b: str, blind: bool, aloud: bool, request: gr.Request) -> Frames:
        """The visitor typed."""

        def act(side_by_side: SideBySide) -> dict[Any, Any]:
            self._prepare(side_by_side, task, a, b, blind, aloud)
            side_by_side.say(text)
            return {self.page.text: gr.update(value="")}

        async for frame in self._act(request, act):
            yield frame

    async def spoken(
        self, task: str, a: str, b: str, blind: bool, aloud: bool, event: gr.EventData, request: gr.Request
    ) -> Frames:
        """The visitor spoke: base64 of a WAV file."""
        recording = str(getattr(event, "wav", ""))

        def act(side_by_side: SideBySide) -> None:
            self._prepare(side_by_side, task, a, b, blind, aloud)
            side_by_side.say_aloud(inputs.recorded(recording))

        async for frame in self._act(request, act):
            yield frame

    def voting(self, choice: VoteChoice) -> Callable[[gr.Request], Frames]:
        """The handler of one of the vote buttons: the names are shown once the vote is cast."""

        async def vote(request: gr.Request) -> Frames:
            async for frame in self._act(request, lambda side_by_side: side_by_side.cast(choice)):
                yield frame

        return vote

    def stop(self, request: gr.Request) -> None:
        """Stops the running answers; the handler that follows them paints the rest."""
        self._side_by_side(request).stop()

    def voice(self, aloud: bool, request: gr.Request) -> None:
        """Voice on or off, from the next answer on; off silences at once."""
        self._side_by_side(request).speak(aloud)

    def whole(self, request: gr.Request) -> dict[Any, Any]:
        """Updates of the whole tab, for a page that has lost its state."""
        return self._painter(self._side_by_side(request)).changed()

    async def replay(self, event: gr.EventData, request: gr.Request) -> Frames:
        """Replays both episodes of a task, from the turn in which they differ."""
        side_by_side = self._side_by_side(request)
        match = self.matches.current
        pairs = match.result.pairs if match and match.result else ()
        picked = inputs.index(str(getattr(event, "id", "")))
        if picked is None or picked >= len(pairs):
            return
        async for frame in self._replay(side_by_side, pairs[picked]):
            yield frame

    async def prepared(
        self, task: str, a: str, b: str, blind: bool, aloud: bool, event: gr.EventData, request: gr.Request
    ) -> Frames:
        """What is offered while nothing has been said: the calls (``recorded``), or a sentence to both (``say``)."""
        recorded, kind = self.recorded, str(getattr(event, "id", ""))
        if recorded is not None and kind == "say":
            known = self.services.task(recorded.opening.task)
            if known.id == recorded.opening.task:
                task = known.id
                side_by_side = self._side_by_side(request)
                side_by_side.attempt(lambda: self._pick(side_by_side, task, a, b, blind, aloud))
                yield dict(zip((self.page.domain, self.page.task), tasks.picked(self.services, known), strict=True))
            async for frame in self.say(recorded.opening.text, task, a, b, blind, aloud, request):
                yield frame
        elif recorded is not None and kind == "recorded":
            async for frame in self._replay(
                self._side_by_side(request), Pair(recorded.before.episode, recorded.after.episode)
            ):
                yield frame

    async def _replay(self, side_by_side: SideBySide, pair: Pair) -> Frames:
        length = max(len(pair.a.turns), len(pair.b.turns))
        begin = length if pair.parts_at is None else pair.parts_at
        painter = self._painter(side_by_side)
        await side_by_side.attempt_beside(lambda: side_by_side.show(pair, begin))
        mine = side_by_side.showing
        yield painter.changed()
        while side_by_side.replay is pair and side_by_side.showing is mine and side_by_side.shown < length:
            await asyncio.sleep(REPLAY_PACE)
            side_by_side.used = time.monotonic()
            if side_by_side.replay is pair and side_by_side.showing is mine:
                side_by_side.shown += 1
                yield painter.changed()

    async def back(self, request: gr.Request) -> Frames:
        """Back to the live calls."""
        async for frame in self._act(request, SideBySide.back_to_live):
            yield frame

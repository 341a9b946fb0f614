"""Which call the Talk tab begins, with which task and agent: what all of its handlers share."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from tarl_app.core.errors import ConversationError
from tarl_app.core.types import Task
from tarl_app.ui.calls import party
from tarl_app.ui.calls.live_call import LiveCall
from tarl_app.ui.calls.live_calls import LiveCalls
from tarl_app.ui.calls.party import Frames
from tarl_app.ui.components import tasks
from tarl_app.ui.components.values import joined, offering
from tarl_app.ui.tabs.talk.page import Page
from tarl_app.ui.tabs.talk.paint import Painter

Action = Callable[[LiveCall], dict[Any, Any] | None]
Choice = Callable[[LiveCall], tuple[Task, str]]
"""The task and the agent of the call to begin; raises ``TarlError``."""


class Choosing:
    """The visitor's call, and beginning another."""

    def __init__(self, live_calls: LiveCalls, page: Page) -> None:
        self.live_calls, self.page, self.services = live_calls, page, live_calls.services

    def _live_call(self, request: gr.Request) -> LiveCall:
        return self.live_calls.of(str(request.session_hash))

    async def _act(self, request: gr.Request, action: Action) -> Frames:
        """Runs the action; a refusal is shown in words.

        ``action`` may return further updates, painted when it succeeds.
        """
        live_call = self._live_call(request)
        async for frame in party.act(live_call, lambda: action(live_call), lambda: Painter(self.page, live_call)):
            yield frame

    async def _choose(
        self,
        request: gr.Request,
        choice: Choice,
        then: Callable[[LiveCall, str], None] | None = None,
        listed: tuple[str, str] = ("", ""),
        picked: tuple[str, str] | None = None,
    ) -> Frames:
        """Begins the call that was chosen, and shows it in the lists. Of several choices the newest counts, however long
        the call of an earlier one takes to begin.

        ``then``: what happens with the call, given its agent's name. ``listed``: the task and the agent that the lists
        show; they are painted only where the call has others, since somebody may choose there at this moment.
        ``picked``: the task and the agent of a choice in a list.
        """
        live_call = self._live_call(request)
        if not live_call.crowded:  # otherwise this click is ignored
            live_call.asked, live_call.picked = live_call.asked + 1, picked
        mine, planned = live_call.asked, None

        def act() -> dict[Any, Any] | None:
            nonlocal planned
            if live_call.asked != mine:
                return None
            try:
                task, agent = planned = choice(live_call)
                self._ensure(live_call, task.id, agent, anew=True)
                if then is not None and live_call.asked == mine:
                    then(live_call, agent)
            finally:
                live_call.picked = None if live_call.asked == mine else live_call.picked
            return self._entered()

        async for frame in party.act(live_call, act, lambda: Painter(self.page, live_call)):
            begun = live_call.conversation.episode if live_call.conversation else None
            shown = (begun.task, live_call.served_by) if begun else planned
            if shown is not None and live_call.asked == mine:
                lists = self._picked(shown[0]) if shown[0].id != listed[0] else {}
                lists |= self._chosen(shown[1]) if shown[1] != listed[1] else {}
                frame, listed = joined(lists, frame), (shown[0].id, shown[1])
            yield frame

    async def _pick(self, request: gr.Request, task: Task, agent: str, listed: str) -> Frames:
        """A choice in a list. Gradio tells each twice, and one whenever somebody leaves a list without choosing: a call
        is begun only where it is another one.
        """
        if (task.id, agent) != self._known(request):
            async for frame in self._choose(request, lambda _: (task, agent), None, (listed, agent), (task.id, agent)):
                yield frame

    def _known(self, request: gr.Request) -> tuple[str, str]:
        """The task and the agent that were chosen last."""
        live_call = self._live_call(request)
        begun = live_call.conversation.episode if live_call.conversation else None
        first = self._first_task(request, "").id, self._first(request)
        return live_call.picked or ((begun.task.id, live_call.served_by) if begun else first)

    def _ensure(self, live_call: LiveCall, task_id: str, agent: str, anew: bool = False) -> None:
        """Ensures a live call with the selected task and agent; ``anew`` replaces the existing one."""
        live_call.back_to_live()
        if live_call.conversation is None or anew:
            why = self.services.readiness.why_not(self.services.choice(agent).needs)
            if why:
                raise ConversationError(f"{why} Meanwhile you can choose the demo agent.")
            live_call.begin(self.services.task(task_id), self.services.choice(agent).name)

    def _begin_if_none(self, live_call: LiveCall, task_id: str, agent: str) -> None:
        if live_call.conversation is None and live_call.stored is None:
            self._ensure(live_call, task_id, agent)

    def _chosen(self, agent: str | None) -> dict[Any, Any]:
        return {self.page.agent: offering(self._agents(), agent)}

    def _first(self, request: gr.Request) -> str:
        """The agent of the first call, even where a click is faster than ``opened``: nobody has seen the picker yet."""
        return self.services.usable_agent(request.query_params.get("agent") or self.services.first_agent)

    def _first_task(self, request: gr.Request, task_id: str) -> Task:
        """The task of the first call: that of the address, even where a click is faster than ``opened``."""
        first = self._live_call(request).asked == 0
        asked = request.query_params.get("task") if first else None
        return self.services.task(asked or task_id or self.services.showpiece.id)

    def _stand_in(self, chosen: str, request: gr.Request) -> str:
        """That the scripted demo stands in for the agent that was asked for, and why; empty if it does not."""
        asked = self.services.choice(request.query_params.get("agent") or self.services.first_agent)
        why = self.services.readiness.told(asked.needs) if asked.name != chosen else ""
        return f"{why}. This is the scripted demo, which follows rules: no model is talking." if why else ""

    def _agents(self) -> list[tuple[str, str]]:
        return [(agent.title, agent.name) for agent in self.services.offered]

    def _entered(self) -> dict[Any, Any]:
        return {self.page.hero: gr.update(visible=False), self.page.work: gr.update(visible=True)}

    def _picked(self, task: Task) -> dict[Any, Any]:
        return dict(zip((self.page.domain, self.page.task), tasks.picked(self.services, task), strict=True))

    def _onward(self, live_call: LiveCall, where: str) -> tuple[Task, str]:
        """From an ended call to the next one."""
        ended = live_call.episode
        if ended is None or ended.stop is None:
            raise ConversationError("This call has not ended yet.")
        known = self.services.task(ended.task.id)
        task = known if known.id == ended.task.id else self.services.showpiece
        agent = self.services.choice(ended.agent).name
        if where == "watch":
            task = self.services.following(task)
        elif where == "base":
            agent = self.services.untuned(agent) or agent
        return task, agent

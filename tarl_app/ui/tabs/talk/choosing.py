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
from tarl_app.ui.components.values import offering
from tarl_app.ui.tabs.talk.page import Page
from tarl_app.ui.tabs.talk.paint import Painter

Action = Callable[[LiveCall], dict[Any, Any] | None]


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

    def _onward(self, live_call: LiveCall, where: str) -> dict[Any, Any]:
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
        self._ensure(live_call, task.id, agent, anew=True)
        if where != "me" and task.verifiable:
            live_call.simulate()
        return {**self._chosen(agent), **self._picked(task)}

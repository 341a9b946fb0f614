"""What the buttons of the head to head do."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from tarl_app.core.errors import ConfigError, ConversationError
from tarl_app.evaluation.comparison.compare import CompareConfig, versus
from tarl_app.ui.access.limits import MOST_TASKS, MOST_TRIALS, HowMany
from tarl_app.ui.access.owner import REFUSED, is_owner
from tarl_app.ui.calls import party
from tarl_app.ui.calls.match import Matches
from tarl_app.ui.calls.party import Frames
from tarl_app.ui.calls.side_by_side import SideBySide, SideBySides
from tarl_app.ui.example import Pair as Recordings
from tarl_app.ui.models import customer_of
from tarl_app.ui.services import AgentChoice, Comparing
from tarl_app.ui.tabs.compare.page import Page
from tarl_app.ui.tabs.compare.paint import Painter

Action = Callable[[SideBySide], dict[Any, Any] | None]


class MatchHandlers:
    """Handlers of the head to head, and what all handlers of the tab need."""

    def __init__(
        self,
        side_by_sides: SideBySides,
        page: Page,
        comparing: Comparing,
        matches: Matches,
        recorded: Recordings | None = None,
    ) -> None:
        """``recorded``: two calls that show a difference without any model."""
        self.side_by_sides, self.page, self.comparing, self.matches = side_by_sides, page, comparing, matches
        self.recorded = recorded
        self.services = side_by_sides.live_calls.services

    def _side_by_side(self, request: gr.Request) -> SideBySide:
        side_by_side = self.side_by_sides.of(str(request.session_hash))
        side_by_side.owner = is_owner(request, self.services.owners if self.services.public else None)
        return side_by_side

    def _painter(self, side_by_side: SideBySide) -> Painter:
        return Painter(self.page, side_by_side, self.matches, self.recorded)

    async def _act(self, request: gr.Request, action: Action) -> Frames:
        """Runs the action, which may return further updates; a refusal is shown in words."""
        side_by_side = self._side_by_side(request)
        async for frame in party.act(side_by_side, lambda: action(side_by_side), lambda: self._painter(side_by_side)):
            yield frame

    def _known(self, *names: str) -> dict[str, AgentChoice]:
        """The agents that can be compared; raises ``ConversationError`` unless those are among them."""
        known = {agent.name: agent for agent in self.comparing.agents()}
        for name in names:
            if name not in known:
                raise ConversationError(f"There is no agent named {name!r} any more: choose another one.")
        return known

    async def start(
        self,
        domain: str,
        a: str,
        b: str,
        split: str,
        limit: float | None,
        trials: int,
        spoken: bool,
        manner: str,
        request: gr.Request,
    ) -> Frames:
        """Begins a head to head in the background."""

        def act(side_by_side: SideBySide) -> None:
            if not side_by_side.owner:
                raise ConversationError(REFUSED)
            self._known(a, b)
            self.matches.start(self.config(domain, a, b, split, limit, trials, spoken, manner), side_by_side.key)

        async for frame in self._act(request, act):
            yield frame

    async def go_on(self, request: gr.Request) -> Frames:
        """Plays the rest of the last head to head."""

        def act(side_by_side: SideBySide) -> None:
            if not side_by_side.owner:
                raise ConversationError(REFUSED)
            if match := self.matches.current:
                self._known(match.config.a.agent, match.config.b.agent)
            self.matches.go_on(side_by_side.key)

        async for frame in self._act(request, act):
            yield frame

    def config(
        self,
        domain: str,
        a: str,
        b: str,
        split: str,
        limit: float | None,
        trials: int,
        spoken: bool,
        manner: str = "plain",
    ) -> CompareConfig:
        """The comparison that the form describes; raises ``ConfigError``."""
        if domain not in [one.name for one in self.services.domains]:
            raise ConfigError(f"There is no domain named {domain!r} here.")
        for name in (a, b):
            if name not in [agent.name for agent in self.comparing.agents()]:
                raise ConfigError(f"There is no agent named {name!r} here.")
        voice = self.comparing.user_voice if spoken else ""
        customer = customer_of(manner) or "plain"
        fields = {"domain": domain, "split": split, "speech": spoken, "voice": voice, "customer": customer}
        try:
            many = HowMany.model_validate({"limit": limit, "trials": trials})
            return versus(a, b, self.comparing.revision, **fields, limit=many.limit, trials=many.trials)
        except ValueError as error:
            bounds = f"at least one task and at most {MOST_TASKS}, and at most {MOST_TRIALS} trials of each"
            raise ConfigError(f"Choose two different agents, {bounds}.") from error

    def halt(self, request: gr.Request) -> None:
        """Stops the head-to-head comparison, for the visitor who started it or the owner; finished episodes are kept."""
        side_by_side = self._side_by_side(request)
        try:
            self.matches.stop(None if side_by_side.owner else side_by_side.key)
        except ConversationError as error:
            raise gr.Error(str(error), print_exception=False) from error

    def tick(self, request: gr.Request) -> dict[Any, Any]:
        """While a head to head is running: how far it is."""
        return self._painter(self._side_by_side(request)).match_changed()

"""The tools of one conversation, on its own database, under the domain's guard, with faults on purpose."""

import time
from collections.abc import Callable, Sequence

from tarl_app.conversation.undo import replayed
from tarl_app.core.domain import Domain
from tarl_app.core.types import MALFORMED, AgentTurn, Change, Guards, ToolCall, ToolResult, ToolTurn, Turn
from tarl_app.sandbox.faults import FaultyTools
from tarl_app.sandbox.tools.guarded import refusal


class Tools:
    """Single-use, like the environment inside; close it when done."""

    def __init__(self, domain: Domain, guard: Guards, faulty: FaultyTools | None = None) -> None:
        self._domain, self._faulty = domain, faulty
        self._guard: Guards = guard
        self._environment = domain.open()

    def use(self, turn: AgentTurn, turns: Sequence[Turn], gone: Callable[[], bool] = lambda: False) -> ToolTurn:
        """Makes the turn's calls; ``turns`` is the dialogue with it. A forbidden call is answered with the reason.

        ``gone``: whether nobody waits for a slow answer any more.
        """
        started = time.perf_counter()
        before = sum(len(one.results) for one in turns if isinstance(one, ToolTurn))
        results = [
            refusal(self._domain, call, turns, self._guard) or self._made(call, place, gone)
            for place, call in enumerate(turn.tool_calls, start=before)
        ]
        unreadable = [] if turn.malformed is None else [MALFORMED]
        return ToolTurn(results=(*results, *unreadable), seconds=time.perf_counter() - started)

    def call(self, call: ToolCall) -> ToolResult:
        """Runs one call without the guard, and without faults."""
        return self._environment.call(call)

    def _made(self, call: ToolCall, place: int, gone: Callable[[], bool]) -> ToolResult:
        return self._faulty.call(call, place, self.call, gone) if self._faulty else self.call(call)

    def changes(self) -> tuple[Change, ...]:
        """The readable difference between the database and a fresh one."""
        return self._environment.changes()

    def rewind(self, turns: Sequence[Turn]) -> None:
        """Makes the database what it was after these turns."""
        self._environment.close()
        self._environment = replayed(self._domain, turns)

    def close(self) -> None:
        """Frees the database."""
        self._environment.close()

"""Agents whose pace a test decides, and the parts of a call with them."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.core.domain import Domain
from tarl_app.core.errors import Cancelled
from tarl_app.core.protocols import Agent, Environment
from tarl_app.core.types import AgentTurn, Change, Task, ToolCall, ToolResult, ToolSpec, Turn
from tarl_app.domains import load_domain
from tarl_app.judges.reference.judge import ReferenceJudge
from tarl_app.realtime.call.parts import Parts
from tarl_app.speech import load_hearing, load_voice

DOMAIN = load_domain("retail")
LOOKUP: Task = next(task for task in DOMAIN.tasks("dev") if task.kind == "lookup")
CANCEL: Task = next(task for task in DOMAIN.tasks("dev") if task.kind == "cancel")
FREE = LOOKUP.model_copy(update={"split": "free"})
VOICE = "pico:en-US"


class Reciter:
    """Says the given turns in order. Where one ends in ``...`` it goes on thinking until it is cancelled."""

    name = "reciter"

    def __init__(self, *turns: AgentTurn) -> None:
        self.turns = list(turns)
        self.seen: list[tuple[Turn, ...]] = []
        self.stopped = threading.Event()

    def reply(
        self,
        turns: Sequence[Turn],
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> AgentTurn:
        self.seen.append(tuple(turns))
        turn = self.turns.pop(0)
        try:
            for word in turn.text.removesuffix("...").split():
                if on_text:
                    on_text(f"{word} ")
            if not turn.text.endswith("..."):
                return turn
            while not (cancelled and cancelled()):
                time.sleep(0.01)
            raise Cancelled("The turn was stopped.")
        except Cancelled:
            self.stopped.set()
            raise


class Held:
    """An environment whose calls wait until they may go on."""

    def __init__(self, inner: Environment, go: threading.Event) -> None:
        self.inner, self.go = inner, go

    @property
    def tools(self) -> tuple[ToolSpec, ...]:
        return self.inner.tools

    @property
    def transferred(self) -> bool:
        return self.inner.transferred

    def call(self, call: ToolCall) -> ToolResult:
        self.go.wait(60)
        return self.inner.call(call)

    def changes(self) -> tuple[Change, ...]:
        return self.inner.changes()

    def close(self) -> None:
        self.inner.close()


def parts(make: Callable[[Domain], Agent], task: Task = FREE, domain: Domain = DOMAIN, **more) -> Parts:
    """The parts of a call with that agent, which speaks with a quick voice."""
    judge = ReferenceJudge(domain) if task.verifiable else None
    made = Parts(task.id, task, domain, make, lambda name: load_voice(name or VOICE), load_hearing, VOICE, judge=judge)
    return replace(made, name="test", **more)


def scripted(task: Task = LOOKUP, **more) -> Parts:
    return parts(lambda domain: ScriptedAgent(task, domain), task, **more)


def reciting(*turns: AgentTurn, task: Task = FREE, **more) -> tuple[Reciter, Parts]:
    agent = Reciter(*turns)
    return agent, parts(lambda domain: agent, task, **more)

"""What one connection's call is made of, passed in by the wiring, and the domain that a client's own tools make."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Protocol

from tarl_app.conversation import Event, LiveConversation
from tarl_app.core.domain import Domain, Split
from tarl_app.core.errors import EventRefused
from tarl_app.core.protocols import Agent, Judge, SpeechToText
from tarl_app.core.sound.audio import Audio
from tarl_app.core.types import Change, Episode, Guards, Task, ToolCall, ToolResult, ToolSpec
from tarl_app.realtime.wire.config import Config
from tarl_app.speech import Voice

CLIENT = "client"
"""The name of the domain of a client's own tools."""


def _smart_turn() -> Callable[[Audio], float]:
    from tarl_app.speech.smart_turn import load_smart_turn  # here: its runtime takes long to import

    return load_smart_turn()


class Shared(Protocol):
    """A conversation that others see and work on too, such as a visitor's page; it outlives the connection."""

    def floor(self) -> AbstractContextManager[None]:
        """Waits until nobody else works on it, and keeps others from it. Raises ``TarlError`` once it is over."""
        ...

    def join(self, on_event: Callable[[Event], None]) -> LiveConversation:
        """The conversation, whose events are told from now on. Raises ``TarlError`` once it is over."""
        ...

    def leave(self) -> None:
        """The connection is gone."""
        ...


@dataclass(frozen=True)
class Parts:
    """Everything may be called from any thread, and takes long the first time."""

    name: str
    """The agent's name."""
    task: Task
    domain: Domain
    agent: Callable[[Domain], Agent]
    """A fresh agent that reads this domain's policy and tools; raises ``TarlError``."""
    voice: Callable[[str], Voice]
    """The voice of that name; empty: the agent's own. Raises ``SpeechError``."""
    hearing: Callable[[], SpeechToText]
    """Speech recognition; raises ``SpeechError``."""
    voice_name: str = ""
    follows: bool = False
    """Whether the agent follows instructions and tools of others; one that was trained on its domain does not."""
    hears: bool = False
    """Whether the agent is given sound; others are given a transcript."""
    finished: Callable[[], Callable[[Audio], float]] = _smart_turn
    """What tells whether a speaker has finished (``SmartTurn``); raises ``TarlError``."""
    filler_seconds: float = 0.0
    """After how long a tool's work is bridged by a few words; 0: never."""
    guard: Guards = "off"
    judge: Judge | None = None
    keep: Callable[[Episode], None] | None = None
    """Stores the episode when the connection ends."""
    shared: Shared | None = None
    """The conversation, where there is one already; then ``agent``, ``judge``, ``guard`` and ``keep`` are not used."""

    @property
    def config(self) -> Config:
        """The configuration at the beginning."""
        return Config(model=self.name, instructions=self.domain.policy, voice=self.voice_name)

    def foreign(self, config: Config) -> bool:
        """Whether the agent serves a client's own domain, of which the sandbox knows nothing."""
        return bool(config.tools) and self.follows

    def domain_of(self, config: Config) -> Domain:
        """The domain as the agent reads it."""
        words = config.instructions
        if self.foreign(config):
            return Domain(CLIENT, policy=words, policy_brief=words, tools=config.tools, tasks=_no_tasks, open=_Elsewhere)
        same = not self.follows or config.instructions == self.domain.policy
        return self.domain if same else replace(self.domain, policy=words, policy_brief=words)

    def check_tools(self, names: set[str], begun: bool) -> None:
        """Raises ``EventRefused`` where a client's tools of these names cannot be used (any more)."""
        if begun:
            told = "The tools cannot be changed once the dialogue has begun: send them in the first session.update."
            raise EventRefused("tools_fixed", told, "session.tools")
        own = {tool.name for tool in self.domain.tools}
        if not self.follows and not names <= own:
            told = (
                f"{self.name} was trained on its own tools and cannot use {', '.join(sorted(names - own))[:200]}. "
                f"Leave tools out, or name those that it knows: {', '.join(sorted(own))}."
            )
            raise EventRefused("unsupported_tools", told, "session.tools")

    def task_of(self, config: Config) -> Task:
        """The task: none that could be verified, for a client's own domain."""
        if not self.foreign(config):
            return self.task
        return Task(id=CLIENT, domain=CLIENT, split="free", kind="free", instruction="What the client's caller wants.")


def _no_tasks(split: Split) -> tuple[Task, ...]:
    return ()


class _Elsewhere:
    """The environment of a domain whose tools the client runs."""

    tools: tuple[ToolSpec, ...] = ()
    transferred = False

    def call(self, call: ToolCall) -> ToolResult:
        """A refusal: nothing runs here."""
        return ToolResult(call_id=call.id, name=call.name, content="Error: the client runs this tool.", is_error=True)

    def changes(self) -> tuple[Change, ...]:
        """None."""
        return ()

    def close(self) -> None:
        """Nothing is held."""

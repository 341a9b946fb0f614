"""Dialogues for the judge exam: a flawless one is recorded, put into other words, and continued by hand from any point.

A flawless dialogue is the scripted pair's, kept only if the verifier passes it. Because every agent turn's *act* is
known, its wording can be exchanged without changing what happens. Every call is made again on a fresh environment, so
results are real.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from random import Random
from typing import Any

from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.core.domain import Act, Domain, PhrasingSet, Say, Use, Wording
from tarl_app.core.types import AgentTurn, Episode, StopReason, Task, ToolCall, ToolResult, ToolTurn, Turn, UserTurn
from tarl_app.sandbox.verifier import verify
from tarl_app.users.scripted import ScriptedUser

LONGEST = 60
"""Most turns of a recording."""
MADE = datetime(2026, 1, 1, tzinfo=UTC)
"""The time stamp of every episode, so that an exam is reproducible."""
Json = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """One turn of the flawless dialogue, and the act behind an agent's."""

    turn: Turn
    act: Act | None = None

    @property
    def rule(self) -> str:
        """The name of the wording rule or of the tool; empty for user and tool turns."""
        return self.act.rule if isinstance(self.act, Say) else self.act.name if isinstance(self.act, Use) else ""


@dataclass(frozen=True)
class Clean:
    """A flawless dialogue."""

    task: Task
    steps: tuple[Step, ...]

    def find(self, test: Callable[[Step], bool], after: int = 0) -> int | None:
        """The place of the first step from ``after`` on that passes the test."""
        return next((n for n, step in enumerate(self.steps) if n >= after and test(step)), None)

    def rule(self, *prefixes: str, after: int = 0) -> int | None:
        """The place of the first act whose name has one of these prefixes."""
        return self.find(lambda step: bool(step.rule) and step.rule.startswith(prefixes), after)

    def write(self, domain: Domain) -> int | None:
        """The place of the first call that changes the database."""
        return self.find(lambda step: isinstance(step.act, Use) and domain.writes(step.act.name))

    def identified(self, domain: Domain) -> int | None:
        """The place after the first successful look-up of the customer; None also where customers are not identified."""
        identity = domain.judging.identity
        for n, step in enumerate(self.steps[:-1]):
            following = self.steps[n + 1].turn
            found = isinstance(following, ToolTurn) and not following.results[0].is_error
            if identity and step.rule in identity.tools and found:
                return n + 2
        return None


@dataclass(frozen=True)
class _Recording:
    """The key of a recording. Domains are compared by identity, because they hold functions."""

    task_id: str
    domain_id: int
    phrasings: PhrasingSet
    seed: int
    task: Task = field(compare=False)
    domain: Domain = field(compare=False)  # kept alive, so that its id is not reused


def record(task: Task, domain: Domain, phrasings: PhrasingSet, seed: int = 0) -> Clean | None:
    """The scripted pair's dialogue about a task, or None when the verifier does not pass it.

    Raises ``DomainError`` where the domain has no scripted agent or customer.
    """
    return _recorded(_Recording(task.id, id(domain), phrasings, seed, task, domain))


@lru_cache(maxsize=512)
def _recorded(wanted: _Recording) -> Clean | None:
    task, domain, phrasings, seed = wanted.task, wanted.domain, wanted.phrasings, wanted.seed
    agent, user = ScriptedAgent(task, domain, seed), ScriptedUser(task, domain, seed, phrasings)
    environment = domain.open()
    steps: list[Step] = []
    turns: list[Turn] = []

    def add(turn: Turn, act: Act | None = None) -> None:
        steps.append(Step(turn, act))
        turns.append(turn)

    try:
        while len(turns) < LONGEST and not environment.transferred:
            if not turns or (isinstance(turns[-1], AgentTurn)):
                said = user.speak(turns)
                if said is None:
                    break
                add(said)
            act = agent.next_act(turns)
            turn = agent.reply(turns)
            add(turn, act)
            if turn.tool_calls:
                add(ToolTurn(results=tuple(environment.call(call) for call in turn.tool_calls)))
    finally:
        environment.close()
    stop = StopReason.TRANSFERRED if isinstance(turns[-1], ToolTurn) else StopReason.USER_DONE
    episode = Episode(id=task.id, task=task, agent="exam", user="exam", turns=tuple(turns), stop=stop)
    return Clean(task, tuple(steps)) if len(turns) < LONGEST and verify(episode, domain).passed else None


class Script:
    """A dialogue under construction: follows the flawless one in another wording until the planter deviates."""

    def __init__(self, clean: Clean, domain: Domain, wording: Wording, rng: Random) -> None:
        self.clean, self.domain, self.wording, self.rng = clean, domain, wording, rng
        self.task = clean.task
        self.turns: list[Turn] = []
        self.truth: dict[int, int | None] = {}
        self.at = 0  # the next step of the flawless dialogue
        self._environment = domain.open()
        self._calls: list[ToolCall] = []

    def follow(self, until: int | None = None) -> "Script":
        """Copies the flawless dialogue up to that step (all of it by default)."""
        steps = self.clean.steps[self.at : until]
        self.at = len(self.clean.steps) if until is None else until
        for step in steps:
            turn = step.turn
            if isinstance(turn, UserTurn):
                self.user(turn.text)
            elif isinstance(turn, AgentTurn):
                self.agent(self.say(step), *turn.tool_calls, truth=1 if self.planted is None else None)
        return self

    def say(self, step: Step) -> str:
        """The words of a step, in this script's wording."""
        return self.wording.put(step.act, self.rng) if isinstance(step.act, Say) else ""

    def user(self, text: str) -> "Script":
        """The customer speaks."""
        self.turns.append(UserTurn(text=text))
        return self

    def agent(self, text: str = "", *calls: ToolCall, truth: int | None = None) -> ToolResult | None:
        """The agent speaks, or calls; ``truth`` is the turn's true score, None where either 0 or 1 could be defended."""
        made = tuple(call.model_copy(update={"id": f"call_{len(self.turns)}_{n}"}) for n, call in enumerate(calls))
        self.truth[len(self.turns)] = truth
        self.turns.append(AgentTurn(text=text, tool_calls=made))
        if not made:
            return None
        results = tuple(self._environment.call(call) for call in made)
        self._calls += made
        self.turns.append(ToolTurn(results=results))
        return results[0]

    def call(self, name: str, truth: int | None = None, **arguments: Any) -> ToolResult:
        """The agent makes one call."""
        result = self.agent("", ToolCall(id="", name=name, arguments=arguments), truth=truth)
        assert result is not None
        return result

    def transfer(self, why: str, truth: int | None = None) -> bool:
        """The agent hands the customer to a person, which ends the dialogue; False in a domain where no tool does that."""
        call = self.domain.transfer_call(why)
        return call is not None and self.agent("", call, truth=truth) is not None

    def works(self, call: ToolCall) -> bool:
        """Whether that call would succeed now; it is not made."""
        trial = self.domain.open()
        try:
            for done in self._calls:
                trial.call(done)
            return not trial.call(call).is_error
        finally:
            trial.close()

    def seen(self, key: str) -> list[Json]:
        """The JSON objects that tools have answered so far and that have this key, the newest first."""
        found: list[Json] = []
        for turn in reversed(self.turns):
            for result in turn.results if isinstance(turn, ToolTurn) else ():
                try:
                    value = json.loads(result.content)
                except ValueError:
                    continue
                if isinstance(value, dict) and key in value:
                    found.append(value)
        return found

    @property
    def planted(self) -> int | None:
        """The turn with the planted fault."""
        return next((turn for turn, truth in self.truth.items() if truth == -1), None)

    def close(self) -> None:
        """Frees the database."""
        self._environment.close()

    def episode(self, episode_id: str) -> Episode:
        """The episode so far, verified; a transfer ends it, otherwise the customer hangs up."""
        stop = StopReason.TRANSFERRED if self._environment.transferred else StopReason.USER_DONE
        made = Episode(
            id=episode_id, task=self.task, agent="exam", user="exam", turns=tuple(self.turns), stop=stop, created_at=MADE
        )
        return made.model_copy(update={"verdict": verify(made, self.domain)})

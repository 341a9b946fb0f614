"""Plays scenarios, each in its trials, and says which of their expectations failed."""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from tarl_app.conversation import Conversation
from tarl_app.core.domain import Domain
from tarl_app.core.errors import TarlError
from tarl_app.core.protocols import Agent, Judge, UserSimulator
from tarl_app.core.types import Episode, Guards, Task
from tarl_app.scenarios.expectations import Answer, Failure, answers, failures
from tarl_app.scenarios.preparing import Prepared
from tarl_app.speech import Voice


@dataclass(frozen=True)
class Parts:
    """The constructors that scenarios need; agent and user are created for each trial, from its seed."""

    agent: Callable[[Task, Domain, int], Agent]
    user: Callable[[Prepared, int], UserSimulator]
    judge: Callable[[Domain, str], Judge]
    voice: Callable[[str], Voice]
    guard: Guards = "off"
    """Where a scenario does not say another one."""


@dataclass(frozen=True)
class Trial:
    """One call. ``error`` says why it does not count: what failed was not the agent."""

    seed: int
    episode: Episode | None = None
    failed: tuple[Failure, ...] = ()
    slow: tuple[Failure, ...] = ()
    error: str = ""
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether everything that was expected has happened."""
        return not self.failed and not self.error

    @property
    def answers(self) -> list[Answer]:
        """What the agent said."""
        return answers(self.episode.turns) if self.episode else []


@dataclass(frozen=True)
class Result:
    """A scenario's trials."""

    prepared: Prepared
    trials: tuple[Trial, ...] = field(default=())

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.prepared.read.name

    @property
    def error(self) -> str:
        """Why there is no result; empty where there is one."""
        return next((one.error for one in self.trials if one.error), "")

    @property
    def count(self) -> int:
        """Trials that passed."""
        return sum(one.passed for one in self.trials)

    @property
    def rate(self) -> float:
        """Their share."""
        return self.count / len(self.trials) if self.trials else 0.0

    @property
    def passed(self) -> bool:
        """Whether enough of them did."""
        return not self.error and self.rate >= self.prepared.scenario.pass_rate - 1e-9

    @property
    def seconds(self) -> float:
        """What the trials took together."""
        return sum(one.seconds for one in self.trials)


def play(
    prepared: Prepared, parts: Parts, trials: int | None = None, on_trial: Callable[[Trial, int, int], None] | None = None
) -> Result:
    """All trials of a scenario; trial t has the scenario's seed + t.

    ``on_trial`` is given each trial, its number from 1, and how many there are. The first error ends it: a service that is
    down fails no agent.
    """
    count = trials or prepared.scenario.trials
    done: list[Trial] = []
    for number in range(1, count + 1):
        done.append(_trial(prepared, parts, prepared.scenario.seed + number - 1))
        if on_trial:
            on_trial(done[-1], number, count)
        if done[-1].error:
            break
    return Result(prepared, tuple(done))


def _trial(prepared: Prepared, parts: Parts, seed: int) -> Trial:
    scenario, task, domain = prepared.scenario, prepared.task, prepared.domain
    started = time.perf_counter()
    try:
        conversation = Conversation(
            task,
            domain,
            parts.agent(task, domain, seed),
            user=parts.user(prepared, seed),
            judge=parts.judge(domain, scenario.judge),
            voice=parts.voice(scenario.voice) if scenario.voice or scenario.timed else None,
            max_agent_turns=scenario.max_agent_turns,
            seed=seed,
            guard=scenario.guard or parts.guard,
            faults=scenario.faults,
        )
        with closing(conversation):
            episode = conversation.run()
            changes = conversation.tools.changes()
        if not episode.counts:
            return Trial(seed, episode, error=episode.failure or "The call failed.", seconds=_since(started))
        found = failures(scenario.expect, episode, changes, domain)
    except TarlError as error:
        return Trial(seed, error=str(error), seconds=_since(started))
    failed, slow = _apart(found)
    return Trial(seed, episode, failed, slow, seconds=_since(started))


def _apart(found: Sequence[Failure]) -> tuple[tuple[Failure, ...], tuple[Failure, ...]]:
    return tuple(one for one in found if not one.slow), tuple(one for one in found if one.slow)


def _since(started: float) -> float:
    return time.perf_counter() - started

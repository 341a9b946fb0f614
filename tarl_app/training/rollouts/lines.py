"""The conversations that rollouts are played in: what was requested, one that is under way, and what came of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue
from random import Random

from tarl_app.agents.omni.decoding.batched_decoder import Reply
from tarl_app.agents.omni.reply import Prompt, Replies
from tarl_app.core.domain import Domain
from tarl_app.core.errors import TarlError
from tarl_app.core.types import AgentTurn, Episode, Task, Turn
from tarl_app.training.configuration.config import Source
from tarl_app.training.rollouts.head_start import expert
from tarl_app.training.rollouts.samples import Rollout


@dataclass(frozen=True)
class Job:
    """One requested rollout; the rollouts of a group share everything but ``member``."""

    source: Source
    task: Task
    group: str
    seed: int
    member: int
    given: int = 0
    """Agent turns that the expert takes before the policy continues (``head_start``)."""
    prefix: tuple[AgentTurn, ...] = ()
    """Agent turns of an earlier conversation, given in its place (``branches``)."""
    greedy: bool = False
    """The policy takes the most likely token each time, as in evaluations; nothing can be learned from that."""

    @property
    def before(self) -> int:
        """Agent turns that are given before the policy continues, by the expert or an earlier conversation."""
        return self.given or len(self.prefix)


@dataclass(frozen=True, eq=False)
class Outcome:
    """The result of a job; without a rollout if infrastructure or user failed, or the agent never spoke."""

    job: Job
    episode: Episode
    rollout: Rollout | None
    interventions: int | None = None
    """How often the policy was asked to reconsider; None without interventions."""


@dataclass(eq=False)
class Line:
    """One active conversation: the ``Agent`` of its thread, and the state on this side."""

    job: Job
    slot: int
    domain: Domain
    inbox: "SimpleQueue[Event]"
    name: str
    random: Random
    pipeline: Replies
    answers: "SimpleQueue[AgentTurn | TarlError]" = field(default_factory=SimpleQueue)
    replies: dict[tuple[int, str], Reply] = field(default_factory=dict)  # by place and content of the turn
    prompt: Prompt | None = None
    interventions: int | None = None

    def reply(
        self,
        turns: Sequence[Turn],
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> AgentTurn:
        """See ``protocols.Agent.reply``; called in the conversation's thread."""
        said = sum(isinstance(turn, AgentTurn) for turn in turns)
        if said < len(self.job.prefix):
            return self.job.prefix[said]
        if said < self.job.given:
            return expert(self.job.task, self.domain, self.job.seed).reply(turns)
        self.inbox.put(Event(self, turns=tuple(turns)))
        answer = self.answers.get()
        if isinstance(answer, TarlError):
            raise answer
        return answer


@dataclass(frozen=True, eq=False)
class Event:
    """A conversation needs a turn, has ended, or failed with a bug."""

    line: Line
    turns: tuple[Turn, ...] = ()
    episode: Episode | None = None
    bug: BaseException | None = None

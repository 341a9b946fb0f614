"""Everything that the page needs from the rest of the app, passed in by ``app.py``, so that the page names no
implementation.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from tarl_app.core.domain import Domain
from tarl_app.core.protocols import Agent, EpisodeStore, Judge, SpeechToText, UserSimulator, VoteStore
from tarl_app.core.types import CustomerKind, Episode, Guards, Task
from tarl_app.evaluation.board import Board
from tarl_app.evaluation.comparison.compare import CompareConfig
from tarl_app.evaluation.evaluate import Parts
from tarl_app.speech import Voice
from tarl_app.storage.memory import MemoryVoteStore
from tarl_app.storage.recordings import Recordings
from tarl_app.ui.access.ballot import Ballot
from tarl_app.ui.access.lines import Lines
from tarl_app.ui.models import REFERENCE, SCRIPTED, Chosen, Models
from tarl_app.ui.poll import Poll
from tarl_app.ui.readiness import Readiness
from tarl_app.ui.training_service import Training


def _names(task: Task) -> set[str]:
    """The facts of a caller that are words, such as names, in lower case."""
    return {fact.lower() for fact in task.facts.values() if re.fullmatch(r"[^\W\d_]+(?:[-'][^\W\d_]+)*", fact)}


def _trained(agent: str, domain: str) -> str:
    return ""


def _deaf(name: str) -> bool:
    return False


def _unguarded(name: str) -> Guards:
    return "off"


def _plain(name: str) -> CustomerKind:
    return "plain"


@dataclass(frozen=True)
class AgentChoice:
    """An agent that the page offers; ``needs`` names the parts (``Readiness``) without which it cannot answer."""

    name: str
    title: str
    needs: tuple[str, ...] = ()
    base: str = ""
    """The agent that it was trained from; empty if there is none."""


@dataclass(frozen=True)
class Comparing:
    """What comparing agents needs beside the rest."""

    agents: Callable[[], tuple[AgentChoice, ...]]
    """Every agent that can be compared now, those for measurements included."""
    parts: Callable[[CompareConfig], tuple[Parts, Parts]]
    """The constructors of both sides; raises ``TarlError``."""
    revision: Callable[[str], str]
    """What an agent's name stands for now."""
    folder: Path
    """Comparisons over many tasks, a folder each."""
    user_voice: str = ""
    """The simulated customer's voice, the same for both sides."""


@dataclass(frozen=True)
class Evaluating:
    """What the Evaluate tab needs beside the rest."""

    board: Board
    agents: Callable[[], tuple[str, ...]]
    """Every agent that can be measured now."""
    domains: tuple[str, ...]
    revision: Callable[[str], str]
    """What an agent's name stands for now."""
    exams: Path
    """Where judges' exams are kept."""
    untrained: Callable[[str, str], str] = _trained
    """That an agent was not trained for a domain, in a sentence; empty if it was."""
    user_voice: str = ""
    agent_voice: str = ""
    """The agents' voice, where both may speak at once."""
    default_guard: Callable[[str], Guards] = _unguarded
    """An agent's default guard."""
    owners: frozenset[str] | None = None
    """The accounts that may start and stop on a public page, where everybody sees the results; None: everybody may."""
    rated: Callable[[], Iterable[Episode]] = tuple
    """Stored calls, whose thumbs are compared with the judge's scores; raises ``StorageError``."""


@dataclass(frozen=True)
class Services:
    """Constructors and shared parts; everything here may be called from any thread."""

    agents: tuple[AgentChoice, ...]
    first_agent: str
    """The agent that is chosen when the page opens."""
    demo_agent: str
    """The agent that can always answer: used for "Watch a call" while the first one is loading."""
    domain: Domain
    tasks: tuple[Task, ...]
    free_task: Task
    make_agent: Callable[[str, Task], Agent]
    make_user: Callable[[Task, bool], UserSimulator]
    """A simulated customer for the task; True asks for a spoken one."""
    make_judge: Callable[[Domain], Judge]
    ears: Callable[[], SpeechToText | None]
    voice: Callable[[], Voice | None]
    store: EpisodeStore
    readiness: Readiness = field(default_factory=Readiness)
    public: bool = False
    """On a public Space a visitor sees only their own stored calls, and starts no background work."""
    owners: frozenset[str] = frozenset()
    """The accounts that may start background work on a public page."""
    ballot: Ballot = field(default_factory=Ballot)
    """Rate limits of votes."""
    pause: float = 0.5
    """Seconds between a turn without sound and the next one of a simulated call."""
    slow_voice: float = 10.0
    """Seconds until the first sound of an answer beyond which a visitor is offered text."""
    home: str = ""
    """Where the app writes, to be shown."""
    others: tuple[Domain, ...] = ()
    """Further domains to which offered tasks belong."""
    votes: VoteStore = field(default_factory=MemoryVoteStore)
    comparing: Comparing | None = None
    """None: the page has no Compare tab."""
    evaluating: Evaluating | None = None
    """None: the page has no evaluations."""
    training: Training | None = None
    """None: nothing is trained here, as on a public Space."""
    models: Models | None = None
    """None: only rule-based customers and judges, as on a public page whose owner has set no endpoint."""
    recordings: Recordings | None = None
    """Where visitors may give recordings of their own voice; None: nowhere, the default."""
    lines: Lines = field(default_factory=Lines)
    """Calls that are answered at once."""
    untrained: Callable[[str, str], str] = _trained
    """That an agent was not trained for a domain, in a sentence; empty if it was."""
    make_guarded: Callable[[str, Task, Guards], Agent] | None = None
    """The agent under a guard; None: they all are as ``make_agent`` makes them."""
    default_guard: Callable[[str], Guards] = _unguarded
    """What an agent is held by where nobody chooses."""
    make_customer: Callable[[Task, bool, CustomerKind], UserSimulator] | None = None
    """A simulated customer by rules who talks in that manner, spoken or not; None: all are as ``make_user`` makes them."""
    default_customer: Callable[[str], CustomerKind] = _plain
    """The manner of customers that an agent copes with."""
    dress: Callable[[UserSimulator, str, str], None] | None = None
    """Gives a simulated customer a voice and a background, by their names; raises ``TarlError``. None: they keep theirs."""
    voices: tuple[tuple[str, str], ...] = ()
    """Titles and names of voices for simulated customers; the name is empty for the usual one."""
    hears: Callable[[str], bool] = _deaf
    """Whether an agent is given sound; others are given a transcript."""
    newer: Callable[[], tuple[AgentChoice, ...]] = tuple
    """Agents that were added since the app started: checkpoints of runs."""

    @cached_property
    def poll(self) -> Poll:
        """The results of the votes."""
        return Poll(self.votes.list)

    @property
    def offered(self) -> tuple[AgentChoice, ...]:
        """Every agent that can be chosen now."""
        known = {agent.name for agent in self.agents}
        return (*self.agents, *(agent for agent in self.newer() if agent.name not in known))

    def choice(self, name: str) -> AgentChoice:
        """The offered agent of that name, or the demo agent for a name that is not offered."""
        known = {agent.name: agent for agent in self.offered}
        return known.get(name) or known[self.demo_agent]

    def agent_of(self, name: str, task: Task, chosen: Chosen) -> Agent:
        """The agent, at the visitor's own endpoint if it is a model behind one."""
        own = self.models.agent(name, task, chosen.endpoint) if self.models and chosen.endpoint else None
        if own is None and self.make_guarded is not None:
            return self.make_guarded(name, task, self.guard_of(name, chosen))
        return own or self.make_agent(name, task)

    def guard_of(self, name: str, chosen: Chosen) -> Guards:
        """The agent's guard: the visitor's choice, or the agent's default."""
        return chosen.guard or self.default_guard(name)

    def customer_of(self, agent: str, task: Task, chosen: Chosen) -> CustomerKind:
        """How a customer of rules talks: as the visitor chose, otherwise as the agent copes with.

        The first call of a visit, with the initial task of a domain, has a plain one.
        """
        customer = self.domain_of(task).customer
        if self.make_customer is None or customer is None or customer.lifelike is None:
            return "plain"
        showpiece = task.id == self.showpiece_of(task.domain).id
        return chosen.customer or ("plain" if showpiece else self.default_customer(agent))

    def user_of(self, agent: str, task: Task, spoken: bool, chosen: Chosen) -> UserSimulator:
        """The simulated customer that the visitor chose."""
        if self.models is None or chosen.simulator == SCRIPTED:
            if self.make_customer is None:
                return self.make_user(task, spoken)
            return self.make_customer(task, spoken, self.customer_of(agent, task, chosen))
        return self.models.user(chosen.simulator, task, spoken, chosen.endpoint)

    def judge_of(self, domain: Domain, chosen: Chosen) -> Judge:
        """The judge that the visitor chose."""
        if self.models is None or chosen.judge == REFERENCE:
            return self.make_judge(domain)
        return self.models.judge(chosen.judge, domain, chosen.endpoint)

    @cached_property
    def domains(self) -> tuple[Domain, ...]:
        """The domains whose tasks are offered, the initial one first."""
        return (self.domain, *self.others)

    @cached_property
    def free_tasks(self) -> dict[str, Task]:
        """Domain -> its free talk, where one can talk freely."""
        others = {domain.name: domain.free(0) for domain in self.others if domain.free}
        return {self.domain.name: self.free_task, **others}

    def task(self, task_id: str) -> Task:
        """The offered task of that id; free talk for an id that is not offered."""
        return next((task for task in (*self.tasks, *self.free_tasks.values()) if task.id == task_id), self.free_task)

    def tasks_of(self, domain: str) -> tuple[Task, ...]:
        """The offered tasks of that domain."""
        return tuple(task for task in self.tasks if task.domain == domain)

    def domain_of(self, task: Task) -> Domain:
        """The domain in which the task is played."""
        return next((domain for domain in self.others if domain.name == task.domain), self.domain)

    @property
    def showpiece(self) -> Task:
        """The initial task."""
        return self.showpiece_of(self.domain.name)

    def showpiece_of(self, name: str) -> Task:
        """The initial task in a domain: one goal that demonstrates well, and a caller who remembers well.

        Callers who talk plainly and have a name of the domain's lexicons come first, as they are heard best.
        """
        domain = next((one for one in self.others if one.name == name), self.domain)
        tasks = self.tasks_of(domain.name)
        known = {word.lower() for lexicon in domain.lexicons.values() for word in lexicon}
        for kind in domain.labels.showpieces:
            fit = [task for task in tasks if task.kind == kind and len(task.goals) == 1 and not task.persona.misremembers]
            heard = [task for task in fit if task.persona.style == "plain" and _names(task) <= known]
            if fit:
                return [*heard, *fit][0]
        return next(iter(tasks), self.free_tasks.get(domain.name, self.free_task))

    def untuned(self, name: str) -> str:
        """The agent from which that one was trained, or another one was that is offered; empty for the demo agent."""
        if name == self.demo_agent:
            return ""
        bases = [self.choice(name).base, *(agent.base for agent in self.offered)]
        known = {agent.name for agent in self.offered}
        return next((base for base in bases if base in known and base != name), "")

    def following(self, task: Task) -> Task:
        """The offered task after that one in its domain, of another kind where there is one; after the last, the first."""
        tasks = [one for one in self.tasks_of(task.domain) if one.verifiable]
        at = next((place for place, one in enumerate(tasks) if one.id == task.id), -1)
        later = [*tasks[at + 1 :], *tasks[: at + 1]]
        return next((one for one in later if one.kind != task.kind), later[0] if later else task)

    def usable_agent(self, name: str) -> str:
        """That agent if it is ready, otherwise the demo agent."""
        choice = self.choice(name)
        return self.demo_agent if self.readiness.why_not(choice.needs) else choice.name

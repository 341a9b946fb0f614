"""Name -> constructor tables. Constructors import lazily, so that torch is loaded only when it is needed.

The page, the command line and the trainer build everything here; no other module names an implementation.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import get_args

from tarl_app import wiring_agents, wiring_llm
from tarl_app.core.domain import OWN_PHRASINGS, PLAIN_MANNER, Domain, Manner, PhrasingSet, Split, Wordings
from tarl_app.core.errors import ConfigError, DomainError
from tarl_app.core.protocols import Agent, EpisodeStore, Judge, SpeechToText, UserSimulator, VoteStore
from tarl_app.core.settings import settings
from tarl_app.core.types import CustomerKind, Task
from tarl_app.domains import DOMAINS, domain_names, get_task, load_domain
from tarl_app.evaluation.comparison.compare import CompareConfig
from tarl_app.evaluation.config import EvaluationConfig
from tarl_app.evaluation.evaluate import Parts
from tarl_app.jobs.machine import make_runs, run_threads, threads
from tarl_app.llm import Endpoint
from tarl_app.speech import Voice
from tarl_app.wiring_agents import (
    AGENTS,
    AgentMaker,
    agent_names,
    bases,
    checkpoint_folders,
    chosen_guard,
    default_customer,
    default_guard,
    hears,
    load_omni,
    make_agent,
    revision,
    scheduler_of,
    trained_for,
    untrained,
)

__all__ = [
    "AGENTS",
    "JUDGES",
    "SPLITS",
    "USERS",
    "AgentMaker",
    "JudgeMaker",
    "agent_names",
    "bases",
    "checkpoint_folders",
    "checkpoint_parts",
    "chosen_guard",
    "compare_parts",
    "default_customer",
    "default_guard",
    "domain_names",
    "dress",
    "evaluation_parts",
    "find_task",
    "hears",
    "load_omni",
    "make_agent",
    "make_hearing",
    "make_judge",
    "make_runs",
    "make_spoken_user",
    "make_store",
    "make_user",
    "make_voice",
    "make_votes",
    "own_wordings",
    "playable",
    "prepare_customer",
    "revision",
    "run_threads",
    "scheduler_of",
    "set_store_aside",
    "shown_tasks",
    "threads",
    "trained_for",
    "untrained",
    "usual_customer",
]

SPLITS: tuple[Split, ...] = ("train", "dev", "test")

# --- domains and tasks ------------------------------------------------------------------------------------------------


def playable() -> tuple[Domain, ...]:
    """The domains that have tasks, the default one first; imported ones that are damaged are left out."""
    found: list[Domain] = []
    for name in domain_names():
        try:
            domain = load_domain(name)
            if shown_tasks(domain):
                found.append(domain)
        except DomainError:
            if name in DOMAINS:
                raise
    return tuple(found)


def shown_tasks(domain: Domain) -> tuple[Task, ...]:
    """The tasks of a domain that a page offers: those of dev, where it has none those of test, of train."""
    return next((tasks for split in ("dev", "test", "train") if (tasks := domain.tasks(split))), ())


def usual_customer(domain: str) -> CustomerKind:
    """How the domain's scripted customers talk by default: as people do, where they can."""
    from tarl_app.users.customers import usual

    return usual(load_domain(domain))


def find_task(task_id: str, domain: str | None = None) -> tuple[Task, Domain]:
    """The task of that id (see ``domains.get_task``) with its domain, which its id begins with.

    Raises:
        DomainError: no domain has such a task.
    """
    named = [name for name in domain_names() if task_id.startswith(f"{name}-")]
    name = domain or max(named, key=len, default=None)
    if name is None:
        raise DomainError(f"There is no task {task_id!r}. `python -m tarl_app tasks list` shows which there are.")
    return get_task(name, task_id), load_domain(name)


# --- users, judges, speech, stores ------------------------------------------------------------------------------------


USERS: tuple[str, ...] = ("scripted", "llm", "react")
"""The simulated customers; the last two are a model behind an endpoint, without and with reasoning before it speaks."""


def own_wordings(path: Path, domain: str) -> Wordings:
    """The wordings in a file of one's own (`docs/wordings.md`); raises ``ConfigError``."""
    from tarl_app.users.wordings.load import load_file

    customer = load_domain(domain).customer
    if customer is None or customer.lifelike is None:
        raise ConfigError(f"The domain {domain!r} has no lifelike customers, so it takes no wordings: leave the file out.")
    return load_file(path, domain, customer.lifelike.rules)


def make_user(
    task: Task,
    seed: int = 0,
    phrasings: str | None = None,
    name: str = "scripted",
    endpoint: Endpoint | None = None,
    manner: Manner = PLAIN_MANNER,
    aloud: bool = False,
) -> UserSimulator:
    """A simulated customer who writes; raises ``ConfigError``.

    ``phrasings`` defaults to those of the task's split; ``endpoint``: instead of the settings' one; ``aloud``: the words
    are to be spoken.
    """
    from tarl_app.users.customers import make_customer

    if name in ("llm", "react"):
        return wiring_llm.user(name, task, load_domain(task.domain), seed, endpoint)
    if name != "scripted":
        raise ConfigError(f"There is no simulated user named {name!r}. There are: {', '.join(USERS)}.")
    phrasings = phrasings or OWN_PHRASINGS.get(task.split, "held_out")
    chosen = OWN_PHRASINGS.get(phrasings) or next((one for one in get_args(PhrasingSet) if one == phrasings), None)
    if chosen is None:
        raise ConfigError(f"There are no wordings named {phrasings!r}. There are: {', '.join(get_args(PhrasingSet))}.")
    return make_customer(task, load_domain(task.domain), seed, chosen, manner, aloud)


def make_spoken_user(
    task: Task,
    seed: int = 0,
    phrasings: str | None = None,
    voice: str = "",
    channel: str = "clean",
    transcribed: bool = True,
    name: str = "scripted",
    endpoint: Endpoint | None = None,
    manner: Manner = PLAIN_MANNER,
    writes: UserSimulator | None = None,
) -> UserSimulator:
    """A simulated customer who speaks, through a channel; ``transcribed`` adds the transcript of speech recognition.

    ``writes``: whose words are spoken, instead of those of a customer made from the task.
    """
    from tarl_app.speech import USER_VOICE, load_hearing, load_voice
    from tarl_app.speech.channel import channel as line
    from tarl_app.speech.prepared import prepared, prepared_hearing
    from tarl_app.users.spoken import SpokenUser

    chosen = load_voice(voice or USER_VOICE)
    hearing = prepared_hearing(load_hearing()) if transcribed else None
    writes = writes or make_user(task, seed, phrasings, name, endpoint, manner, aloud=True)
    return SpokenUser(
        writes, prepared(chosen.engine), chosen.voice, line(channel, seed), hearing, load_domain(task.domain).spoken
    )


def prepare_customer(task: Task, transcribed: bool = True) -> None:
    """Has the first words of the task's usual customer spoken, and written down where they are ``transcribed``, so that
    they can be heard as soon as that one calls. Raises ``SpeechError``, ``AssetError``.
    """
    from tarl_app.speech import USER_VOICE, Voice, load_hearing, load_voice
    from tarl_app.speech.channel import channel as line
    from tarl_app.speech.prepared import prepared, prepared_hearing

    voice, turn = load_voice(USER_VOICE), make_user(task, aloud=True).speak(())
    if turn is None:
        return
    prepared(voice.engine).prepare(turn.text, voice.voice)
    if transcribed:
        sound = line("clean")(Voice(prepared(voice.engine), voice.voice).say(turn.text))
        prepared_hearing(load_hearing()).prepare(sound, load_domain(task.domain).spoken)


def dress(user: UserSimulator, voice: str, background: str, seed: int = 0) -> None:
    """Gives a customer who speaks that voice (empty: the usual one) and that background, from the next turn on.

    ``background``: a channel's name. Customers who write are left as they are. Raises ``SpeechError``.
    """
    from tarl_app.speech import USER_VOICE, load_voice
    from tarl_app.speech.channel import channel as line
    from tarl_app.speech.prepared import prepared
    from tarl_app.users.spoken import SpokenUser

    if isinstance(user, SpokenUser):
        chosen = load_voice(voice or USER_VOICE)
        user.sound_like(prepared(chosen.engine), chosen.voice, line(background, seed))


def _reference(domain: Domain, endpoint: Endpoint | None) -> Judge:
    from tarl_app.judges.reference.judge import ReferenceJudge

    return ReferenceJudge(domain)


JudgeMaker = Callable[[Domain, Endpoint | None], Judge]
JUDGES: dict[str, JudgeMaker] = {
    "reference": _reference,
    **{name: partial(wiring_llm.judge, name) for name in wiring_llm.JUDGES},
}
"""A model judges the whole episode at its end, or (``live``) each turn; ``gold-free`` without the gold calls."""


def make_judge(domain: Domain, name: str = "reference", endpoint: Endpoint | None = None) -> Judge:
    """The judge of that name; raises ``ConfigError`` for an unknown one, or a model without an endpoint."""
    if name not in JUDGES:
        raise ConfigError(f"There is no judge named {name!r}. There are: {', '.join(JUDGES)}.")
    return JUDGES[name](domain, endpoint)


def make_voice(name: str = "") -> Voice:
    """An agent's voice for a live call, ``engine:voice`` (default ``Settings.voice``); raises ``SpeechError``."""
    from tarl_app.speech import AGENT_VOICE, load_voice
    from tarl_app.speech.pool import PATIENCE

    return replace(load_voice(name or settings().voice or AGENT_VOICE), patience=PATIENCE)


def make_hearing(name: str = "") -> SpeechToText:
    """Speech recognition, loaded once in a process; raises ``SpeechError``."""
    from tarl_app.speech import DEFAULT_HEARING, load_hearing

    return load_hearing(name or DEFAULT_HEARING)


@cache
def make_store() -> EpisodeStore:
    """The episode store under ``TARL_HOME``, one for the process; opened when it is first used."""
    from tarl_app.storage.sql import SqlEpisodeStore

    return SqlEpisodeStore(settings().database)


def set_store_aside() -> tuple[Path, ...]:
    """Renames a damaged store of calls and votes, so that a new one is begun; the new paths. Raises ``StorageError``."""
    from tarl_app.storage.database import set_aside

    return set_aside(settings().database)


@cache
def make_votes() -> VoteStore:
    """The store of people's votes under ``TARL_HOME``, one for the process; opened when it is first used."""
    from tarl_app.storage.votes import SqlVoteStore

    return SqlVoteStore(settings().database)


# --- put together -----------------------------------------------------------------------------------------------------


def evaluation_parts(
    config: EvaluationConfig, workers: int = 1, own: Wordings | None = None, *, hears: bool | None = None
) -> Parts:
    """The constructors that an evaluation of this configuration needs; raises ``ConfigError``, ``DomainError``.

    ``own`` are the customers' sentences, where the configuration names a file of them. The replies of ``workers``
    conversations side by side are decoded together. ``hears``: whether the agent is given sound, if it is known.
    """
    domain = load_domain(config.domain)
    if not domain.tasks(config.split):
        has = ", ".join(split for split in SPLITS if domain.tasks(split))
        raise ConfigError(f"The domain {config.domain!r} has no tasks in the split {config.split}; it has: {has or 'none'}.")
    transcribed = config.speech and not (wiring_agents.hears(config.agent) if hears is None else hears)
    if config.wordings and own is None:
        raise ConfigError(f"This evaluation needs the wordings {config.wordings}: give their file with --phrasings.")
    manner = Manner(config.customer, own)

    def user(task: Task, seed: int) -> UserSimulator:
        if config.duplex:
            return make_user(task, seed, config.phrasings, config.user, manner=manner, aloud=True)
        if config.speech:
            said = (config.phrasings, config.voice, config.channel, transcribed, config.user)
            return make_spoken_user(task, seed, *said, manner=manner)
        return make_user(task, seed, config.phrasings, config.user, manner=manner)

    def agent(task: Task, seed: int) -> Agent:
        return make_agent(config.agent, task, domain, seed, workers, config.guard)

    guard = config.guard or default_guard(config.agent)
    judge = make_judge(domain, config.judge)
    parts = Parts(domain=domain, agent=agent, user=user, judge=judge, guard=guard)
    if not config.duplex:
        return parts
    from tarl_app.wiring_duplex import hold

    voice = make_voice(config.agent_voice)
    return replace(parts, hold=partial(hold, agent, user, judge, domain, guard, not transcribed, voice, make_hearing))


def checkpoint_parts(config: EvaluationConfig, checkpoint: str, workers: int) -> Parts:
    """The same for a checkpoint by its name or folder, whatever the configuration calls it.

    Raises like ``evaluation_parts``, and ``AgentError`` when it cannot be loaded.
    """
    from tarl_app.agents.omni.serving.scheduler import ScheduledAgent

    scheduler = scheduler_of(checkpoint, workers)
    guard = config.guard or "policy"

    def agent(task: Task, seed: int) -> Agent:
        return ScheduledAgent(scheduler, domain, seed, config.agent, guard)

    parts = evaluation_parts(config, workers, hears=scheduler.loaded.config.hears)
    domain = parts.domain
    return replace(parts, agent=agent, guard=guard)


def compare_parts(config: CompareConfig) -> tuple[Parts, Parts]:
    """The constructors of both sides of a comparison; raises like ``evaluation_parts``."""
    return evaluation_parts(config.a), evaluation_parts(config.b)

"""Name -> constructor tables. Constructors import lazily, so that torch is loaded only when it is needed.

The page, the command line and the trainer build everything here; no other module names an implementation.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from tarl_app import wiring_llm
from tarl_app.core import documents
from tarl_app.core.domain import OWN_PHRASINGS, PLAIN_MANNER, Domain, Manner, PhrasingSet, Split, Wordings
from tarl_app.core.errors import AgentError, ConfigError, DocumentError, DomainError
from tarl_app.core.once import once
from tarl_app.core.paths import SHIPPED
from tarl_app.core.protocols import Agent, EpisodeStore, Judge, SpeechToText, UserSimulator, VoteStore
from tarl_app.core.settings import settings
from tarl_app.core.types import CustomerKind, Guards, Task
from tarl_app.domains import DOMAINS, get_task, load_domain
from tarl_app.evaluation.comparison.compare import CompareConfig
from tarl_app.evaluation.evaluate import EvaluationConfig, Parts
from tarl_app.jobs import run_record
from tarl_app.jobs.launch import LocalLauncher, divide
from tarl_app.jobs.runs import Runs
from tarl_app.llm import Endpoint, configured
from tarl_app.speech import Voice

if TYPE_CHECKING:
    from tarl_app.agents.omni.model.checkpoint import LoadedOmni
    from tarl_app.agents.omni.serving.scheduler import Scheduler

SPLITS: tuple[Split, ...] = ("train", "dev", "test")

# --- agents -----------------------------------------------------------------------------------------------------------

AgentMaker = Callable[[Task, Domain, int], Agent]


def _scripted(task: Task, domain: Domain, seed: int) -> Agent:
    from tarl_app.agents.scripted import ScriptedAgent

    return ScriptedAgent(task, domain, seed)


def _null(task: Task, domain: Domain, seed: int) -> Agent:
    from tarl_app.agents.scripted import NullAgent

    return NullAgent()


def _transfer_only(task: Task, domain: Domain, seed: int) -> Agent:
    from tarl_app.agents.scripted import TransferAgent

    return TransferAgent(domain)


AGENTS: dict[str, AgentMaker] = {"scripted": _scripted, "null": _null, "transfer-only": _transfer_only}
"""Agents without weights; every checkpoint's name is an agent too."""


def checkpoint_folders() -> dict[str, Path]:
    """The checkpoints by name: those under ``TARL_HOME``, shipped ones, and those of runs (``NAME@STEP``)."""
    folders: dict[str, Path] = {}
    for root in (settings().home / "checkpoints", SHIPPED):
        for config in sorted(root.glob("*/config.json")):
            folders.setdefault(config.parent.name, config.parent)
    return {**folders, **run_record.checkpoint_folders(settings().runs)}


def bases() -> dict[str, str]:
    """Checkpoint -> the checkpoint that it was trained from; those that were made from an untuned model are left out."""
    found: dict[str, str] = {}
    for name, folder in checkpoint_folders().items():
        try:
            told = documents.read_json(folder / "config.json", Path("/"))
            if told["base_digest"]:
                found[name] = str(told["base"])
        except (OSError, DocumentError, KeyError, TypeError):
            continue
    return found


def agent_names() -> tuple[str, ...]:
    """Every agent that has a name here; directories and hub ids of Qwen2.5-Omni models, and chat:<model>, work as well."""
    chat = [wiring_llm.CHAT] if configured() else []
    bases = [name for name in run_record.bases(settings().runs) if "@" not in name]  # to stand beside their checkpoints
    return tuple(dict.fromkeys(["omni-mini", *checkpoint_folders(), "omni-mini-base", *AGENTS, *chat, *bases]))


def default_guard(name: str) -> Guards:
    """The agent's default guard: ``policy`` for omni agents."""
    return "off" if name in AGENTS or wiring_llm.is_chat(name) else "policy"


def default_customer(name: str) -> CustomerKind:
    """The manner of customers that an agent copes with: ``lifelike`` for the scripted expert, models behind endpoints, and
    checkpoints whose description says so (``"customers": ["plain", "lifelike"]``).
    """
    if name == "scripted" or wiring_llm.is_chat(name):
        return "lifelike"
    folder = checkpoint_folders().get(name, Path(name))
    try:
        told = documents.read_json(folder / "config.json", Path("/")).get("customers", ())
        return "lifelike" if name not in AGENTS and "lifelike" in tuple(told) else "plain"
    except (OSError, DocumentError, AttributeError, TypeError):
        return "plain"


def chosen_guard(name: str, guard: Guards | None) -> Guards | None:
    """The choice for that agent; None where it is the agent's default."""
    return None if guard == default_guard(name) else guard


def make_agent(
    name: str, task: Task, domain: Domain, seed: int = 0, together: int = 1, guard: Guards | None = None
) -> Agent:
    """A fresh agent for one conversation; its model is loaded once and shared. Raises ``AgentError``, ``AssetError``.

    With ``together`` above 1 an omni agent's replies are decoded in one batch with those of others made so. ``guard``
    is the guard under which an omni agent decodes (by default ``default_guard``); for others it is applied where their
    calls are made (``Conversation``).
    """
    if name in AGENTS:
        return AGENTS[name](task, domain, seed)
    if wiring_llm.is_chat(name):
        return wiring_llm.chat(name, domain, seed)
    if name not in agent_names() and "/" not in name and not (Path(name) / "config.json").is_file():
        raise AgentError(f"There is no agent named {name!r}. There are: {', '.join(agent_names())}.")
    if together > 1:
        from tarl_app.agents.omni.serving.scheduler import ScheduledAgent

        return ScheduledAgent(scheduler_of(name, together), domain, seed, name, guard or "policy")
    from tarl_app.agents.omni.agent import OmniAgent

    return OmniAgent(load_omni(name), domain, seed=seed, name=name, guard=guard or "policy")


@once
def scheduler_of(name: str, together: int) -> "Scheduler":
    """The one scheduler of a checkpoint for so many conversations at once."""
    from tarl_app.agents.omni.serving.scheduler import Scheduler

    loaded = load_omni(name)
    return Scheduler(loaded, together, loaded.config.sampling)


def load_omni(name: str) -> "LoadedOmni":
    """A checkpoint's model, loaded once in a process; on a GPU where there is one. Raises ``AgentError``, ``AssetError``."""
    import torch

    from tarl_app.agents.omni.model.checkpoint import shared_checkpoint

    torch.set_num_threads(threads())
    return shared_checkpoint(name, "cuda" if torch.cuda.is_available() else "cpu")


def hears(name: str) -> bool:
    """Whether the agent is given sound; others read a transcript."""
    if wiring_llm.is_chat(name):
        return wiring_llm.hears(name)
    if name in AGENTS or name == "omni-mini-base":
        return False
    folder = checkpoint_folders().get(name, Path(name))
    try:
        return bool(documents.read_json(folder / "config.json", Path("/")).get("hears", True))
    except (OSError, DocumentError, AttributeError):
        return True  # a model of the hub: Qwen2.5-Omni hears


def trained_for(name: str) -> tuple[str, ...]:
    """The domains that a checkpoint was trained for, as its description says; empty where that is not known."""
    folder = checkpoint_folders().get(name, Path(name))
    try:
        return tuple(map(str, documents.read_json(folder / "config.json", Path("/")).get("domains", ())))
    except (OSError, DocumentError, AttributeError, TypeError):
        return ()


def untrained(name: str, domain: str) -> str:
    """That the agent was not trained for the domain, in a sentence; empty if it was, or if nobody knows."""
    known = () if name in AGENTS or wiring_llm.is_chat(name) else trained_for(name)
    return "" if not known or domain in known else f"{name} was trained for {' and '.join(known)}, not for {domain}."


def revision(name: str) -> str:
    """The agent's revision: a digest of its checkpoint's files, empty for an agent without a checkpoint."""
    if wiring_llm.is_chat(name):
        return wiring_llm.revision(name)
    folder = checkpoint_folders().get(name) or (Path(name) if (Path(name) / "config.json").is_file() else None)
    if name in AGENTS or folder is None:
        return ""
    digest = hashlib.sha256()
    for path in sorted(file for file in folder.rglob("*") if file.suffix in {".json", ".safetensors"}):
        digest.update(path.name.encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


# --- domains and tasks ------------------------------------------------------------------------------------------------


def domain_names() -> tuple[str, ...]:
    """Every domain."""
    return tuple(DOMAINS)


def playable() -> tuple[Domain, ...]:
    """The domains that have tasks, the default one first."""
    return tuple(domain for domain in map(load_domain, DOMAINS) if domain.tasks("dev"))


def find_task(task_id: str, domain: str | None = None) -> tuple[Task, Domain]:
    """The task of that id (see ``domains.get_task``) with its domain, which its id begins with.

    Raises:
        DomainError: no domain has such a task.
    """
    name = domain or next((name for name in DOMAINS if task_id.startswith(f"{name}-")), None)
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
) -> UserSimulator:
    """A simulated customer who speaks, through a channel; ``transcribed`` adds the transcript of speech recognition."""
    from tarl_app.speech import USER_VOICE, load_hearing, load_voice
    from tarl_app.speech.channel import channel as line
    from tarl_app.users.spoken import SpokenUser

    chosen = load_voice(voice or USER_VOICE)
    hearing = load_hearing() if transcribed else None
    writes = make_user(task, seed, phrasings, name, endpoint, manner, aloud=True)
    return SpokenUser(writes, chosen.engine, chosen.voice, line(channel, seed), hearing, load_domain(task.domain).spoken)


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


# --- runs -------------------------------------------------------------------------------------------------------------


def make_runs() -> Runs:
    """The training runs under ``TARL_HOME``, computed on this machine."""
    return Runs(settings().runs, (LocalLauncher(threads=run_threads()),))


def run_threads() -> int:
    """CPU threads of a run beside the page."""
    return divide(settings().threads)[1]


def threads() -> int:
    """CPU threads for the models of this process; fewer while a run computes on the same machine."""
    return divide(settings().threads)[0] if make_runs().computing() else settings().threads


@cache
def make_votes() -> VoteStore:
    """The store of people's votes under ``TARL_HOME``, one for the process; opened when it is first used."""
    from tarl_app.storage.votes import SqlVoteStore

    return SqlVoteStore(settings().database)


# --- put together -----------------------------------------------------------------------------------------------------


def evaluation_parts(config: EvaluationConfig, workers: int = 1, own: Wordings | None = None) -> Parts:
    """The constructors that an evaluation of this configuration needs; raises ``ConfigError``, ``DomainError``.

    ``own`` are the customers' sentences, where the configuration names a file of them. The replies of ``workers``
    conversations side by side are decoded together.
    """
    domain = load_domain(config.domain)
    transcribed = config.speech and not hears(config.agent)
    if config.wordings and own is None:
        raise ConfigError(f"This evaluation needs the wordings {config.wordings}: give their file with --phrasings.")
    manner = Manner(config.customer, own)

    def user(task: Task, seed: int) -> UserSimulator:
        if config.speech:
            said = (config.phrasings, config.voice, config.channel, transcribed, config.user)
            return make_spoken_user(task, seed, *said, manner=manner)
        return make_user(task, seed, config.phrasings, config.user, manner=manner)

    def agent(task: Task, seed: int) -> Agent:
        return make_agent(config.agent, task, domain, seed, workers, config.guard)

    guard = config.guard or default_guard(config.agent)
    return Parts(domain=domain, agent=agent, user=user, judge=make_judge(domain, config.judge), guard=guard)


def compare_parts(config: CompareConfig) -> tuple[Parts, Parts]:
    """The constructors of both sides of a comparison; raises like ``evaluation_parts``."""
    return evaluation_parts(config.a), evaluation_parts(config.b)

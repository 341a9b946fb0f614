"""Agents by name: tables of constructors, and what is known of a checkpoint. Constructors import lazily.

Part of ``wiring``, which offers all of it.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tarl_app import wiring_llm
from tarl_app.core import documents
from tarl_app.core.domain import Domain
from tarl_app.core.errors import AgentError, DocumentError
from tarl_app.core.paths import SHIPPED
from tarl_app.core.process.garbage import uncollected
from tarl_app.core.process.once import once
from tarl_app.core.protocols import Agent
from tarl_app.core.settings import settings
from tarl_app.core.types import CustomerKind, Guards, Task
from tarl_app.jobs import run_record
from tarl_app.jobs.machine import threads
from tarl_app.llm import configured

if TYPE_CHECKING:
    from tarl_app.agents.omni.model.checkpoint import LoadedOmni
    from tarl_app.agents.omni.serving.scheduler import Scheduler

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
    with uncollected():
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
    with uncollected():
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

"""The constructors of ``wiring`` for models behind endpoints: users, judges, agents."""

import time
from dataclasses import replace
from functools import cache
from typing import Literal

from tarl_app.core.domain import Domain
from tarl_app.core.errors import Cancelled, TarlError
from tarl_app.core.protocols import Agent, Judge, UserSimulator
from tarl_app.core.settings import settings
from tarl_app.core.types import Task
from tarl_app.domains import load_domain
from tarl_app.llm import LLM, AnswerCache, Endpoint, endpoint_of, habits_of, shared_budget
from tarl_app.llm.endpoint import Role

CHAT = "chat"
"""The agent of that name is the settings' model; ``chat:<model>`` is another one at the same endpoint."""
_HEARING = ("omni", "audio", "voxtral")

JUDGES: dict[str, tuple[Literal["whole", "live"], bool]] = {
    "llm": ("whole", False),
    "llm-live": ("live", False),
    "llm-gold-free": ("whole", True),
    "llm-live-gold-free": ("live", True),
}
"""Name -> mode and gold-free."""


@cache
def answers() -> AnswerCache:
    """The cache of users' and judges' answers, under ``TARL_HOME``."""
    return AnswerCache(settings().cache / "llm")


@cache
def model_of(role: Role, model: str) -> LLM:
    """The model that plays a role; raises ``ConfigError`` when no endpoint is set for it."""
    return _at(endpoint_of(role, model))


def model(role: Role, name: str = "", endpoint: Endpoint | None = None) -> LLM:
    """The settings' model for a role, shared, or the one at an ``endpoint`` given on the page, for that visitor only.

    Raises:
        ConfigError: no endpoint is set.
    """
    return _at(endpoint) if endpoint is not None else model_of(role, name)


def _at(endpoint: Endpoint) -> LLM:
    return LLM(endpoint, shared_budget(), habits_of(endpoint.base_url, endpoint.model))


def user(name: Literal["llm", "react"], task: Task, domain: Domain, seed: int, endpoint: Endpoint | None) -> UserSimulator:
    """A simulated customer that is a model; raises ``ConfigError``."""
    from tarl_app.users.llm import LLMUser

    return LLMUser(task, domain, model("user", endpoint=endpoint), name, seed, answers())


def judge(name: str, domain: Domain, endpoint: Endpoint | None) -> Judge:
    """A model as the judge, by its name in ``JUDGES``; raises ``ConfigError``."""
    from tarl_app.judges.llm import LLMJudge

    mode, gold_free = JUDGES[name]
    return LLMJudge(model("judge", endpoint=endpoint), domain, mode, gold_free, answers())


def is_chat(name: str) -> bool:
    """Whether the agent of that name is a model behind an endpoint."""
    return name == CHAT or name.startswith(f"{CHAT}:")


def chat(name: str, domain: Domain, seed: int) -> Agent:
    """The agent ``chat`` or ``chat:<model>``; raises ``ConfigError``."""
    from tarl_app.agents.chat import ChatAgent

    return ChatAgent(model("agent", _named(name)), domain, hears(name), seed)


def chat_at(name: str, task: Task, endpoint: Endpoint) -> Agent | None:
    """The agent ``chat`` at an endpoint given on the page; None for an agent that is something else."""
    from tarl_app.agents.chat import ChatAgent

    if name != CHAT:
        return None
    heard = any(part in endpoint.model.lower() for part in _HEARING)
    return ChatAgent(model("agent", endpoint=endpoint), load_domain(task.domain), heard)


def hears(name: str) -> bool:
    """Whether that agent is sent sound: as the settings say, else by the model's name."""
    chosen = settings()
    if chosen.llm_agent_hears is not None:
        return chosen.llm_agent_hears
    shown = (_named(name) or chosen.llm_model).lower()
    return any(part in shown for part in _HEARING)


def revision(name: str) -> str:
    """The model and its address, which one evaluation must not mix."""
    endpoint = endpoint_of("agent", _named(name))
    return f"{endpoint.model}@{endpoint.base_url}"


def _named(name: str) -> str:
    return name.partition(":")[2]


def probe(endpoint: Endpoint, seconds: float = 3.0) -> str:
    """Why the endpoint does not answer one short question within so many seconds, in the server's own words where it has
    some; empty if it does.
    """
    try:
        asked = LLM(replace(endpoint, attempts=1, timeout=seconds))
        until = time.monotonic() + seconds  # the first time, making it loads a library
        asked.ask([{"role": "user", "content": "Say OK."}], max_tokens=16, cancelled=lambda: time.monotonic() > until)
    except Cancelled:
        return f"{endpoint.shown} has not answered within {seconds:.0f} s. It may be starting, or be slow, or not be there."
    except TarlError as error:
        return str(error)
    return ""

"""A visitor's choice of simulated customer and its manner, judge, guard and endpoint."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from tarl_app.core.domain import Domain
from tarl_app.core.errors import ConfigError
from tarl_app.core.protocols import Agent, Judge, UserSimulator
from tarl_app.core.types import CustomerKind, Guards, Task
from tarl_app.llm import Endpoint

SCRIPTED, REFERENCE = "scripted", "reference"
SIMULATORS = (
    ("Scripted: follows the task by rules", SCRIPTED),
    ("A model", "llm"),
    ("A model that thinks before it speaks", "react"),
)
JUDGES = (
    ("Reference: rules and gold calls", REFERENCE),
    ("A model, after each turn", "llm-live"),
    ("A model, when the call has ended", "llm"),
    ("A model, after each turn, without gold calls", "llm-live-gold-free"),
    ("A model, when the call has ended, without gold calls", "llm-gold-free"),
)

GUARDS: tuple[tuple[str, Guards | Literal[""]], ...] = (
    ("As the agent has it", ""),
    ("Off: it calls what it likes", "off"),
    ("Schema: calls fit the tools", "schema"),
    ("Policy: the domain's guard as well", "policy"),
)
"""The guards that can be chosen."""


CUSTOMERS: tuple[tuple[str, CustomerKind | Literal[""]], ...] = (
    ("As fits the agent", ""),
    ("Plain: answers what is asked", "plain"),
    ("Lifelike: talks as people do", "lifelike"),
)
"""How the customer of rules can talk."""


BACKGROUNDS: tuple[tuple[str, str], ...] = (
    ("Quiet", "clean"),
    ("A street", "street"),
    ("A cafe", "cafe"),
    ("On the telephone", "phone"),
    ("On the telephone, in a street", "street+phone"),
)
"""What goes on behind the simulated customer: titles, and names of channels (``speech.channel``)."""


@dataclass(frozen=True)
class Chosen:
    """One visitor's choice; ``endpoint`` with its key is kept in memory for the duration of the visit, for this visitor
    only.
    """

    simulator: str = SCRIPTED
    judge: str = REFERENCE
    endpoint: Endpoint | None = None
    guard: Guards | None = None
    """The agent's guard; None: the agent's default."""
    customer: CustomerKind | None = None
    """How the customer of rules talks; None: as fits the agent."""


def customer_of(value: object) -> CustomerKind | None:
    """The chosen one of ``CUSTOMERS``; raises ``ConfigError`` for anything else."""
    for _, name in CUSTOMERS:
        if value == name:
            return name or None
    raise ConfigError("There is no such customer: choose one from the list.")


def guard_of(value: object) -> Guards | None:
    """The chosen one of ``GUARDS``; raises ``ConfigError`` for anything else."""
    for _, name in GUARDS:
        if value == name:
            return name or None
    raise ConfigError("There is no such guard: choose one from the list.")


def _unasked(endpoint: Endpoint) -> str:
    return ""


@dataclass(frozen=True)
class Models:
    """Constructors of models for the page; all raise ``ConfigError`` without an endpoint."""

    user: Callable[[str, Task, bool, Endpoint | None], UserSimulator]
    """By name, for a task, spoken or not, at the visitor's endpoint or the settings'."""
    judge: Callable[[str, Domain, Endpoint | None], Judge]
    agent: Callable[[str, Task, Endpoint], Agent | None]
    """That agent at the visitor's endpoint; None if it is not a model behind an endpoint."""
    configured: bool
    """Whether the owner has set an endpoint."""
    by_page: bool
    """Whether a visitor may give one: never on a public page."""
    probe: Callable[[Endpoint], str] = _unasked
    """Why an endpoint does not answer, asked once and for a few seconds; empty if it does."""

    def choose(self, before: Chosen, simulator: str, judge: str, address: str, model: str, key: str) -> Chosen:
        """The visitor's choice, validated. An empty key keeps the one given before, for the same server only.

        Raises:
            ConfigError: an unknown name, an endpoint that is not allowed or not complete, or a model without any.
        """
        if simulator not in {name for _, name in SIMULATORS} or judge not in {name for _, name in JUDGES}:
            raise ConfigError("There is no such customer or judge: choose one from the lists.")
        endpoint = self._endpoint(before.endpoint, address.strip(), model.strip(), key.strip())
        if endpoint is None and not self.configured and (simulator, judge) != (SCRIPTED, REFERENCE):
            raise ConfigError(
                "A model needs an endpoint: give its address and the model's name, and a key where one is needed."
            )
        return Chosen(simulator, judge, endpoint, before.guard, before.customer)

    def _endpoint(self, before: Endpoint | None, address: str, model: str, key: str) -> Endpoint | None:
        if not address:
            if model or key:
                raise ConfigError("Give the endpoint's address with the model and the key.")
            return None
        if not self.by_page:
            raise ConfigError("On this page models are set by its owner.")
        made = Endpoint(address, model, SecretStr(key))
        if before is None or key or _server(before.base_url) != _server(address):
            return made
        return replace(made, api_key=before.api_key)


def _server(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc

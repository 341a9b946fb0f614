"""Validates the form of the Evaluate tab."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from tarl_app.core.domain import Split
from tarl_app.core.errors import ConfigError
from tarl_app.core.types import CustomerKind, Frozen
from tarl_app.evaluation.config import EvaluationConfig
from tarl_app.ui.access.limits import (
    MOST_AGENTS,
    MOST_CHANNELS,
    MOST_COMBINATIONS,
    MOST_PARTS,
    MOST_TASKS,
    MOST_TRIALS,
    MOST_WORKERS,
)
from tarl_app.ui.services import Evaluating
from tarl_app.users.floor import Manner

NOTHING = "Choose at least one agent, and whether the customer writes or speaks."
LONGEST_NAME = 200
"""Characters of an agent's or a channel's name."""


def _unless_empty(value: Any) -> Callable[[Any], Any]:
    return lambda given: value if given is None or given == [] else given


Name = Annotated[str, Field(max_length=LONGEST_NAME)]


class Asked(Frozen):
    """The values of the form; an empty field stands for its default."""

    agents: Annotated[tuple[Name, ...], Field(max_length=MOST_AGENTS), BeforeValidator(_unless_empty(()))]
    domain: Name
    split: Split
    limit: int | None = Field(ge=1, le=MOST_TASKS)
    trials: Annotated[int, Field(ge=1, le=MOST_TRIALS), BeforeValidator(_unless_empty(1))]
    ways: Annotated[tuple[Literal["text", "speech", "duplex"], ...], BeforeValidator(_unless_empty(()))]
    channels: Annotated[tuple[Name, ...], Field(max_length=MOST_CHANNELS), BeforeValidator(_unless_empty(("clean",)))]
    workers: Annotated[int, Field(ge=1, le=MOST_WORKERS), BeforeValidator(_unless_empty(1))]
    guard: Literal["", "off", "schema", "policy"] = ""
    customer: CustomerKind = "plain"


def read(given: Evaluating, values: Sequence[Any]) -> tuple[list[EvaluationConfig], int]:
    """The evaluations of the form's values (``Page.form``), each once, and the number of parallel calls.

    Raises:
        ConfigError: an unknown agent, domain or channel, or more than the limits allow.
    """
    try:
        asked = Asked.model_validate(dict(zip(Asked.model_fields, values, strict=True)))
        _require_known(given, asked)
        configs = _configs(given, asked)
    except ValidationError as error:
        raise ConfigError("; ".join(_in_words(one) for one in error.errors(include_url=False))) from error
    if not configs:
        raise ConfigError(NOTHING)
    if len(configs) > MOST_COMBINATIONS:
        told = f"That is {len(configs)} evaluations at once; {MOST_COMBINATIONS} are allowed."
        raise ConfigError(f"{told} Choose fewer agents or channels.")
    return configs, asked.workers


def _require_known(given: Evaluating, asked: Asked) -> None:
    known = given.agents() if asked.agents else ()
    for agent in asked.agents:
        if agent not in known:
            raise ConfigError(f"There is no agent named {agent!r} here.")
    if asked.domain not in given.domains:
        raise ConfigError(f"There is no domain named {asked.domain!r}. There are: {', '.join(given.domains)}.")
    for channel in asked.channels:
        if channel.count("+") >= MOST_PARTS:
            raise ConfigError(f"A channel has at most {MOST_PARTS} parts.")


def _configs(given: Evaluating, asked: Asked) -> list[EvaluationConfig]:
    found: list[EvaluationConfig] = []
    for agent in dict.fromkeys(asked.agents):
        values = {"agent": agent, "domain": asked.domain, "split": asked.split, "revision": given.revision(agent)}
        common = {**values, "limit": asked.limit, "trials": asked.trials, "guard": _guard(given, agent, asked)}
        common["customer"] = asked.customer
        if "text" in asked.ways:
            found.append(EvaluationConfig.model_validate(common))
        for way in ("speech", "duplex"):
            for channel in dict.fromkeys(asked.channels) if way in asked.ways else ():
                spoken = {"speech": True, "voice": given.user_voice, "channel": channel}
                both = {"duplex": True, "agent_voice": given.agent_voice, **Manner().model_dump()}
                found.append(EvaluationConfig.model_validate({**common, **spoken, **(both if way == "duplex" else {})}))
    return found


def _guard(given: Evaluating, agent: str, asked: Asked) -> str | None:
    """The chosen guard; None where it is the agent's own."""
    return None if asked.guard in ("", given.default_guard(agent)) else asked.guard


def _in_words(wrong: Any) -> str:
    return f"{str(wrong['loc'][0]).capitalize() if wrong['loc'] else 'The form'}: {wrong['msg']}"

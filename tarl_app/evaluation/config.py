"""What an evaluation measures, and the names that follow from it: of its folder and of its episodes."""

import hashlib
import json
import re
from typing import Any

from pydantic import Field, model_validator

from tarl_app.core.domain import OWN_PHRASINGS, CustomerKind, Phrasings, Split
from tarl_app.core.types import Frozen, Guards, Task
from tarl_app.domains import DEFAULT_DOMAIN
from tarl_app.sandbox.faults import NO_FAULTS, Faults

_LINE = r"(clean|phone|street|cafe|noise-?\d{1,3}(\.\d+)?|loss(\d{1,2}(\.\d+)?|100))"
CHANNEL = rf"^{_LINE}(\+{_LINE})*$"
"""Names of channels (``speech.channel``): ``clean``, ``phone``, ``street``, ``cafe``, ``noise<dB>``, ``loss<percent>``,
joined by ``+``.
"""


_NO_RATES = {"interrupts": 0.0, "backchannels": 0.0, "hesitates": 0.0}
OLDER: dict[str, Any] = {
    "guard": None,
    "customer": "plain",
    "wordings": "",
    "faults": NO_FAULTS.model_dump(mode="json"),
    "duplex": False,
    "agent_voice": "",
    **_NO_RATES,
}
"""Fields that older folders do not have, with what they stood for there: whatever the defaults are now."""


class EvaluationConfig(Frozen):
    """What is measured. Everything but ``limit`` and ``trials`` must stay the same in one folder."""

    agent: str
    domain: str = DEFAULT_DOMAIN
    split: Split = "dev"
    limit: int | None = Field(default=None, ge=1)
    """Only the first tasks, up to this number."""
    trials: int = Field(default=1, ge=1)
    """Independent trials of each task; pass^k needs k of them."""
    speech: bool = False
    """The user speaks; otherwise the dialogue is typed."""
    voice: str = ""
    """The user's voice, with speech."""
    channel: str = Field(default="clean", pattern=CHANNEL)
    """The channel of the user's voice, with speech."""
    duplex: bool = False
    """With speech: the call is held over a real session, in which both may speak at once."""
    agent_voice: str = ""
    """The agent's voice, in full duplex."""
    interrupts: float = Field(default=0.0, ge=0.0, le=1.0)
    """In full duplex: the share of the agent's messages that the user interrupts (``users.floor``)."""
    backchannels: float = Field(default=0.0, ge=0.0, le=1.0)
    """... on top of which they back-channel."""
    hesitates: float = Field(default=0.0, ge=0.0, le=1.0)
    """... and of the user's own utterances, those with a pause in the middle."""
    phrasings: Phrasings = "held_out"
    """The simulated user's wordings; those of the split where none are named."""
    user: str = "scripted"
    """The simulated customer."""
    judge: str = "reference"
    """The judge."""
    seed: int = 0
    """Trial t runs with seed + t."""
    max_agent_turns: int = Field(default=30, ge=1)
    revision: str = ""
    """A digest of the agent's checkpoint."""
    guard: Guards | None = None
    """The guard for the agent's calls; None: the agent's default."""
    customer: CustomerKind = "plain"
    """How the scripted customer talks."""
    wordings: str = Field(default="", pattern=r"^([A-Za-z0-9._-]{1,60}@[0-9a-f]{12})?$")
    """Name and digest of a file with the customers' sentences, used instead of the set's; empty: none."""

    faults: Faults = NO_FAULTS
    """What happens to the agent's calls on purpose, drawn from the task and the seed."""

    @model_validator(mode="before")
    @classmethod
    def _wordings_of_the_split(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("phrasings") is None:
            return {**given, "phrasings": OWN_PHRASINGS.get(str(given.get("split", "dev")), "held_out")}
        return given

    @property
    def measured(self) -> dict[str, Any]:
        """What must stay the same in one folder."""
        return self.model_dump(mode="json", exclude={"limit", "trials"})

    @property
    def identity(self) -> dict[str, Any]:
        """``measured`` without what older configurations did not have, so that their ids and folders stay valid."""
        return {name: value for name, value in self.measured.items() if (name, value) not in OLDER.items()}


def episode_id(config: EvaluationConfig, task: Task, seed: int) -> str:
    """The episode's id, determined by configuration, task and seed."""
    what = json.dumps([config.identity, task.id, seed], sort_keys=True)
    return hashlib.sha256(what.encode()).hexdigest()[:32]


def folder_name(config: EvaluationConfig) -> str:
    """The folder's name for a configuration; limit and trials may grow within it."""
    fields = EvaluationConfig.model_fields
    spoken = ["speech", config.voice, config.channel] if config.speech else []
    if config.duplex:
        rates = (config.interrupts, config.backchannels, config.hesitates)
        spoken += ["duplex", config.agent_voice, "-".join(f"{100 * rate:.0f}" for rate in rates)]
    by = {name: getattr(config, name) for name in ("user", "judge")}
    others = [f"{name}-{value}" for name, value in by.items() if value != fields[name].default]
    others += [f"guard-{config.guard}"] if config.guard else []
    others += [config.customer] if config.customer != OLDER["customer"] else []
    others += [config.wordings.replace("@", "-")] if config.wordings else []
    others += [f"faults-{config.faults}"] if config.faults.any else []
    turns = "" if config.max_agent_turns == fields["max_agent_turns"].default else f"turns{config.max_agent_turns}"
    parts = [config.agent, config.domain, config.split, *spoken, config.phrasings, f"seed{config.seed}", config.revision[:6]]
    named = "_".join(part for part in [*parts, *others, turns] if part).replace("_", "-")
    return re.sub(r"[^A-Za-z0-9.+-]+", "-", named).strip("-.")

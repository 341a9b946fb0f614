"""The sections of a training run's configuration (``config.TrainConfig``): sources, adapter, servers, replay, held-out."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from tarl_app.core.domain import CustomerKind
from tarl_app.core.types import Frozen
from tarl_app.domains import DEFAULT_DOMAIN
from tarl_app.llm.address import fault_of
from tarl_app.training.configuration import checks

LANGUAGE_TARGETS = r"model\.language_model\.layers\.\d+\.\w+\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"

UPPER_TARGETS = LANGUAGE_TARGETS.replace(r"layers\.\d+", r"layers\.2\d", 1)
"""Layers 20 to 29 of omni-mini's thirty, which saves the backward pass through the rest."""


MOST = 1_000_000_000
"""Upper bound of all whole numbers except the seed."""
LONGEST = 1e7
"""Upper bound of all durations in seconds."""


class Source(Frozen):
    """One source of training conversations."""

    name: str
    """Shown in the metrics."""
    domain: str = DEFAULT_DOMAIN
    """The domain of the tasks: a name in ``domains.DOMAINS``."""
    split: Literal["train", "dev"] = "train"
    """``test`` cannot be trained on."""
    weight: float = Field(default=1.0, ge=0, le=1e6)
    """Share of the groups, relative to the other sources of the same phase."""
    speech: bool = False
    """The user speaks."""
    kinds: tuple[str, ...] = ()
    """Only tasks of these kinds (``lookup``, ``cancel``, ...); empty: all."""
    easy: bool = False
    """Only explicit tasks: one goal that is carried out as asked, by a user who remembers everything correctly."""
    skip: int = Field(default=0, ge=0, le=MOST)
    """Number of tasks to skip at the beginning of the split: those that the base was tuned on teach little (1,000 for
    omni-mini).
    """
    limit: int | None = Field(default=None, ge=1, le=MOST)
    """Number of these tasks that are used, from the beginning."""
    head_start: float = Field(default=0.0, ge=0, le=1)
    """The scripted expert takes the first turns, up to this share of its own conversation, with a random share for each
    group, which makes rollouts shorter (``rollouts/head_start.py``). 0: the policy speaks from the first turn on.
    """
    adaptive: bool = False
    """Its share follows what it teaches: ``weight`` is the most, reached when at least half of its groups were passed by
    some rollouts and failed by others, and a tenth of it the least. Tasks that were always or never passed are not drawn
    again (``curriculum``).
    """
    customer: CustomerKind | None = None
    """How its scripted customers talk: ``plain`` or ``lifelike``; none: as people do, where the domain's customers can."""
    warmup: bool = False
    """Belongs to the warm-up only."""


class Adapter(Frozen):
    """The LoRA that is trained."""

    rank: int = Field(default=16, ge=1, le=MOST)
    alpha: float = Field(default=32.0, gt=0)
    targets: Annotated[str, Field(max_length=1000), AfterValidator(checks.expression)] = LANGUAGE_TARGETS
    """Regular expression for the full names of linear layers of the language model."""
    start: str = ""
    """A checkpoint with such a LoRA of the same base, from which training continues. Empty: a new LoRA."""
    reference: Literal["base", "start"] = "base"
    """What the KL divergence is measured from: the base without any LoRA, or with the one of ``start``."""


def _address(url: str) -> str:
    if fault := fault_of(url):
        raise ValueError(f"the address of a rollout server {fault}")
    return url


class Servers(Frozen):
    """Rollout servers, used instead of the trainer's own model: vLLM, or ``python -m tarl_app serve-rollouts``."""

    urls: tuple[Annotated[str, AfterValidator(_address)], ...] = ()
    """Such as ``http://node1:8000``; the load is balanced. Empty: the trainer decodes by itself."""
    adapters: Path | None = None
    """Folder, on a path shared with the servers, for the adapter of each step; None: in the run's folder."""
    timeout: float = Field(default=300.0, gt=0, le=LONGEST)
    """Time limit of a server for one reply, in seconds."""
    retries: int = Field(default=4, ge=0, le=MOST)
    """Number of retries over all servers before a reply, and its episode, is given up."""
    pause: float = Field(default=1.0, gt=0, le=LONGEST)
    """Seconds before the first of these; they double."""
    importance_cap: float | None = Field(default=None, ge=1)
    """Weight each token by the trainer's probability over the server's, capped at this (2 is usual); None: no weights.
    """


class Replay(Frozen):
    """Passed rollouts of earlier steps that are imitated beside the new ones, so that no kind of task is unlearned
    (self-imitation, SPEAR, arXiv 2509.22601).
    """

    share: float = Field(default=0.0, ge=0, le=10)
    """Replayed rollouts of a step, as a share of the new ones that are learned from; 0: none."""
    per_kind: int = Field(default=8, ge=1, le=10_000)
    """Passed rollouts that are kept of each kind of task, the newest."""
    weight: float = Field(default=0.5, gt=0, le=100)
    """Their advantage, on every token of the agent."""


class Branch(Frozen):
    """Conversations that are played again from the first fault on (``rollouts.branches``)."""

    groups: int = Field(default=0, ge=0, le=10_000)
    """At most so many a step; 0: none."""
    size: int = Field(default=4, ge=2, le=10_000)
    """Ways to go on that are tried of each."""


class HeldOut(Frozen):
    """Tasks that are measured along the run and never practised (``rollouts.held_out``)."""

    tasks: int = Field(default=0, ge=0, le=10_000)
    """How many: the last ones of the sources, shared out by weight; 0: none."""
    every: int = Field(default=1, ge=1, le=MOST)
    """Steps between two measurements; there is one before the first step and one after the last."""

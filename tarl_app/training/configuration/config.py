"""The configuration of a training run, ``TrainConfig``, with an explanation below each field.

python -m tarl_app train run.yaml  # read_config("run.yaml"): every field that is left out has its default
"""

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, Field, ValidationError, model_validator

from tarl_app.core import documents, refusals
from tarl_app.core.domain import Phrasings
from tarl_app.core.errors import ConfigError, DocumentError
from tarl_app.core.types import Frozen, Guards
from tarl_app.evaluation.config import CHANNEL
from tarl_app.evaluation.reward import RewardConfig
from tarl_app.sandbox.faults import NO_FAULTS, Faults
from tarl_app.training.algorithms import AlgorithmConfig
from tarl_app.training.algorithms.grpo import GrpoConfig
from tarl_app.training.configuration import checks
from tarl_app.training.configuration.sections import (
    LANGUAGE_TARGETS,
    LONGEST,
    MOST,
    UPPER_TARGETS,
    Adapter,
    Branch,
    HeldOut,
    Replay,
    Servers,
    Source,
)
from tarl_app.training.rewards import Scheme

__all__ = [
    "LANGUAGE_TARGETS",
    "UPPER_TARGETS",
    "Adapter",
    "Branch",
    "HeldOut",
    "Replay",
    "Servers",
    "Source",
    "TrainConfig",
    "parse_config",
    "read_config",
    "write_config",
]


class TrainConfig(Frozen):
    """A training run."""

    name: str = Field(default="run", pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,80}$")
    """Name of the run's folder."""
    base: str = "omni-mini"
    """The checkpoint to start from: a name, ``RUN@STEP``, a directory or a hub id."""
    seed: int = Field(default=0, ge=-(2**63), le=2**63 - 1)
    steps: int = Field(default=100, ge=1, le=MOST)
    processes: int = Field(default=1, ge=1, le=4096)
    """Number of processes on a CPU without a launcher, which share the groups and the threads (at most one a thread).

    A core decodes faster with its own dialogues than two with the same ones; each process holds the model.
    """

    # --- what is talked about -------------------------------------------------------------------------------------------
    sources: tuple[Source, ...] = (Source(name="text"),)
    """The mixture; sources with ``warmup`` come first, for ``warmup_steps``."""
    warmup_steps: int = Field(default=0, ge=0, le=MOST)
    """Steps on the warm-up's sources alone."""
    order: Literal["mixed", "in_turn"] = "mixed"
    """After the warm-up: every step a mixture by weight, or one source after the other in the order given."""
    turn_steps: int = Field(default=10, ge=1, le=MOST)
    """With ``in_turn``: steps on one source before the next."""
    medium_difficulty: bool = True
    """Prefer tasks that the policy neither always nor never solves, by its pass rates so far."""
    groups: int = Field(default=8, ge=1, le=MOST)
    """Tasks a step."""
    group_size: int = Field(default=4, ge=1, le=MOST)
    """Rollouts of each task."""
    dynamic_sampling: bool = True
    """Replace groups whose rewards are all equal (they teach nothing), at most ``replacements`` times a step."""
    replacements: int = Field(default=1, ge=0, le=MOST)
    probe: int = Field(default=0, ge=0, le=MOST)
    """Rollouts of a task that are played first; the group is played to its end only if some of them passed and some
    failed, and another task takes its place otherwise (online difficulty filtering, arXiv 2504.03380).

    0: whole groups at once.
    """
    rest_steps: int = Field(default=0, ge=0, le=MOST)
    """Steps for which a task is not drawn after a group in which all passed or all failed; doubled each time in a row
    (GRESO, arXiv 2506.02177). 0: none.
    """
    replay: Replay = Replay()
    held_out: HeldOut = HeldOut()
    branch: Branch = Branch()
    max_agent_turns: int = Field(default=30, ge=1, le=MOST)
    temperature: float = Field(default=1.0, ge=1e-3, le=1e3)
    max_new_tokens: int = Field(default=160, ge=1, le=MOST)
    """Most tokens of one reply."""
    concurrent: int = Field(default=32, ge=1, le=4096)
    """Conversations that advance together."""
    merge: bool = False
    """Decode with the LoRA merged into the frozen weights: fewer kernels a token, which is faster on a GPU.

    In bfloat16 the sum is rounded, so the log-probabilities of the replies differ slightly from those of the update, as
    with a server.
    """

    rollouts_by: Literal["policy", "reference"] = "policy"
    """Who plays: the policy as it is now, or what KL is measured from (``adapter.reference``), all run long, as for
    rejection-sampled fine-tuning.
    """

    guard: Guards = "policy"
    """Guard of the policy's calls: ``off``, ``schema`` or ``policy`` (``core.types.Guards``).

    Nothing is learned about faults that decoding excludes.
    """
    servers: Servers = Servers()

    # --- users and judges -----------------------------------------------------------------------------------------------
    user: str = "scripted"
    judge: str = "reference"
    """``readable`` asks for printable characters only: which the random model of ``tiny`` can learn."""
    phrasings: Phrasings = "seen"
    """Wordings of the scripted user; evaluation uses others."""
    voices: tuple[str, ...] = ("pico:en-US", "pico:en-GB")
    """Voices of the users who speak, drawn for each group."""
    channels: tuple[Annotated[str, Field(pattern=CHANNEL)], ...] = ("clean",)
    """Channels of those voices (``clean``, ``phone+noise15``), drawn for each group."""
    time_limit: float = Field(default=120.0, gt=0, le=LONGEST)
    """Time limit of a user or judge for one answer, in seconds."""
    retries: int = Field(default=1, ge=0, le=MOST)
    """Number of retries for a user or judge that failed; then the episode is left out, and counted."""
    patience: float | None = Field(default=None, ge=0, le=LONGEST)
    """Seconds that decoding waits for slow users; None: until all have answered, which makes runs reproducible."""
    faults: Faults = NO_FAULTS
    """Tools that fail, are slow or answer with nonsense on purpose: ``{fail: 0.1, slow: 0.05, nonsense: 0.05, delay: 2}``,
    shares of the calls and seconds, drawn from task and seed, the same ones for the rollouts of a group. None by default.
    """
    intervene: bool = False
    """Ablation: at a -1 the episode is rewound once and the policy is asked to reconsider (the paper finds it harmful)."""

    # --- rewards and the algorithm --------------------------------------------------------------------------------------
    scheme: Scheme = "tarl"
    """``terminal``, ``tarl`` (trajectory reward) or ``tarl_per_turn``."""
    reward: RewardConfig = RewardConfig()
    shuffle_rewards: bool = False
    """Control that must not learn: rewards are shuffled among the rollouts."""
    algorithm: AlgorithmConfig = GrpoConfig(clip_high=0.28)

    # --- the update -----------------------------------------------------------------------------------------------------
    adapter: Adapter = Adapter()
    learning_rate: float = Field(default=3e-5, gt=0)
    value_learning_rate: float = Field(default=1e-3, gt=0)
    """Learning rate of PPO's value head."""
    learning_rate_warmup: int = Field(default=2, ge=0, le=MOST)
    """Steps over which the learning rate rises to its value."""
    learning_rate_end: float = Field(default=1.0, ge=0, le=1)
    """Share of the learning rate at the last of ``steps``, reached linearly, to average out the noise of small batches.
    """
    weight_decay: float = Field(default=0.0, ge=0)
    gradient_clip: float = Field(default=1.0, gt=0)
    updates: int = Field(default=1, ge=1, le=MOST)
    """Optimiser steps on the same rollouts."""
    micro_tokens: int = Field(default=4096, ge=1, le=MOST)
    """Tokens of one forward pass, padding included; a step accumulates as many passes as it takes."""
    gradient_checkpointing: bool = False
    """Less memory, a third more time."""
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """Type of the frozen weights; bfloat16 computes under autocast."""
    device: Annotated[str, AfterValidator(checks.device)] = "auto"
    """``auto``: a GPU for each process where there is one, else the CPU; ``cpu``, ``cuda``, ``cuda:1``, ``mps``, ``xpu``."""
    shard: bool = False
    """Shard the frozen weights over the processes (FSDP2); requires ``servers``."""

    # --- what is kept ---------------------------------------------------------------------------------------------------
    checkpoint_every: int = Field(default=10, ge=1, le=MOST)
    """Steps between checkpoints; the state to resume from is written at every step."""
    samples: int = Field(default=2, ge=0, le=MOST)
    """Episodes a step that are stored as samples."""
    trackers: tuple[Literal["trackio", "tensorboard", "wandb"], ...] = ()
    """Trackers that also receive the metrics."""

    @model_validator(mode="after")
    def _consistent(self) -> "TrainConfig":
        names = [source.name for source in self.sources]
        if len(set(names)) != len(names):
            raise ValueError("two sources have the same name")
        if all(source.warmup for source in self.sources):
            raise ValueError("there is no source but those of the warm-up")
        if self.warmup_steps and not any(source.warmup for source in self.sources):
            raise ValueError("warmup_steps is set, but no source has warmup: true")
        if not any(source.weight > 0 for source in self.sources if not source.warmup):
            raise ValueError("no source has a weight above 0")
        if self.probe and not 2 <= self.probe < self.group_size:
            raise ValueError("probe is 0, or at least 2 and less than group_size")
        if self.probe and not self.dynamic_sampling:
            raise ValueError("probe replaces groups that teach nothing: it needs dynamic_sampling")
        if self.algorithm.name == "sft" and (self.scheme != "terminal" or self.dynamic_sampling or self.shuffle_rewards):
            raise ValueError("sft imitates what passed: set scheme: terminal, dynamic_sampling: false, no shuffle_rewards")
        if self.rollouts_by == "reference" and (self.servers.urls or self.merge or self.held_out.tasks):
            raise ValueError("rollouts_by: reference works without servers, merge and held_out")
        if self.branch.groups and self.intervene:
            raise ValueError("branch and intervene both play conversations again: choose one of them")
        if self.group_size < 2 and self.algorithm.name not in ("ppo", "sft"):
            raise ValueError(f"{self.algorithm.name} compares the rollouts of a group: group_size must be 2 or more")
        if any(source.speech for source in self.sources) and not (self.voices and self.channels):
            raise ValueError("users are to speak, but there are no voices or no channels")
        if len(set(self.servers.urls)) != len(self.servers.urls):
            raise ValueError("servers.urls names a server twice")
        if self.adapter.reference == "start" and not self.adapter.start:
            raise ValueError("adapter.reference: start needs the checkpoint in adapter.start")
        if self.replay.share and (self.shard or self.algorithm.name in ("ppo", "sft")):
            raise ValueError("replay.share works with grpo and rloo, without shard")
        if self.shard and not self.servers.urls:
            raise ValueError("shard divides the weights, and then the trainer cannot decode by itself: set servers.urls")
        return self


def parse_config(values: Any) -> TrainConfig:
    """Validates plain values; raises ``ConfigError``, which names each wrong field."""
    if not isinstance(values, dict):
        raise ConfigError("A training configuration is a mapping of fields to values.")
    try:
        return TrainConfig.model_validate(values)
    except ValidationError as error:
        wrong = "; ".join(refusals.with_place(one, "configuration") for one in error.errors())
        raise ConfigError(f"The training configuration is wrong: {wrong}") from error


def read_config(path: Path) -> TrainConfig:
    """Reads a YAML file; raises ``ConfigError``."""
    try:
        values = documents.read_yaml(path, Path("/"))
    except (OSError, DocumentError) as error:
        raise ConfigError(f"{path} cannot be read as YAML: {error}") from error
    return parse_config(values or {})


def write_config(config: TrainConfig, path: Path) -> None:
    """Writes what ``read_config`` reads."""
    path.write_text(yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False), encoding="utf-8")

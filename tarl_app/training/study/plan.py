"""The arms of a study, over run files, and what has to be done for them.

    base        nothing is trained
    sft         rejection-sampled fine-tuning on the base's own passed rollouts
    terminal    rewards for the outcome alone
    tarl        TARL's rewards, turn by turn
    math        the same, a share of the rollouts word problems
    shuffled    the control that must not learn: TARL's rewards, dealt out by chance

Every arm but the base is an ordinary run file, which `train` takes, too. All start from one base and have as many
rollouts; the seed is the study's.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from tarl_app.core.domain import CustomerKind, Split
from tarl_app.core.errors import ConfigError
from tarl_app.core.types import Frozen, Guards
from tarl_app.domains import DEFAULT_DOMAIN
from tarl_app.evaluation.config import CHANNEL, EvaluationConfig
from tarl_app.training.configuration.config import Source, TrainConfig, parse_config, read_config

BASE = "base"
ARMS: dict[str, str] = {
    BASE: "the base, nothing trained",
    "sft": "rejection-sampled fine-tuning on its own passed rollouts",
    "terminal": "rewards for the outcome alone",
    "tarl": "TARL: turn scores, too",
    "math": "TARL with math",
    "shuffled": "control: TARL's rewards dealt out by chance",
}
ALL_SEEDS = ("terminal", "tarl", "shuffled")
"""The arms that have all seeds; the others have ``seeds_other``."""


class Condition(Frozen):
    """One way in which every arm is measured."""

    guard: Guards
    speech: bool = False

    @property
    def name(self) -> str:
        """``text-schema``."""
        return f"{'speech' if self.speech else 'text'}-{self.guard}"


class StudyConfig(Frozen):
    """What is trained and measured; kept in the study's ``study.json``."""

    base: str
    base_digest: str = ""
    """Of the base's weights, so that a study does not go on from another checkpoint of that name."""
    runs: dict[str, TrainConfig]
    """Arm -> its run, as read from the run files when the study began."""
    seeds: int = Field(default=3, ge=1, le=100)
    seeds_other: int = Field(default=1, ge=1, le=100)
    domain: str = DEFAULT_DOMAIN
    split: Split = "dev"
    limit: int | None = Field(default=None, ge=1)
    trials: int = Field(default=1, ge=1, le=100)
    conditions: tuple[Condition, ...] = Field(default=(Condition(guard="schema"), Condition(guard="policy")), min_length=1)
    """The first is the one that the checks are about."""
    customer: CustomerKind = "plain"
    voice: str = ""
    channel: str = Field(default="clean", pattern=CHANNEL)
    max_agent_turns: int = Field(default=30, ge=1)


@dataclass(frozen=True)
class Job:
    """One arm with one seed; the base has none."""

    arm: str
    seed: int | None = None

    @property
    def name(self) -> str:
        """``tarl-s0``: also the name of its run."""
        return self.arm if self.seed is None else f"{self.arm}-s{self.seed}"


def jobs(config: StudyConfig, arms: Collection[str] = ARMS) -> tuple[Job, ...]:
    """Everything of those arms, seed after seed, so that a study that ends early has compared them."""

    def ordered() -> Iterator[Job]:
        yield Job(BASE)
        for seed in range(max(config.seeds, config.seeds_other)):
            for arm in config.runs:
                if seed < (config.seeds if arm in ALL_SEEDS else config.seeds_other):
                    yield Job(arm, seed)

    return tuple(job for job in ordered() if job.arm in arms)


def run_of(config: StudyConfig, job: Job) -> TrainConfig:
    """The training run of a job that is not the base's."""
    return config.runs[job.arm].model_copy(update={"name": job.name, "seed": job.seed})


def agent_of(config: StudyConfig, job: Job) -> str:
    """The agent's name: the base, or ``tarl-s0@5``."""
    return config.base if job.arm == BASE else f"{job.name}@{config.runs[job.arm].steps}"


def measurement(config: StudyConfig, job: Job, condition: Condition, trial: int, revision: str) -> EvaluationConfig:
    """One trial of every task. Trial t of all arms and seeds has the same customers."""
    return EvaluationConfig(
        agent=agent_of(config, job),
        domain=config.domain,
        split=config.split,
        limit=config.limit,
        seed=trial,
        speech=condition.speech,
        voice=config.voice if condition.speech else "",
        channel=config.channel if condition.speech else "clean",
        guard=condition.guard,
        customer=config.customer,
        max_agent_turns=config.max_agent_turns,
        revision=revision,
    )


def read_runs(
    folder: Path, base: str = "", domain: str = DEFAULT_DOMAIN, steps: int | None = None
) -> dict[str, TrainConfig]:
    """The arms' runs, from ``tarl-study-ARM.yaml`` in that folder.

    ``base``, ``domain`` and ``steps`` replace those of the files where they are given; with another domain, sources of
    the default one have all its kinds of tasks, from the first task on.

    Raises:
        ConfigError: a file is missing or wrong, or the arms do not have the same base and as many rollouts.
    """
    found = {arm: read_config(folder / f"tarl-study-{arm}.yaml") for arm in ARMS if arm != BASE}
    runs = {arm: _changed(run, base, domain, steps) for arm, run in found.items()}
    require_equal(runs)
    return runs


def _changed(run: TrainConfig, base: str, domain: str, steps: int | None) -> TrainConfig:
    fields: dict[str, Any] = run.model_dump(mode="json")
    fields |= {"base": base} if base else {}
    fields |= {"steps": steps, "checkpoint_every": steps} if steps else {}
    if domain != DEFAULT_DOMAIN:
        fields["sources"] = [_moved(source, domain).model_dump(mode="json") for source in run.sources]
    return parse_config(fields)


def _moved(source: Source, domain: str) -> Source:
    if source.domain != DEFAULT_DOMAIN:
        return source
    return source.model_copy(update={"domain": domain, "kinds": (), "skip": 0, "limit": None})


def require_equal(runs: Mapping[str, TrainConfig]) -> None:
    """Whether the arms are comparable; raises ``ConfigError``."""
    for field in ("base", "steps", "groups", "group_size", "guard", "temperature", "adapter"):
        values = {arm: getattr(run, field) for arm, run in runs.items()}
        if any(value != next(iter(values.values())) for value in values.values()):
            told = ", ".join(f"{arm} {value}" for arm, value in values.items())
            raise ConfigError(f"The arms of a study must have the same {field}: {told}.")
    for arm, run in runs.items():
        if run.probe or (run.dynamic_sampling and run.replacements):
            raise ConfigError(f"{arm} would play more rollouts than the others: set probe and replacements to 0.")
        if run.servers.urls:
            raise ConfigError(f"{arm} decodes on servers, whose addresses do not travel with a study: leave out servers.")

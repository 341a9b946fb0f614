"""What a run would do, before it does it: ``python -m tarl_app train run.yaml --dry-run``.

Everything that can be known without loading a model is looked at: the base, its lineage, voices, tasks, users and judges,
how groups fall on processes, memory, and whether rollout servers answer. What only may go wrong later is a warning.
"""

import re
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from tarl_app.agents.omni.adapters import MINI, TINY
from tarl_app.agents.omni.checkpoint import check_lineage, locate_checkpoint, read_config
from tarl_app.errors import ConfigError
from tarl_app.sandbox.domains import load_domain
from tarl_app.speech import VOICES
from tarl_app.training.config import Source, TrainConfig
from tarl_app.training.curriculum import tasks_of
from tarl_app.training.fleet import unreachable
from tarl_app.training.form import Machine, estimate
from tarl_app.training.policy import start_of


@dataclass(frozen=True)
class Plan:
    """What would happen, line by line (a name and what there is to say), and what may stand in the way."""

    lines: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]


def make_plan(config: TrainConfig, folder: Path, processes: int, machine: Machine) -> Plan:
    """Looks at everything.

    Args:
        config: the run.
        folder: where it would be.
        processes: how many would train; each plays and learns from its share of the groups.
        machine: what this one has; the estimate of memory is for it.

    Raises:
        ConfigError: the run cannot work.
        TarlError: a checkpoint, a domain or a voice is wrong.
    """
    warnings: list[str] = []
    base = _base(config, warnings)
    if start_of(config) is not None:
        base += f"; the LoRA goes on from {config.adapter.start}"
    sources = [_source(config, source) for source in config.sources]
    voices = _voices(config)
    if config.groups < processes:
        raise ConfigError(f"{processes} processes, but only {config.groups} groups a step: some would have nothing to do.")
    if config.groups % processes:
        warnings.append(f"{config.groups} groups do not divide by {processes} processes: some wait for the others.")
    if config.shard and processes == 1:
        warnings.append("shard has no effect on a single process.")
    servers = "none: each process decodes with its own model"
    if config.servers.urls:
        warnings += [f"A rollout server is silent: {one}" for one in unreachable(config.servers.urls)]
        servers = f"{', '.join(config.servers.urls)}; adapters in {config.servers.adapters or folder / 'adapters'}"
    lines = (
        ("run", f"{config.name}, {config.steps} steps, in {folder}"),
        ("base", base),
        *(("source", one) for one in sources),
        *((("voices", voices),) if voices else ()),
        ("user", f"{config.user}; judge: {config.judge}; reward: {config.scheme}"),
        (
            "algorithm",
            f"{config.algorithm.name}, learning rate {config.learning_rate:g}, LoRA of rank {config.adapter.rank}",
        ),
        ("processes", _processes(config, processes)),
        ("replies", servers),
        ("tokens", _tokens(config)),
        ("memory", _memory(config, machine, warnings)),
        ("files", _files(config)),
    )
    return Plan(lines, tuple(warnings))


def _base(config: TrainConfig, warnings: list[str]) -> str:
    folder = locate_checkpoint(config.base)
    if folder is not None:
        check_lineage(folder)
        tuned = read_config(folder)
        return f"{config.base}, {'hears' if tuned.hears else 'reads transcripts'}, in {folder}"
    if config.base in (TINY, f"{MINI}-base"):
        return config.base
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", config.base):
        raise ConfigError(f"There is no checkpoint {config.base!r}.")
    warnings.append(f"{config.base} is on the model hub; whether it can be had from there was not tried.")
    return f"{config.base}, from the model hub"


def _source(config: TrainConfig, source: Source) -> str:
    tasks = len(tasks_of(source, load_domain(source.domain)))
    if not tasks:
        raise ConfigError(f"The source {source.name!r} has no tasks: loosen its kinds, easy, or skip.")
    manner = "spoken" if source.speech else "written"
    when = f"steps 1 to {config.warmup_steps}" if source.warmup else f"weight {source.weight:g}"
    return f"{source.name}: {tasks} tasks of {source.domain}/{source.split}, {manner}, {when}"


def _voices(config: TrainConfig) -> str:
    if not any(source.speech for source in config.sources):
        return ""
    for name in config.voices:
        if name.partition(":")[0] not in VOICES:
            raise ConfigError(f"There is no speech engine for the voice {name!r}. Engines: {', '.join(VOICES)}.")
    return f"{', '.join(config.voices)}; over {', '.join(config.channels)}"


def _processes(config: TrainConfig, processes: int) -> str:
    each = ceil(config.groups / processes)
    layers = "the frozen layers divided among them" if config.shard and processes > 1 else "each with the whole model"
    return f"{processes}, {layers}, at most {each} groups x {config.group_size} rollouts each"


def _tokens(config: TrainConfig) -> str:
    rollouts = config.groups * config.group_size
    most = rollouts * config.max_agent_turns * config.max_new_tokens
    return f"{rollouts} rollouts a step ({config.groups} x {config.group_size}), at most {most:,} tokens of the agent"


def _memory(config: TrainConfig, machine: Machine, warnings: list[str]) -> str:
    needed = estimate(config.model_copy(update={"processes": 1}), machine).memory
    if needed is None:
        return "unknown for this base"
    if needed > machine.memory:
        warnings.append(
            f"About {needed / 1e9:.1f} GB a process, and {machine.memory / 1e9:.1f} GB are free on this machine."
        )
    return f"about {needed / 1e9:.1f} GB a process (without sharding); {machine.memory / 1e9:.1f} GB are free here"


def _files(config: TrainConfig) -> str:
    checkpoints = ceil(config.steps / config.checkpoint_every)
    extra = f", {', '.join(config.trackers)}" if config.trackers else ""
    return f"metrics.jsonl, samples.jsonl, state/, {checkpoints} checkpoints{extra}"

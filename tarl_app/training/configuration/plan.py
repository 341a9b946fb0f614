"""The plan of a run: ``python -m tarl_app train run.yaml --dry-run``.

Checks everything that needs no loaded model: the device, the base, its lineage and files, the layers that get an
adapter, voices, tasks, users and judges, the distribution of groups over processes, memory, and whether rollout servers
answer. Errors that training would raise later are raised here, with the same messages; possible problems are warnings.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from tarl_app import assets
from tarl_app.agents.omni.model.adapters import MINI, PARTS, TINY, read_weights
from tarl_app.agents.omni.model.checkpoint_files import check_files, in_hub_cache, locate_checkpoint, read_config, root_of
from tarl_app.core.errors import ConfigError
from tarl_app.core.settings import settings
from tarl_app.domains import load_domain
from tarl_app.jobs import launch
from tarl_app.speech import KNOWN_VOICES, VOICES, require_trainable
from tarl_app.speech.channel import channel
from tarl_app.training.configuration.config import Source, TrainConfig
from tarl_app.training.configuration.form import Machine, estimate
from tarl_app.training.configuration.layers import layers_of, require_adapter
from tarl_app.training.distributed.devices import require_device
from tarl_app.training.distributed.processes import local_count
from tarl_app.training.policy import start_of
from tarl_app.training.remote.server_pool import unreachable
from tarl_app.training.rollouts.held_out import held_out, practised
from tarl_app.training.runs.trackers import require_trackers


@dataclass(frozen=True)
class Plan:
    """The plan as lines (name, text), and warnings."""

    lines: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]


def make_plan(config: TrainConfig, folder: Path, processes: int, machine: Machine, begun: bool = False) -> Plan:
    """Checks everything.

    Args:
        config: the run.
        folder: where it would be.
        processes: how many would train; each plays and learns from its share of the groups.
        machine: this machine's resources, for the estimate of memory.
        begun: it has a state, so the checkpoint that its LoRA started from is not needed any more.

    Raises:
        ConfigError: the run cannot work.
        TarlError: a checkpoint, a domain or a voice is wrong.
    """
    warnings: list[str] = []
    device = require_device(config.device, config.dtype, local_count())
    base = _base(config, warnings)
    adapted = _adapted(config)
    if not begun and (start := start_of(config)) is not None:
        read_weights(start)
        base += f"; the LoRA goes on from {config.adapter.start}"
    require_trackers(config.trackers)
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
        if config.servers.adapters is not None:
            launch.require_writable(config.servers.adapters)
        servers = f"{', '.join(config.servers.urls)}; adapters in {config.servers.adapters or folder / 'adapters'}"
    lines = (
        ("run", f"{config.name}, {config.steps} steps, in {folder}"),
        ("base", base),
        *(("source", one) for one in sources),
        *((("voices", voices),) if voices else ()),
        ("user", f"{config.user}; judge: {config.judge}; reward: {config.scheme}"),
        (
            "algorithm",
            f"{config.algorithm.name}, learning rate {config.learning_rate:g}, LoRA of rank {config.adapter.rank}{adapted}",
        ),
        ("processes", f"{_processes(config, processes)}; device: {device}"),
        ("replies", servers),
        ("tokens", _tokens(config)),
        ("memory", _memory(config, machine, warnings)),
        ("files", _files(config)),
    )
    return Plan(lines, tuple(warnings))


def _base(config: TrainConfig, warnings: list[str]) -> str:
    folder = locate_checkpoint(config.base)
    if folder is not None:
        check_files(folder)
        tuned = read_config(folder)
        parts = _parts(root_of(folder), warnings)
        return f"{config.base}, {'hears' if tuned.hears else 'reads transcripts'}, in {folder}{parts}"
    if config.base in (TINY, f"{MINI}-base"):
        return config.base + _parts(MINI if config.base != TINY else TINY, warnings)
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", config.base):
        raise ConfigError(f"There is no checkpoint {config.base!r}.")
    return f"{config.base}, from the model hub{_parts(config.base, warnings)}"


def _parts(root: str, warnings: list[str]) -> str:
    """Which files of the untuned base have to be fetched; raises ``ConfigError`` where that is not allowed."""
    closed = settings().offline or not settings().hub
    if root in PARTS:
        missing = [one.asset.name for one in assets.listing() if one.asset.name in PARTS[root] and one.source == "missing"]
        if missing and settings().offline:
            raise ConfigError(f"{root} needs {', '.join(missing)}, and TARL_OFFLINE is set: fetch them before, or unset it.")
        return f"; {', '.join(missing)} will be downloaded" if missing else ""
    if root != TINY and not (Path(root) / "config.json").is_file():
        if in_hub_cache(root):
            return ", in its cache"
        if closed:
            raise ConfigError(f"{root} is on the model hub, which may not be asked, and not in its cache: name a directory.")
        warnings.append(f"{root} is on the model hub; whether it can be had from there was not tried.")
    return ""


def _adapted(config: TrainConfig) -> str:
    layers = layers_of(config.base)
    if layers is None:
        return ""
    return f" on {len(require_adapter(config.adapter.targets, config.adapter.rank, layers))} layers"


def _source(config: TrainConfig, source: Source) -> str:
    held = held_out(config, load_domain)
    tasks = len(practised(source, load_domain(source.domain), held))
    if not tasks:
        raise ConfigError(f"The source {source.name!r} has no tasks: loosen its kinds, easy, or skip.")
    manner = "spoken" if source.speech else "written"
    when = f"steps 1 to {config.warmup_steps}" if source.warmup else f"weight {source.weight:g}"
    apart = sum(one.source == source for one in held)
    manner += f", {apart} others held out" if apart else ""
    return f"{source.name}: {tasks} tasks of {source.domain}/{source.split}, {manner}, {when}"


def _voices(config: TrainConfig) -> str:
    if not any(source.speech for source in config.sources):
        return ""
    for name in config.voices:
        engine, _, voice = name.partition(":")
        if engine not in VOICES:
            raise ConfigError(f"There is no speech engine for the voice {name!r}. Engines: {', '.join(VOICES)}.")
        require_trainable(name)
        known = KNOWN_VOICES[engine]() if engine in KNOWN_VOICES else ()
        if known and not {*(voice or known[0]).split("+")} <= {*known}:
            raise ConfigError(f"{engine} has no voice {voice!r}. Known: {', '.join(known)}.")
    for name in config.channels:
        channel(name)
    return f"{', '.join(config.voices)}; over {', '.join(config.channels)}"


def _processes(config: TrainConfig, processes: int) -> str:
    each = -(-config.groups // processes)
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
    checkpoints = -(-config.steps // config.checkpoint_every)
    extra = f", {', '.join(config.trackers)}" if config.trackers else ""
    return f"metrics.jsonl, samples.jsonl, state/, {checkpoints} checkpoints{extra}"

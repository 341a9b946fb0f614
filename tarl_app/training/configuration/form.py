"""A training configuration as a form with few fields, and back; estimates of time and memory.

The form has a share for each domain, one for spoken rollouts, and one manner of all customers; the configuration has
sources with weights. Fields that the form does not show are kept in ``rest``, so that converting to a form and back
gives the same configuration.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from tarl_app.agents.omni.model.adapters import TINY
from tarl_app.core.errors import ConfigError
from tarl_app.core.types import CustomerKind
from tarl_app.domains import domain_names, load_domain
from tarl_app.training.configuration.config import Source, TrainConfig, parse_config

SHOWN = (
    "base",
    "scheme",
    "steps",
    "group_size",
    "learning_rate",
    "judge",
    "groups",
    "temperature",
    "max_agent_turns",
    "seed",
)
SHOWN_TOO = ("medium_difficulty", "dynamic_sampling", "intervene", "shuffle_rewards", "checkpoint_every", "samples")
TOLERANCE = 0.02
MIXED = "mixed"
"""The manner of customers where each source has its own."""
FASTEST, SLOWEST = 0.02, 1e-8
"""Learning rates beyond which a run is warned of."""


def values_of(config: TrainConfig) -> dict[str, Any]:
    """The form's fields: those of ``SHOWN``, ``algorithm``, ``mix`` (domain -> share) and so on."""
    plain = config.model_dump(mode="json")
    main = [source for source in config.sources if not source.warmup]
    total = sum(source.weight for source in main)
    mix: dict[str, float] = {}
    for source in main:
        mix[source.domain] = mix.get(source.domain, 0.0) + source.weight / total
    values = {name: plain.pop(name) for name in (*SHOWN, *SHOWN_TOO)}
    values |= {"algorithm": config.algorithm.name, "mix": mix}
    values["speech"] = sum(source.weight for source in main if source.speech) / total
    kinds = {source.customer for source in main}
    values["customer"] = (kinds.pop() if len(kinds) == 1 else None) or MIXED
    plain.pop("name")
    return {**values, "rest": plain}


def config_of(values: Mapping[str, Any], name: str = "run") -> TrainConfig:
    """The configuration of a form.

    Raises:
        ConfigError: the values do not go together.
    """
    fields = {key: value for key, value in values.items() if key not in ("algorithm", "mix", "speech", "customer", "rest")}
    rest = values.get("rest")
    if not isinstance(rest, dict):
        raise ConfigError("The other settings are a list of names with values, one a line: `warmup_steps: 10`.")
    if twice := sorted({*rest} & {*fields, "name"}):
        raise ConfigError(f"{', '.join(twice)}: set above in the form, not among the other settings.")
    algorithm = rest.get("algorithm")
    if not isinstance(algorithm, dict) or algorithm.get("name") != values["algorithm"]:
        algorithm = {"name": values["algorithm"]}  # not the preset's algorithm: with its own defaults
    known = parse_config({**rest, "algorithm": algorithm, "name": name, **fields})
    sources = _talking(_weighted(known.sources, values["mix"], float(values["speech"])), values.get("customer", MIXED))
    return parse_config({**known.model_dump(mode="json"), "sources": [one.model_dump(mode="json") for one in sources]})


def _talking(sources: Sequence[Source], kind: str) -> list[Source]:
    """The sources with customers of that manner, those of the warm-up as they are; ``mixed``: all as they are."""
    if kind == MIXED:
        return [*sources]
    if kind not in get_args(CustomerKind):
        raise ConfigError(f"There are no {kind!r} customers: choose {', '.join((*get_args(CustomerKind), MIXED))}.")
    return [one if one.warmup else one.model_copy(update={"customer": kind}) for one in sources]


def _weighted(sources: Sequence[Source], mix: Mapping[str, float], speech: float) -> list[Source]:
    """The warm-up's sources as they are, and one or more for every domain with a share, written and spoken."""
    shares = {domain: float(share) for domain, share in mix.items() if share}
    if abs(sum(shares.values()) - 1) > TOLERANCE:
        raise ConfigError(f"The task mix sums to {sum(shares.values()):.2f}; the shares of all domains must sum to 1.")
    if any(not 0 <= share <= 1 + TOLERANCE for share in (*shares.values(), speech)):
        raise ConfigError("A share lies between 0 and 1.")
    silent = [domain for domain in shares if not _speaks(domain)]
    aloud = sum(share for domain, share in shares.items() if domain not in silent)
    if speech > aloud + TOLERANCE:
        mute = f"{' and '.join(silent)} {'has' if len(silent) == 1 else 'have'} none"
        raise ConfigError(
            f"{speech:.0%} of the rollouts cannot be spoken: only {aloud:.0%} of the tasks have a customer who speaks "
            f"({mute}). Lower the share of spoken rollouts, or raise that of the other domains."
        )
    made = [source for source in sources if source.warmup]
    for domain, share in shares.items():
        loud = 0.0 if domain in silent or not aloud else min(1.0, speech / aloud)
        for spoken, weight in ((False, share * (1 - loud)), (True, share * loud)):
            if weight > 1e-9:
                made += _cell(sources, domain, spoken, weight, {source.name for source in made})
    return made


def _speaks(domain: str) -> bool:
    """Whether its users speak; unknown domains are reported elsewhere."""
    return domain not in domain_names() or load_domain(domain).spoken.aloud


def _cell(sources: Sequence[Source], domain: str, spoken: bool, weight: float, taken: set[str]) -> list[Source]:
    """The sources of one domain, written or spoken: existing ones in their proportions; otherwise one like its sibling."""
    siblings = [source for source in sources if source.domain == domain and not source.warmup]
    same = [source for source in siblings if source.speech is spoken and source.weight > 0]
    if same:
        total = sum(source.weight for source in same)
        return [source.model_copy(update={"weight": round(weight * source.weight / total, 6)}) for source in same]
    like = siblings[0] if siblings else Source(name=domain, domain=domain)
    names = (f"{domain}{suffix}" for suffix in (["-spoken"] if spoken else ["", "-text"]))
    name = next((one for one in names if one not in taken), f"{domain}-{'spoken' if spoken else 'written'}")
    return [like.model_copy(update={"name": name, "speech": spoken, "weight": round(weight, 6)})]


# --- time and memory --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Size:
    """A base model: parameters, and what the activations depend on."""

    parameters: float
    layers: int
    width: int
    cached: int
    """Numbers of keys and values a token, over all layers."""


SIZES = {
    TINY: Size(1e6, 2, 64, 128),
    "omni-mini": Size(143e6, 30, 576, 11_520),
    "3b": Size(4.7e9, 36, 2048, 18_432),
    "7b": Size(8.9e9, 28, 3584, 28_672),
}
"""Thinkers with their audio towers."""


@dataclass(frozen=True)
class Machine:
    """The machine's resources. Memory is the free memory in bytes."""

    cores: int
    memory: float
    gpu: bool


@dataclass(frozen=True)
class Past:
    """The time of an earlier run on this machine: seconds a step, number of rollouts, base."""

    run: str
    base: str
    rollouts: int
    seconds: float


@dataclass(frozen=True)
class Estimate:
    """Seconds and bytes; None where unknown. ``run``: the earlier run that the time was taken from."""

    seconds: float | None
    memory: float | None
    run: str = ""


def size_of(base: str) -> Size | None:
    """The size of a base by its name; checkpoints of ours are sizes of omni-mini."""
    if found := SIZES.get(base):
        return found
    if match := re.search(r"omni-(\d+b)\b", base.lower()):
        return SIZES.get(match[1])
    return None if "/" in base else SIZES["omni-mini"]


def estimate(config: TrainConfig, machine: Machine, past: Sequence[Past] = ()) -> Estimate:
    """Estimated time and memory of a run; the time is based on the last run with the same base, if there is one."""
    size = size_of(config.base)
    rollouts = config.groups * config.group_size
    memory = _memory(config, machine, size)
    if memory is not None and not machine.gpu:
        memory *= min(config.processes, config.groups, max(1, machine.cores))
    for one in past:
        if one.base == config.base:
            return Estimate(one.seconds * rollouts / one.rollouts * config.steps, memory, one.run)
    if size is None:
        return Estimate(None, None)
    played, learned = _seconds_a_rollout(config, machine, size)
    measured = config.held_out.tasks * (1 + -(-config.steps // config.held_out.every))
    return Estimate((played + learned) * rollouts * config.steps + played * measured, memory)


def _seconds_a_rollout(config: TrainConfig, machine: Machine, size: Size) -> tuple[float, float]:
    """Playing it, and learning from it.

    From tokens a second of 135 M parameters on two cores: 250 sampled in a batch, 600 in an update.

    Layers below the first trained one are computed once and forward only (a third of the work). If only rollouts that
    were better than their group are learned from, those are about half.
    """
    turns = min(config.max_agent_turns, 8)
    sampled = turns * min(config.max_new_tokens, 30)
    trained = _trained_share(config.adapter.targets, size.layers)
    useful = 0.5 if getattr(config.algorithm, "negative_weight", 1.0) == 0 else 1.0
    passes = config.updates * trained * useful + (1 - trained) / 3
    read = (500 + 90 * turns) * passes
    speed = (60.0 if machine.gpu else max(1, machine.cores) / 2) * 135e6 / (size.parameters + 5e6)
    return sampled / 250 / speed, read / 600 / speed


_USUAL, _LONGEST = 2_400, 4_000
"""Tokens of the calls in a slot. On a GPU all slots have room for the longest call (``decoding.kv_cache``)."""


def _trained_share(targets: str, layers: int) -> float:
    """The share of the layers from the first with an adapter on; 1 where none is named as omni-mini's are."""
    named = (one for one in range(layers) for part in ("self_attn.q_proj", "mlp.up_proj") if _is_target(targets, one, part))
    return (layers - next(named, 0)) / layers


def _is_target(targets: str, layer: int, part: str) -> bool:
    try:
        return re.fullmatch(targets, f"model.language_model.layers.{layer}.{part}") is not None
    except re.error:
        return True


def _memory(config: TrainConfig, machine: Machine, size: Size | None) -> float | None:
    """Memory in bytes of one process: weights, gradients and moments of the adapters, the program itself, and the
    activations of one pass or, before that, the keys and values of the calls that are played at once.
    """
    if size is None:
        return None
    width = 4 if config.dtype == "float32" else 2
    adapter = 14 * size.layers * size.width * config.adapter.rank * 16  # seven pairs a layer; weights, gradient, two moments
    activations = config.micro_tokens * size.layers * size.width * 34 * (0.15 if config.gradient_checkpointing else 1)
    processes = 1 if machine.gpu else min(config.processes, config.groups, max(1, machine.cores))
    played = min(config.concurrent, -(-(config.groups * config.group_size + config.held_out.tasks) // processes))
    kept = played * (_LONGEST if machine.gpu else _USUAL) * size.cached * width
    return size.parameters * width + adapter + max(activations, kept) + (2e9 if machine.gpu else 1.9e9)


def warnings(config: TrainConfig) -> dict[str, str]:
    """Field -> why its value, which is allowed, is unwise."""
    rate, found = config.learning_rate, {}
    if rate > FASTEST:
        found["learning_rate"] = f"{rate:g} will most likely ruin the model in the first steps; 0.00001 to 0.001 is usual."
    elif rate < SLOWEST:
        found["learning_rate"] = f"{rate:g} is so small that hardly anything will be learned; 0.00001 to 0.001 is usual."
    if config.temperature > 1.3:
        found["temperature"] = "above 1.3 rollouts become noise; 0.6 to 1 is usual."
    elif config.temperature < 0.2:
        found["temperature"] = "below 0.2 the rollouts of a group are all alike, so that nothing is learned from them."
    if config.max_agent_turns < 6:
        found["max_agent_turns"] = "calls need six agent turns and more to reach a goal."
    if config.steps > 5_000:
        found["steps"] = "that is weeks on most machines; a few hundred are usual."
    if config.group_size > 64:
        found["group_size"] = "more than 64 rollouts of a task cost time and teach little more; 4 to 16 are usual."
    if config.checkpoint_every > config.steps:
        found["checkpoint_every"] = "is more than the steps: there will be a checkpoint at the end only."
    return found


def objections(config: TrainConfig, machine: Machine, domains: Sequence[str]) -> list[str]:
    """Reasons against starting this run on this machine; empty when there are none."""
    found = []
    size, needed = size_of(config.base), estimate(config, machine).memory
    if size and size.parameters > 1e9 and not machine.gpu:
        found.append(
            f"{config.base} is too large to be trained without a GPU. Choose omni-mini, or the app on a GPU machine."
        )
    elif needed and needed > machine.memory:
        found.append(
            f"The run needs about {needed / 1e9:.1f} GB, and {machine.memory / 1e9:.1f} GB are free. Choose a smaller base, "
            "or under Advanced less micro_tokens, one of `processes`, or gradient_checkpointing."
        )
    if missing := sorted({source.domain for source in config.sources} - {*domains}):
        found.append(f"There is no domain {', '.join(missing)}. Domains: {', '.join(domains)}.")
    return found

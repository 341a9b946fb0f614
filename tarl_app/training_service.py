"""Connects training and the page: builds the service of the Train tab (``ui.training_service``)."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from statistics import median
from typing import TYPE_CHECKING, Any, get_args

import psutil

from tarl_app import wiring, wiring_llm
from tarl_app.core.errors import ConfigError
from tarl_app.core.protocols import UserSimulator
from tarl_app.core.settings import Settings, settings
from tarl_app.core.types import Task
from tarl_app.domains import load_domain
from tarl_app.jobs import run_record
from tarl_app.ui.training_service import Choices, Training, TrainingService

if TYPE_CHECKING:
    from tarl_app.training.configuration.config import Source, TrainConfig
    from tarl_app.training.configuration.form import Estimate, Machine, Past
    from tarl_app.training.configuration.plan import Plan
    from tarl_app.training.rollouts.parts import Parts

OFFERED_FIRST = "cpu-quick"
JUDGED = {
    "whole": {"service": (2_500, 500), "question": (600, 100)},
    "live": {"service": (21_000, 700), "question": (1_200, 150)},
}
"""Tokens that a model reads and writes to judge one call, at once or turn by turn: measured on the prompts of 12 tasks of
the development split (4 characters a token), 8.7 agent turns in service calls; domains without tools ask one question."""


def make_training() -> Training | None:
    """The runs and the service; on a public Space for its owner only, and None where nobody can sign in."""
    chosen = settings()
    if chosen.space and not (chosen.oauth and chosen.owners):
        return None
    names = tuple(domain.name for domain in wiring.playable())
    return Training(wiring.make_runs(), names, open_desk, chosen.owners if chosen.space else None)


@cache
def open_desk() -> TrainingService:
    """The service; takes seconds the first time."""
    from tarl_app.training.algorithms import ALGORITHMS
    from tarl_app.training.configuration import form
    from tarl_app.training.configuration.config import parse_config
    from tarl_app.training.configuration.presets import PRESETS
    from tarl_app.training.distributed import ranks
    from tarl_app.training.rewards import Scheme
    from tarl_app.training.rollouts.parts import JUDGES

    runs = wiring.make_runs()
    judges = tuple(dict.fromkeys([*wiring.JUDGES, *JUDGES]))
    names = sorted(PRESETS, key=lambda name: name != OFFERED_FIRST)

    def create(name: str, values: Mapping[str, Any]) -> str:
        chosen = name.strip() or runs.free_name("run")
        config = form.config_of(values, chosen)
        if against := form.objections(config, machine(), wiring.domain_names()):
            raise ConfigError(" ".join(against))
        runs.check(chosen)
        plan(config, runs.root / chosen, ranks.count(config))
        return runs.create(chosen, config.model_dump(mode="json")).name

    def values(name: str) -> dict[str, Any]:
        return form.values_of(parse_config(run_record.read_config(runs.get(name).folder)))

    def outlook(values: Mapping[str, Any]) -> str:
        config, here = form.config_of(values), machine()
        if against := form.objections(config, here, wiring.domain_names()):
            raise ConfigError(" ".join(against))
        told = in_words(form.estimate(config, here, past()), here)
        return " ".join([*told, judging(config)])

    return TrainingService(
        presets={name: form.values_of(PRESETS[name]) for name in names},
        choices=lambda: Choices(bases(), tuple(ALGORITHMS), get_args(Scheme), judges),
        create=create,
        values=values,
        outlook=outlook,
        warnings=lambda values: form.warnings(form.config_of(values)),
    )


def training_parts(config: "TrainConfig", hears: bool) -> "Parts":
    """Users and judges for ``training.train.main``: the trainer's own, or models behind endpoints.

    Raises:
        ConfigError: there is no such user or judge, or it has no endpoint.
    """
    from tarl_app.training.rollouts.parts import JUDGES, standard_parts

    own = config.judge if config.judge in JUDGES else "reference"
    parts = standard_parts(config.model_copy(update={"user": "scripted", "judge": own}), hears)
    if config.judge != own:
        parts = replace(parts, judge=lambda domain: wiring.make_judge(domain, config.judge))
    if config.user == "scripted":
        return parts

    def user(source: "Source", task: Task, seed: int) -> UserSimulator:
        if not source.speech:
            return wiring.make_user(task, seed, config.phrasings, config.user)
        random = Random(f"{seed}/voice")
        voice, line = random.choice(config.voices), random.choice(config.channels)
        return wiring.make_spoken_user(task, seed, config.phrasings, voice, line, not hears, config.user)

    return replace(parts, user=user)


def plan(config: "TrainConfig", folder: Path, processes: int, begun: bool = False) -> "Plan":
    """What the run would do on this machine, its user and judge made once, without voices and models.

    Raises:
        TarlError: what training would refuse, in the same words.
    """
    from tarl_app.training.configuration.plan import make_plan

    made = make_plan(config, folder, processes, machine(), begun)
    written = tuple(source.model_copy(update={"speech": False}) for source in config.sources)  # voices are not loaded
    parts = training_parts(config.model_copy(update={"sources": written}), True)
    for source in written:
        domain = parts.domain(source.domain)
        parts.judge(domain)
        parts.user(source, domain.tasks(source.split)[0], 0)
    return made


def bases() -> tuple[str, ...]:
    """Names of possible bases: every agent with weights."""
    return tuple(name for name in wiring.agent_names() if name not in wiring.AGENTS)


def machine() -> "Machine":
    """Free resources of this machine for a run (``training.form.Machine``)."""
    import torch

    from tarl_app.training.configuration.form import Machine

    gpu = torch.cuda.is_available()
    free = torch.cuda.mem_get_info()[0] if gpu else psutil.virtual_memory().available
    return Machine(wiring.run_threads(), float(free), gpu)


def past() -> "list[Past]":
    """Times of earlier runs (``training.form.Past``), the newest first."""
    from tarl_app.training.configuration.config import parse_config
    from tarl_app.training.configuration.form import Past

    found = []
    for run in wiring.make_runs().list():
        seconds = [float(row["seconds"]) for row in run_record.metrics(run.folder)[-8:] if row.get("seconds")]
        try:
            config = parse_config(run_record.read_config(run.folder))
        except ConfigError:
            continue
        if seconds:
            found.append(Past(run.name, config.base, config.groups * config.group_size, median(seconds)))
    return found


def in_words(found: "Estimate", here: "Machine") -> list[str]:
    """An estimate as sentences."""
    told = []
    if found.seconds is None:
        told.append("How long it takes is not known for this base.")
    else:
        source = f"as {found.run} took" if found.run else "a rough guess until a first run was measured"
        told.append(f"About {duration(found.seconds)} on this machine ({source}).")
    if found.memory is not None:
        kind = "GPU memory" if here.gpu else "memory"
        told.append(f"About {found.memory / 1e9:.1f} GB of {kind}; {here.memory / 1e9:.1f} GB are free.")
    return told


def judging(config: "TrainConfig", prices: Settings | None = None) -> str:
    """What judging costs: tokens, and money where the endpoint's prices are set."""
    episodes = config.steps * config.groups * config.group_size
    if config.judge not in wiring_llm.JUDGES:
        return "The judge is made of rules and costs nothing."
    mode, _ = wiring_llm.JUDGES[config.judge]
    main = [source for source in config.sources if not source.warmup]
    total = sum(source.weight for source in main)
    costs = [(source.weight / total, JUDGED[mode][_sort(source.domain)]) for source in main]
    read, written = (sum(share * cost[side] for share, cost in costs) for side in (0, 1))
    told = f"The judge reads {episodes:,} calls or more: about {episodes * (read + written) / 1e6:,.1f} million tokens"
    chosen = prices or settings()
    money = episodes * (read * chosen.llm_input_usd + written * chosen.llm_output_usd) / 1e6
    priced = f"some ${money:,.2f}" if money else "TARL_LLM_INPUT_USD and TARL_LLM_OUTPUT_USD tell what that costs"
    return f"{told} of your API; {priced}."


def _sort(domain: str) -> str:
    return "service" if load_domain(domain).tools else "question"


def duration(seconds: float) -> str:
    """In the unit a person would use."""
    for limit, size, unit in ((90, 1, "seconds"), (90 * 60, 60, "minutes"), (48 * 3600, 3600, "hours")):
        if seconds < limit:
            return f"{max(1, round(seconds / size))} {unit}"
    return f"{seconds / 86400:.0f} days"

"""``train``: a training run in this process; the page and ``runs resume`` start the same command in the background."""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tarl_app import training_service, wiring
from tarl_app.cli.options import command, count
from tarl_app.cli.output import Output
from tarl_app.core.errors import ConfigError, TarlError
from tarl_app.core.process.garbage import uncollected
from tarl_app.jobs import launch, run_record
from tarl_app.jobs.liveness import pid_of
from tarl_app.jobs.runs import Runs

if TYPE_CHECKING:
    from tarl_app.training.configuration.config import TrainConfig
    from tarl_app.training.configuration.plan import Plan

PRESETS = ("tiny", "cpu-quick", "cpu", "gpu-lora", "cluster")


def add(parsers: Any) -> None:
    """Describes the command."""
    about = (
        "Train an agent with turn-level rewards. Ctrl-C or SIGTERM writes the state and ends; --resume goes on after the "
        "last complete step. With `accelerate launch -m tarl_app train ...` on several GPUs or machines."
    )
    made = command(parsers, "train", about, run)
    made.add_argument("config", nargs="?", type=Path, metavar="RUN.YAML", help="what to do; what it leaves out has defaults")
    made.add_argument("--preset", choices=PRESETS, help="instead of a file")
    made.add_argument("--resume", metavar="NAME", help="continue that run")
    made.add_argument("--steps", type=count, metavar="N", help="instead of the configuration's")
    made.add_argument(
        "--name", help="of the run and its folder under TARL_HOME/runs (default: the configuration's, made new)"
    )
    made.add_argument("--show", action="store_true", help="print the configuration as YAML, and do not train")
    text = "check everything that can be checked without loading a model, print the plan, and do not train"
    made.add_argument("--dry-run", action="store_true", help=text)
    text = "with --dry-run: how many processes will train (default: those of this launch)"
    made.add_argument("--processes", type=count, metavar="N", help=text)


def run(options: argparse.Namespace, output: Output) -> int:
    """Trains; 0 when the run has finished or was stopped."""
    if sum(one is not None for one in (options.config, options.preset, options.resume)) != 1:
        raise ConfigError("Name one of: a configuration file, --preset, or --resume NAME.")
    if options.resume is not None and (options.steps or options.name):
        raise ConfigError("A resumed run keeps its name and its steps: leave out --steps and --name.")
    with uncollected(keep=True):
        from tarl_app.training import train
        from tarl_app.training.distributed import ranks
        from tarl_app.training.distributed.processes import Processes

    runs = wiring.make_runs()
    with noted(runs, options.resume or options.name or ""):
        config = configured(options, runs)
        if options.show:
            return shown(config, output)
        led = ranks.count(config)
        launched = Processes(config.device) if led == 1 else None  # by a launcher, if there is more than one
        first = launched is None or launched.first
        plan = checked(options, runs, config, options.processes or (launched.count if launched else led)) if first else None
    if options.dry_run:
        return 0 if plan is None else shown_plan(plan, config, output)
    if options.resume is None and (launched is None or launched.count == 1):
        config = config.model_copy(update={"name": options.name or fresh_name(options, runs, config.name)})
    if first:
        owned(options, runs, config)
        output.progress(f"{config.name}: {config.steps} steps from {config.base}; {runs.root / config.name}")
    work = partial(train.main, config, resume=options.resume is not None, parts_of=training_service.training_parts)
    with ranks.led(led, work):
        work()
    if first:
        report(runs, config.name, output)
    return 0


def configured(options: argparse.Namespace, runs: Runs) -> "TrainConfig":
    """The configuration that the options name; raises ``ConfigError``, ``JobError``."""
    from tarl_app.training.configuration.config import parse_config, read_config
    from tarl_app.training.configuration.presets import PRESETS as CONFIGS

    if options.resume is not None:
        return read_config(runs.get(options.resume).folder / run_record.CONFIG)
    found = CONFIGS[options.preset] if options.preset else read_config(options.config)
    changes = {"steps": options.steps, "name": options.name}
    return parse_config({**found.model_dump(mode="json"), **{key: value for key, value in changes.items() if value}})


def shown(config: "TrainConfig", output: Output) -> int:
    """Prints the configuration."""
    import yaml

    plain = config.model_dump(mode="json")
    output.line(yaml.safe_dump(plain, sort_keys=False))
    output.result(plain)
    return 0


@contextmanager
def noted(runs: Runs, name: str) -> Iterator[None]:
    """Within the context, errors are also written to the folder of the run that this process was started for, for the
    page.
    """
    try:
        yield
    except TarlError as error:
        if name and pid_of(launch.read_json(runs.root / name / launch.PROCESS)) == os.getpid():
            launch.set_state(runs.root / name, "failed", str(error))
        raise


def checked(options: argparse.Namespace, runs: Runs, config: "TrainConfig", processes: int) -> "Plan":
    """The plan of the run; raises the error that prevents it."""
    name = options.name or config.name
    if options.resume is None and not _in_its_folder(options, runs, name):
        runs.check(options.name or runs.free_name(name))
    return training_service.plan(config, runs.root / name, processes, begun=options.resume is not None)


def shown_plan(plan: "Plan", config: "TrainConfig", output: Output) -> int:
    """Prints the plan."""
    for name, text in plan.lines:
        output.line(f"{name:<10} {text}")
    for warning in plan.warnings:
        output.progress(f"warning: {warning}")
    output.line("Nothing stands in the way." if not plan.warnings else "It can be started; see the warnings.")
    lines = [{"what": name, "text": text} for name, text in plan.lines]
    output.result({"ok": True, "plan": lines, "warnings": list(plan.warnings), "config": config.model_dump(mode="json")})
    return 0


def _in_its_folder(options: argparse.Namespace, runs: Runs, name: str) -> bool:
    """Whether the configuration is that of an existing run folder, as created by the page."""
    return options.config is not None and options.config.resolve() == (runs.root / name / run_record.CONFIG).resolve()


def fresh_name(options: argparse.Namespace, runs: Runs, name: str) -> str:
    """The configuration's own name, or the next one that no run has."""
    return name if _in_its_folder(options, runs, name) else runs.free_name(name)


def owned(options: argparse.Namespace, runs: Runs, config: "TrainConfig") -> None:
    """Creates the run's folder if needed, and makes this process the one that works on it; raises ``JobError``."""
    if options.resume is None and not _in_its_folder(options, runs, config.name):
        runs.create(config.name, config.model_dump(mode="json"))
    runs.adopt(config.name)


def report(runs: Runs, name: str, output: Output) -> None:
    """Prints the run's state, and what can be done next."""
    found = runs.get(name).as_json()
    output.line(f"{name} is {found['state']} at step {found['step']} of {found['steps']}.")
    for checkpoint in found["checkpoints"][-1:]:
        output.line(f"Measure it: python -m tarl_app evaluate --agent {checkpoint}")
    if found["state"] == "stopped":
        output.line(f"Go on: python -m tarl_app train --resume {name}")
    output.result(found)

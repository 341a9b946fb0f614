"""``study``: trains and measures the arms of a comparison, resumably, and reports it."""

import argparse
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from tarl_app import training_service, wiring
from tarl_app.cli.measuring.evaluate import checked, default_voice, terminated_as_interrupt
from tarl_app.cli.options import channel, command, count
from tarl_app.cli.output import Output
from tarl_app.core.domain import CustomerKind, Split
from tarl_app.core.errors import ConfigError
from tarl_app.core.paths import ROOT
from tarl_app.core.process.garbage import uncollected
from tarl_app.core.settings import settings
from tarl_app.core.types import Guards
from tarl_app.domains import DEFAULT_DOMAIN, load_domain
from tarl_app.evaluation.config import EvaluationConfig
from tarl_app.evaluation.evaluate import Parts

if TYPE_CHECKING:
    from tarl_app.training.configuration.config import TrainConfig
    from tarl_app.training.study.folder import StudyFolder
    from tarl_app.training.study.plan import StudyConfig

STUDY = (
    *("base", "domain", "split", "limit", "trials", "seeds", "seeds_other"),
    *("customer", "voice", "channel", "max_agent_turns"),
)
"""Options that are fields of the study."""


def add(parsers: Any) -> None:
    """Describes the command and its parts."""
    about = "Compare ways of training: every arm trained with as many rollouts, measured on the same tasks, and reported."
    actions = parsers.add_parser("study", help=about[:1].lower() + about[1:-1], description=about)
    parts = actions.add_subparsers(title="actions", metavar="ACTION", required=True)
    about = (
        "The base, fine-tuning on its own passed rollouts, rewards for the outcome, TARL, TARL with math, and shuffled "
        "rewards. Ctrl-C or SIGTERM stops it; the same command with the same --out goes on, on another machine with a copy "
        "of the folder, too. Started twice, each process takes what the other one is not at."
    )
    made = command(parts, "tarl", about, run_tarl)
    made.add_argument("--out", type=Path, metavar="DIR", help="the study's folder (default: TARL_HOME/studies/tarl)")
    made.add_argument("--seeds", type=count, metavar="N", help="of terminal, tarl and shuffled (default: 3)")
    made.add_argument("--seeds-other", type=count, metavar="N", help="of the other arms (default: 1)")
    text = "work on these alone, and leave the others to another process or machine (default: all)"
    made.add_argument("--arms", type=_arms, metavar="A[,B]", help=text)
    made.add_argument("--base", metavar="CHECKPOINT", help="that every arm starts from (default: the run files')")
    made.add_argument("--domain", choices=wiring.domain_names(), help=f"practised and measured (default: {DEFAULT_DOMAIN})")
    made.add_argument("--steps", type=count, metavar="N", help="of every arm (default: the run files')")
    text = "measured on; test is for the last word only, and nothing may be chosen by it (default: dev)"
    made.add_argument("--split", choices=get_args(Split), help=text)
    made.add_argument("--limit", type=count, metavar="N", help="only the first N tasks")
    made.add_argument("--trials", type=count, metavar="K", help="of each task (default: 1)")
    text = "guards to measure under, separated by commas; the checks are about the first (default: schema,policy)"
    made.add_argument("--guard", type=_guards, metavar="A[,B]", help=text)
    text = "measure with a customer who speaks; 'both': in writing as well, first"
    made.add_argument("--speech", nargs="?", const="only", choices=("only", "both"), help=text)
    made.add_argument("--voice", metavar="ENGINE:VOICE", help="with speech: the customers' voice")
    made.add_argument("--channel", type=channel, help="with speech: what the voice passes through (default: clean)")
    made.add_argument(
        "--customer", choices=get_args(CustomerKind), help="how customers talk (default: as people, if they can)"
    )
    made.add_argument("--max-agent-turns", type=count, help="in the calls that are measured (default: 30)")
    made.add_argument("--configs", type=Path, default=ROOT / "configs", metavar="DIR", help="the arms' run files")
    made.add_argument("--workers", type=count, default=24, help="conversations measured side by side (default: %(default)s)")
    made.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
    report = command(parts, "report", "Print a study's report as Markdown, and write it with its plots.", run_report)
    report.add_argument("folder", type=Path, metavar="DIR")


def run_tarl(options: argparse.Namespace, output: Output) -> int:
    """Trains and measures what is missing, then prints the report."""
    with uncollected(keep=True):
        from tarl_app.training.study import results
        from tarl_app.training.study.folder import StudyFolder
        from tarl_app.training.study.plan import ARMS, BASE, jobs
        from tarl_app.training.study.run import run_study

    folder = StudyFolder((options.out or settings().home / "studies" / checked("tarl")).absolute())
    config = asked(options, folder)
    every = jobs(config, options.arms or ARMS)
    if options.dry_run:
        for job in every:
            output.line(job.name)
        conditions = [one.name for one in config.conditions]
        tasks = Local(options.workers).tasks(config)
        calls = len(every) * len(conditions) * config.trials * tasks
        run = next(iter(config.runs.values()))
        rollouts = sum(job.arm != BASE for job in every) * run.steps * run.groups * run.group_size
        output.line(f"{rollouts} rollouts of training, {calls} calls to measure ({', '.join(conditions)}; {tasks} tasks)")
        output.result({"jobs": [job.name for job in every], "rollouts": rollouts, "calls": calls})
        return 0
    for run in config.runs.values():
        training_service.plan(run, folder.runs / run.name, 1)
    config = folder.begin(config)
    output.progress(f"{len(every)} jobs from {config.base}, in {folder.path}")
    with terminated_as_interrupt():
        run_study(config, folder, Local(options.workers), options.workers, output.progress, options.arms or ARMS)
    for name in folder.too_large():
        output.progress(f"warning: {name} is not below 10 MB")
    return _reported(config, folder, results.results(config, folder), output)


def run_report(options: argparse.Namespace, output: Output) -> int:
    """Prints the report of whatever is there."""
    from tarl_app.training.study import results
    from tarl_app.training.study.folder import StudyFolder

    folder = StudyFolder(options.folder.absolute())
    config = folder.config()
    if config is None:
        raise ConfigError(f"{options.folder} is not the folder of a study: it has no study.json.")
    return _reported(config, folder, results.results(config, folder), output)


def _reported(config: "StudyConfig", folder: "StudyFolder", result: Any, output: Output) -> int:
    from tarl_app.training.study import report

    for path in report.write(config, folder, result):
        output.progress(f"written: {path}")
    output.line((folder.path / "report.md").read_text("utf-8"))
    output.result(result.model_dump(mode="json"))
    return 0


def asked(options: argparse.Namespace, folder: "StudyFolder") -> "StudyConfig":
    """What the options ask for; where they say nothing, what the folder's study is, or the defaults.

    Raises:
        ConfigError: run files are missing or do not go together.
    """
    from tarl_app.training.study.plan import StudyConfig, read_runs

    given = {name: getattr(options, name) for name in STUDY if getattr(options, name) is not None}
    there = folder.config()
    if options.guard or options.speech:
        given["conditions"] = _conditions(options, there)
    if options.speech:
        given["voice"] = options.voice or default_voice()
    if there is not None and not (options.steps or "base" in given or "domain" in given):
        return StudyConfig.model_validate({**there.model_dump(), **given})
    runs = read_runs(options.configs, given.get("base", ""), given.get("domain", DEFAULT_DOMAIN), options.steps)
    base = next(iter(runs.values())).base
    known = there.model_dump() if there is not None else {}
    if there is None:
        given.setdefault("customer", wiring.usual_customer(given.get("domain", DEFAULT_DOMAIN)))
    return StudyConfig.model_validate({**known, **given, "runs": runs, "base": base, "base_digest": _digest(base)})


def _conditions(options: argparse.Namespace, there: "StudyConfig | None") -> list[dict[str, Any]]:
    guards = options.guard or (dict.fromkeys(one.guard for one in there.conditions) if there else ["schema", "policy"])
    manners = {None: [False], "only": [True], "both": [False, True]}[options.speech]
    return [{"guard": guard, "speech": speech} for speech in manners for guard in guards]


def _digest(base: str) -> str:
    from tarl_app.agents.omni.model.adapters import weights_digest
    from tarl_app.agents.omni.model.checkpoint_files import locate_checkpoint

    found = locate_checkpoint(base)
    return weights_digest(found) if found is not None else ""


def _guards(text: str) -> list[str]:
    return _listed(text, get_args(Guards))


def _arms(text: str) -> list[str]:
    from tarl_app.training.study.plan import ARMS

    return _listed(text, ARMS)


def _listed(text: str, known: Collection[str]) -> list[str]:
    found = [part.strip() for part in text.split(",") if part.strip()]
    if not found or set(found) - {*known}:
        raise argparse.ArgumentTypeError(f"{text!r}: choose from {', '.join(known)}")
    return list(dict.fromkeys(found))


class Local:
    """Trains and measures in this process (``training.study.run.Tools``)."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def train(
        self, config: "TrainConfig", resume: bool, runs: Path, on_step: Callable[[int, Mapping[str, Any]], None]
    ) -> None:
        """The trainer, with the processes that the run file asks for."""
        from tarl_app.training import train
        from tarl_app.training.distributed import ranks

        work = partial(train.main, config, resume=resume, parts_of=training_service.training_parts, runs=runs)
        with ranks.led(ranks.count(config), work):
            work(on_step=on_step)

    def parts(self, config: EvaluationConfig, checkpoint: Path | None) -> Parts:
        """The evaluation's parts; the agent is that of the folder, under the name of the configuration."""
        return wiring.checkpoint_parts(config, config.agent if checkpoint is None else str(checkpoint), self.workers)

    def revision(self, name: str) -> str:
        """The checkpoint's."""
        return wiring.revision(name)

    def tasks(self, config: "StudyConfig") -> int:
        """Of the split, up to the limit."""
        return len(load_domain(config.domain).tasks(config.split)[: config.limit])

"""Carries a study out: trains and measures what is missing, one job after the other, and tells how far it is.

Nothing is kept in memory: what is done is what lies in the folder. A stop or a kill loses at most the step or the
conversations at hand.
"""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tarl_app.core.errors import Diverged
from tarl_app.evaluation.config import EvaluationConfig
from tarl_app.evaluation.evaluate import Parts, Progress, evaluate
from tarl_app.jobs import launch
from tarl_app.training.configuration.config import TrainConfig
from tarl_app.training.study.folder import StudyFolder
from tarl_app.training.study.plan import ARMS, BASE, Condition, Job, StudyConfig, agent_of, jobs, measurement, run_of

TRAIN = "train"
Tell = Callable[[str], None]


class StudyStopped(KeyboardInterrupt):
    """The study was asked to stop while it trained; the run's state is written."""


class Tools(Protocol):
    """What a study needs from outside."""

    def train(
        self, config: TrainConfig, resume: bool, runs: Path, on_step: Callable[[int, Mapping[str, Any]], None]
    ) -> None:
        """Trains in that folder of runs until the run has finished or was asked to stop."""
        ...

    def parts(self, config: EvaluationConfig, checkpoint: Path | None) -> Parts:
        """The parts of an evaluation of a checkpoint's agent, or of the base."""
        ...

    def revision(self, name: str) -> str:
        """A digest of the checkpoint of that name or path."""
        ...

    def tasks(self, config: StudyConfig) -> int:
        """Number of tasks that every arm is measured on."""
        ...


@dataclass
class _Clock:
    """Hours so far, and those that are probably left: every piece of work as long as its like was on average."""

    folder: StudyFolder
    config: StudyConfig
    tasks: int
    begun: float = field(default_factory=time.monotonic)

    def hours(self) -> tuple[float, float | None]:
        """So far, and left; None as long as nothing was measured."""
        seconds: dict[str, float] = {}
        units: dict[str, int] = {}
        for row in self.folder.times():
            seconds[row["part"]] = seconds.get(row["part"], 0.0) + row["seconds"]
            units[row["part"]] = units.get(row["part"], 0) + row["units"]
        each = {part: seconds[part] / units[part] for part in seconds if units[part]}
        missing = self._missing()
        so_far = sum(seconds.values()) / 3600
        if any(count and part not in each for part, count in missing.items()):
            return so_far, None
        return so_far, sum(count * each.get(part, 0.0) for part, count in missing.items()) / 3600

    def _missing(self) -> dict[str, int]:
        left = {TRAIN: 0, **{one.name: 0 for one in self.config.conditions}}
        for job in jobs(self.config):
            if not self.folder.is_trained(self.config, job):
                left[TRAIN] += run_of(self.config, job).steps - self.folder.steps(self.config, job)
            for condition in self.config.conditions:
                for trial in range(self.config.trials):
                    if not self.folder.is_measured(self.config, job, condition, trial, self.tasks):
                        left[condition.name] += self.tasks
        return left

    def words(self) -> str:
        """``0.31 h so far, about 2.1 h left``."""
        so_far, left = self.hours()
        return f"{so_far:.2f} h so far" + (f", about {left:.1f} h left" if left is not None else "")


def run_study(
    config: StudyConfig, folder: StudyFolder, tools: Tools, workers: int, tell: Tell, arms: Collection[str] = ARMS
) -> None:
    """Does what is missing of those arms. A run that diverges is told of and left out; calling again tries it again.

    Several processes may work in one folder: each takes jobs that no other one is at, and ends when there are none left.

    Raises:
        ConfigError: the folder holds something else.
        KeyboardInterrupt: it was stopped; what was complete is kept (``StudyStopped`` in training).
        TarlError: an agent, a domain or weights are missing.
    """
    clock = _Clock(folder, config, tools.tasks(config))
    every = jobs(config, arms)
    elsewhere = []
    for number, job in enumerate(every, start=1):
        head = f"[{number}/{len(every)}] {job.name}"
        with folder.taken(job) as mine:
            if not mine:
                elsewhere.append(job.name)
                tell(f"{head}: another process is at work on it")
                continue
            try:
                _train(config, folder, job, tools, lambda text, head=head: tell(f"{head}: {text}; {clock.words()}"))
            except Diverged as error:
                tell(f"{head} is left out: {error}")
                continue
            _measure(config, folder, job, tools, workers, clock, lambda text, head=head: tell(f"{head}: {text}"))
    left = f"; others are at work on {', '.join(elsewhere)}" if elsewhere else ""
    tell(f"finished after {clock.hours()[0]:.2f} h of work{left}")


def _train(config: StudyConfig, folder: StudyFolder, job: Job, tools: Tools, tell: Tell) -> None:
    if folder.is_trained(config, job):
        return
    run = run_of(config, job)
    last = time.monotonic()

    def on_step(step: int, row: Mapping[str, Any]) -> None:
        nonlocal last
        now = time.monotonic()
        folder.took(job, TRAIN, 1, now - last)
        last = now
        tell(f"step {step} of {run.steps}, {row.get('success', 0.0):.2f} passed")

    resume = folder.run(job).joinpath("state").is_dir()
    tell(f"training, from step {folder.steps(config, job)} of {run.steps}")
    tools.train(run, resume, folder.runs, on_step)
    if not folder.is_trained(config, job):
        raise StudyStopped
    folder.settle(config, job)


def _measure(
    config: StudyConfig, folder: StudyFolder, job: Job, tools: Tools, workers: int, clock: _Clock, tell: Tell
) -> None:
    checkpoint = None if job.arm == BASE else folder.checkpoint(config, job)
    revision = tools.revision(config.base if checkpoint is None else str(checkpoint))
    for condition in config.conditions:
        for trial in range(config.trials):
            if not folder.is_measured(config, job, condition, trial, clock.tasks):
                _measure_one(config, folder, job, condition, trial, revision, checkpoint, tools, workers, tell)
                tell(f"{condition.name}, trial {trial + 1} of {config.trials} measured; {clock.words()}")


def _measure_one(
    config: StudyConfig,
    folder: StudyFolder,
    job: Job,
    condition: Condition,
    trial: int,
    revision: str,
    checkpoint: Path | None,
    tools: Tools,
    workers: int,
    tell: Tell,
) -> None:
    asked = measurement(config, job, condition, trial, revision)
    where = folder.evaluation(job, condition, trial)
    before, begun, last = launch.read_json(where / launch.STATUS).get("done", 0), time.monotonic(), time.monotonic()
    done = before

    def on_progress(progress: Progress) -> None:
        nonlocal done, last
        done = progress.done
        if time.monotonic() - last >= 30:
            last = time.monotonic()
            tell(f"{condition.name}, trial {trial + 1}: {progress.done} of {progress.total}, {progress.passed} passed")

    tell(f"{condition.name}, trial {trial + 1}: {agent_of(config, job)} on {config.domain}/{config.split}")
    try:
        evaluate(asked, tools.parts(asked, checkpoint), where, workers, on_progress)
    finally:
        if done > before:
            folder.took(job, condition.name, done - before, time.monotonic() - begun)

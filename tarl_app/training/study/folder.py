"""A study's folder, which can be copied to another machine at any moment and goes on there.

    study.json                          what is trained and measured (``plan.StudyConfig``)
    base/NAME/                          the base's checkpoint, unless it is one that comes with the app
    runs/ARM-sSEED/                     training runs
    evaluations/JOB/CONDITION/trial-0/  evaluations
    times.jsonl                         hours: one row a piece of work
    locks/JOB                           held by the process that is at work on it
    report.json, report.md, *.svg       what came of it

No file holds an absolute path, and none is 10 MB or larger (``too_large`` names exceptions).
"""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from pydantic import ValidationError

from tarl_app.agents.omni.model.adapters import weights_digest
from tarl_app.agents.omni.model.checkpoint_files import locate_checkpoint, read_config
from tarl_app.core import documents
from tarl_app.core.errors import ConfigError, DocumentError
from tarl_app.core.paths import SHIPPED
from tarl_app.core.settings import settings
from tarl_app.evaluation.evaluate import CONFIG as EVALUATION
from tarl_app.jobs import launch, run_record
from tarl_app.training.study.plan import BASE, Condition, Job, StudyConfig, agent_of, run_of

STUDY = "study.json"
TIMES = "times.jsonl"
LOCKS = "locks"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+@-]*")
"""Of a checkpoint that can be brought along."""
LARGEST = 10_000_000
"""Bytes; files that travel are smaller."""
MAY_GROW = frozenset({"seeds", "seeds_other", "trials", "limit"})
"""What another call may ask more of."""


class StudyFolder:
    """Where the parts of a study lie, and how far they are."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def runs(self) -> Path:
        """The folder of its training runs."""
        return self.path / "runs"

    def run(self, job: Job) -> Path:
        """The folder of a job's training run."""
        return self.runs / job.name

    def evaluation(self, job: Job, condition: Condition, trial: int) -> Path:
        """The folder of one trial."""
        return self.path / "evaluations" / job.name / condition.name / f"trial-{trial}"

    def checkpoint(self, config: StudyConfig, job: Job) -> Path:
        """Where the trained agent of a job lies, once it is finished."""
        return self.run(job) / run_record.CHECKPOINTS / f"step-{run_of(config, job).steps:06d}"

    # --- what is asked ------------------------------------------------------------------------------------------------

    def config(self) -> StudyConfig | None:
        """What ``study.json`` says; None when it is not there. Raises ``ConfigError`` when it cannot be read."""
        if not (self.path / STUDY).is_file():
            return None
        try:
            return StudyConfig.model_validate(documents.read_json(self.path / STUDY))
        except (OSError, DocumentError, ValidationError) as error:
            raise ConfigError(f"{self.path / STUDY} is not the description of a study: {error}") from error

    def begin(self, config: StudyConfig) -> StudyConfig:
        """Writes what is asked, or compares it with what is there; brings the base along.

        Raises:
            ConfigError: the folder holds another study, or the base has no name that another machine would know.
        """
        (self.path / LOCKS).mkdir(parents=True, exist_ok=True)
        with FileLock(self.path / LOCKS / "begin"):  # another process may be copying the base
            if (there := self.config()) is not None:
                now, then = config.model_dump(mode="json"), there.model_dump(mode="json")
                differing = [name for name in now if now[name] != then[name] and name not in MAY_GROW]
                if differing:
                    raise ConfigError(
                        f"{self.path.name} is a study of another {', '.join(differing)}. Choose another --out, or leave "
                        "those options out to go on with it."
                    )
            self._bring(config)
            launch.write_json(self.path / STUDY, config.model_dump(mode="json"))
            return config

    def _bring(self, config: StudyConfig) -> None:
        """Copies the base into the folder, or from the folder to where checkpoints are looked for."""
        named = NAME.fullmatch(config.base) is not None  # a study may come from anywhere, and a name is made a path here
        kept = self.path / BASE / config.base
        found = locate_checkpoint(config.base)
        if found is None and named and (kept / "config.json").is_file():
            shutil.copytree(kept, settings().home / "checkpoints" / config.base, dirs_exist_ok=True)
            found = locate_checkpoint(config.base)
        if found is None:
            return  # an untuned model, by its own name
        if config.base_digest and (now := weights_digest(found)) != config.base_digest:
            raise ConfigError(
                f"The study began from another {config.base} (weights {config.base_digest}, now {now}). Put that one back, "
                "or begin a new study with another --out."
            )
        if found.is_relative_to(SHIPPED) or (named and (kept / "config.json").is_file()):
            return
        if not named:
            raise ConfigError(
                f"{config.base} is a path, which another machine does not have. Copy the checkpoint to "
                f"{settings().home / 'checkpoints'} and give its name there."
            )
        parent = read_config(found)
        if parent.base_digest and not (SHIPPED / parent.base / "config.json").is_file():
            raise ConfigError(
                f"{config.base} was tuned from {parent.base}, which does not come with the app: choose another."
            )
        shutil.copytree(found, kept)

    @contextmanager
    def taken(self, job: Job) -> Iterator[bool]:
        """Within the context no other process works on the job; False: one does already."""
        lock = FileLock(self.path / LOCKS / job.name)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    # --- how far it is ------------------------------------------------------------------------------------------------

    def steps(self, config: StudyConfig, job: Job) -> int:
        """Completed steps of a job's run."""
        if job.arm == BASE:
            return 0
        done = launch.read_json(self.run(job) / launch.STATUS).get("step")
        return done if type(done) is int else 0

    def is_trained(self, config: StudyConfig, job: Job) -> bool:
        """Whether a job's agent is there."""
        return job.arm == BASE or (self.checkpoint(config, job) / "config.json").is_file()

    def is_measured(self, config: StudyConfig, job: Job, condition: Condition, trial: int, tasks: int) -> bool:
        """Whether a trial is complete."""
        folder = self.evaluation(job, condition, trial)
        status = launch.read_json(folder / launch.STATUS)
        agent = launch.read_json(folder / EVALUATION).get("agent")
        return status.get("state") == "finished" and status.get("done") == tasks and agent == agent_of(config, job)

    def state(self, job: Job, condition: Condition, trial: int) -> str:
        """The state of a trial's evaluation; empty where there is none."""
        return str(launch.read_json(self.evaluation(job, condition, trial) / launch.STATUS).get("state", ""))

    def settle(self, config: StudyConfig, job: Job) -> None:
        """Removes what only a run that goes on needs: its states, which are larger than all the rest."""
        if job.arm != BASE and self.is_trained(config, job):
            shutil.rmtree(self.run(job) / "state", ignore_errors=True)

    def took(self, job: Job, part: str, units: int, seconds: float) -> None:
        """Notes a piece of work: ``part`` is train (units are steps) or a condition (units are episodes)."""
        row = {"job": job.name, "part": part, "units": units, "seconds": round(seconds, 2)}
        with (self.path / TIMES).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def times(self) -> Iterator[dict[str, Any]]:
        """The rows of ``took`` that can be read."""
        for row in documents.read_rows(self.path / TIMES):
            if type(row.get("units")) is int and isinstance(row.get("seconds"), int | float) and "part" in row:
                yield row

    def too_large(self) -> list[str]:
        """Files that are not below 10 MB, as paths within the folder."""
        files = (path for path in self.path.rglob("*") if path.is_file())
        return sorted(path.relative_to(self.path).as_posix() for path in files if path.stat().st_size >= LARGEST)

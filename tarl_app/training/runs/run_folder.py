"""The directory of a run, written so that a stop or a kill at any moment loses at most the current step.

status.json                 state, step, message; replaced as a whole
metrics.jsonl               one row a step; samples.jsonl: a few episodes a step, whose sounds are in audio/
held_out.jsonl              one row a held-out task and measurement
state/step-000012/          adapters, value head, optimiser moments (safetensors) and the rest (JSON), written under
                            another name and then renamed; the newest is the truth, and later rows elsewhere are cut off.
                            The one before is kept for the day on which the newest cannot be read, or turns out broken
checkpoints/step-000012/    an agent (``agents.omni.checkpoint``), renamed into place as well
"""

import json
import logging
import math
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from tarl_app.agents.omni.model.adapters import SHARD_BYTES
from tarl_app.core import documents
from tarl_app.core.errors import ConfigError, Diverged, DocumentError, JobError, SpeechError, TarlError
from tarl_app.core.sound import audio
from tarl_app.core.types import Episode
from tarl_app.jobs import launch
from tarl_app.jobs.run_record import AUDIO, CONFIG, HELD_OUT, STEP, checkpoints
from tarl_app.training.configuration.config import TrainConfig, write_config
from tarl_app.training.policy import Policy
from tarl_app.training.runs.whole_files import disk_is_full, replace_file, whole

State = Literal["starting", "running", "stopping", "stopped", "finished", "failed"]
_TENSORS, _REST = "tensors.safetensors", "state.json"
RESERVE, RESERVED = ".reserve", 256 * 1024
"""A file, and its size in bytes, that is deleted when the disk is full, so that the status and the log can still be
written.
"""
LARGEST_REST = 50_000_000
"""Most bytes of a state besides its tensors: the record of every task."""

log = logging.getLogger(__name__)


class RunFolder:
    """Written by one process; others may read it meanwhile (``tarl_app.jobs.run_record``)."""

    def __init__(self, path: Path, config: TrainConfig, writes: bool = True) -> None:
        """Creates the directory and its ``config.yaml`` where they are missing; of several processes only one ``writes``."""
        self.path, self.config, self.writes = path, config, writes
        self.step = 0
        """Completed steps."""
        if not writes:
            return
        try:
            path.mkdir(parents=True, exist_ok=True)
            if not (path / "config.yaml").exists():
                write_config(config, path / "config.yaml")
        except OSError as error:
            raise JobError(launch.in_words(error, path)) from error

    @contextmanager
    def told(self) -> Iterator[None]:
        """Within the context, keeps the run's status up to date, whatever happens.

        Raises:
            JobError: the disk is full. What was complete stays complete, and the run can be resumed.
        """
        reserve = self.path / RESERVE
        try:
            if self.writes:
                reserve.write_bytes(bytes(RESERVED))
            self.status("starting")
            yield
            self.status("finished" if self.step >= self.config.steps else "stopped")
        except BaseException as error:
            full = disk_is_full(error)
            told = launch.in_words(full, self.path) if full else str(error) if isinstance(error, TarlError) else ""
            if self.writes:
                reserve.unlink(missing_ok=True)
            with suppress(OSError):
                self.status("failed", told or f"{type(error).__name__}: {error}")
            if full:
                raise JobError(told) from error
            raise
        finally:
            if self.writes:
                reserve.unlink(missing_ok=True)

    def status(self, state: State, message: str = "") -> None:
        """Writes the run's status."""
        if not self.writes:
            return
        row = {"state": state, "step": self.step, "steps": self.config.steps, "message": message}
        replace_file(self.path / "status.json", json.dumps({**row, "updated": datetime.now(UTC).isoformat()}))

    def provenance(self, facts: Mapping[str, Any]) -> None:
        """Writes the run's provenance; a resumed run adds an entry."""
        if not self.writes:
            return
        path = self.path / "provenance.json"
        if kept := launch.read_json(path):
            earlier = kept.get("resumed")
            resumed = [*(earlier if isinstance(earlier, list) else []), {**facts, "step": self.step}]
            replace_file(path, json.dumps({**kept, "resumed": resumed}, indent=1))
        else:
            replace_file(path, json.dumps({**facts, "resumed": []}, indent=1))

    # --- rows -----------------------------------------------------------------------------------------------------------

    def append(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Adds lines to ``metrics.jsonl`` or ``samples.jsonl`` and waits until the disk has them."""
        if not self.writes:
            return
        with (self.path / name).open("a", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def keep_sounds(self, episode: Episode) -> None:
        """Keeps the sounds of a sampled episode, so that a copied run can be listened to."""
        if self.writes:
            for ref in episode.sounds:
                with suppress(SpeechError):  # the sound is missing: the text remains
                    audio.bring(ref, target=self.path / AUDIO)

    def _cut(self, name: str, last: int) -> None:
        """Removes rows of steps after ``last``, which will be repeated, and a truncated last line."""
        path = self.path / name
        if not self.writes or not path.exists():
            return
        with documents.open_inside(path) as file:
            replace_file(path, (line for line in file if line.endswith(b"\n") and _step_of(line) <= last))

    # --- state ----------------------------------------------------------------------------------------------------------

    def has_state(self) -> bool:
        """Whether a step was ever completed here."""
        return bool(self._states())

    def _states(self) -> list[Path]:
        """The states, the oldest first."""
        found = [path for path in (self.path / "state").glob("step-*") if STEP.fullmatch(path.name.removeprefix("step-"))]
        return sorted((path for path in found if (path / _REST).is_file()), key=_number)

    def save_state(self, step: int, tensors: Mapping[str, torch.Tensor], rest: Mapping[str, Any]) -> None:
        """Stores everything that the next step depends on, after ``step`` steps; of older states the last good one is
        kept.

        Raises:
            Diverged: a weight is not finite. Nothing is changed then.
        """
        _require_numbers(tensors)
        before, self.step = self.step, step
        if not self.writes:
            return
        root = self.path / "state"
        root.mkdir(exist_ok=True)
        with whole(root / f"step-{step:06d}") as temporary:
            files = _shards({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()})
            for name, shard in files.items():
                save_file(shard, temporary / name)
            (temporary / _REST).write_text(json.dumps({"step": step, "files": len(files), **rest}), encoding="utf-8")
        for old in root.iterdir():
            if old.name not in (f"step-{step:06d}", f"step-{before:06d}"):
                shutil.rmtree(old, ignore_errors=True)

    def load_state(self) -> tuple[dict[str, torch.Tensor], dict[str, Any]] | None:
        """The newest readable state; later rows and states are removed. None when there is no state.

        Raises:
            ConfigError: there are states, and none can be read.
        """
        found, unreadable = None, None
        for path in reversed(self._states()):
            try:
                found = _read_state(path)
            except (OSError, ConfigError, SafetensorError) as error:
                log.warning("%s cannot be read (%s); an older state is tried.", path, error)
                unreadable = unreadable or ConfigError(f"{path} cannot be read: {error}. Delete the run, or start it anew.")
            else:
                self.step = _number(path)
                break
        if found is None and unreadable is not None:
            raise unreadable
        self._cut("metrics.jsonl", self.step)
        self._cut("samples.jsonl", self.step)
        self._cut(HELD_OUT, self.step - 1)  # measured before the step that will be repeated
        for late in (one for one in checkpoints(self.path) if self.writes and one.step > self.step):
            shutil.rmtree(late.folder, ignore_errors=True)
        return found

    def diverged(self, error: Diverged) -> Diverged:
        """The error with what to do about it.

        If the weights were not finite when the step began, that state and its checkpoint are removed, if there is an
        older one.
        """
        kept, step = self._states(), self.step + 1
        if error.begun and len(kept) > 1 and _number(kept[-1]) == self.step:
            if self.writes:
                for path in (kept[-1], self.path / "checkpoints" / kept[-1].name):
                    shutil.rmtree(path, ignore_errors=True)
            kept.pop()
        good = f"The state after step {_number(kept[-1])} is kept" if kept else "No step was complete before"
        return Diverged(
            f"Training diverged in step {step}: {error} {good}. Lower learning_rate in the run's {CONFIG} (or set dtype to "
            "float32) and resume the run, or duplicate it with a lower one.",
            begun=error.begun,
        )

    # --- checkpoints ----------------------------------------------------------------------------------------------------

    def save_checkpoint(self, policy: Policy) -> Path:
        """Writes the agent as it is after the last completed step, unless it is there."""
        target = self.path / "checkpoints" / f"step-{self.step:06d}"
        if not self.writes or (target / "config.json").is_file():
            return target
        target.parent.mkdir(exist_ok=True)
        for left in target.parent.glob(".writing-*"):  # of a process that was killed
            shutil.rmtree(left, ignore_errors=True)
        with whole(target) as temporary:
            policy.save(temporary, f"{self.config.name}@{self.step}")
        return target


def _number(state: Path) -> int:
    return int(state.name.removeprefix("step-"))


def _shards(tensors: Mapping[str, torch.Tensor]) -> dict[str, dict[str, torch.Tensor]]:
    """File name -> its tensors, below 10 MB unless a single one is larger, so that a state travels as small files."""
    shards: list[dict[str, torch.Tensor]] = [{}]
    size = 0
    for name, tensor in tensors.items():
        if size and size + tensor.nbytes > SHARD_BYTES:
            shards.append({})
            size = 0
        shards[-1][name] = tensor
        size += tensor.nbytes
    return {_shard(number): shard for number, shard in enumerate(shards)}


def _shard(number: int) -> str:
    return _TENSORS.replace(".", f"-{number + 1:05d}.") if number else _TENSORS


def _read_state(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Raises ``OSError``, ``SafetensorError``, ``ConfigError`` when it is damaged or not finite."""
    tensors = load_file(path / _TENSORS)
    rest = documents.parse_json(documents.read_bytes(path / _REST, LARGEST_REST))
    if not isinstance(rest, dict) or rest.get("step") != _number(path):
        raise ConfigError("it is the state of another step")
    files = rest.get("files", 1)
    if type(files) is not int or not 1 <= files <= 100_000:
        raise ConfigError("it does not say of how many files it consists")
    for number in range(1, files):
        tensors |= load_file(path / _shard(number))
    _require_numbers(tensors)
    return tensors, rest


def _require_numbers(tensors: Mapping[str, torch.Tensor]) -> None:
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise Diverged(f"{name} is not a number.")


def _step_of(line: bytes) -> float:
    """The step of a row; infinite where the line is not a row."""
    try:
        row = documents.parse_json(line)
    except DocumentError:
        return math.inf
    step = row.get("step", 0) if isinstance(row, dict) else math.inf
    return step if isinstance(step, int | float) else math.inf

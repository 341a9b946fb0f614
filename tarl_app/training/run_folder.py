"""The directory of a run: what the trainer writes, so that a stop or a kill at any moment loses at most the step at hand.

status.json                 state, step, message; replaced as a whole
metrics.jsonl               one row a step; samples.jsonl: a few episodes a step, whose sounds are in audio/
state/step-000012/          adapters, value head, optimiser moments (safetensors) and the rest (JSON), written under
                            another name and then renamed; the newest is the truth, and later rows elsewhere are cut off
checkpoints/step-000012/    an agent (``agents.omni.checkpoint``), renamed into place as well
"""

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from tarl_app import audio, launch
from tarl_app.errors import ConfigError, JobError, SpeechError, TarlError
from tarl_app.run_record import AUDIO
from tarl_app.training.config import TrainConfig, write_config
from tarl_app.training.policy import Policy
from tarl_app.types import Episode

State = Literal["starting", "running", "stopping", "stopped", "finished", "failed"]
_TENSORS, _REST = "tensors.safetensors", "state.json"
RESERVE, RESERVED = ".reserve", 256 * 1024
"""A file given up when the disk is full, so that the status and the log can still say so; bytes."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class RunFolder:
    """Written by one process; anybody may read it meanwhile (``tarl_app.run_record``)."""

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
        """The run's state before and after, whatever happens in between.

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
            full = _disk_is_full(error)
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
        """Says how far the run is."""
        if not self.writes:
            return
        row = {"state": state, "step": self.step, "steps": self.config.steps, "message": message}
        _replace(self.path / "status.json", json.dumps({**row, "updated": datetime.now(UTC).isoformat()}))

    def provenance(self, facts: Mapping[str, Any]) -> None:
        """Where the run comes from; a resumed run adds a line of its own."""
        if not self.writes:
            return
        path = self.path / "provenance.json"
        earlier = json.loads(path.read_text(encoding="utf-8")).get("resumed", []) if path.exists() else None
        if earlier is None:
            _replace(path, json.dumps({**facts, "resumed": []}, indent=1))
        else:
            kept = json.loads(path.read_text(encoding="utf-8"))
            _replace(path, json.dumps({**kept, "resumed": [*earlier, {**facts, "step": self.step}]}, indent=1))

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
        """Keeps what was said in a sampled episode, so that the run can be heard where it is copied to."""
        if self.writes:
            for ref in episode.sounds:
                with suppress(SpeechError):  # it is gone: the words are left
                    audio.bring(ref, target=self.path / AUDIO)

    def _cut(self, name: str) -> None:
        """Removes rows of steps that have to be done again, and a last line that a kill cut off."""
        path = self.path / name
        if not self.writes or not path.exists():
            return
        kept = []
        for line in path.read_bytes().splitlines(keepends=True):
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if line.endswith(b"\n") and isinstance(row, dict) and row.get("step", 0) <= self.step:
                kept.append(line)
        _replace(path, b"".join(kept))

    # --- state ----------------------------------------------------------------------------------------------------------

    def has_state(self) -> bool:
        """Whether a step was ever completed here."""
        return bool(self._states())

    def _states(self) -> list[Path]:
        return sorted(path for path in (self.path / "state").glob("step-*") if (path / _REST).is_file())

    def save_state(self, step: int, tensors: Mapping[str, torch.Tensor], rest: Mapping[str, Any]) -> None:
        """Everything that the next step depends on, after ``step`` steps; older states are removed."""
        self.step = step
        if not self.writes:
            return
        root = self.path / "state"
        root.mkdir(exist_ok=True)
        with _whole(root / f"step-{step:06d}") as temporary:
            save_file({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, temporary / _TENSORS)
            (temporary / _REST).write_text(json.dumps({"step": step, **rest}), encoding="utf-8")
        for old in root.iterdir():
            if old.name != f"step-{step:06d}":
                shutil.rmtree(old, ignore_errors=True)

    def load_state(self) -> tuple[dict[str, torch.Tensor], dict[str, Any]] | None:
        """The newest state, to go on from; later rows are cut off. None when no step was completed.

        Raises:
            ConfigError: the state cannot be read.
        """
        states = self._states()
        if not states:
            self._cut("metrics.jsonl")
            self._cut("samples.jsonl")
            return None
        try:
            tensors = load_file(states[-1] / _TENSORS)
            rest = json.loads((states[-1] / _REST).read_text(encoding="utf-8"))
        except (OSError, ValueError, SafetensorError) as error:
            raise ConfigError(f"{states[-1]} cannot be read: {error}. Delete the run, or start it anew.") from error
        self.step = int(rest["step"])
        self._cut("metrics.jsonl")
        self._cut("samples.jsonl")
        return tensors, rest

    # --- checkpoints ----------------------------------------------------------------------------------------------------

    def save_checkpoint(self, policy: Policy) -> Path:
        """Writes the agent as it is after the last completed step, unless it is there."""
        target = self.path / "checkpoints" / f"step-{self.step:06d}"
        if not self.writes or (target / "config.json").is_file():
            return target
        target.parent.mkdir(exist_ok=True)
        for left in target.parent.glob(".writing-*"):  # of a process that was killed
            shutil.rmtree(left, ignore_errors=True)
        with _whole(target) as temporary:
            policy.save(temporary, f"{self.config.name}@{self.step}")
        return target


def _disk_is_full(error: BaseException) -> OSError | None:
    """The error of a disk (or a quota, or a limit) that takes nothing more; safetensors tells it in words only."""
    if isinstance(error, OSError) and error.errno in FULL:
        return error
    if isinstance(error, SafetensorError):
        return next((OSError(code, os.strerror(code)) for code in FULL if f"(os error {code})" in str(error)), None)
    return None


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A new directory that gets its name once it is complete and on the disk; of a broken attempt nothing is left."""
    temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=".writing-"))
    try:
        yield temporary
        for file in temporary.iterdir():
            _sync(file)
        _rename(temporary, target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _rename(temporary: Path, target: Path) -> None:
    """Gives a complete directory its name; the kernel does it as a whole."""
    if target.exists():  # the same step, done again after a kill
        shutil.rmtree(target)
    temporary.chmod(0o755)
    temporary.rename(target)
    _sync(target.parent)


def _replace(path: Path, content: str | bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)
        _sync(temporary)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

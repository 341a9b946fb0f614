"""Metrics to trackio, TensorBoard or Weights & Biases, when asked for; ``metrics.jsonl`` has them in any case."""

import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from tarl_app.core.errors import ConfigError
from tarl_app.training.configuration.config import TrainConfig


class Tracker(Protocol):
    """A destination of metrics."""

    def log(self, row: Mapping[str, Any], step: int) -> None:
        """One step's numbers."""
        ...

    def close(self) -> None:
        """Closes the tracker."""
        ...


class TensorBoard:
    """Event files in the run's folder."""

    def __init__(self, config: TrainConfig, folder: Path) -> None:
        self._writer = _library("torch.utils.tensorboard", "tensorboard").SummaryWriter(str(folder / "tensorboard"))

    def log(self, row: Mapping[str, Any], step: int) -> None:
        """One step's numbers."""
        for name, value in row.items():
            if isinstance(value, int | float):
                self._writer.add_scalar(name, value, step)

    def close(self) -> None:
        """Flushes and closes the files."""
        self._writer.close()


class Board:
    """Trackio, and Weights & Biases: both have ``init``, ``log`` and ``finish``.

    A resumed run continues under its name.
    """

    def __init__(self, library: str, config: TrainConfig, folder: Path) -> None:
        self._board = _library(library, library)
        options = {"dir": str(folder), "id": config.name} if library == "wandb" else {}
        self._board.init(
            project="tarl-app", name=config.name, config=config.model_dump(mode="json"), resume="allow", **options
        )

    def log(self, row: Mapping[str, Any], step: int) -> None:
        """One step's numbers."""
        self._board.log({name: value for name, value in row.items() if isinstance(value, int | float)}, step=step)

    def close(self) -> None:
        """Nothing more comes."""
        self._board.finish()


def open_trackers(config: TrainConfig, folder: Path) -> list[Tracker]:
    """Those that the configuration names; raises ``ConfigError`` for one whose library is not installed."""
    return [
        TensorBoard(config, folder) if name == "tensorboard" else Board(name, config, folder) for name in config.trackers
    ]


def require_trackers(names: Sequence[str]) -> None:
    """Raises ``ConfigError`` for one whose library is not installed."""
    for name in names:
        if importlib.util.find_spec(name) is None:
            raise ConfigError(f"Metrics are to go to {name}, which is not installed: pip install {name}")


def _library(module: str, package: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ConfigError(f"Metrics are to go to {package}, which is not installed: pip install {package}") from error

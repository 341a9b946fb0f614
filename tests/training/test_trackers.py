"""Metrics that go elsewhere, too."""

import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tarl_app.core.errors import ConfigError
from tarl_app.jobs import run_record
from tarl_app.training.runs.trackers import open_trackers
from tarl_app.training.train import main
from tests.training import tiny_parts


def test_tensorboard_has_every_number_of_every_step(tmp_path: Path) -> None:
    config = tiny_parts.config(steps=2, sources=(tiny_parts.WRITTEN,), replacements=0, trackers=("tensorboard",))
    main(config, parts_of=lambda *_: tiny_parts.parts(tmp_path), runs=tmp_path)
    events = EventAccumulator(str(tmp_path / "tiny" / "tensorboard"))
    events.Reload()
    names = set(events.Tags()["scalars"])
    assert {"reward", "loss", "kl", "entropy", "grad_norm", "pass/tones", "groups_equal", "failures"} <= names
    assert [(event.step) for event in events.Scalars("reward")] == [1, 2]


@pytest.mark.parametrize("name", ["trackio", "wandb"])
def test_a_tracker_that_is_not_installed_is_told_with_what_to_do(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=f"pip install {name}"):
        open_trackers(tiny_parts.config(trackers=(name,)), tmp_path)


class Recorder(ModuleType):
    """Stands for trackio or wandb: remembers how it was called."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *arguments, **named: self.calls.append((name, arguments, named))


@pytest.mark.parametrize("name", ["trackio", "wandb"])
def test_a_board_gets_the_configuration_and_every_number_of_every_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    board = Recorder(name)
    monkeypatch.setitem(sys.modules, name, board)
    config = tiny_parts.config(steps=2, sources=(tiny_parts.WRITTEN,), replacements=0, trackers=(name,))
    main(config, parts_of=lambda *_: tiny_parts.parts(tmp_path), runs=tmp_path)
    assert [call for call, _, _ in board.calls] == ["init", "log", "log", "finish"]
    begun = {"project": "tarl-app", "name": "tiny", "config": config.model_dump(mode="json"), "resume": "allow"}
    where = {"dir": str(tmp_path / "tiny"), "id": "tiny"} if name == "wandb" else {}
    assert board.calls[0] == ("init", (), begun | where)
    for row, (_, (logged,), named) in zip(run_record.metrics(tmp_path / "tiny"), board.calls[1:3], strict=True):
        numbers = {key: value for key, value in row.items() if key != "step" and isinstance(value, int | float)}
        assert logged == numbers
        assert named == {"step": row["step"]}
    assert {"reward", "loss", "pass/tones"} <= board.calls[1][1][0].keys()


def test_a_board_is_closed_though_the_run_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    board = Recorder("trackio")
    monkeypatch.setitem(sys.modules, "trackio", board)
    config = tiny_parts.config(steps=1, sources=(tiny_parts.WRITTEN,), trackers=("trackio",))

    def user(*_: Any) -> Any:
        raise ZeroDivisionError

    broken = replace(tiny_parts.parts(tmp_path), user=user)
    with pytest.raises(ZeroDivisionError):
        main(config, parts_of=lambda *_: broken, runs=tmp_path)
    assert [call for call, _, _ in board.calls] == ["init", "finish"]


def test_values_that_are_no_numbers_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    board = Recorder("wandb")
    monkeypatch.setitem(sys.modules, "wandb", board)
    (tracker,) = open_trackers(tiny_parts.config(trackers=("wandb",)), tmp_path)
    tracker.log({"reward": 1.5, "process": None, "failures": 0}, 3)
    assert board.calls[1:] == [("log", ({"reward": 1.5, "failures": 0},), {"step": 3})]


def test_nothing_is_tracked_unless_asked_for(tmp_path: Path) -> None:
    assert open_trackers(tiny_parts.config(), tmp_path) == []

"""Metrics that go elsewhere, too."""

from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tarl_app.errors import ConfigError
from tarl_app.training.trackers import open_trackers
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


def test_nothing_is_tracked_unless_asked_for(tmp_path: Path) -> None:
    assert open_trackers(tiny_parts.config(), tmp_path) == []

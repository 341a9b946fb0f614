"""Tasks that a run measures along the way and never practises."""

import json
from pathlib import Path
from typing import Any

import pytest

from tarl_app.core.errors import ConfigError
from tarl_app.jobs import run_record
from tarl_app.training.configuration.config import HeldOut, Source, TrainConfig
from tarl_app.training.configuration.presets import PRESETS
from tarl_app.training.rollouts import held_out
from tarl_app.training.train import main
from tests.training import tiny_parts
from tests.training.test_train import Stopping, rows, telling, usual, written

APART = HeldOut(tasks=2)


def measured(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "held_out.jsonl").read_text().splitlines()]


def test_the_last_tasks_are_measured_before_between_and_after_and_never_practised(tmp_path: Path) -> None:
    main(written(steps=3, held_out=APART, samples=100), parts_of=telling(tmp_path), runs=tmp_path)
    folder = tmp_path / "tiny"
    found = measured(folder)
    assert [(row["step"], row["task"]) for row in found] == [
        (step, f"tones-train-{n:03d}") for step in range(4) for n in (6, 7)
    ]
    practised = {json.loads(line)["episode"]["task"]["id"] for line in (folder / "samples.jsonl").read_text().splitlines()}
    assert practised
    assert not practised & {row["task"] for row in found}
    record = run_record.held_out(folder)
    assert [*record] == [0, 1, 2, 3]
    told = [row["held_out"] for row in run_record.metrics(folder)]
    assert told == [sum(record[step].values()) / 2 for step in range(3)]
    assert all(row["rollouts"] == 8 for row in run_record.metrics(folder))  # those held out are no part of the batch


def test_nothing_is_learned_from_them(tmp_path: Path) -> None:
    """Measured every step or only at the ends: the run is the same otherwise."""
    for name, every in (("often", 1), ("seldom", 3)):
        main(written(name=name, held_out={"tasks": 2, "every": every}), parts_of=usual(tmp_path), runs=tmp_path)
    often, seldom = rows(tmp_path / "often"), rows(tmp_path / "seldom")
    assert [row["reward"] for row in often] == [row["reward"] for row in seldom]
    assert [row["step"] for row in measured(tmp_path / "seldom")] == [0, 0, 3, 3]


def test_they_are_measured_without_chance(tmp_path: Path) -> None:
    """A policy that stands still, at a high temperature, is measured the same each time."""
    main(written(steps=3, held_out=APART, learning_rate=1e-12, temperature=2.0), parts_of=usual(tmp_path), runs=tmp_path)
    found = [{**row, "step": 0} for row in measured(tmp_path / "tiny")]
    assert found == found[:2] * 4


def test_after_a_stop_and_a_resume_the_measurements_are_as_without_them(tmp_path: Path) -> None:
    main(written(name="whole", held_out=APART), parts_of=usual(tmp_path), runs=tmp_path)
    stopped = written(name="stopped", held_out=APART)
    main(stopped, parts_of=Stopping(tmp_path, at=25), runs=tmp_path)  # 10 rollouts a step: in the third one
    assert {row["step"] for row in measured(tmp_path / "stopped")} == {0, 1}
    line = json.dumps(measured(tmp_path / "stopped")[0] | {"step": 2})
    with (tmp_path / "stopped" / "held_out.jsonl").open("a") as file:  # a kill between a step's rows and its state
        file.write(line + "\n")
    main(stopped, resume=True, parts_of=usual(tmp_path), runs=tmp_path)
    assert measured(tmp_path / "stopped") == measured(tmp_path / "whole")
    assert rows(tmp_path / "stopped") == rows(tmp_path / "whole")


def test_they_are_shared_out_by_weight_and_a_source_with_too_few_is_refused() -> None:
    tones = lambda name: tiny_parts.TONES  # noqa: E731
    sources = (Source(name="a", domain="tones", weight=3), Source(name="b", domain="tones", weight=1, kinds=("low",)))
    config = TrainConfig(sources=sources, held_out=HeldOut(tasks=4))
    held = held_out.held_out(config, tones)
    assert [(one.source.name, one.task.id[-1]) for one in held] == [("a", "5"), ("a", "6"), ("a", "7"), ("b", "6")]
    assert [task.id[-1] for task in held_out.practised(sources[1], tiny_parts.TONES, held)] == ["0", "2", "4"]
    for tasks in (12, 20):
        with pytest.raises(ConfigError, match="too few to hold out"):
            held_out.held_out(config.model_copy(update={"held_out": HeldOut(tasks=tasks)}), tones)


def test_the_quick_run_is_measured_on_others_than_it_practises() -> None:
    assert PRESETS["cpu-quick"].held_out.tasks >= 20

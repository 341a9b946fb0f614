"""NaN and infinity: refused in configurations, never stored as a state, and never the end of a run."""

import json
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Union, get_args, get_origin

import pytest
import torch
from pydantic import BaseModel

from tarl_app.core.errors import ConfigError, Diverged
from tarl_app.jobs import run_record
from tarl_app.training.configuration.config import TrainConfig, parse_config, read_config
from tarl_app.training.rollouts.play import Rollouts
from tarl_app.training.runs.run_folder import RunFolder
from tarl_app.training.train import main
from tests.training import tiny_parts

TIMES = {"seconds", "rollout_seconds", "tokens_per_second"}
GOOD, HUGE = 3e-2, 1e30


def run(root: Path, learning_rate: float, steps: int, resume: bool = False, name: str = "tiny") -> None:
    config = tiny_parts.config(
        name=name,
        sources=(tiny_parts.WRITTEN,),
        replacements=0,
        dynamic_sampling=False,
        learning_rate=learning_rate,
        steps=steps,
        max_agent_turns=1,
        samples=0,
        checkpoint_every=1,
    )
    main(config, resume, parts_of=lambda config, hears: tiny_parts.parts(root), runs=root)


def rows(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    return [{name: value for name, value in json.loads(line).items() if name not in TIMES} for line in lines]


def states(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "state").iterdir())


def status(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "status.json").read_text())


def test_a_run_that_diverges_fails_in_words_and_goes_on_from_its_last_good_state(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    run(tmp_path, GOOD, steps=2)
    with pytest.raises(Diverged, match=r"in step 3: .* not a number.* The state after step 2 is kept\. Lower learning_rate"):
        run(tmp_path, HUGE, steps=3, resume=True)
    assert status(folder)["state"] == "failed"
    assert "Lower learning_rate in the run's config.yaml" in status(folder)["message"]
    assert states(folder) == ["step-000001", "step-000002"]
    assert [one.step for one in run_record.checkpoints(folder)] == [1, 2]
    run(tmp_path, GOOD, steps=3, resume=True)
    assert status(folder)["state"] == "finished"
    run(tmp_path, GOOD, steps=3, name="whole")
    assert rows(folder) == rows(tmp_path / "whole")


def test_a_run_that_diverges_in_its_last_step_is_not_finished_and_offers_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(Diverged, match=r"No step was complete before"):
        run(tmp_path, HUGE, steps=1)
    assert status(tmp_path / "tiny")["state"] == "failed"
    assert run_record.checkpoints(tmp_path / "tiny") == ()
    assert not RunFolder(tmp_path / "tiny", tiny_parts.config()).has_state()


@pytest.mark.parametrize("damage", ["cut", "gone", "rest", "nan"])
def test_a_run_whose_newest_state_is_damaged_goes_on_from_the_one_before(tmp_path: Path, damage: str) -> None:
    made = RunFolder(tmp_path / "run", tiny_parts.config())
    for step in (1, 2, 3):
        made.save_state(step, {"weight/a": torch.full((64,), float(step))}, {"curriculum": {}})
        made.append("metrics.jsonl", [{"step": step}])
    newest = tmp_path / "run" / "state" / "step-000003"
    late = tmp_path / "run" / "checkpoints" / "step-000003"
    late.mkdir(parents=True)
    (late / "config.json").write_text("{}")
    tensors = newest / "tensors.safetensors"
    if damage == "cut":
        tensors.write_bytes(tensors.read_bytes()[:-100])
    elif damage == "gone":
        tensors.unlink()
    elif damage == "rest":
        (newest / "state.json").write_text("[" * 100_000)
    else:
        data = tensors.read_bytes()
        tensors.write_bytes(data[:-4] + torch.tensor([float("nan")]).numpy().tobytes())
    again = RunFolder(tmp_path / "run", tiny_parts.config())
    found = again.load_state()
    assert found is not None
    assert again.step == 2
    assert found[0]["weight/a"][0] == 2.0
    assert (tmp_path / "run" / "metrics.jsonl").read_text() == '{"step": 1}\n{"step": 2}\n'
    assert not late.exists()  # step 3 is done again
    again.save_state(3, {"weight/a": torch.ones(64)}, {})
    assert states(tmp_path / "run") == ["step-000002", "step-000003"]
    assert again.load_state() is not None
    assert again.step == 3


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_state_that_is_not_a_number_does_not_replace_another(tmp_path: Path, value: float) -> None:
    made = RunFolder(tmp_path / "run", tiny_parts.config())
    made.save_state(1, {"weight/a": torch.ones(2), "exp_avg_sq/a": torch.ones(2)}, {})
    with pytest.raises(Diverged, match="exp_avg_sq/a is not a number"):
        made.save_state(2, {"weight/a": torch.ones(2), "exp_avg_sq/a": torch.tensor([1.0, value])}, {})
    assert made.step == 1
    assert states(tmp_path / "run") == ["step-000001"]


def test_a_state_that_was_broken_when_the_step_began_is_not_gone_on_from(tmp_path: Path) -> None:
    made = RunFolder(tmp_path / "run", tiny_parts.config())
    for step in (1, 2):
        made.save_state(step, {"weight/a": torch.ones(2)}, {})
    told = made.diverged(Diverged("The loss is not a number.", begun=True))
    assert "in step 3: The loss is not a number. The state after step 1 is kept." in str(told)
    assert states(tmp_path / "run") == ["step-000001"]
    assert "The state after step 1 is kept" in str(made.diverged(Diverged("Again.", begun=True)))
    assert states(tmp_path / "run") == ["step-000001"]  # the last one is never taken away


def test_a_model_that_says_nothing_but_nan_is_found_out_while_it_talks(tmp_path: Path) -> None:
    policy = tiny_parts.policy(tmp_path, tiny_parts.config())
    with torch.no_grad():
        policy.adapters[1].fill_(float("nan"))
    with pytest.raises(Diverged, match="its weights are broken"):
        Rollouts(policy, tiny_parts.parts(tmp_path)).play(tiny_parts.jobs(tiny_parts.WRITTEN, 1))


def floats(annotation: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where a model has a number with a fraction, as the names that lead there."""
    if annotation is float:
        yield path
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            yield from floats(field.annotation, (*path, name))
    elif get_origin(annotation) in (Union, types.UnionType, tuple):
        for one in get_args(annotation):
            yield from floats(one, path)


def test_no_number_of_a_configuration_is_infinite_or_nan() -> None:
    found = sorted({*floats(TrainConfig)})
    assert ("learning_rate",) in found
    assert ("reward", "success") in found
    assert ("algorithm", "clip_high") in found
    for path in found:
        for value in (float("inf"), float("-inf"), float("nan")):
            values: Any = value
            for name in reversed(path):
                values = {name: values}
            if path[0] == "sources":
                values = {"sources": [{"name": "text", **values["sources"]}]}
            if path[0] == "algorithm":
                values["algorithm"]["name"] = "ppo" if path[1] in ("gamma", "gae_lambda") or "value" in path[1] else "grpo"
            with pytest.raises(ConfigError, match=rf"{path[-1]}: (?!Extra)"):
                parse_config(values)


@pytest.mark.parametrize("text", [".inf", ".nan", "-.inf", "1e999"])
def test_a_learning_rate_that_is_no_number_is_refused_in_a_run_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.yaml").write_text(f"learning_rate: {text}\n")
    with pytest.raises(ConfigError, match="learning_rate"):
        read_config(tmp_path / "run.yaml")

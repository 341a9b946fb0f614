"""A step of learning: however it is cut up, it is the same step."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from weakref import ref

import pytest
import torch
from safetensors.torch import load_file

from tarl_app.agents.omni.model.layout import language_model
from tarl_app.core.errors import ConfigError
from tarl_app.training import train
from tarl_app.training.algorithms import make_algorithm
from tarl_app.training.configuration.config import LANGUAGE_TARGETS
from tarl_app.training.distributed.processes import Processes
from tarl_app.training.losses import weighted
from tarl_app.training.rollouts.play import Rollouts
from tarl_app.training.rollouts.samples import Batch, make_batch
from tarl_app.training.update import Learner
from tests.training import tiny_parts
from tests.training.test_train import usual, written

KINDS = [
    {"name": "grpo", "kl_coefficient": 0.1, "entropy_coefficient": 0.01},
    {"name": "grpo", "averaging": "sequence_mean"},
    {"name": "rloo", "kl_coefficient": 0.1},
    {"name": "ppo"},
]


def learner(folder: Path, **changes: Any) -> Learner:
    made = tiny_parts.config(**{"group_size": 3, **changes})
    policy = tiny_parts.policy(folder, made)
    return Learner(policy, make_algorithm(made.algorithm), Processes("cpu"))


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Batch]:
    """Written and spoken rollouts of different lengths, with made-up rewards."""
    folder = tmp_path_factory.mktemp("sounds")
    one = learner(folder)
    rollouts = Rollouts(one.policy, tiny_parts.parts(folder))
    jobs = [*tiny_parts.jobs(tiny_parts.WRITTEN, 2, 3), *tiny_parts.jobs(tiny_parts.SPOKEN, 1, 3)]
    made = make_batch([outcome.rollout for outcome in rollouts.play(jobs) if outcome.rollout])
    made.rewards_B.copy_(torch.arange(9.0) % 4)
    return folder, made


@pytest.mark.parametrize("algorithm", KINDS)
def test_micro_batches_add_up_to_the_gradient_of_the_whole(batch: tuple[Path, Batch], algorithm: dict[str, Any]) -> None:
    folder, made = batch
    found = []
    for tokens in (1, 200, 100_000):
        one = learner(folder, algorithm=algorithm, micro_tokens=tokens, weight_decay=0.0)
        row = one.update(made, step=0)
        found.append((row, [parameter.detach().clone() for parameter in one.trained.values()]))
    assert [row["micro_batches"] for row, _ in found][0::2] == [9, 1]
    for row, weights in found[1:]:
        assert row["loss"] == pytest.approx(found[0][0]["loss"], abs=1e-6)
        assert row["grad_norm"] == pytest.approx(found[0][0]["grad_norm"], rel=1e-4)
        for a, b in zip(weights, found[0][1], strict=True):
            assert torch.allclose(a, b, atol=1e-3)


def test_better_rollouts_become_likelier_and_worse_ones_less(batch: tuple[Path, Batch]) -> None:
    folder, made = batch
    one = learner(folder, algorithm={"name": "grpo"}, learning_rate=1e-2)
    one.update(made, step=0)
    with torch.no_grad():
        gained = (one.policy.states(made).logprobs_BT - made.old_BT).sum(1)
    advantages = one.algorithm.advantages(made).advantages_BT.sum(1)
    assert (gained * advantages).sum() > 0


@pytest.mark.parametrize("config", [{"negative_weight": 0.0}, {"least_advantage": 0.9}])
def test_rollouts_that_nothing_is_learned_from_are_not_computed_and_the_step_is_the_same(
    config: dict[str, float], batch: tuple[Path, Batch]
) -> None:
    folder, made = batch
    algorithm = {"name": "grpo", **config}
    one = learner(folder, algorithm=algorithm, micro_tokens=1, updates=2)
    # With an entropy term, however small, every row has a gradient.
    whole = learner(folder, algorithm=algorithm | {"entropy_coefficient": 1e-15}, micro_tokens=1, updates=2)
    row, expected = one.update(made, step=0), whole.update(made, step=0)
    advantages = weighted(one.algorithm.advantages(made).advantages_BT, one.config.algorithm)
    assert row["micro_batches"] == int((advantages != 0).any(dim=1).sum()) < expected["micro_batches"] == len(made)
    assert row["loss"] == pytest.approx(expected["loss"], abs=1e-6)
    for a, b in zip(one.trained.values(), whole.trained.values(), strict=True):
        assert torch.allclose(a, b, atol=1e-4)


@pytest.mark.parametrize("algorithm", [{"name": "grpo"}, {"name": "grpo", "kl_coefficient": 0.1}, {"name": "ppo"}])
def test_layers_below_the_adapters_are_computed_once_a_step_and_the_step_is_the_same(
    batch: tuple[Path, Batch], algorithm: dict[str, Any]
) -> None:
    folder, made = batch
    upper = {"rank": 4, "alpha": 8.0, "targets": LANGUAGE_TARGETS.replace(r"\d+", "1", 1)}
    found = []
    for once in (True, False):
        one = learner(folder, algorithm=algorithm, micro_tokens=200, updates=3, adapter=upper)
        assert one.policy.frozen_layers == 1
        if not once:
            one.policy.frozen_layers = 0
        count, kept = 0, list[ref[torch.Tensor]]()

        def counted(_: object, __: object, output: torch.Tensor, kept: list[ref[torch.Tensor]] = kept) -> None:
            nonlocal count
            count += 1
            kept.append(ref(output))

        language_model(one.policy.thinker).layers[0].register_forward_hook(counted)
        row = one.update(made, step=0)
        found.append((row["loss"], [parameter.detach().clone() for parameter in one.trained.values()], count))
        passes = row["micro_batches"]
        assert (count == passes) == once
        assert not any(output() is not None for output in kept)  # only for the time of a step
    assert found[0][0] == pytest.approx(found[1][0], abs=1e-6)
    for a, b in zip(found[0][1], found[1][1], strict=True):
        assert torch.allclose(a, b, atol=1e-5)


def test_a_batch_without_any_better_rollout_changes_nothing(batch: tuple[Path, Batch]) -> None:
    folder, made = batch
    one = learner(folder, algorithm={"name": "grpo", "negative_weight": 0.0})
    before = {name: value.clone() for name, value in one.trained.items()}
    one.update(replace(made, rewards_B=torch.ones_like(made.rewards_B)), step=0)
    assert all(torch.equal(value, before[name]) for name, value in one.trained.items())


def test_the_learning_rate_rises_and_stays(batch: tuple[Path, Batch]) -> None:
    folder, made = batch
    one = learner(folder, learning_rate=1e-3, learning_rate_warmup=4)
    rates = [one.update(made, step)["learning_rate"] for step in (0, 1, 3, 9)]
    assert rates == pytest.approx([2.5e-4, 5e-4, 1e-3, 1e-3])


def test_the_learning_rate_falls_to_its_end_at_the_last_step_and_stays_there(batch: tuple[Path, Batch]) -> None:
    folder, made = batch
    one = learner(folder, learning_rate=1e-3, learning_rate_end=0.2, steps=5)
    rates = [one.update(made, step)["learning_rate"] for step in (0, 2, 4, 9)]
    assert rates == pytest.approx([1e-3, 6e-4, 2e-4, 2e-4])


def test_a_second_pass_over_the_same_rollouts_is_off_policy_and_clipped(batch: tuple[Path, Batch]) -> None:
    folder, made = batch
    row = learner(folder, updates=3, learning_rate=5e-2, algorithm={"name": "grpo"}).update(made, step=0)
    assert row["clip_fraction"] > 0
    assert row["loss"] == pytest.approx(learner(folder, algorithm={"name": "grpo"}).update(made, step=0)["loss"])


def test_a_stop_in_the_middle_changes_nothing(batch: tuple[Path, Batch]) -> None:
    class Stop(Exception):
        pass

    def check() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Stop

    folder, made = batch
    one = learner(folder, micro_tokens=1)
    one.check, left = check, 4
    before = {name: value.clone() for name, value in one.state().items()}
    with pytest.raises(Stop):
        one.update(made, step=0)
    assert all(torch.equal(value, before[name]) for name, value in one.state().items())


def test_a_gradient_that_is_no_number_ends_the_run_with_advice(batch: tuple[Path, Batch]) -> None:
    folder, made = batch
    one = learner(folder)
    with torch.no_grad():
        one.policy.adapters[1].fill_(float("nan"))
    with pytest.raises(ConfigError, match="not a number"):
        one.update(made, step=0)


def test_a_state_of_another_adapter_is_refused(batch: tuple[Path, Batch]) -> None:
    folder, _ = batch
    state = learner(folder).state()
    with pytest.raises(ConfigError, match="does not fit"):
        learner(folder, adapter={"rank": 2, "alpha": 4}).restore(state)


RUN = """
import sys
from pathlib import Path
from tests.training.test_update import learn
learn(Path(sys.argv[1]), "two")
"""


def learn(folder: Path, name: str) -> None:
    made = written(name=name, steps=2, groups=4, dynamic_sampling=False)
    train.main(made, parts_of=usual(folder), runs=folder)


@pytest.mark.slow
def test_two_processes_learn_what_one_learns(tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text(RUN)
    root = Path(__file__).parents[2]
    subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", tmp_path / "run.py", tmp_path],
        cwd=root,
        check=True,
        env={**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"},
    )
    learn(tmp_path, "one")
    states = [load_file(tmp_path / name / "state" / "step-000002" / "tensors.safetensors") for name in ("one", "two")]
    assert states[0].keys() == states[1].keys()
    for name, value in states[0].items():
        assert torch.allclose(value, states[1][name], atol=2e-4, rtol=1e-3), name
    one, two = (
        [json.loads(row) for row in (tmp_path / name / "metrics.jsonl").read_text().splitlines()] for name in ("one", "two")
    )
    alone = {
        "seconds",
        "rollout_seconds",
        "tokens_per_second",
        "micro_batches",
        "kl",
    }  # kl: of the shortest pass, only looked at
    for first, second in zip(one, two, strict=True):
        assert first.keys() == second.keys()
        for name in first.keys() - alone:
            assert second[name] == pytest.approx(first[name], rel=1e-3, abs=1e-5), name

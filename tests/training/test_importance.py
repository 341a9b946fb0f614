"""The gap between a rollout server and the trainer, and the weights that make up for it."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tarl_app.training.algorithms import make_algorithm
from tarl_app.training.batch.importance import compare
from tarl_app.training.configuration.config import Servers
from tarl_app.training.distributed.processes import Processes
from tarl_app.training.rollouts.play import Rollouts
from tarl_app.training.rollouts.samples import Batch, make_batch
from tarl_app.training.update import Learner
from tests.training import tiny_parts

NOW = torch.tensor([[0.0, -1.0, -2.0, -0.5, -3.0]])
SAMPLED = torch.tensor([[0.0, -1.5, -5.0, 0.0, -2.0]])
CHOSEN = torch.tensor([[False, True, True, True, True]])


def test_the_gap_is_over_the_chosen_tokens_that_the_sampler_knew() -> None:
    found = compare(NOW, SAMPLED, CHOSEN, cap=None)
    assert found.metrics["sampler_gap"] == pytest.approx((0.5 + 3 + 1) / 3)
    assert found.metrics["sampler_gap_max"] == pytest.approx(3)
    assert found.metrics["sampler_ratio"] == pytest.approx((math.exp(0.5) + math.exp(3) + math.exp(-1)) / 3)
    assert found.weights_BT is None


def test_weights_are_ratios_up_to_the_cap_and_one_where_nothing_is_known() -> None:
    found = compare(NOW, SAMPLED, CHOSEN, cap=2.0)
    assert found.weights_BT is not None
    assert found.weights_BT[0].tolist() == pytest.approx([1, math.exp(0.5), 2, 1, math.exp(-1)])
    assert found.metrics["importance_cut"] == pytest.approx(1 / 3)


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Batch]:
    folder = tmp_path_factory.mktemp("sounds")
    policy = tiny_parts.policy(folder, tiny_parts.config())
    outcomes = Rollouts(policy, tiny_parts.parts(folder)).play(tiny_parts.jobs(tiny_parts.WRITTEN, 2, 2))
    batch = make_batch([one.rollout for one in outcomes if one.rollout])
    batch.rewards_B.copy_(torch.arange(4.0))
    return folder, batch


def learned(folder: Path, batch: Batch, cap: float | None) -> tuple[dict[str, float], list[torch.Tensor]]:
    made = tiny_parts.config(servers=Servers(urls=("http://127.0.0.1:9",), importance_cap=cap))
    one = Learner(tiny_parts.policy(folder, made), make_algorithm(made.algorithm), Processes("cpu"))
    return one.update(batch, 0), [parameter.detach().clone() for parameter in one.policy.adapters]


def test_what_a_server_says_wrong_of_its_tokens_does_not_reach_the_gradient(sampled: tuple[Path, Batch]) -> None:
    folder, batch = sampled
    wrong = replace(batch, old_BT=batch.old_BT - 0.7 * batch.action_mask_BT)
    right, weights = learned(folder, batch, cap=None)
    off, other = learned(folder, wrong, cap=None)
    assert right["sampler_gap"] == pytest.approx(0, abs=1e-5)
    assert off["sampler_gap"] == pytest.approx(0.7, abs=1e-5)
    assert off["loss"] == pytest.approx(right["loss"])
    assert all(torch.equal(a, b) for a, b in zip(weights, other, strict=True))


def test_with_a_cap_tokens_weigh_what_the_trainer_thinks_of_them(sampled: tuple[Path, Batch]) -> None:
    folder, batch = sampled
    plain, _ = learned(folder, batch, cap=None)
    twice, _ = learned(folder, replace(batch, old_BT=batch.old_BT - math.log(2) * batch.action_mask_BT), cap=5.0)
    cut, _ = learned(folder, replace(batch, old_BT=batch.old_BT - 3.0 * batch.action_mask_BT), cap=5.0)
    assert twice["grad_norm"] == pytest.approx(2 * plain["grad_norm"], rel=1e-3)
    assert cut["grad_norm"] == pytest.approx(5 * plain["grad_norm"], rel=1e-3)
    assert (twice["importance_cut"], cut["importance_cut"]) == (0, 1)

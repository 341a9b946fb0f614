"""What holds for every algorithm and every way of averaging: what is masked never matters, and parts add up to the whole."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tarl_app.training.algorithms import AlgorithmConfig, make_algorithm
from tarl_app.training.algorithms.grpo import GrpoConfig
from tarl_app.training.algorithms.ppo import PpoConfig
from tarl_app.training.algorithms.rloo import RlooConfig
from tarl_app.training.algorithms.sft import SftConfig
from tarl_app.training.losses import summarise
from tests.training.batches import Case, cases

EVERYTHING: dict[str, Any] = {"kl_coefficient": 0.1, "entropy_coefficient": 0.01, "clip_low": 0.1, "clip_high": 0.3}
CONFIGS: list[AlgorithmConfig] = [
    config
    for averaging in ("token_mean", "sequence_mean", "constant_length")
    for place in ("loss", "reward")
    for config in (
        GrpoConfig(averaging=averaging, kl_in=place, kl_estimator="k3", **EVERYTHING),
        RlooConfig(averaging=averaging, kl_in=place, kl_estimator="k1", normalise="batch", **EVERYTHING),
        PpoConfig(averaging=averaging, kl_in=place, kl_estimator="k2", normalise="group", **EVERYTHING),
        SftConfig(averaging=averaging),
    )
]
configs = st.sampled_from(CONFIGS)


def loss_and_gradients(
    case: Case, config: AlgorithmConfig, parts: list[list[int]]
) -> tuple[Tensor, list[Tensor], dict[str, float]]:
    """The batch's loss, its gradients for log-probabilities, entropies and values, and its metrics, taken in parts."""
    algorithm = make_algorithm(config)
    advantages = algorithm.advantages(case.batch, case.old_values_BT, case.reference_BT)
    denominator = algorithm.denominator(case.batch)
    leaves = [one.clone().requires_grad_() for one in (case.logprobs_BT, case.entropy_BT, case.values_BT)]
    total, sums = torch.zeros((), dtype=torch.float64), []
    for rows in parts:
        part = case.batch.select(rows)
        width = part.ids_BT.shape[1]
        logprobs_BT, entropy_BT, values_BT = (leaf[rows, :width] for leaf in leaves)
        reference_BT = case.reference_BT[rows, :width]
        loss, some = algorithm.loss(
            logprobs_BT, advantages.select(rows, width), part, denominator, reference_BT, entropy_BT, values_BT
        )
        loss.backward()
        total, sums = total + loss.detach(), [*sums, some]
    gradients = [torch.zeros_like(leaf) if leaf.grad is None else leaf.grad for leaf in leaves]
    return total, gradients, summarise(sums)


def noise_where_masked(case: Case, noise: float) -> Case:
    def spoil(tensor_BT: Tensor) -> Tensor:
        return tensor_BT.masked_fill(~case.batch.action_mask_BT, noise)

    names = ("logprobs_BT", "reference_BT", "entropy_BT", "values_BT", "old_values_BT")
    batch = replace(case.batch, old_BT=spoil(case.batch.old_BT))
    return replace(case, batch=batch, **{name: spoil(getattr(case, name)) for name in names})


@settings(max_examples=40)
@given(case=cases(), config=configs, noise=st.sampled_from([0.0, 1e6, -1e6, float("nan"), float("inf"), float("-inf")]))
def test_what_is_masked_changes_neither_loss_nor_gradient_nor_metrics(
    case: Case, config: AlgorithmConfig, noise: float
) -> None:
    whole = [list(range(len(case.batch)))]
    expected = loss_and_gradients(case, config, whole)
    spoiled = loss_and_gradients(noise_where_masked(case, noise), config, whole)
    assert torch.equal(spoiled[0], expected[0])
    for gradient, clean in zip(spoiled[1], expected[1], strict=True):
        assert torch.equal(gradient, clean)
        assert not gradient[~case.batch.action_mask_BT].any()
    assert spoiled[2] == expected[2]


@settings(max_examples=30)
@given(case=cases(), config=configs, data=st.data())
def test_micro_batches_add_up_to_the_whole_batch(case: Case, config: AlgorithmConfig, data: st.DataObject) -> None:
    rows = data.draw(st.permutations(range(len(case.batch))))
    cut = data.draw(st.integers(1, len(rows) - 1))
    whole = loss_and_gradients(case, config, [list(range(len(rows)))])
    parts = loss_and_gradients(case, config, [rows[:cut], rows[cut:]])
    torch.testing.assert_close(parts[0], whole[0], atol=1e-9, rtol=1e-9)
    torch.testing.assert_close(parts[1], whole[1], atol=1e-9, rtol=1e-9)
    assert parts[2] == pytest.approx(whole[2], abs=1e-5)


@settings(max_examples=25)
@given(case=cases(), config=configs)
def test_denominators_of_parts_add_up_to_the_batchs(case: Case, config: AlgorithmConfig) -> None:
    algorithm = make_algorithm(config)
    parts = [algorithm.denominator(case.batch.select([row])) for row in range(len(case.batch))]
    assert float(sum(parts)) == float(algorithm.denominator(case.batch))


@settings(max_examples=40)
@given(case=cases(), config=st.sampled_from([GrpoConfig(normalise="batch"), RlooConfig(), PpoConfig(whiten=False)]))
def test_a_reward_shifted_for_everybody_changes_no_advantage(case: Case, config: AlgorithmConfig) -> None:
    batch = replace(case.batch, turn_rewards=[()] * len(case.batch))
    algorithm = make_algorithm(config)
    before = algorithm.advantages(batch, case.old_values_BT).advantages_BT
    shifted = replace(batch, rewards_B=batch.rewards_B + 8)
    torch.testing.assert_close(algorithm.advantages(shifted, case.old_values_BT).advantages_BT, before, atol=1e-5, rtol=0)


@settings(max_examples=25)
@given(case=cases(), config=configs)
def test_without_advantages_kl_and_entropy_nothing_pulls_at_the_policy(case: Case, config: AlgorithmConfig) -> None:
    plain = config.model_copy(update={"kl_coefficient": 0.0, "entropy_coefficient": 0.0})
    if isinstance(plain, PpoConfig):
        plain = plain.model_copy(update={"whiten": False, "value_coefficient": 0.0})
        case = replace(case, old_values_BT=torch.zeros_like(case.values_BT))
    equal = -5.0 if isinstance(plain, SftConfig) else 5.0  # it imitates whatever has a reward above 0
    same = replace(case.batch, rewards_B=torch.full_like(case.batch.rewards_B, equal), turn_rewards=[()] * len(case.batch))
    _, gradients, _ = loss_and_gradients(replace(case, batch=same), plain, [list(range(len(same)))])
    assert not any(gradient.any() for gradient in gradients)

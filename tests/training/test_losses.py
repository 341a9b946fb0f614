"""The clipped surrogate, KL estimates and averaging against numbers worked out by hand."""

from math import exp, log

import pytest
import torch
from pydantic import ValidationError

from tarl_app.training.losses import (
    LossConfig,
    average,
    denominator,
    kl,
    policy_loss,
    policy_ratio,
    summarise,
    weighted,
)

ALL = torch.ones(1, 1, dtype=torch.bool)


def one_token(ratio: float, advantage: float, **options: float) -> tuple[float, float]:
    """Loss and gradient by the log-probability for a single token of that ratio and advantage."""
    logprob = torch.tensor([[log(ratio)]], dtype=torch.float64, requires_grad=True)
    old, advantages = torch.zeros(1, 1, dtype=torch.float64), torch.full((1, 1), advantage, dtype=torch.float64)
    loss, _ = policy_loss(logprob, old, advantages, ALL, LossConfig.model_validate(options), 1.0)
    (gradient,) = torch.autograd.grad(loss, [logprob])
    return float(loss.detach()), float(gradient)


@pytest.mark.parametrize(
    ("ratio", "advantage", "loss", "gradient"),
    [
        (1.0, 2.0, -2.0, -2.0),
        (1.1, 2.0, -2.2, -2.2),  # inside both bounds
        (1.4, 2.0, -2.56, 0.0),  # held at 1 + 0.28
        (1.4, -2.0, 2.8, 2.8),  # a bad token that became likelier is always pushed down
        (0.5, -2.0, 1.6, 0.0),  # held at 1 - 0.2
        (0.5, 2.0, -1.0, -1.0),  # a good token that became rarer is always pulled up
    ],
)
def test_the_surrogate_is_clipped_low_and_high_on_its_own(
    ratio: float, advantage: float, loss: float, gradient: float
) -> None:
    assert one_token(ratio, advantage, clip_low=0.2, clip_high=0.28) == pytest.approx((loss, gradient))


def test_a_higher_upper_bound_lets_a_good_rare_token_grow_further() -> None:
    assert one_token(1.25, 1.0, clip_high=0.2)[1] == 0
    assert one_token(1.25, 1.0, clip_high=0.28)[1] == pytest.approx(-1.25)


def test_advantages_below_zero_can_weigh_less_or_nothing() -> None:
    zero = torch.zeros(1, 2)
    for weight in (1.0, 0.5, 0.0):
        logprobs = torch.zeros(1, 2, requires_grad=True)
        config = LossConfig(negative_weight=weight)
        loss, _ = policy_loss(logprobs, zero, torch.tensor([[2.0, -4.0]]), torch.ones(1, 2, dtype=torch.bool), config, 1.0)
        loss.backward()
        assert logprobs.grad is not None
        assert logprobs.grad.tolist() == [[-2.0, 4.0 * weight]]


def test_advantages_near_zero_count_as_zero_on_both_sides() -> None:
    found = weighted(
        torch.tensor([[-1.0, -0.19, 0.0, 0.19, 0.2, 1.0]]), LossConfig(least_advantage=0.2, negative_weight=0.5)
    )
    assert found.tolist() == [[-0.5, 0.0, 0.0, 0.0, pytest.approx(0.2), 1.0]]


def test_the_ratio_of_an_episode_is_the_product_over_its_agent_tokens() -> None:
    logprobs = torch.tensor([[log(2.0), 7.0, log(3.0)], [log(0.5), 0.0, 0.0]])
    chosen = torch.tensor([[True, False, True], [True, True, False]])
    ratio = policy_ratio(logprobs, torch.zeros(2, 3), chosen, LossConfig(ratio="sequence"))
    torch.testing.assert_close(ratio, torch.tensor([[6.0] * 3, [0.5] * 3]))
    token = policy_ratio(logprobs, torch.zeros(2, 3), chosen, LossConfig(ratio="token"))
    torch.testing.assert_close(token, torch.tensor([[2.0, 1.0, 3.0], [0.5, 1.0, 1.0]]))


def test_three_averages_of_the_same_losses() -> None:
    losses = torch.tensor([[3.0, 9.0, 5.0], [2.0, 100.0, 100.0], [100.0, 100.0, 100.0]])
    chosen = torch.tensor([[True, False, True], [True, False, False], [False, False, False]])
    expected = {"token_mean": (3, 10 / 3), "sequence_mean": (3, (4 + 2) / 3), "constant_length": (30, 10 / 30)}
    for averaging, (whole, mean) in expected.items():
        config = LossConfig.model_validate({"averaging": averaging, "constant_length": 10})
        assert float(denominator(chosen, config)) == whole
        assert float(average(losses, chosen, config, denominator(chosen, config))) == pytest.approx(mean)


def test_a_batch_in_which_the_agent_chose_nothing_costs_nothing() -> None:
    nothing = torch.zeros(2, 3, dtype=torch.bool)
    logprobs = torch.zeros(2, 3, requires_grad=True)
    config = LossConfig()
    loss, sums = policy_loss(logprobs, torch.zeros(2, 3), torch.zeros(2, 3), nothing, config, denominator(nothing, config))
    loss.backward()
    assert float(loss.detach()) == 0
    assert logprobs.grad is not None
    assert not logprobs.grad.any()
    assert summarise([sums])["tokens"] == 0


def test_kl_estimates_of_one_token() -> None:
    policy, reference = torch.tensor([[log(0.5)]]), torch.tensor([[log(0.25)]])
    difference = log(2.0)
    assert float(kl(policy, reference, "k1")) == pytest.approx(difference)
    assert float(kl(policy, reference, "k2")) == pytest.approx(difference**2 / 2)
    assert float(kl(policy, reference, "k3")) == pytest.approx(exp(-difference) - 1 + difference)


@pytest.mark.parametrize("estimator", ["k1", "k2", "k3"])
@pytest.mark.parametrize("weighted", [True, False])
def test_the_weighted_kl_in_the_loss_pulls_with_the_gradient_of_the_true_kl(estimator: str, weighted: bool) -> None:
    logits = torch.tensor([0.3, -1.0, 0.8], dtype=torch.float64, requires_grad=True)
    reference = torch.tensor([0.5, 0.2, -0.7], dtype=torch.float64).log_softmax(0)
    old = torch.tensor([0.1, -0.6, 0.9], dtype=torch.float64).log_softmax(0)
    logprobs = logits.log_softmax(0)
    (true,) = torch.autograd.grad((logprobs.exp() * (logprobs - reference)).sum(), [logits], retain_graph=True)
    config = LossConfig.model_validate({"kl_coefficient": 1.0, "kl_estimator": estimator, "kl_weighted": weighted})
    # Every token once, weighted by its probability at sampling: the expectation, exactly.
    expected = torch.zeros(3, dtype=torch.float64)
    for token in range(3):
        one, at_sampling, other = (each[token].view(1, 1) for each in (logprobs, old, reference))
        loss, _ = policy_loss(one, at_sampling, torch.zeros_like(other), ALL, config, 1.0, other)
        (gradient,) = torch.autograd.grad(loss, [logits], retain_graph=True)
        expected += old[token].exp() * gradient
    assert torch.allclose(expected, true, atol=1e-12) is weighted


def test_a_loss_with_kl_or_entropy_says_what_is_missing() -> None:
    zero = torch.zeros(1, 1)
    with pytest.raises(ValueError, match="reference"):
        policy_loss(zero, zero, zero, ALL, LossConfig(kl_coefficient=0.1), 1.0)
    with pytest.raises(ValueError, match="entropies"):
        policy_loss(zero, zero, zero, ALL, LossConfig(entropy_coefficient=0.1), 1.0)


def test_an_entropy_bonus_rewards_entropy() -> None:
    zero, entropy = torch.zeros(1, 1), torch.full((1, 1), 2.0)
    loss, sums = policy_loss(zero, zero, zero, ALL, LossConfig(entropy_coefficient=0.1), 1.0, entropy_BT=entropy)
    assert float(loss) == pytest.approx(-0.2)
    assert summarise([sums])["entropy"] == 2.0


def test_metrics_are_means_over_agent_tokens_of_all_parts_and_processes() -> None:
    parts = [
        {"tokens": torch.tensor(3), "clip_low": torch.tensor(1.0), "clip_high": torch.tensor(0.0), "kl": torch.tensor(6.0)},
        {"tokens": torch.tensor(1), "clip_low": torch.tensor(0.0), "clip_high": torch.tensor(1.0), "kl": torch.tensor(2.0)},
    ]
    assert summarise(parts) == {"tokens": 4, "clip_low": 0.25, "clip_high": 0.25, "clip_fraction": 0.5, "kl": 2.0}
    assert summarise(parts, lambda sums: 2 * sums)["tokens"] == 8
    assert summarise([]) == {}


def test_a_clip_or_coefficient_that_makes_no_sense_is_refused() -> None:
    for wrong in ({"clip_low": 1.5}, {"clip_high": -0.1}, {"kl_coefficient": -1.0}, {"constant_length": 0}):
        with pytest.raises(ValidationError):
            LossConfig.model_validate(wrong)

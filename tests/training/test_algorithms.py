"""Advantages of GRPO, RLOO and PPO against numbers worked out by hand or by a plain loop."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from tarl_app.training.algorithms import ALGORITHMS, AlgorithmConfig, ValueHead, make_algorithm
from tarl_app.training.algorithms.grpo import Grpo, GrpoConfig
from tarl_app.training.algorithms.ppo import Ppo, PpoConfig, gae, whiten
from tarl_app.training.algorithms.rloo import Rloo, RlooConfig
from tarl_app.training.algorithms.sft import Sft, SftConfig
from tests.training.batches import Case, batch_of, cases


def test_a_configuration_is_told_apart_by_its_name_and_makes_its_algorithm() -> None:
    read = TypeAdapter(AlgorithmConfig)
    made = {name: type(make_algorithm(read.validate_python({"name": name}))) for name in ALGORITHMS}
    assert made == {"grpo": Grpo, "rloo": Rloo, "ppo": Ppo, "sft": Sft}
    with pytest.raises(ValidationError):
        read.validate_python({"name": "reinforce"})
    with pytest.raises(ValidationError):
        read.validate_python({"name": "grpo", "gae_lambda": 0.9})


def test_grpo_gives_every_agent_token_its_episodes_distance_from_the_group() -> None:
    batch = batch_of([[1, 0, 1], [1, 1, 1], [0, 1, 0], [1, 1, 0]], [15.0, 5.0, 3.0, 3.0], [0, 0, 1, 1])
    advantages = Grpo(GrpoConfig()).advantages(batch).advantages_BT
    high = 5.0 / (50**0.5 + 1e-4)  # deviation of (15, 5), with Bessel's correction
    expected = torch.tensor([[high, 0, high], [-high, -high, -high], [0, 0, 0], [0, 0, 0]])
    torch.testing.assert_close(advantages, expected)


def test_rloo_compares_with_the_mean_of_the_others() -> None:
    batch = batch_of([[1], [1], [1], [1]], [15.0, 5.0, -1.0, 7.0], [0, 0, 0, 1])
    advantages = Rloo(RlooConfig()).advantages(batch).advantages_BT[:, 0]
    # The last one is alone in its group: it has no baseline and teaches nothing.
    torch.testing.assert_close(advantages, torch.tensor([15 - 2.0, 5 - 7.0, -1 - 10.0, 0.0]))


def test_turn_rewards_give_a_token_its_own_and_all_later_turns() -> None:
    turns = [[0, 0, -1, 1, -1, 2], [0, 0, -1, 1, -1, -1]]
    chosen = [[1, 1, 0, 1, 0, 1], [1, 1, 0, 1, 0, 0]]
    batch = batch_of(chosen, [3.0, -4.0], [0, 0], turns, [(1.0, 1.0, 1.0), (1.0, -5.0)])
    advantages = Grpo(GrpoConfig(normalise="none")).advantages(batch).advantages_BT
    first, bad = 1 + 1 / 5, -5 + 1 / 5  # the mean of the five turn rewards is -1/5
    expected = torch.tensor([[3 * first, 3 * first, 0, 2 * first, 0, first], [first + bad, first + bad, 0, bad, 0, 0]])
    torch.testing.assert_close(advantages, expected)


def test_rloo_with_turn_rewards_leaves_out_the_whole_episode_from_its_baseline() -> None:
    batch = batch_of([[1, 1], [1, 1]], [3.0, 10.0], [0, 0], [[0, 1], [0, 1]], [(1.0, 2.0), (4.0, 6.0)])
    advantages = Rloo(RlooConfig()).advantages(batch).advantages_BT
    torch.testing.assert_close(advantages, torch.tensor([[(1 - 5) + (2 - 5), 2 - 5], [(4 - 1.5) + (6 - 1.5), 6 - 1.5]]))


@pytest.mark.parametrize(
    "algorithm", [Grpo(GrpoConfig(normalise="none", turn_discount=0.5)), Rloo(RlooConfig(turn_discount=0.5))]
)
def test_a_turn_answers_less_for_what_comes_later(algorithm: Grpo | Rloo) -> None:
    turns = [[0, -1, 1, 2], [0, -1, 1, 2]]
    batch = batch_of([[1, 0, 1, 1], [1, 0, 1, 1]], [0.0, 0.0], [0, 0], turns, [(0.0, 0.0, 8.0), (0.0, 0.0, -8.0)])
    advantages = algorithm.advantages(batch).advantages_BT
    blame = 8.0 if isinstance(algorithm, Grpo) else 8.0 + 8 / 3  # the others' mean is 8 / 3 away
    own = 0.0 if isinstance(algorithm, Grpo) else 8 / 3
    last, middle = blame, own + blame / 2
    expected = torch.tensor([own + middle / 2, 0.0, middle, last])
    torch.testing.assert_close(advantages, torch.stack([expected, -expected]))


def test_a_batch_with_turn_rewards_for_some_episodes_only_is_refused() -> None:
    batch = batch_of([[1], [1]], [1.0, 2.0], [0, 0], [[0], [0]], [(1.0,), ()])
    with pytest.raises(ValueError, match="all its episodes"):
        Grpo(GrpoConfig()).advantages(batch)


@pytest.mark.parametrize("config", [GrpoConfig(kl_in="reward"), RlooConfig(), PpoConfig(kl_in="reward")])
def test_kl_in_the_reward_needs_the_reference(config: AlgorithmConfig) -> None:
    algorithm = make_algorithm(config.model_copy(update={"kl_coefficient": 0.1}))
    batch = batch_of([[1], [1]], [1.0, 2.0], [0, 0])
    with pytest.raises(ValueError, match="reference"):
        algorithm.advantages(batch, torch.zeros(2, 1))


def test_kl_in_the_reward_is_paid_by_the_turn_that_moved() -> None:
    batch = batch_of([[1, 1], [1, 1]], [0.0, 0.0], [0, 0], [[0, 1], [0, 1]], [(0.0, 0.0), (0.0, 0.0)])
    reference = batch.old_BT - torch.tensor([[0.0, 4.0], [0.0, 0.0]])
    config = GrpoConfig(kl_coefficient=0.5, kl_in="reward", kl_estimator="k1", normalise="none")
    advantages = Grpo(config).advantages(batch, reference_BT=reference).advantages_BT
    torch.testing.assert_close(advantages, torch.tensor([[-1.0, -1.5], [1.0, 0.5]]))  # turns 0, -2, 0, 0: mean -0.5


# --- PPO --------------------------------------------------------------------------------------------------------------


def gae_by_hand(
    rewards: list[float], values: list[float], chosen: list[bool], gamma: float, gae_lambda: float
) -> list[float]:
    """The definition, token by token: A_i = sum over k of (gamma lambda)^k delta_{i+k}, over the agent's tokens."""
    agent = [at for at, one in enumerate(chosen) if one]
    advantages = [0.0] * len(chosen)
    for i, at in enumerate(agent):
        for k in range(len(agent) - i):
            here = agent[i + k]
            following = values[agent[i + k + 1]] if i + k + 1 < len(agent) else 0.0
            advantages[at] += (gamma * gae_lambda) ** k * (rewards[here] + gamma * following - values[here])
    return advantages


@settings(max_examples=50)
@given(case=cases(), gamma=st.floats(0.5, 1), gae_lambda=st.floats(0, 1))
def test_gae_is_its_definition_written_out(case: Case, gamma: float, gae_lambda: float) -> None:
    action_mask_BT, values_BT, rewards_BT = case.batch.action_mask_BT, case.old_values_BT, case.values_BT
    expected = [
        gae_by_hand(rewards, values, chosen, gamma, gae_lambda)
        for rewards, values, chosen in zip(rewards_BT.tolist(), values_BT.tolist(), action_mask_BT.tolist(), strict=True)
    ]
    torch.testing.assert_close(
        gae(rewards_BT, values_BT, action_mask_BT, gamma, gae_lambda),
        torch.tensor(expected, dtype=torch.float64),
        atol=1e-9,
        rtol=1e-9,
    )


def test_without_discount_every_agent_token_returns_the_episodes_reward() -> None:
    batch = batch_of([[1, 1, 0, 1, 0], [0, 1, 0, 0, 0], [0, 0, 0, 0, 0]], [15.0, -1.0, 5.0], [0, 0, 0])
    values_BT = torch.randn(3, 5, generator=torch.Generator().manual_seed(0))
    made = Ppo(PpoConfig(normalise="none")).advantages(batch, values_BT)
    assert made.returns_BT is not None
    expected = torch.tensor([[15.0, 15.0, 0, 15.0, 0], [0, -1.0, 0, 0, 0], [0, 0, 0, 0, 0]])
    torch.testing.assert_close(made.returns_BT, expected)


def test_returns_are_taken_before_advantages_are_whitened() -> None:
    batch = batch_of([[1, 1], [1, 1]], [10.0, 0.0], [0, 0])
    values_BT = torch.tensor([[4.0, 6.0], [3.0, 1.0]])
    made = Ppo(PpoConfig(normalise="none")).advantages(batch, values_BT)
    raw = Ppo(PpoConfig(normalise="none", whiten=False)).advantages(batch, values_BT)
    torch.testing.assert_close(raw.advantages_BT, torch.tensor([[6.0, 4.0], [-3.0, -1.0]]))
    torch.testing.assert_close(made.returns_BT, raw.advantages_BT + values_BT)
    torch.testing.assert_close(made.advantages_BT, (raw.advantages_BT - 1.5) / (raw.advantages_BT.std() + 1e-8))


def test_each_turns_reward_is_on_the_last_token_that_the_agent_chose_in_it() -> None:
    turns = [[0, 0, -1, 1, 1, 2]]
    rewards = [(1.0, 2.0, 4.0)]
    config = PpoConfig(normalise="none")
    full = batch_of([[1, 1, 0, 1, 1, 1]], [7.0], [0], turns, rewards)
    torch.testing.assert_close(Ppo(config).token_rewards(full).float(), torch.tensor([[0.0, 1, 0, 0, 2, 4]]))
    # The grammar forced the last token of turn 1 and all of turn 2, whose reward goes to the last choice before it.
    forced = batch_of([[1, 1, 0, 1, 0, 0]], [7.0], [0], turns, rewards)
    torch.testing.assert_close(Ppo(config).token_rewards(forced).float(), torch.tensor([[0.0, 1, 0, 6, 0, 0]]))
    late = batch_of([[0, 0, 0, 0, 0, 1]], [7.0], [0], turns, rewards)
    torch.testing.assert_close(Ppo(config).token_rewards(late).float(), torch.tensor([[0.0, 0, 0, 0, 0, 7]]))


@pytest.mark.parametrize(("normalise", "expected"), [("batch", (1.5, 0.5, -0.5, -1.5)), ("group", (1, -1, 1, -1))])
def test_ppo_rewards_are_normalised_per_batch_or_group(normalise: str, expected: tuple[float, ...]) -> None:
    batch = batch_of([[1]] * 4, [9.0, 7.0, 5.0, 3.0], [0, 0, 1, 1])
    rewards = Ppo(PpoConfig.model_validate({"normalise": normalise})).token_rewards(batch)[:, 0]
    scale = (20 / 3) ** 0.5 / 2 if normalise == "batch" else 2**0.5
    torch.testing.assert_close(rewards.float(), torch.tensor(expected) / scale, atol=1e-4, rtol=0)


def test_ppo_refuses_to_work_without_values() -> None:
    batch = batch_of([[1], [1]], [1.0, 2.0], [0, 0])
    ppo = Ppo(PpoConfig())
    with pytest.raises(ValueError, match="values"):
        ppo.advantages(batch)
    advantages = ppo.advantages(batch, torch.zeros(2, 1))
    with pytest.raises(ValueError, match="values"):
        ppo.loss(batch.old_BT, advantages, batch, 2.0)


def test_the_value_loss_is_the_larger_of_free_and_clipped_error() -> None:
    ppo = Ppo(PpoConfig(value_clip=0.2))
    error = ppo.value_error(torch.tensor([[1.0, 0.1]]), torch.zeros(1, 2), torch.tensor([[1.0, 1.0]]))
    torch.testing.assert_close(error, torch.tensor([[0.64, 0.81]]))  # (0.2 - 1)^2, and (0.1 - 1)^2 within the clip
    free = Ppo(PpoConfig(value_clip=None)).value_error(torch.tensor([[1.0]]), torch.zeros(1, 1), torch.ones(1, 1))
    assert free.item() == 0


def test_the_value_head_starts_at_zero_and_learns_the_returns() -> None:
    torch.manual_seed(0)
    head, hidden = ValueHead(4), torch.randn(2, 3, 4)
    assert not head(hidden).any()
    batch = batch_of([[1, 1, 1], [1, 1, 0]], [2.0, -2.0], [0, 0])
    ppo = Ppo(PpoConfig(normalise="none", value_clip=None))
    advantages = ppo.advantages(batch, head(hidden))
    optimiser = torch.optim.Adam(head.parameters(), lr=0.1)
    errors = []
    for _ in range(60):
        loss, sums = ppo.loss(batch.old_BT, advantages, batch, ppo.denominator(batch), values_BT=head(hidden))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        errors.append(float(sums["value_error"]))
    assert errors[0] == pytest.approx(20.0)
    assert errors[-1] < 1.0


@given(case=cases())
@settings(max_examples=20)
def test_whitened_advantages_have_mean_zero_and_deviation_one(case: Case) -> None:
    white = whiten(case.values_BT, case.batch.action_mask_BT)[case.batch.action_mask_BT]
    if len(white) > 1:
        assert abs(float(white.mean())) < 1e-9
        assert float(white.std()) == pytest.approx(1.0, abs=1e-6)


def test_sft_imitates_so_many_passed_rollouts_of_each_task_and_no_others() -> None:
    batch = batch_of([[1, 0, 1]] * 6, [10.0, 0.0, 10.0, 10.0, 0.0, 10.0], [0, 0, 0, 0, 1, 1])
    algorithm = Sft(SftConfig(per_task=2))
    found = algorithm.advantages(batch)
    assert found.advantages_BT[:, 0].tolist() == [1, 0, 1, 0, 0, 1]
    assert not found.advantages_BT[:, 1].any()
    logprobs_BT = torch.full((6, 3), -2.0, requires_grad=True)
    loss, _ = algorithm.loss(logprobs_BT, found, batch, algorithm.denominator(batch))
    assert float(loss.detach()) == pytest.approx(2.0 * 6 / 12)  # six imitated tokens of twelve
    loss.backward()
    assert logprobs_BT.grad is not None
    torch.testing.assert_close(logprobs_BT.grad, -found.advantages_BT / 12)  # no clip, however far the policy has moved

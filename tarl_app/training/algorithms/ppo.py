"""PPO (Schulman et al., arXiv 1707.06347) with a value head, on the agent's tokens only.

    delta_i = r_i + gamma V_{i+1} - V_i                 i counts the agent's tokens; user and tool tokens are skipped
    A_i = delta_i + gamma lambda A_{i+1},  returns_i = A_i + V_i,  then A is whitened
    loss = average of -min(rho A, clip(rho) A) + c_v / 2 max((V - returns)^2, (clipped V - returns)^2) + ...

The episode's reward, normalised, is on its last agent token: with gamma = 1 that makes it the return of *every* agent token,
the stable variant of the paper. With ``tarl_per_turn`` each turn's reward is on the turn's last token.
"""

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from tarl_app.training.algorithms.advantages import Advantages
from tarl_app.training.algorithms.policy import PolicyAlgorithm
from tarl_app.training.algorithms.statistics import EPSILON, Scope, Units, kl_penalty, mean_and_deviation, units_of
from tarl_app.training.losses import LossConfig, Total, alone, average
from tarl_app.training.rollouts.samples import Batch


class PpoConfig(LossConfig):
    """Proximal policy optimisation with generalised advantage estimation."""

    name: Literal["ppo"] = "ppo"
    normalise: Scope = "batch"
    """Normalise rewards by mean and deviation of their group or of the whole batch, or not at all."""
    gamma: float = Field(default=1.0, gt=0, le=1)
    """Discount from one agent token to the next."""
    gae_lambda: float = Field(default=1.0, ge=0, le=1)
    """Between one-step (0) and Monte Carlo (1) advantages; 1, because the value head starts untrained."""
    whiten: bool = True
    """Normalise advantages by mean and deviation over all agent tokens of the batch."""
    value_coefficient: float = Field(default=0.5, ge=0)
    value_clip: float | None = Field(default=0.2, gt=0)
    """Largest change of a value from that at sampling; None: unlimited."""


class ValueHead(nn.Module):
    """Linear from the hidden state [..., D] that chooses a token to the value of that state [...], in float32.

    It starts at 0, so that the first advantages are the rewards themselves.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, 1)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, hidden: Tensor) -> Tensor:
        """Values without the last axis."""
        return self.linear(hidden.to(self.linear.weight.dtype)).squeeze(-1).float()


class Ppo(PolicyAlgorithm[PpoConfig]):
    """Advantages relative to a value head."""

    needs_values = True

    def advantages(
        self,
        batch: Batch,
        values_BT: Tensor | None = None,
        reference_BT: Tensor | None = None,
        total: Total = alone,
    ) -> Advantages:
        """Advantages of a whole batch, before it is split into micro-batches; ``values_BT`` are those at sampling time.

        Raises:
            ValueError: values are missing, or the reference is and KL is in the reward.
        """
        if values_BT is None:
            raise ValueError("PPO needs the values of the sampled tokens")
        rewards_BT = self.token_rewards(batch, reference_BT, total)
        values_BT = values_BT.detach().double().masked_fill(~batch.action_mask_BT, 0.0)
        advantages_BT = gae(rewards_BT, values_BT, batch.action_mask_BT, self.config.gamma, self.config.gae_lambda)
        returns_BT = advantages_BT + values_BT
        if self.config.whiten:
            advantages_BT = whiten(advantages_BT, batch.action_mask_BT, total)
        return Advantages(advantages_BT.float(), returns_BT.float(), values_BT.float())

    def token_rewards(self, batch: Batch, reference_BT: Tensor | None = None, total: Total = alone) -> Tensor:
        """Normalised rewards on the last agent tokens of episodes or turns, less KL at every token; float64 [B, T]."""
        without_kl = self.config.model_copy(update={"kl_coefficient": 0.0})
        units = units_of(batch, without_kl)
        mean_U, deviation_U = mean_and_deviation(units.rewards_U, units, self.config.normalise, total)
        if self.config.normalise != "none":
            deviation_U = deviation_U + EPSILON
        rewards_BT = place((units.rewards_U - mean_U) / deviation_U, units, batch)
        penalty_BT = kl_penalty(batch, self.config, reference_BT)
        return rewards_BT if penalty_BT is None else rewards_BT - penalty_BT

    def loss(
        self,
        logprobs_BT: Tensor,
        advantages: Advantages,
        batch: Batch,
        denominator: Tensor | float,
        reference_BT: Tensor | None = None,
        entropy_BT: Tensor | None = None,
        values_BT: Tensor | None = None,
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """This micro-batch's part of the batch's loss, policy and values; ``values_BT`` with gradient.

        Raises:
            ValueError: values are missing.
        """
        if values_BT is None or advantages.returns_BT is None or advantages.values_BT is None:
            raise ValueError("PPO's loss needs the values now, the values at sampling and the returns")
        policy, sums = super().loss(logprobs_BT, advantages, batch, denominator, reference_BT, entropy_BT)
        values_BT = values_BT.masked_fill(~batch.action_mask_BT, 0.0)
        error_BT = self.value_error(values_BT, advantages.values_BT, advantages.returns_BT)
        sums["value_error"] = error_BT.detach().float().masked_fill(~batch.action_mask_BT, 0.0).sum()
        return policy + self.config.value_coefficient / 2 * average(
            error_BT, batch.action_mask_BT, self.config, denominator
        ), sums

    def value_error(self, values_BT: Tensor, old_BT: Tensor, returns_BT: Tensor) -> Tensor:
        """Squared error of the values, or of the clipped values where that is larger."""
        error_BT = (values_BT - returns_BT).square()
        if self.config.value_clip is None:
            return error_BT
        near_BT = old_BT + (values_BT - old_BT).clamp(-self.config.value_clip, self.config.value_clip)
        return torch.maximum(error_BT, (near_BT - returns_BT).square())


def gae(rewards_BT: Tensor, values_BT: Tensor, action_mask_BT: Tensor, gamma: float, gae_lambda: float) -> Tensor:
    """Generalised advantage estimates (arXiv 1506.02438) over the agent's tokens, skipping others; 0 elsewhere.

    The state after an episode's last agent token is worth 0.
    """
    if action_mask_BT.numel() == 0:
        return torch.zeros_like(rewards_BT)
    longest = int(action_mask_BT.sum(dim=1).max())
    order_BN = torch.argsort(action_mask_BT.int(), dim=1, descending=True, stable=True)[:, :longest]
    valid_BN = action_mask_BT.gather(1, order_BN)
    rewards_BN = rewards_BT.gather(1, order_BN).masked_fill(~valid_BN, 0.0)
    values_BN = values_BT.gather(1, order_BN).masked_fill(~valid_BN, 0.0)
    advantages_BN = torch.zeros_like(values_BN)
    following_B = next_value_B = values_BN.new_zeros(len(values_BN))
    for step in reversed(range(longest)):
        delta_B = rewards_BN[:, step] + gamma * next_value_B - values_BN[:, step]
        following_B = (delta_B + gamma * gae_lambda * following_B) * valid_BN[:, step]
        next_value_B = values_BN[:, step]
        advantages_BN[:, step] = following_B
    return torch.zeros_like(rewards_BT).scatter(1, order_BN, advantages_BN)


def place(value_U: Tensor, units: Units, batch: Batch) -> Tensor:
    """Each unit's reward on its last agent token, [B, T].

    A turn in which the agent chose nothing has no such token: its reward goes to the last agent token before it, or to
    the first of the episode. The reward of an episode without agent tokens is dropped.
    """
    position_T = torch.arange(batch.action_mask_BT.shape[1], device=value_U.device)
    chosen_UT = batch.action_mask_BT[units.row_U]
    until_UT = chosen_UT if not units.per_turn else chosen_UT & (batch.turn_BT[units.row_U] <= units.turn_U[:, None])
    last_U = torch.where(until_UT, position_T, -1).amax(dim=1)
    first_U = chosen_UT.int().argmax(dim=1)
    at_U = torch.where(last_U >= 0, last_U, first_U)
    placed_BT = value_U.new_zeros(batch.action_mask_BT.shape).index_put((units.row_U, at_U), value_U, accumulate=True)
    return placed_BT.masked_fill(~batch.action_mask_BT, 0.0)


def whiten(value_BT: Tensor, action_mask_BT: Tensor, total: Total = alone) -> Tensor:
    """Mean 0 and deviation 1 over the agent tokens of all processes; 0 elsewhere."""
    count = total(action_mask_BT.sum().to(value_BT.dtype))
    mean = total(value_BT.masked_fill(~action_mask_BT, 0.0).sum()) / count.clamp_min(1)
    centred_BT = (value_BT - mean).masked_fill(~action_mask_BT, 0.0)
    variance = total(centred_BT.square().sum()) / (count - 1).clamp_min(1)
    return centred_BT / (variance.sqrt() + 1e-8)

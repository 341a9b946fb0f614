"""RLOO (Ahmadian et al., arXiv 2402.14740): advantages relative to the mean of the other episodes in the group.

    A = r - mean of the others in the group                             on every agent token
    loss = average over episodes of -min(rho A, clip(rho, 1 - e_lo, 1 + e_hi) A), rho of the whole episode

The episode is one action, so the ratio is the episode's, and KL (k1, summed over the episode) is subtracted from its
reward; both are defaults. With ``tarl_per_turn`` the baseline is the mean turn reward of the *other episodes* in the
group, and a token's advantage is the sum over its own and the later turns. Groups must be whole within a process.
"""

from dataclasses import replace
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from tarl_app.training.algorithms.advantages import Advantages
from tarl_app.training.algorithms.policy import PolicyAlgorithm
from tarl_app.training.algorithms.statistics import EPSILON, Scope, Units, group_sums, mean_and_deviation, spread, units_of
from tarl_app.training.losses import Averaging, KlEstimator, LossConfig, Total, alone
from tarl_app.training.rollouts.samples import Batch


class RlooConfig(LossConfig):
    """REINFORCE with the other rollouts of the group as the baseline."""

    name: Literal["rloo"] = "rloo"
    averaging: Averaging = "sequence_mean"
    ratio: Literal["token", "sequence"] = "sequence"
    kl_estimator: KlEstimator = "k1"
    kl_in: Literal["loss", "reward"] = "reward"
    normalise: Scope = "none"
    """Whiten the advantages over their group, over the whole batch, or not at all."""
    turn_discount: float = Field(default=1.0, ge=0, le=1)
    """With ``tarl_per_turn``: share of the next turn's advantage that is added to a turn's; at 0 each turn has only its
    own.
    """


class Rloo(PolicyAlgorithm[RlooConfig]):
    """Advantages over the others of the group; no value head."""

    def advantages(
        self,
        batch: Batch,
        values_BT: Tensor | None = None,
        reference_BT: Tensor | None = None,
        total: Total = alone,
    ) -> Advantages:
        """Advantages of a whole batch, before it is split into micro-batches. Raises ``ValueError`` when a reference is
        missing.

        An episode without others in its group has no baseline, and so the advantage 0.
        """
        units = units_of(batch, self.config, reference_BT)
        advantage_U = leave_one_out(units)
        mean_U, deviation_U = mean_and_deviation(advantage_U, units, self.config.normalise, total)
        if self.config.normalise != "none":
            advantage_U = (advantage_U - mean_U) / (deviation_U + EPSILON)
        return Advantages(spread(advantage_U, units, batch, self.config.turn_discount))


def leave_one_out(units: Units) -> Tensor:
    """r minus the mean over the units of the group's other episodes, [U]; 0 where there is no other episode."""
    rewards_U, ones_U = units.rewards_U, torch.ones_like(units.rewards_U)
    own = replace(units, group_U=units.row_U, groups=units.rows)
    others_U = group_sums(ones_U, units) - group_sums(ones_U, own)
    baseline_U = (group_sums(rewards_U, units) - group_sums(rewards_U, own)) / others_U.clamp_min(1)
    return torch.where(others_U > 0, rewards_U - baseline_U, 0.0)

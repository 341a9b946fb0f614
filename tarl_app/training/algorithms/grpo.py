"""GRPO (DeepSeekMath, arXiv 2402.03300): advantages relative to the mean of the group.

    A = (r - mean of the group) / (standard deviation + 1e-4)           on every agent token
    loss = average of -min(rho A, clip(rho, 1 - e_lo, 1 + e_hi) A) + beta KL - c entropy

With ``tarl_per_turn`` the mean and the deviation are those of all turn rewards in the group, and a token's advantage is the
sum over its own and the later turns (discounted by ``turn_discount`` a turn). Groups must be whole within a process.
"""

from typing import Literal

from pydantic import Field
from torch import Tensor

from tarl_app.training.algorithms.advantages import Advantages
from tarl_app.training.algorithms.policy import PolicyAlgorithm
from tarl_app.training.algorithms.statistics import EPSILON, Scope, mean_and_deviation, spread, units_of
from tarl_app.training.losses import LossConfig, Total, alone
from tarl_app.training.rollouts.samples import Batch


class GrpoConfig(LossConfig):
    """Group relative policy optimisation."""

    name: Literal["grpo"] = "grpo"
    normalise: Scope = "group"
    """Divide by the deviation of the group, of the whole batch, or not at all; the mean is always the group's."""
    turn_discount: float = Field(default=1.0, ge=0, le=1)
    """With ``tarl_per_turn``: share of the next turn's advantage that is added to a turn's; at 0 each turn has only its
    own.
    """


class Grpo(PolicyAlgorithm[GrpoConfig]):
    """Advantages relative to the group; no value head."""

    def advantages(
        self,
        batch: Batch,
        values_BT: Tensor | None = None,
        reference_BT: Tensor | None = None,
        total: Total = alone,
    ) -> Advantages:
        """Advantages of a whole batch, before it is split into micro-batches.

        Raises ``ValueError`` when a reference is missing.
        """
        units = units_of(batch, self.config, reference_BT)
        mean_U, _ = mean_and_deviation(units.rewards_U, units, "group")
        advantage_U = units.rewards_U - mean_U
        if self.config.normalise != "none":
            _, deviation_U = mean_and_deviation(units.rewards_U, units, self.config.normalise, total)
            advantage_U = advantage_U / (deviation_U + EPSILON)
        return Advantages(spread(advantage_U, units, batch, self.config.turn_discount))

"""Rejection-sampled fine-tuning: imitate the rollouts that passed (RFT; Yuan et al., arXiv 2308.01825).

    loss = average of -log pi over the agent tokens of at most ``per_task`` passed rollouts of a task

The control beside reinforcement learning: with ``rollouts_by: reference`` the same number of rollouts, all played by what
the run started from, and only told apart by whether they passed. It needs ``scheme: terminal``, whose reward is above 0
exactly then.
"""

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from tarl_app.training.algorithms.advantages import Advantages
from tarl_app.training.algorithms.policy import PolicyAlgorithm
from tarl_app.training.losses import LossConfig, Total, alone, average, token_sums
from tarl_app.training.rollouts.samples import Batch


class SftConfig(LossConfig):
    """Rejection-sampled fine-tuning. Of the loss's options it has the averaging only."""

    name: Literal["sft"] = "sft"
    per_task: int = Field(default=2, ge=1, le=1_000_000)
    """Passed rollouts of a task that are imitated in a step, so that easy tasks do not outweigh the others."""
    kl_coefficient: Literal[0] = 0  # pyright: ignore[reportIncompatibleVariableOverride]
    entropy_coefficient: Literal[0] = 0  # pyright: ignore[reportIncompatibleVariableOverride]


class Sft(PolicyAlgorithm[SftConfig]):
    """1 on every agent token that is imitated, 0 elsewhere; the log-probability instead of a clipped ratio."""

    def advantages(
        self,
        batch: Batch,
        values_BT: Tensor | None = None,
        reference_BT: Tensor | None = None,
        total: Total = alone,
    ) -> Advantages:
        """Advantages of a whole batch, before it is split into micro-batches."""
        seen: dict[int, int] = {}
        imitated = torch.zeros(len(batch), dtype=torch.bool, device=batch.ids_BT.device)
        for row, (group, reward) in enumerate(zip(batch.group_B.tolist(), batch.rewards_B.tolist(), strict=True)):
            if reward > 0 and seen.get(group, 0) < self.config.per_task:
                seen[group] = seen.get(group, 0) + 1
                imitated[row] = True
        return Advantages((batch.action_mask_BT & imitated[:, None]).float())

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
        """This micro-batch's part of the batch's loss, and sums for ``losses.summarise``."""
        mask_BT = batch.action_mask_BT
        logprobs_BT = logprobs_BT.masked_fill(~mask_BT, 0.0)
        sums = token_sums(logprobs_BT, batch.old_BT, mask_BT, self.config, reference_BT, entropy_BT)
        return average(-advantages.advantages_BT * logprobs_BT, mask_BT, self.config, denominator), sums

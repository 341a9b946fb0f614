"""What GRPO, RLOO and PPO share: the average that a loss is, and the clipped loss of the policy."""

from typing import Generic, TypeVar

from torch import Tensor

from tarl_app.training.algorithms.advantages import Advantages
from tarl_app.training.losses import LossConfig, denominator, policy_loss
from tarl_app.training.rollouts.samples import Batch

C = TypeVar("C", bound=LossConfig)


class PolicyAlgorithm(Generic[C]):
    """An algorithm whose loss is that of the policy alone; no value head. Subclasses say what advantages are."""

    needs_values = False

    def __init__(self, config: C) -> None:
        self.config = config

    def denominator(self, batch: Batch) -> Tensor:
        """These episodes' part of the denominator of ``loss``; sum it over micro-batches and processes."""
        return denominator(batch.action_mask_BT, self.config)

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
        return policy_loss(
            logprobs_BT,
            batch.old_BT,
            advantages.advantages_BT,
            batch.action_mask_BT,
            self.config,
            denominator,
            reference_BT,
            entropy_BT,
        )

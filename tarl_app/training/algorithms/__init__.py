"""The algorithms, one file each: ``ALGORITHMS[config.name](config)``.

Use in the training loop:

    algorithm = make_algorithm(config)
    advantages = algorithm.advantages(batch, values_BT, reference_BT, total)      # whole batch, groups complete
    denominator = total(algorithm.denominator(batch))
    for rows in micro_batches(...):
        part = batch.select(rows)
        loss, sums = algorithm.loss(logprobs_BT, advantages.select(rows, width), part, denominator, ...)
        (loss * processes).backward()                                             # DDP and FSDP average over processes
    metrics = summarise(all_sums, total)
"""

from collections.abc import Callable
from typing import Annotated, Any, Protocol

from pydantic import Field
from torch import Tensor

from tarl_app.training.algorithms.advantages import Advantages
from tarl_app.training.algorithms.grpo import Grpo, GrpoConfig
from tarl_app.training.algorithms.ppo import Ppo, PpoConfig, ValueHead
from tarl_app.training.algorithms.rloo import Rloo, RlooConfig
from tarl_app.training.algorithms.sft import Sft, SftConfig
from tarl_app.training.losses import Total, alone
from tarl_app.training.rollouts.samples import Batch

__all__ = ["ALGORITHMS", "Advantages", "Algorithm", "AlgorithmConfig", "ValueHead", "make_algorithm"]

AlgorithmConfig = Annotated[GrpoConfig | RlooConfig | PpoConfig | SftConfig, Field(discriminator="name")]


class Algorithm(Protocol):
    """From rewards to advantages, from log-probabilities to a loss; stateless."""

    @property
    def needs_values(self) -> bool:
        """Whether ``advantages`` and ``loss`` want the values of a ``ValueHead``."""
        ...

    def denominator(self, batch: Batch) -> Tensor:
        """These episodes' part of the denominator of ``loss``; sum it over micro-batches and processes."""
        ...

    def advantages(
        self,
        batch: Batch,
        values_BT: Tensor | None = None,
        reference_BT: Tensor | None = None,
        total: Total = alone,
    ) -> Advantages:
        """Advantages of a whole batch; ``total`` sums over processes."""
        ...

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
        """A micro-batch's part of the batch's loss, and sums over agent tokens for ``losses.summarise``."""
        ...


ALGORITHMS: dict[str, Callable[[Any], Algorithm]] = {"grpo": Grpo, "rloo": Rloo, "ppo": Ppo, "sft": Sft}


def make_algorithm(config: AlgorithmConfig) -> Algorithm:
    """The algorithm of the configuration."""
    return ALGORITHMS[config.name](config)

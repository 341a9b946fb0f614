"""Small batches of rollouts for tests: drawn at random, or written out."""

# ruff: noqa: N815 - the axes are in the names of fields, too

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from hypothesis import strategies as st
from torch import Tensor

from tarl_app.training.rollouts.samples import Batch


def batch_of(
    chosen: Sequence[Sequence[int]],
    rewards: Sequence[float],
    groups: Sequence[int],
    turns: Sequence[Sequence[int]] | None = None,
    turn_rewards: Sequence[tuple[float, ...]] | None = None,
) -> Batch:
    """A batch from lists; log-probabilities at sampling are random but the same for the same shape."""
    action_mask_BT = torch.tensor(chosen, dtype=torch.bool)
    old_BT = -torch.rand(action_mask_BT.shape, generator=torch.Generator().manual_seed(5))
    return Batch(
        ids_BT=torch.zeros_like(action_mask_BT, dtype=torch.long),
        lengths_B=torch.full((len(action_mask_BT),), action_mask_BT.shape[1]),
        action_mask_BT=action_mask_BT,
        old_BT=torch.where(action_mask_BT, old_BT, 0.0),
        turn_BT=torch.where(action_mask_BT, 0, -1) if turns is None else torch.tensor(turns),
        rewards_B=torch.tensor(rewards, dtype=torch.float32),
        turn_rewards=[()] * len(action_mask_BT) if turn_rewards is None else list(turn_rewards),
        group_B=torch.tensor(groups),
        sounds=[()] * len(action_mask_BT),
    )


@dataclass(frozen=True)
class Case:
    """A random batch with all that a loss may want; double precision, so that sums can be compared exactly."""

    batch: Batch
    logprobs_BT: Tensor
    reference_BT: Tensor
    entropy_BT: Tensor
    values_BT: Tensor
    old_values_BT: Tensor


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Two groups of two to four episodes of one to nine tokens; some turns and some episodes without an agent token."""
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**31)))
    rows, width = 2 * draw(st.integers(2, 4)), draw(st.integers(1, 9))
    chosen = draw(st.lists(st.lists(st.booleans(), min_size=width, max_size=width), min_size=rows, max_size=rows))
    numbers = draw(st.lists(st.integers(0, 2), min_size=width, max_size=width))
    rewards = draw(st.lists(st.sampled_from([15.0, 5.0, 13.0, -1.0, 0.0]), min_size=rows, max_size=rows))
    per_turn = draw(st.booleans())
    batch = batch_of(
        [[int(one) for one in row] for row in chosen],
        rewards,
        [row % 2 for row in range(rows)],
        [sorted(numbers)] * rows,
        [tuple(torch.randn(3, generator=generator).tolist()) for _ in range(rows)] if per_turn else None,
    )

    def noise(scale: float = 1.0) -> Tensor:
        return scale * torch.randn(batch.action_mask_BT.shape, generator=generator, dtype=torch.float64)

    return Case(batch, batch.old_BT + noise(0.3), batch.old_BT + noise(0.3), noise().abs(), noise(), noise())

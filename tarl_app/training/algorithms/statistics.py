"""Rewards of a batch and their statistics: per turn or per episode, per group or over all processes.

A *unit* has one reward: a whole episode, or one agent turn of it (``tarl_per_turn``). Everything is float64, U units
long. All units of a group are on one process (a group's rollouts share their prompt); a batch may be spread over
several, so statistics over the batch are taken from sums that ``total`` adds up over processes.
"""

# ruff: noqa: N815 - the axes are in the names of fields, too

from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from tarl_app.training.losses import LossConfig, Total, alone, kl
from tarl_app.training.rollouts.samples import Batch

EPSILON = 1e-4
"""Added to the standard deviation of rewards, as in GRPO."""
Scope = Literal["none", "group", "batch"]


@dataclass(frozen=True, eq=False)
class Units:
    """The rewards of a batch, one unit after the other."""

    rewards_U: Tensor
    row_U: Tensor
    """Which episode of the batch."""
    group_U: Tensor
    """Which group: 0 <= group < ``groups``."""
    turn_U: Tensor
    """Which agent turn of the episode; 0 when the episode is one unit."""
    rows: int
    groups: int
    per_turn: bool


def units_of(batch: Batch, config: LossConfig, reference_BT: Tensor | None = None) -> Units:
    """The rewards of turns where the batch has them, otherwise of episodes; less the KL penalty when it is in the reward.

    Raises:
        ValueError: KL is in the reward and ``reference_BT`` is missing, or an episode of a batch with turn rewards has none.
    """
    per_turn = any(batch.turn_rewards)
    counts = [len(one) if per_turn else 1 for one in batch.turn_rewards]
    if 0 in counts:
        raise ValueError("a batch has rewards for the turns of all its episodes, or of none")
    device = batch.rewards_B.device
    rows = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts, dtype=torch.long)).to(device)
    if per_turn:
        flat = [reward for one in batch.turn_rewards for reward in one]
        rewards = torch.tensor(flat, dtype=torch.float64, device=device)
    else:
        rewards = batch.rewards_B.double()
    turns = torch.tensor([turn for count in counts for turn in range(count)], dtype=torch.long, device=device)
    groups = int(batch.group_B.max()) + 1 if len(counts) else 0
    units = Units(rewards, rows, batch.group_B[rows], turns, len(counts), groups, per_turn)
    penalty_BT = kl_penalty(batch, config, reference_BT)
    if penalty_BT is None:
        return units
    return replace(units, rewards_U=rewards - _per_unit(penalty_BT, units, batch))


def kl_penalty(batch: Batch, config: LossConfig, reference_BT: Tensor | None) -> Tensor | None:
    """beta times the KL at each agent token, 0 elsewhere, of the policy that sampled; None when KL is not in the reward."""
    if not config.kl_coefficient or config.kl_in == "loss":
        return None
    if reference_BT is None:
        raise ValueError("kl_in is reward: the advantages need the reference's log-probabilities")
    penalty_BT = config.kl_coefficient * kl(batch.old_BT.double(), reference_BT.double(), config.kl_estimator)
    return penalty_BT.masked_fill(~batch.action_mask_BT, 0.0)


def _per_unit(value_BT: Tensor, units: Units, batch: Batch) -> Tensor:
    if not units.per_turn:
        return value_BT.sum(dim=1)[units.row_U]
    inside_UT = batch.turn_BT[units.row_U] == units.turn_U[:, None]
    return (value_BT[units.row_U] * inside_UT).sum(dim=1)


def group_sums(value_U: Tensor, units: Units) -> Tensor:
    """The sum over the units of each unit's own group, [U]."""
    return value_U.new_zeros(units.groups).index_add(0, units.group_U, value_U)[units.group_U]


def mean_and_deviation(value_U: Tensor, units: Units, scope: Scope, total: Total = alone) -> tuple[Tensor, Tensor]:
    """Mean and unbiased standard deviation over each unit's group, or over the batch of all processes; both [U].

    A single value deviates by 0. Scope ``none`` has mean 0 and deviation 1.
    """
    if scope == "none":
        return torch.zeros_like(value_U), torch.ones_like(value_U)

    def sums(of_U: Tensor) -> Tensor:
        return group_sums(of_U, units) if scope == "group" else total(of_U.sum()).expand_as(of_U)

    count_U = sums(torch.ones_like(value_U))
    mean_U = sums(value_U) / count_U.clamp_min(1)
    variance_U = sums((value_U - mean_U).square()) / (count_U - 1).clamp_min(1)
    return mean_U, variance_U.sqrt()


def spread(value_U: Tensor, units: Units, batch: Batch, discount: float = 1.0) -> Tensor:
    """Each agent token's advantage, [B, T] float32, 0 elsewhere.

    Every token of an episode gets the episode's value. With rewards for turns, a token gets the sum over its own and
    all later turns: which it may have caused (DeepSeekMath's process supervision, arXiv 2402.03300 section 4.1.3), a
    turn k turns later times ``discount ** k``. At 0 a turn has only its own reward.
    """
    if not units.per_turn:
        dense_BT = value_U[:, None].expand(batch.action_mask_BT.shape)
        return dense_BT.masked_fill(~batch.action_mask_BT, 0.0).float()
    width = int(units.turn_U.max()) + 1
    value_BK = value_U.new_zeros(units.rows, width)
    value_BK[units.row_U, units.turn_U] = value_U
    later_BK = value_BK.clone()
    for turn in reversed(range(width - 1)):
        later_BK[:, turn] += discount * later_BK[:, turn + 1]
    dense_BT = later_BK.gather(1, batch.turn_BT.clamp(0, width - 1))
    return dense_BT.masked_fill(~batch.action_mask_BT, 0.0).float()

"""Compares a rollout server's log-probabilities with the trainer's.

Both have the same weights, but different kernels, order of additions, and often precision, which makes every update
slightly off policy. The policy gradient uses the trainer's own log-probabilities, computed again before the update. The
server's are used to measure the gap, and to weight tokens by the trainer's probability over the server's, up to a cap:
truncated importance sampling (Ionides 2008, J. Comput. Graph. Stat. 17(2); Yao et al. 2025, "On the Rollout-Training
Mismatch in Modern RL Systems").
"""

# ruff: noqa: N815 - the axes are in the names of fields, too

from dataclasses import dataclass

import torch
from torch import Tensor

from tarl_app.training.losses import Total, alone


@dataclass(frozen=True, eq=False)
class Compared:
    """The sampler's error, and the resulting importance weights."""

    metrics: dict[str, float]
    """``sampler_gap``: mean absolute difference of log-probabilities; ``sampler_gap_max``: the largest one of this process;
    ``sampler_ratio``: mean trainer's over server's probability; ``importance_cut``: share of tokens at the cap."""
    weights_BT: Tensor | None
    """Importance weights, 1 where unknown; None without a cap."""


def compare(now_BT: Tensor, sampled_BT: Tensor, action_mask_BT: Tensor, cap: float | None, total: Total = alone) -> Compared:
    """Compares the trainer's log-probabilities with the sampler's; a sampler's 0 means unknown."""
    known_BT = action_mask_BT & (sampled_BT != 0)
    difference_BT = (now_BT - sampled_BT).masked_fill(~known_BT, 0.0).double()
    ratio_BT = difference_BT.exp()
    cut_BT = known_BT & (ratio_BT > (float("inf") if cap is None else cap))
    sums = total(
        torch.stack([known_BT.sum(), difference_BT.abs().sum(), ratio_BT[known_BT].sum(), cut_BT.sum()]).double()
    ).tolist()
    count = max(1.0, sums[0])
    metrics = {
        "sampler_gap": sums[1] / count,
        "sampler_gap_max": float(difference_BT.abs().max()) if difference_BT.numel() else 0.0,
        "sampler_ratio": sums[2] / count,
    }
    if cap is None:
        return Compared(metrics, None)
    return Compared(metrics | {"importance_cut": sums[3] / count}, ratio_BT.clamp(max=cap).to(now_BT.dtype))

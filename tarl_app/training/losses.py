"""The arithmetic that GRPO, RLOO and PPO share: the clipped surrogate, KL estimates, and how a loss is averaged.

Axes are in the names: B episodes, T tokens. The entry ``[b, t]`` of every tensor is about token ``t`` itself (its
log-probability, the entropy and the value of the state it was chosen in). ``action_mask_BT`` marks what the agent
chose; values elsewhere, even NaN, change neither the loss nor its gradient.

One denominator for all. Means over micro-batches cannot be averaged into the mean over the whole batch, since
micro-batches hold different numbers of tokens. So every function here divides by the ``denominator`` of the *whole*
batch, the sum of ``denominator(...)`` over all micro-batches of all processes. Losses and gradients then add up
exactly. DDP and FSDP do not add gradients but average them: multiply the loss by the number of processes.

Left out: dual clipping and the length-normalised sequence ratio of GSPO; neither is in the paper's set-up.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from tarl_app.core.types import Frozen

Averaging = Literal["token_mean", "sequence_mean", "constant_length"]
KlEstimator = Literal["k1", "k2", "k3"]
Total = Callable[[Tensor], Tensor]
"""Sums a tensor over all processes, for example ``lambda x: accelerator.reduce(x, reduction="sum")``."""


def alone(value: Tensor) -> Tensor:
    """The ``Total`` of a single process."""
    return value


class LossConfig(Frozen):
    """Loss options of all algorithms."""

    averaging: Averaging = "token_mean"
    """All agent tokens alike; first within an episode, then over episodes; or divided by ``constant_length`` (Dr. GRPO)."""
    constant_length: int = Field(default=1024, ge=1, le=1_000_000_000)
    """Agent tokens an episode counts as under ``constant_length``, whatever its length."""
    ratio: Literal["token", "sequence"] = "token"
    """Clip each token's probability ratio, or that of the whole episode (the product over its agent tokens)."""
    clip_low: float = Field(default=0.2, ge=0, le=1)
    """e_lo: lower clip of the ratio, ``1 - clip_low``."""
    clip_high: float = Field(default=0.2, ge=0)
    """e_hi: upper clip of the ratio, ``1 + clip_high``; larger than ``clip_low`` (say 0.28) lets rare tokens grow."""
    kl_coefficient: float = Field(default=0.0, ge=0)
    """beta: weight of the KL divergence from the policy without its adapter; 0 needs no reference at all."""
    kl_estimator: KlEstimator = "k3"
    """How KL is estimated from one sample (``kl``)."""
    kl_in: Literal["loss", "reward"] = "loss"
    """Add KL to each token's loss, or subtract it from the rewards before the advantages."""
    kl_weighted: bool = True
    """In the loss, multiply KL by the ratio: its gradient is then that of the true KL (DeepSeek-V3.2), also off policy."""
    negative_weight: float = Field(default=1.0, ge=0, le=1)
    """Weight of advantages below 0.

    At 0 only better than expected rollouts are learned from (RAFT, arXiv 2504.11343), which keeps many ``updates`` on
    few rollouts stable.
    """
    least_advantage: float = Field(default=0.0, ge=0)
    """Smaller advantages count as 0, and rollouts without larger ones are not computed.

    The rollouts of a group that failed as a whole differ by fractions of a turn's reward; divided by the batch's
    deviation, that is below 0.2.
    """
    entropy_coefficient: float = Field(default=0.0, ge=0)
    """Weight of the entropy bonus (the paper finds it harmful)."""


def denominator(action_mask_BT: Tensor, config: LossConfig) -> Tensor:
    """These episodes' part of the denominator of the whole batch, a float64 scalar; sum it over micro-batches and
    processes.

    Agent tokens for ``token_mean``, episodes for ``sequence_mean``, episodes x ``constant_length`` for the last. An episode
    in which the agent chose nothing still counts as an episode.
    """
    if config.averaging == "token_mean":
        return action_mask_BT.sum().double()
    episodes = action_mask_BT.new_tensor(action_mask_BT.shape[0], dtype=torch.float64)
    return episodes * config.constant_length if config.averaging == "constant_length" else episodes


def average(per_token_BT: Tensor, action_mask_BT: Tensor, config: LossConfig, denominator: Tensor | float) -> Tensor:
    """These episodes' part of the batch's average, a scalar; ``denominator`` is the whole batch's (at least 1 is taken)."""
    per_token_BT = per_token_BT.masked_fill(~action_mask_BT, 0.0)
    if config.averaging == "sequence_mean":
        per_token_BT = per_token_BT / action_mask_BT.sum(dim=1, keepdim=True).clamp_min(1)
    return per_token_BT.sum() / max(float(denominator), 1.0)


def kl(logprobs_BT: Tensor, reference_BT: Tensor, estimator: KlEstimator) -> Tensor:
    """KL(policy || reference) at each token, estimated from the token sampled (Schulman, "Approximating KL divergence").

    With d = log policy - log reference: k1 = d (unbiased, any sign), k2 = d^2 / 2, k3 = exp(-d) - 1 + d (unbiased, >= 0).
    """
    difference_BT = logprobs_BT - reference_BT
    if estimator == "k1":
        return difference_BT
    if estimator == "k2":
        return difference_BT.square() / 2
    return torch.exp(-difference_BT) - 1 + difference_BT


def policy_ratio(logprobs_BT: Tensor, old_BT: Tensor, action_mask_BT: Tensor, config: LossConfig) -> Tensor:
    """rho = pi / pi_old, [B, T]; of the whole episode at every token when ``config.ratio`` is ``sequence``; 1 elsewhere."""
    log_ratio_BT = (logprobs_BT - old_BT).masked_fill(~action_mask_BT, 0.0)
    if config.ratio == "sequence":
        log_ratio_BT = log_ratio_BT.sum(dim=1, keepdim=True).expand_as(log_ratio_BT)
    return torch.exp(log_ratio_BT)


def weighted(advantages_BT: Tensor, config: LossConfig) -> Tensor:
    """The advantages after ``least_advantage`` and ``negative_weight``."""
    advantages_BT = advantages_BT.masked_fill(advantages_BT.abs() < config.least_advantage, 0.0)
    return torch.where(advantages_BT < 0, config.negative_weight * advantages_BT, advantages_BT)


def policy_loss(
    logprobs_BT: Tensor,
    old_BT: Tensor,
    advantages_BT: Tensor,
    action_mask_BT: Tensor,
    config: LossConfig,
    denominator: Tensor | float,
    reference_BT: Tensor | None = None,
    entropy_BT: Tensor | None = None,
) -> tuple[Tensor, dict[str, Tensor]]:
    """-min(rho A, clip(rho) A) + beta KL - c entropy, averaged; and sums over agent tokens for ``summarise``.

    Advantages are first passed through ``weighted``.

    The sum called ``kl`` is k3, whatever the loss uses; it is there whenever the reference is.

    Raises:
        ValueError: the loss has a KL or an entropy term and the log-probabilities or entropies it needs are not given.
    """
    # Masked first: after an exp, even a masked NaN would appear in the gradient.
    logprobs_BT, old_BT = logprobs_BT.masked_fill(~action_mask_BT, 0.0), old_BT.masked_fill(~action_mask_BT, 0.0)
    reference_BT = None if reference_BT is None else reference_BT.masked_fill(~action_mask_BT, 0.0)
    entropy_BT = None if entropy_BT is None else entropy_BT.masked_fill(~action_mask_BT, 0.0)
    advantages_BT = weighted(advantages_BT, config)
    ratio_BT = policy_ratio(logprobs_BT, old_BT, action_mask_BT, config)
    clipped_BT = ratio_BT.clamp(1 - config.clip_low, 1 + config.clip_high)
    per_token_BT = -torch.minimum(ratio_BT * advantages_BT, clipped_BT * advantages_BT)
    sums = token_sums(logprobs_BT, old_BT, action_mask_BT, config, reference_BT, entropy_BT) | {
        "clip_low": _sum((ratio_BT < 1 - config.clip_low) & (advantages_BT < 0), action_mask_BT),
        "clip_high": _sum((ratio_BT > 1 + config.clip_high) & (advantages_BT > 0), action_mask_BT),
    }
    if config.kl_coefficient and config.kl_in == "loss":
        if reference_BT is None:
            raise ValueError("kl_coefficient is set: the loss needs the reference's log-probabilities")
        kl_BT = kl(logprobs_BT, reference_BT, config.kl_estimator)
        if config.kl_weighted:
            # k1 and k3 average to KL itself, k2 only has its gradient: there the ratio must not be differentiated.
            kl_BT = kl_BT * (ratio_BT.detach() if config.kl_estimator == "k2" else ratio_BT)
        per_token_BT = per_token_BT + config.kl_coefficient * kl_BT
    if config.entropy_coefficient:
        if entropy_BT is None:
            raise ValueError("entropy_coefficient is set: the loss needs the entropies")
        per_token_BT = per_token_BT - config.entropy_coefficient * entropy_BT
    return average(per_token_BT, action_mask_BT, config, denominator), sums


def token_sums(
    logprobs_BT: Tensor,
    old_BT: Tensor,
    action_mask_BT: Tensor,
    config: LossConfig,
    reference_BT: Tensor | None = None,
    entropy_BT: Tensor | None = None,
) -> dict[str, Tensor]:
    """Sums over agent tokens for ``summarise``, as of a loss that clips nothing."""
    none = torch.zeros((), device=logprobs_BT.device)
    sums = {
        "tokens": action_mask_BT.sum(),
        "clip_low": none,
        "clip_high": none,
        "ratio": _sum(policy_ratio(logprobs_BT, old_BT, action_mask_BT, config), action_mask_BT),
    }
    if reference_BT is not None:
        sums["kl"] = _sum(kl(logprobs_BT, reference_BT, "k3"), action_mask_BT)
    if entropy_BT is not None:
        sums["entropy"] = _sum(entropy_BT, action_mask_BT)
    return sums


def _sum(value_BT: Tensor, action_mask_BT: Tensor) -> Tensor:
    return value_BT.detach().float().masked_fill(~action_mask_BT, 0.0).sum()


def summarise(parts: Iterable[Mapping[str, Tensor]], total: Total = alone) -> dict[str, float]:
    """Means over agent tokens out of the sums of all micro-batches (and, with ``total``, of all processes).

    Every process must hold at least one part, with the same keys. ``clip_fraction`` is the share of tokens that either
    bound of the clip kept from moving further. Empty without parts.
    """
    sums: dict[str, Tensor] = {}
    for part in parts:
        for name, value in part.items():
            sums[name] = sums[name] + value if name in sums else value
    if not sums:
        return {}
    names = sorted(sums)
    values = total(torch.stack([sums[name].double() for name in names])).tolist()
    whole = dict(zip(names, values, strict=True))
    tokens = whole.pop("tokens")
    means = {name: value / max(tokens, 1.0) for name, value in whole.items()}
    return {**means, "clip_fraction": means["clip_low"] + means["clip_high"], "tokens": tokens}

"""Log-probabilities and entropies of chosen tokens, without ever holding the logits of all of them.

With a vocabulary of 150,000 the logits are by far the largest tensor of a training step. They are computed only for the
tokens that the agent chose, a chunk at a time, and again for the backward pass; two numbers a token are kept.
"""

# ruff: noqa: N815 - the axes are in the names of fields, too

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from tarl_app.agents.omni.decoding.masks import unpack

CHUNK_LOGITS = 32 * 1024 * 1024
"""Most logits held at once."""


_NEVER = -1e30
"""The logit of a token that could not be chosen; minus infinity would make entropies NaN."""


@dataclass(frozen=True, eq=False)
class Limits:
    """The allowed tokens at some of N places; the softmax is over these alone."""

    row_N: Tensor
    """Row in ``bits_MB``, or -1: among all."""
    bits_MB: Tensor
    """``masks.Bits``."""

    def __getitem__(self, part: slice) -> "Limits":
        return Limits(self.row_N[part], self.bits_MB)


class _TokenLogprobs(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, hidden_ND: Tensor, weight_VD: Tensor, targets_N: Tensor, temperature: float, limits: Limits | None
    ) -> tuple[Tensor, Tensor]:
        logprobs_N = hidden_ND.new_empty(len(targets_N), dtype=torch.float32)
        entropy_N, norms_N = torch.empty_like(logprobs_N), torch.empty_like(logprobs_N)
        for part in _chunks(len(targets_N), len(weight_VD)):
            logits_CV = _logits(hidden_ND[part], weight_VD, temperature, limits and limits[part])
            norms_N[part] = logits_CV.logsumexp(-1)
            logprobs_N[part] = logits_CV.gather(1, targets_N[part, None])[:, 0] - norms_N[part]
            probabilities_CV = torch.exp(logits_CV - norms_N[part, None])
            entropy_N[part] = norms_N[part] - (probabilities_CV * logits_CV).sum(-1)
        ctx.save_for_backward(hidden_ND, weight_VD, targets_N, norms_N, entropy_N)
        ctx.temperature, ctx.limits = temperature, limits
        return logprobs_N, entropy_N

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None, None]:
        to_logprobs_N, to_entropy_N = gradients
        hidden_ND, weight_VD, targets_N, norms_N, entropy_N = ctx.saved_tensors
        grad_ND = torch.empty_like(hidden_ND)
        with_entropy = bool(to_entropy_N.any())
        for part in _chunks(len(targets_N), len(weight_VD)):
            limits = ctx.limits and ctx.limits[part]
            log_CV = _logits(hidden_ND[part], weight_VD, ctx.temperature, limits).sub_(norms_N[part, None])
            grad_CV = torch.exp(log_CV)
            if with_entropy:  # dH/dz = -p (log p + H)
                grad_CV *= -to_logprobs_N[part, None] - to_entropy_N[part, None] * (log_CV + entropy_N[part, None])
            else:
                grad_CV *= -to_logprobs_N[part, None]
            grad_CV.scatter_add_(1, targets_N[part, None], to_logprobs_N[part, None])
            grad_CV /= ctx.temperature
            grad_ND[part] = (grad_CV.to(weight_VD.dtype) @ weight_VD).to(grad_ND.dtype)
        return grad_ND, None, None, None, None


def _chunks(count: int, vocabulary: int) -> list[slice]:
    size = max(1, CHUNK_LOGITS // vocabulary)
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]


def _logits(hidden_CD: Tensor, weight_VD: Tensor, temperature: float, limits: Limits | None = None) -> Tensor:
    logits_CV = (hidden_CD.to(weight_VD.dtype) @ weight_VD.T).float()
    if temperature != 1.0:
        logits_CV = logits_CV.div_(temperature)
    if limits is not None and len(places := torch.nonzero(limits.row_N >= 0)[:, 0]):
        allowed_LV = unpack(limits.bits_MB[limits.row_N[places]], logits_CV.shape[1])
        logits_CV[places] = logits_CV[places].masked_fill(~allowed_LV, _NEVER)
    return logits_CV


def token_logprobs(
    hidden_ND: Tensor, weight_VD: Tensor, targets_N: Tensor, temperature: float = 1.0, limits: Limits | None = None
) -> tuple[Tensor, Tensor]:
    """Log-probability and entropy, float32 [N] each, of ``softmax(hidden @ weight.T / temperature)`` at the targets.

    The softmax is over the tokens that ``limits`` allow. The gradient flows to ``hidden_ND``; the output layer is
    frozen.

    Raises:
        ValueError: ``weight_VD`` requires a gradient, which this does not compute.
    """
    if weight_VD.requires_grad:
        raise ValueError("the output layer must be frozen: its gradient is not computed here")
    found = _TokenLogprobs.apply(hidden_ND, weight_VD, targets_N, temperature, limits)
    logprobs_N, entropy_N = found  # pyright: ignore
    return logprobs_N, entropy_N

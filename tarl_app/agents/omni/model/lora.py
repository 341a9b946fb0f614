"""A linear layer with a LoRA that is computed in the layer's own precision, in as few passes over memory as it takes.

PEFT's own layer turns the input to float32 for the adapter, multiplies by the scaling and adds, each in a pass of its own,
forward and backward. That is most of what a training step of a small model does besides matrix products and attention.
"""

from typing import Any

import torch
from peft.tuners.lora import Linear
from torch import Tensor, nn


class _Product(torch.autograd.Function):
    """``x W^T + b + scaling (x A^T) B^T`` with W and b frozen; A and B may be of a higher precision than the rest."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, down: Tensor, up: Tensor, scaling: float
    ) -> Tensor:
        rows, down_low, up_low = x.reshape(-1, x.shape[-1]), down.to(x.dtype), up.to(x.dtype)
        inner = rows @ down_low.T
        output = nn.functional.linear(rows, weight, bias).addmm_(inner, up_low.T, alpha=scaling)
        ctx.save_for_backward(rows, weight, down_low, up_low, inner)
        ctx.scaling, ctx.shape, ctx.dtypes = scaling, x.shape, (down.dtype, up.dtype)
        return output.reshape(*x.shape[:-1], output.shape[-1])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, None, None, Tensor, Tensor, None]:
        rows, weight, down_low, up_low, inner = ctx.saved_tensors
        outer = gradients[0].reshape(-1, gradients[0].shape[-1])
        to_inner = (outer @ up_low).mul_(ctx.scaling)
        to_x = None
        if ctx.needs_input_grad[0]:
            to_x = (outer @ weight).addmm_(to_inner, down_low).reshape(ctx.shape)
        to_down, to_up = to_inner.T @ rows, (outer.T @ inner).mul_(ctx.scaling)
        return to_x, None, None, to_down.to(ctx.dtypes[0]), to_up.to(ctx.dtypes[1]), None


class LoraLinear(Linear):
    """PEFT's LoRA layer; the common case, one adapter on a frozen layer, is computed by ``_Product``."""

    def forward(self, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """[..., in] -> [..., out]."""
        layer: Any = self.get_base_layer()
        weight, bias = layer.weight, layer.bias
        active = self.active_adapters
        plain = not (args or kwargs or self.disable_adapters or self.merged or self.lora_variant) and len(active) == 1
        frozen = not (weight.requires_grad or (bias is not None and bias.requires_grad))
        lower = weight.dtype is torch.get_autocast_dtype(x.device.type) or not torch.is_autocast_enabled(x.device.type)
        if not (plain and frozen and lower and type(layer) is nn.Linear):
            return super().forward(x, *args, **kwargs)
        down, up = self.lora_A[active[0]].weight, self.lora_B[active[0]].weight
        return _Product.apply(x.to(weight.dtype), weight, bias, down, up, self.scaling[active[0]])  # pyright: ignore

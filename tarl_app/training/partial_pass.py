"""A pass through some of a language model's layers: those below the adapters are the same in every pass of a step."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn
from transformers.models.qwen2_5_omni.modeling_qwen2_5_omni import Qwen2_5OmniThinkerTextModel


def frozen_layers(layers: nn.ModuleList) -> int:
    """Number of layers at the bottom without trained parameters."""
    trained = [any(one.requires_grad for one in layer.parameters()) for layer in layers]
    return trained.index(True) if True in trained else 0


@contextmanager
def only(model: Qwen2_5OmniThinkerTextModel, part: slice) -> Iterator[None]:
    """Restricts the model to these layers within the context, with its last norm only if they are the last."""
    layers, norm = model.layers, model.norm
    if len(layers[part]) == len(layers):
        yield
        return
    model.layers = layers[part]
    if part.stop is not None:
        model.norm = nn.Identity()  # pyright: ignore
    try:
        yield
    finally:
        model.layers, model.norm = layers, norm

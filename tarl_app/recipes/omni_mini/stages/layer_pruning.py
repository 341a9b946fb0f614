"""Prunes a base to some of its layers: smaller and faster, but useless before it is retrained.

The remaining layers no longer fit together, so all their weights are trained (``SftConfig.layers``) and stored in the
checkpoint. Costs and benefits are in ``docs/decisions/omni-mini-size.md``.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from tarl_app.agents.omni.model.assemble import load_thinker, save_quietly
from tarl_app.agents.omni.model.layout import language_model
from tarl_app.core.errors import ConfigError


def prune_layers(base: Path, layers: Sequence[int], folder: Path) -> Path:
    """Writes ``folder``: the thinker and the tokenizer of ``base`` with only these layers of the language model, in order.

    Raises:
        AgentError: ``base`` is not a thinker.
        ConfigError: there is no such layer, or the layers are not in order.
    """
    thinker = load_thinker(base, torch.bfloat16)
    model = language_model(thinker)
    if list(layers) != sorted(set(layers)) or not layers or not 0 <= layers[0] <= layers[-1] < len(model.layers):
        raise ConfigError(f"{list(layers)} are not layers of {len(model.layers)} in ascending order.")
    model.layers = nn.ModuleList(model.layers[index] for index in layers)
    text = thinker.config.get_text_config()
    text.num_hidden_layers = len(layers)
    if getattr(text, "layer_types", None):
        text.layer_types = [text.layer_types[index] for index in layers]
    save_quietly(thinker, folder)
    shutil.copyfile(base / "tokenizer.json", folder / "tokenizer.json")
    return folder
